"""Functions of one number, as a table of calculus: each row is a function and its derivative.

The derivative is written in ``y`` (the value) or ``x`` (the argument), whichever is shorter and safer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops.notation import POWER
from tinygrad_wtf.ops.rows.elementwise import elementwise

LN_2, LN_10 = math.log(2), math.log(10)
AT_LEAST_0, ABOVE_0, WITHIN_1 = "x ≥ 0", "x > 0", "−1 ≤ x ≤ 1"


def _sigmoid(x: Any) -> Any:
    y = np.negative(x)
    memory = y if y.ndim else None  # all in one memory; a single number has none
    y = np.exp(y, out=memory)
    y = np.add(y, 1, out=memory)
    return np.divide(1, y, out=memory)


# name, notation, forward, dy/dx
exp = elementwise("exp", "exp({})", np.exp, lambda y, x: y, traits="no_activation")
exp2 = elementwise("exp2", "2^{}", np.exp2, lambda y, x: y * LN_2, binding=POWER)
expm1 = elementwise("expm1", "expm1({})", np.expm1, lambda y, x: y + 1)
log = elementwise("log", "log({})", np.log, lambda y, x: 1 / x, domain=ABOVE_0, traits="no_activation")
log2 = elementwise("log2", "log₂({})", np.log2, lambda y, x: 1 / (x * LN_2), domain=ABOVE_0)
log10 = elementwise("log10", "log₁₀({})", np.log10, lambda y, x: 1 / (x * LN_10), domain=ABOVE_0)
log1p = elementwise("log1p", "log1p({})", np.log1p, lambda y, x: 1 / (x + 1), domain="x > −1")
sqrt = elementwise("sqrt", "√{}", np.sqrt, lambda y, x: 0.5 / y, domain=AT_LEAST_0)
# One row, not 1 / (1 + exp(-x)) step by step: there a large |x| gives 0 * inf on the way back.
sigmoid = elementwise("sigmoid", "σ({})", _sigmoid, lambda y, x: y * (1 - y), traits="probability")
sin = elementwise("sin", "sin({})", np.sin, lambda y, x: cos(x))
cos: Op = elementwise("cos", "cos({})", np.cos, lambda y, x: -sin(x))
tan = elementwise("tan", "tan({})", np.tan, lambda y, x: 1 + y * y)
asin = elementwise("asin", "asin({})", np.arcsin, lambda y, x: 1 / sqrt(1 - x * x), domain=WITHIN_1)
acos = elementwise("acos", "acos({})", np.arccos, lambda y, x: -1 / sqrt(1 - x * x), domain=WITHIN_1)
atan = elementwise("atan", "atan({})", np.arctan, lambda y, x: 1 / (x * x + 1))
sinh = elementwise("sinh", "sinh({})", np.sinh, lambda y, x: cosh(x))
cosh: Op = elementwise("cosh", "cosh({})", np.cosh, lambda y, x: sinh(x))
tanh = elementwise("tanh", "tanh({})", np.tanh, lambda y, x: 1 - y * y)
asinh = elementwise("asinh", "asinh({})", np.arcsinh, lambda y, x: 1 / sqrt(x * x + 1))
acosh = elementwise("acosh", "acosh({})", np.arccosh, lambda y, x: 1 / sqrt(x * x - 1), domain="x ≥ 1")
atanh = elementwise("atanh", "atanh({})", np.arctanh, lambda y, x: 1 / (1 - x * x), domain=WITHIN_1)
arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh
