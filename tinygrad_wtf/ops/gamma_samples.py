"""The gamma distribution in NumPy: its distribution function, and how a draw moves with the concentration.

The draw x with ``P(a, x) = u`` has, for a fixed u, the slope ``dx/da = -∂P/∂a / p(x)`` (Figurnov, Mohamed and Mnih,
"Implicit reparameterization gradients", 2018). Of small numbers it is a series, of others an integral over the tail
in which x lies, by Gauss and Legendre's rule.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinygrad_wtf.ops.gamma_functions import lgamma, polygamma

SERIES = 30.0  # up to this concentration
PANELS, NODES = 6, 32


@functools.cache
def _rule() -> tuple[Any, Any]:
    """Places and weights for an integral from 0 to 1, closer together near 0."""
    places, weights = np.polynomial.legendre.leggauss(NODES)
    edges = np.concatenate(([0.0], 0.5 ** np.arange(PANELS - 1, -1, -1)))
    width = np.diff(edges)
    return (edges[:-1, None] + width[:, None] * (places + 1) / 2).ravel(), (width[:, None] * weights / 2).ravel()


def slope(concentration: Any, x: Any) -> Any:
    """``dx/da`` of a draw x with this concentration a, in the dtype of x."""
    a, y = np.broadcast_arrays(np.asarray(concentration, np.float64), np.asarray(x, np.float64))
    shape = a.shape
    a, y = a.reshape(-1), y.reshape(-1)
    by_series = (a <= SERIES) & (y <= np.maximum(3, a + 2 * np.sqrt(a)))
    found = np.empty(a.shape)
    found[by_series] = _series(a[by_series], y[by_series])
    found[~by_series] = _integral(a[~by_series], y[~by_series])
    return found.reshape(shape).astype(x.dtype)


def _density(a: Any, x: Any) -> Any:
    return np.exp((a - 1) * np.log(x) - x - lgamma(a))


def below(a: Any, x: Any, upper: bool = False) -> Any:
    """``P(a, x)``, the probability of a smaller draw, or with `upper` ``Q = 1 - P``; each exact where it is small."""
    dtype = np.result_type(a, x)
    b, y = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    shape = b.shape
    b, y = b.reshape(-1), y.reshape(-1)
    inside = (b > 0) & (y > 0) & np.isfinite(b) & np.isfinite(y)
    c, z = np.where(inside, b, 1.0), np.where(inside, y, 1.0)
    by_series = (c <= SERIES) & (z <= np.maximum(3, c + 2 * np.sqrt(c)))
    low = np.empty(c.shape)  # the part that is computed, of P where `lower`, else of Q
    lower = by_series | (z <= c)
    low[by_series] = _mass_by_series(c[by_series], z[by_series])
    low[~by_series] = _mass(c[~by_series], z[~by_series])
    y_found = np.where(lower == (not upper), low, 1 - low)
    limit = np.where(
        (y == 0) & (b > 0), 0.0, np.where((y > 0) & ((b == 0) | ((y == np.inf) & (b < np.inf))), 1.0, np.nan)
    )
    limit = np.where((b == np.inf) & np.isfinite(y) & (y >= 0), 0.0, limit)
    found = np.where(inside, y_found, 1 - limit if upper else limit)
    return found.reshape(shape).astype(dtype if dtype.kind == "f" else np.float64)


def _mass_by_series(a: Any, x: Any) -> Any:
    """``xᵃ exp(-x) Σ xᵏ / Γ(a + k + 1)``."""
    if not a.size:
        return a
    term = np.exp(a * np.log(x) - x - lgamma(a + 1))
    total = term.copy()
    for k in range(1, 1000):
        term = term * x / (a + k)
        total += term
        if (term <= 1e-17 * total).all():
            break
    return total


def _mass(a: Any, x: Any) -> Any:
    """The probability of the tail on the side of x on which it is short."""
    height, _, length = _heights(a, x)
    return _density(a, x) * (height @ _rule()[1]) * length


def _series(a: Any, x: Any) -> Any:
    """``-Σ xᵏ⁺¹ / (a (a + 1) ... (a + k)) (log x - ψ(a + k + 1))``."""
    if not a.size:
        return a
    log_x, term, total = np.log(x), x / a, np.zeros_like(a)
    psi = polygamma(a + 1, 0)
    for k in range(1, 1000):
        step = term * (psi - log_x)
        total += step
        if (np.abs(step) <= 1e-17 * np.abs(total)).all() and k > (x - a).max():
            break
        psi = psi + 1 / (a + k)
        term = term * x / (a + k)
    return total


def _integral(a: Any, x: Any) -> Any:
    """``±∫ (log(x ± s) - ψ(a)) (1 ± s/x)ᵃ⁻¹ exp(∓s) ds`` over the tail on the side of x on which it is short."""
    height, log_part, length = _heights(a, x)
    inner = (np.log(x) - polygamma(a, 0))[:, None] + log_part
    return np.where(x > a, 1.0, -1.0) * ((inner * height) @ _rule()[1]) * length


def _heights(a: Any, x: Any) -> tuple[Any, Any, Any]:
    """``(1 ± s/x)ᵃ⁻¹ exp(∓s)`` at the places of the rule, the logarithm of its base, and how long the tail is."""
    places, _ = _rule()
    sign = np.where(x > a, 1.0, -1.0)
    rate, bend = np.abs(1 - (a - 1) / x), np.maximum(a - 1, 0) / (x * x)
    length = 160 / (rate + np.sqrt(rate * rate + 80 * bend))  # from where on there is nothing left
    length = np.where(sign > 0, length, np.minimum(length, x))
    s = length[:, None] * places
    part = sign[:, None] * s / x[:, None]
    log_part = np.log1p(np.maximum(part, -1 + 1e-16))
    height = np.exp((a[:, None] - 1) * log_part - sign[:, None] * s)
    return height, log_part, length
