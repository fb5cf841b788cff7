"""The logarithm of the gamma function, its derivatives and Hurwitz' zeta function, in NumPy, to a few last places.

Large numbers come from Stirling's and Euler and Maclaurin's asymptotic series, small ones from these by the recurrence
``Γ(x + 1) = x Γ(x)``, those near 1 and 2 from a power series whose zeros are exact, negative ones by reflection.
Sources: NIST Digital Library of Mathematical Functions, chapters 5 (gamma) and 25.11 (zeta).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from tinygrad_wtf.ops.error_function import _by_blocks, _polynomial

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
LARGE = 10.0  # from here on an asymptotic series is exact to the last place
EULER = 0.5772156649015329
TERMS = 30  # of the power series around 2, up to a distance of 1/2


def zeta(s: float, x: Any) -> Any:
    """Hurwitz' zeta function ``Σ (x + k)^-s`` over all k ≥ 0, for one s > 1 and for x > 0."""
    n = np.ceil(np.maximum(LARGE + s - x, 0))
    total = np.zeros_like(x)
    for k in range(int(n.max(initial=0))):
        total += np.where(k < n, (x + k) ** -s, 0)
    y = x + n
    term, rest = y**-s, y ** (1 - s) / (s - 1) + 0.5 * y**-s
    for k, b in enumerate(BERNOULLI):
        term = term * ((s if not k else (s + 2 * k - 1) * (s + 2 * k)) / ((2 * k + 1) * (2 * k + 2)) / y)
        rest = rest + b * term
        term = term / y
    return total + rest


@functools.cache
def _around_2() -> tuple[float, ...]:
    """``log Γ(2 + z)`` as a power series in z."""
    beyond_1 = (float(zeta(float(k), np.array(2.0))) for k in range(2, TERMS))
    return (0.0, 1 - EULER, *((-1) ** k * value / k for k, value in enumerate(beyond_1, 2)))


def _stirling(x: Any) -> Any:
    """``log Γ`` of large numbers."""
    by_square = 1 / (x * x)
    tail = _polynomial(tuple(b / ((2 * k + 1) * (2 * k + 2)) for k, b in enumerate(BERNOULLI[:9])), by_square) / x
    return (x - 0.5) * (np.log(x) - 1) - 0.5 + 0.5 * math.log(2 * math.pi) + tail


def _log_gamma_of_positive(x: Any) -> Any:
    near = np.minimum(x, LARGE)
    steps = np.maximum(np.ceil(near - 2.5), 0)  # down to at most 2.5
    factors = np.ones_like(near)
    for k in range(1, int(LARGE) - 1):
        factors *= np.where(k <= steps, near - k, 1)
    base = near - steps
    series = _polynomial(_around_2(), np.where(base < 0.5, base, np.where(base < 1.5, base - 1, base - 2)))
    below = np.where(base < 0.5, np.log1p(base) + np.log(base), np.log(np.where(base < 1.5, base, 1)))
    return np.where(x < LARGE, series - below + np.log(factors), _stirling(np.maximum(x, LARGE)))


@_by_blocks
def lgamma(x: Any) -> Any:
    """``log |Γ(x)|``: ∞ at 0, the negative integers and both infinities."""
    size = np.where(x > 0, x, 1 - x)
    y = np.where(np.isinf(x), np.inf, _log_gamma_of_positive(np.where(np.isfinite(size), size, 1)))
    part = np.abs(x - np.rint(x))
    y = np.where(x > 0, y, math.log(math.pi) - np.log(np.sin(math.pi * np.where(np.isfinite(x), part, 0.5))) - y)
    small = (np.abs(x) < 1e-16) & (x != 0)  # where 1 - x is 1
    y = np.where(small, -np.log(np.abs(np.where(small, x, 1))), y)
    return np.where(np.isnan(x), x, np.where(np.isinf(x), np.inf, y))


@functools.cache
def _cotangent(n: int) -> tuple[float, ...]:
    """The n-th derivative of ``π cot(πx)``, as a polynomial in the cotangent."""
    if not n:
        return (0.0, math.pi)
    before = _cotangent(n - 1)
    slope = [k * a for k, a in enumerate(before)][1:]
    found = [0.0] * (len(slope) + 2)
    for k, a in enumerate(slope):  # the derivative of c = cot(πx) is -π (1 + c²)
        found[k] -= math.pi * a
        found[k + 2] -= math.pi * a
    return tuple(found)


def _digamma_of_positive(x: Any) -> Any:
    n = np.ceil(np.maximum(LARGE - x, 0))
    taken_off = np.zeros_like(x)
    for k in range(int(n.max(initial=0))):
        taken_off += np.where(k < n, 1 / (x + k), 0)
    y = x + n
    by_square = 1 / (y * y)
    tail = by_square * _polynomial(tuple(b / (2 * k + 2) for k, b in enumerate(BERNOULLI[:9])), by_square)
    return np.log(y) - 0.5 / y - tail - taken_off


def polygamma(x: Any, n: int) -> Any:
    """The derivative of order ``n + 1`` of ``log Γ(x)``: digamma for 0, trigamma for 1."""
    return np.asarray(_by_blocks(functools.partial(_polygamma, n=n))(x))


def _polygamma(x: Any, n: int) -> Any:
    size = np.where(x > 0, x, 1 - x)
    size = np.where(np.isnan(size) | (size == np.inf), 1, size)
    y = _digamma_of_positive(size) if not n else (-1) ** (n + 1) * math.factorial(n) * zeta(float(n + 1), size)
    part = x - np.rint(np.where(np.isfinite(x), x, 0.5))
    pole = (x <= 0) & (part == 0)
    reflected = (-1) ** n * y - _polynomial(_cotangent(n), 1 / np.tan(math.pi * np.where(pole, 0.25, part)))
    y = np.where(x > 0, y, reflected)
    if not n:
        y = np.where(x == 0, np.copysign(np.inf, -x), np.where(pole, np.nan, y))
        return np.where(x == np.inf, np.inf, np.where(np.isnan(x) | (x == -np.inf), np.nan, y))
    y = np.where(pole, np.inf if n % 2 else -np.inf, y)
    return np.where(x == np.inf, 0, np.where(np.isnan(x) | (x == -np.inf), np.nan, y))
