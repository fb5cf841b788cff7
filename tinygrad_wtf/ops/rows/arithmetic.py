"""Arithmetic: sums, products, quotients, remainders and powers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.notation import POWER, PRODUCT, QUOTIENT, SIGNED, SUM
from tinygrad_wtf.ops.rows.choice import cast, flat, where
from tinygrad_wtf.ops.rows.elementary import log
from tinygrad_wtf.ops.rows.elementwise import elementwise
from tinygrad_wtf.ops.rows.rounding import sign


def _inverse(b: Any) -> Any:
    """1 / b, infinite at the number 0, where Python would raise."""
    return math.copysign(math.inf, b) if isinstance(b, int | float) and b == 0 else 1 / b


def _one_less(n: Any, x: Any) -> Any:
    """The exponent n - 1, but 0 where n is 0 and 1/x is not finite: there ``n * x**(n - 1)`` would be 0 * inf."""
    if isinstance(n, int | float):
        return n - 1 if n else 0
    return n - 1 + ((n == 0) & (0 * _inverse(x) != 0))


def _of_divisor(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """The function, refusing to divide integers by 0, where NumPy would give 0."""

    def forward(a: Any, b: Any) -> Any:
        kind = np.result_type(a, b).kind
        if kind == "b":
            raise DTypeError("booleans are not divided", op=ufunc.__name__, hint="Convert with .long()")
        if kind != "f" and not np.all(b):
            raise DTypeError("integers cannot be divided by 0", op=ufunc.__name__, hint="Convert with .float()")
        return ufunc(a, b)

    return forward


def _power(x: Any, n: Any) -> Any:
    y = x**n
    if np.result_type(x, n).kind == "b":  # of which NumPy makes small integers
        raise DTypeError("booleans have no powers", op="pow", hint="Convert with .long()")
    return y


def _between(a: Any, b: Any, weight: Any) -> Any:
    """The point at this part of the way from a to b, exact at both ends."""
    return np.where(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight))


def _whole(name: str, notation: str, forward: Callable[..., Any]) -> Op:
    """A row of division to whole numbers, which is flat between its jumps."""
    return Op(
        name,
        notation,
        _of_divisor(forward),
        (lambda g, y, a, b: flat(g, a), lambda g, y, a, b: flat(g, b)),
        takes="numbers",
        domain="b ≠ 0",
        kinks="whole quotients, where the slopes are 0",
    )


def _towards_0(a: Any, b: Any) -> Any:
    if np.result_type(a, b).kind == "f":
        return np.trunc(np.true_divide(a, b))
    return np.floor_divide(a - np.fmod(a, b), b)


# name, notation, forward, then dy/d(argument) for each argument
add = elementwise(
    "add", "{} + {}", np.add, lambda y, a, b: 1, lambda y, a, b: 1, takes="numbers", binding=SUM, traits="commutative"
)
sub = elementwise("sub", "{} − {}", np.subtract, lambda y, a, b: 1, lambda y, a, b: -1, takes="quantities", binding=SUM)
mul = elementwise(
    "mul",
    "{} {}",
    np.multiply,
    lambda y, a, b: b,
    lambda y, a, b: a,
    takes="numbers",
    sign="×",
    binding=PRODUCT,
    traits="commutative",
)
div = elementwise(
    "div",
    "{} / {}",
    np.true_divide,
    lambda y, a, b: _inverse(b),
    lambda y, a, b: -y / b,
    domain="b ≠ 0",
    binding=QUOTIENT,
)
floor_divide = _whole("floor_divide", "⌊{} / {}⌋", np.floor_divide)
trunc_divide = _whole("trunc_divide", "trunc({} / {})", _towards_0)
remainder = elementwise(
    "remainder",
    "{} mod {}",
    _of_divisor(np.remainder),
    lambda y, a, b: 1,
    lambda y, a, b: -floor_divide(a, b),
    takes="numbers",
    domain="b ≠ 0",
    kinks="whole quotients",
)
fmod = elementwise(
    "fmod",
    "fmod({}, {})",
    _of_divisor(np.fmod),
    lambda y, a, b: 1,
    lambda y, a, b: -trunc_divide(a, b),
    takes="numbers",
    domain="b ≠ 0",
    kinks="whole quotients",
)
neg = elementwise("neg", "−{}", np.negative, lambda y, x: -1, takes="numbers", binding=SIGNED, traits="no_activation")
pow = elementwise(
    "pow",
    "{}^{}",
    _power,
    lambda y, x, n: n * x ** _one_less(n, x),
    lambda y, x, n: y * log(cast(where((x == 0) & (n >= 0), 1, x), dtype=y.dtype)),
    takes="numbers",
    domain="x ≥ 0, or n whole",
    binding=POWER,
)
abs = elementwise(
    "abs",
    "|{}|",
    np.abs,
    lambda y, x: sign(x),
    takes="quantities",
    sign="|·|",
    kinks="0, with slope 0",
    traits="no_activation",
)
lerp = elementwise(
    "lerp",
    "{0} + {2} ({1} − {0})",
    _between,
    lambda y, a, b, weight: 1 - weight,
    lambda y, a, b, weight: weight,
    lambda y, a, b, weight: b - a,
)
copysign = elementwise(
    "copysign",
    "copysign({}, {})",
    np.copysign,
    lambda y, a, b: sign(y) * sign(a),
    lambda y, a, b: 0 * sign(b),
    kinks="a = 0, with slope 0",
)
