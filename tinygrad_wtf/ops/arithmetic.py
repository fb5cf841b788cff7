"""Arithmetic: sums, products, powers, and choosing between values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.op import Op, Value
from tinygrad_wtf.ops.broadcasting import elementwise, unbroadcast
from tinygrad_wtf.ops.elementary import log


def _inverse(b: Any) -> Any:
    """1 / b, infinite at the number 0, where Python would raise."""
    return math.copysign(math.inf, b) if isinstance(b, int | float) and b == 0 else 1 / b


def _one_less(n: Any, x: Any) -> Any:
    """The exponent n - 1, but 0 where x**n is the constant 0**0: there ``n * x**(n - 1)`` would be 0 * inf."""
    if isinstance(n, int | float):
        return n - 1 if n else 0
    return n - 1 + ((n == 0) & (x == 0))


def _halves(g: Any, first: Any, second: Any) -> Any:
    """The cotangent for the winner of a comparison; a tie is shared."""
    return where(first == second, g / 2, where(first > second, g, 0))


# name, notation, forward, then dy/d(argument) for each argument
add = elementwise("add", "{} + {}", np.add, lambda y, a, b: 1, lambda y, a, b: 1, takes="numbers")
sub = elementwise("sub", "{} − {}", np.subtract, lambda y, a, b: 1, lambda y, a, b: -1, takes="numbers")
mul = elementwise("mul", "{} {}", np.multiply, lambda y, a, b: b, lambda y, a, b: a, takes="numbers", sign="×")
div = elementwise("div", "{} / {}", np.true_divide, lambda y, a, b: _inverse(b), lambda y, a, b: -y / b)
neg = elementwise("neg", "−{}", np.negative, lambda y, x: -1, takes="numbers")
pow = elementwise(
    "pow",
    "{}^{}",
    lambda x, n: x**n,
    lambda y, x, n: n * x ** _one_less(n, x),
    lambda y, x, n: y * log(cast(where((x == 0) & (n >= 0), 1, x), dtype=y.dtype)),
    takes="numbers",
)
abs = elementwise("abs", "|{}|", np.abs, lambda y, x: sign(x), takes="numbers", sign="|·|")
sign: Op = elementwise("sign", "sign({})", np.sign, lambda y, x: 0, takes="numbers")

cast: Op = Op(
    "cast",
    "cast({})",
    lambda x, dtype: x.astype(dtype),
    (lambda g, y, x, dtype: cast(g, dtype=x.dtype),),
    takes="anything",
)

# Where a cotangent is dropped it is dropped whatever its size: `where`, not a product with 0.
where: Op = Op(
    "where",
    "where({}, {}, {})",
    np.where,
    (
        None,
        lambda g, y, c, a, b: unbroadcast(where(c, g, 0), a.shape),
        lambda g, y, c, a, b: unbroadcast(where(c, 0, g), b.shape),
    ),
    takes="numbers",
    promoted=slice(1, None),
)
maximum = Op(
    "maximum",
    "max({}, {})",
    np.maximum,
    (
        lambda g, y, a, b: unbroadcast(_halves(g, a, b), a.shape),
        lambda g, y, a, b: unbroadcast(_halves(g, b, a), b.shape),
    ),
    takes="numbers",
    sign="max",
)
minimum = Op(
    "minimum",
    "min({}, {})",
    np.minimum,
    (
        lambda g, y, a, b: unbroadcast(_halves(g, b, a), a.shape),
        lambda g, y, a, b: unbroadcast(_halves(g, a, b), b.shape),
    ),
    takes="numbers",
    sign="min",
)

# One-sided bounds. Unlike `maximum`, a tie belongs to `x` alone.
_clamp_min = Op(
    "clamp_min",
    "max({}, {})",
    np.maximum,
    (
        lambda g, y, x, low: unbroadcast(where(x >= low, g, 0), x.shape),
        lambda g, y, x, low: unbroadcast(where(x < low, g, 0), low.shape),
    ),
    takes="numbers",
    sign="clamp",
)
_clamp_max = Op(
    "clamp_max",
    "min({}, {})",
    np.minimum,
    (
        lambda g, y, x, high: unbroadcast(where(x <= high, g, 0), x.shape),
        lambda g, y, x, high: unbroadcast(where(x > high, g, 0), high.shape),
    ),
    takes="numbers",
    sign="clamp",
)


def clamp(x: Value, min: Any = None, max: Any = None) -> Value:
    """Keep the entries between two bounds, numbers or tensors; at a bound the gradient passes, beyond it is 0."""
    if min is None and max is None:
        raise DTypeError("needs min, max or both", op="clamp", hint="Write clamp(min=0)")
    if min is None:
        return _clamp_max(x, max)
    return _clamp_min(x, min) if max is None else _clamp_max(_clamp_min(x, min), max)
