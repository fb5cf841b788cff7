"""Functions of one number, as a table of calculus: each row is a function and its derivative.

The derivative is written in ``y`` (the value) or ``x`` (the argument), whichever is shorter and safer.
"""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.op import Op
from tinygrad_wtf.ops.broadcasting import elementwise

# name, notation, forward, dy/dx
exp = elementwise("exp", "exp({})", np.exp, lambda y, x: y)
expm1 = elementwise("expm1", "expm1({})", np.expm1, lambda y, x: y + 1)
log = elementwise("log", "log({})", np.log, lambda y, x: 1 / x)
log1p = elementwise("log1p", "log1p({})", np.log1p, lambda y, x: 1 / (x + 1))
sqrt = elementwise("sqrt", "√{}", np.sqrt, lambda y, x: 0.5 / y)
sin = elementwise("sin", "sin({})", np.sin, lambda y, x: cos(x))
cos: Op = elementwise("cos", "cos({})", np.cos, lambda y, x: -sin(x))
tanh = elementwise("tanh", "tanh({})", np.tanh, lambda y, x: 1 - y * y)
