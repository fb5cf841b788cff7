"""The error, gamma and Bessel functions and their kin, sinc, and functions of two numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import bessel_functions, error_function, gamma_functions, gamma_samples
from tinygrad_wtf.ops.rows.choice import cast, where
from tinygrad_wtf.ops.rows.elementary import LN_2, exp, log, log1p, sigmoid
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


def _xlog1py(x: Any, y: Any) -> Any:
    return np.where((x == 0) & (y == y), 0, x * np.log1p(np.asarray(y, np.result_type(x, y))))


def _log1p_unless(zero: Any, x: Any, y: Any) -> Any:
    """The logarithm of 1 + y, but 0 where that is multiplied by 0."""
    return log1p(cast(where(zero, 0, y), dtype=(x if hasattr(x, "dtype") else y).dtype))


def _i0(x: Any, order: int = 0) -> Any:
    """The derivative of this order of I₀: ``2⁻ⁿ Σ (n over k) I₍ₙ₋₂ₖ₎``, since ``2 Iₙ′ = Iₙ₋₁ + Iₙ₊₁``."""
    terms = [math.comb(order, k) * bessel_functions.modified(x, order - 2 * k) for k in range(order + 1)]
    return sum(terms[1:], terms[0]) / 2**order


def _i0e(x: Any, order: int = 0) -> Any:
    """The derivative of this order of ``exp(-|x|) I₀(x)``, by the rule of products."""
    scaled = {n: bessel_functions.scaled(x, n) for n in range(order + 1)}
    total = np.zeros_like(scaled[0])
    for j in range(order + 1):
        inner = sum(math.comb(j, k) * scaled[abs(j - 2 * k)] for k in range(j + 1)) / 2**j
        total = total + math.comb(order, j) * (-np.sign(x)) ** (order - j) * inner
    return total.astype(scaled[0].dtype)


def _unknown(g: Any, y: Any, *args: Any) -> Any:
    """A derivative that is not known: nan, so that nobody takes it for 0."""
    return where(False, g, np.asarray(math.nan, g.dtype))


# How a draw x of the gamma distribution moves with the concentration a so that P(a, x) stays.
gamma_slope = Op("gamma_slope", "d gamma({}, {})", gamma_samples.slope, (_unknown, _unknown))
ROOT_PI = math.sqrt(math.pi)
# name, notation, forward, then dy/d(argument) for each argument
erf = elementwise("erf", "erf({})", error_function.erf, lambda y, x: 2 / ROOT_PI * exp(-x * x))
erfc = elementwise("erfc", "erfc({})", error_function.erfc, lambda y, x: -2 / ROOT_PI * exp(-x * x))
erfinv = elementwise(
    "erfinv",
    "erfinv({})",
    error_function.erfinv,
    lambda y, x: ROOT_PI / 2 * exp(y * y),
    domain="−1 ≤ x ≤ 1",
)
erfcx = elementwise("erfcx", "erfcx({})", error_function.erfcx, lambda y, x: 2 * x * y - 2 / ROOT_PI)
ndtri = elementwise(
    "ndtri",
    "ndtri({})",
    error_function.ndtri,
    lambda y, x: math.sqrt(2) * ROOT_PI * exp(y * y / 2),
    domain="0 ≤ x ≤ 1",
)
entr = elementwise(
    "entr",
    "entr({})",
    lambda x: -_xlogy(x, np.where(x < 0, 0, x)),
    lambda y, x: -1 - log(x),
    domain="x ≥ 0",
)
lgamma = elementwise(
    "lgamma",
    "lgamma({})",
    gamma_functions.lgamma,
    lambda y, x: digamma(x, order=0),
    kinks="0, −1, −2, …, where it is ∞",
)
# ψ = (log Γ)′, and its derivatives, which PyTorch calls polygamma.
digamma: Op = elementwise(
    "digamma",
    "digamma({})",
    lambda x, order=0: gamma_functions.polygamma(x, order),
    lambda y, x, order=0: digamma(x, order=order + 1),
    domain="not 0, −1, −2, …",
)
i0: Op = elementwise("i0", "i0({})", _i0, lambda y, x, order=0: i0(x, order=order + 1))
i0e: Op = elementwise("i0e", "i0e({})", _i0e, lambda y, x, order=0: i0e(x, order=order + 1), kinks="0, with slope 0")
# Of the concentration the first derivative alone is known.
gammainc = elementwise(
    "gammainc",
    "gammainc({}, {})",
    gamma_samples.below,
    lambda y, a, x: -gamma_slope(a, x) * exp((a - 1) * log(x) - x - lgamma(a)),
    lambda y, a, x: exp((a - 1) * log(x) - x - lgamma(a)),
    domain="a > 0, x ≥ 0",
)
gammaincc = elementwise(
    "gammaincc",
    "gammaincc({}, {})",
    lambda a, x: gamma_samples.below(a, x, upper=True),
    lambda y, a, x: gamma_slope(a, x) * exp((a - 1) * log(x) - x - lgamma(a)),
    lambda y, a, x: -exp((a - 1) * log(x) - x - lgamma(a)),
    domain="a > 0, x ≥ 0",
)
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
logaddexp2 = elementwise(
    "logaddexp2",
    "log₂(2^{} + 2^{})",
    np.logaddexp2,
    lambda y, a, b: sigmoid((a - b) * LN_2),
    lambda y, a, b: sigmoid((b - a) * LN_2),
)
xlog1py = elementwise(
    "xlog1py",
    "{} log1p({})",
    _xlog1py,
    lambda product, x, y: _log1p_unless((x == 0) & (y <= -1), x, y),
    lambda product, x, y: x / (y + 1),
    domain="y > −1, or x = 0",
)
arctan2 = atan2
