"""The error function and its kin, sinc, and functions of two numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import error_function
from tinygrad_wtf.ops.rows.choice import cast, where
from tinygrad_wtf.ops.rows.elementary import exp, log, sigmoid
from tinygrad_wtf.ops.rows.elementwise import elementwise

TERMS = 14  # of the power series of sinc, enough for both precisions where it is used


def _sinc(x: Any, order: int) -> Any:
    """The derivative of this order of ``sin(u) / u``, ``u = πx``, by x.

    From ``u s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾ = sin(u + nπ/2)``, and near 0, where that cancels, from the power series.
    """
    u = math.pi * np.asarray(x)
    near = np.abs(u) <= 1 + order
    far = np.where(near, 1, u)
    turned = (np.sin(far), np.cos(far), -np.sin(far), -np.cos(far))  # by quarter turns
    s = turned[0] / far
    for n in range(1, order + 1):
        s = (turned[n % 4] - n * s) / far
    small = np.where(near, u, 0)
    series, first = np.zeros_like(small), (order + 1) // 2
    for k in range(first + TERMS + order, first - 1, -1):
        power = 2 * k - order
        series = series * small * small + (-1) ** k / (math.factorial(power) * (2 * k + 1))
    return np.where(near, series * small ** (2 * first - order), s) * math.pi**order


def _xlogy(x: Any, y: Any) -> Any:
    return np.where((x == 0) & (y == y), 0, x * np.log(np.asarray(y, np.result_type(x, y))))


def _over_square(a: Any, y: Any, x: Any) -> Any:
    """``a / (x² + y²)``, and 0 at the origin."""
    square = y * y + x * x
    return where(square == 0, 0, a / where(square == 0, 1, square))


def _log_unless(zero: Any, x: Any, y: Any) -> Any:
    """The logarithm of y, but 0 where that is multiplied by 0."""
    return log(cast(where(zero, 1, y), dtype=(x if hasattr(x, "dtype") else y).dtype))


ROOT_PI = math.sqrt(math.pi)
# name, notation, forward, then dy/d(argument) for each argument
erf = elementwise("erf", "erf({})", error_function.erf, lambda y, x: 2 / ROOT_PI * exp(-x * x))
erfc = elementwise("erfc", "erfc({})", error_function.erfc, lambda y, x: -2 / ROOT_PI * exp(-x * x))
sinc: Op = elementwise("sinc", "sinc({})", _sinc, lambda y, x, order=0: sinc(x, order=order + 1))
logit = Op(
    "logit",
    "logit({})",
    lambda x: np.log(x / (1 - x)),
    (lambda g, y, x: where((x < 0) | (x > 1), math.nan, g / (x * (1 - x))),),
    domain="0 < x < 1",
)
atan2 = elementwise(
    "atan2",
    "atan2({}, {})",
    np.arctan2,
    lambda angle, y, x: _over_square(x, y, x),
    lambda angle, y, x: _over_square(-y, y, x),
    kinks="the origin, where the slopes are 0",
)
hypot = elementwise(
    "hypot", "√({}² + {}²)", np.hypot, lambda y, a, b: a / y, lambda y, a, b: b / y, domain="not both 0"
)
logaddexp = elementwise(
    "logaddexp",
    "log(exp {} + exp {})",
    np.logaddexp,
    lambda y, a, b: sigmoid(a - b),
    lambda y, a, b: sigmoid(b - a),
)
xlogy = elementwise(
    "xlogy",
    "{} log({})",
    _xlogy,
    lambda product, x, y: _log_unless((x == 0) & (y <= 0), x, y),
    lambda product, x, y: x / y,
    domain="y > 0, or x = 0",
)
arctan2 = atan2
