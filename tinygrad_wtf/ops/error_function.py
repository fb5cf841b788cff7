"""The error function, its complement and its inverse in NumPy, to about one unit in the last place, also far out.

Two polynomials, found with 50 digits as Chebyshev series of what remains when the known behaviour is taken out:
near 0 ``erf(x) / x`` in x², and beyond 1/2 ``(1 + 2x) exp(x²) erfc(x)`` in a variable that maps [1/2, ∞] to [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

BLOCK = 1 << 14
BORDER = 0.5
SHIFT = 3.0  # the far variable is 2 (BORDER + SHIFT) / (x + SHIFT) - 1
NEAR = (
    1.1283791670955126,
    -0.3761263890318375,
    0.1128379167095487,
    -0.026866170645000076,
    0.005223977622024224,
    -0.0008548326511566567,
    0.00012055286259121393,
    -1.4923005626894847e-05,
    1.6371282597755977e-06,
    -1.4621341491012844e-07,
)
FAR = (
    1.2329951186255526,
    0.12216847723549216,
    -0.003496013513368307,
    -0.04665458534673942,
    -0.04180651066501206,
    -0.022801799598951192,
    -0.008073603938415275,
    -0.0013920612482762244,
    0.0002474037667962374,
    0.00019788758774368442,
    1.7479093456120596e-05,
    -1.8863176334576537e-05,
    -4.577221716433361e-06,
    1.9134997922187887e-06,
    7.23761458407827e-07,
    -2.407551509427795e-07,
    -1.0493633580912592e-07,
    3.8240659543357784e-08,
    1.4295999799852879e-08,
    -6.739054123657596e-09,
    -1.6431190855534367e-09,
    1.03997377963887e-09,
    1.1538605803663097e-10,
    -9.398532376365328e-11,
)


def _polynomial(coefficients: tuple[float, ...], u: Any) -> Any:
    y = np.full(u.shape, coefficients[-1])
    for a in coefficients[-2::-1]:
        y *= u
        y += a
    return y


def _far(x: Any) -> Any:
    """``erfc(x)`` from the border on."""
    high = x.astype(np.float32).astype(np.float64)  # its square is exact, so that exp(-x²) loses no digits
    tail = np.exp(-high * high) * np.exp((high - x) * (high + x))
    u = 2 * (BORDER + SHIFT) / (x + SHIFT) - 1
    return np.where(x > 30, 0, tail * _polynomial(FAR, u) / (1 + 2 * x))


def _by_blocks(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of float64 numbers, block by block, so that its many passes stay in the cache, in any precision."""

    def computed(x: Any) -> Any:
        given = np.asarray(x)
        if given.dtype.kind not in "biuf":
            raise TypeError(f"takes numbers, not {x!r}")
        flat = given.reshape(-1)
        y = np.empty(flat.shape, given.dtype if given.dtype.kind == "f" else np.float64)
        for start in range(0, flat.size, BLOCK):
            part = slice(start, start + BLOCK)
            y[part] = function(flat[part].astype(np.float64))
        return y.reshape(given.shape)

    return computed


def _near(x: Any) -> Any:
    """``erf(x)`` up to the border."""
    return x * _polynomial(NEAR, np.minimum(x * x, BORDER * BORDER))


@_by_blocks
def erf(x: Any) -> Any:
    """``2/√π ∫ exp(-t²) dt`` from 0 to x."""
    size = np.abs(x)
    return np.where(size < BORDER, _near(x), np.copysign(1 - _far(np.maximum(size, BORDER)), x))


@_by_blocks
def erfc(x: Any) -> Any:
    """``1 - erf(x)``, to full precision where that is small."""
    size = np.abs(x)
    tail = _far(np.maximum(size, BORDER))
    return np.where(size < BORDER, 1 - _near(x), np.where(x < 0, 2 - tail, tail))


# A first guess at the inverse, to single precision, as polynomials in ``-log(1 - x²)`` (M. Giles, 2010).
GUESS_NEAR = (
    1.50140941,
    0.246640727,
    -0.00417768164,
    -0.00125372503,
    0.00021858087,
    -4.39150654e-06,
    -3.5233877e-06,
    3.43273939e-07,
    2.81022636e-08,
)
GUESS_FAR = (
    2.83297682,
    1.00167406,
    0.00943887047,
    -0.0076224613,
    0.00573950773,
    -0.00367342844,
    0.00134934322,
    0.000100950558,
    -0.000200214257,
)


def _solved(size: Any, rest: Any) -> Any:
    """The y ≥ 0 with ``erf(y) = size`` and ``erfc(y) = rest``: a guess, then two steps of Halley's method."""
    w = -np.log(rest * (1 + size))
    y = size * np.where(w < 5, _polynomial(GUESS_NEAR, w - 2.5), _polynomial(GUESS_FAR, np.sqrt(np.clip(w, 0, 16)) - 3))
    tail = np.maximum(-np.log(rest), 1)  # farther out y² + log(√π y) is about this
    far = np.sqrt(np.maximum(tail - 0.5 * np.log(np.pi * tail), 1))
    y = np.where(w < 16, y, np.sqrt(np.maximum(tail - 0.5 * np.log(np.pi * far * far), 1)))
    for _ in range(2):
        wrong = np.where(y < BORDER, _near(y) - size, rest - _far(np.maximum(y, BORDER)))
        step = wrong * np.exp(y * y) * (np.sqrt(np.pi) / 2)
        y = y - step / (1 + y * step)
    return y


@_by_blocks
def erfinv(x: Any) -> Any:
    """The number whose error function is x; infinite at ±1, nan beyond."""
    inside = np.abs(x) < 1
    size = np.where(inside, np.abs(x), 0)
    y = np.where(inside, _solved(size, 1 - size), np.where(np.abs(x) == 1, np.inf, np.nan))
    return np.copysign(y, x)


@_by_blocks
def ndtri(p: Any) -> Any:
    """The quantiles of the standard normal distribution; infinite at 0 and 1, nan beyond."""
    inside = (p > 0) & (p < 1)
    tail = np.where(inside, 2 * np.minimum(p, 1 - p), 1)
    y = np.where(inside, np.sqrt(2) * _solved(1 - tail, tail), np.where((p == 0) | (p == 1), np.inf, np.nan))
    return np.copysign(y, p - 0.5)


@_by_blocks
def erfcx(x: Any) -> Any:
    """``exp(x²) erfc(x)``, which does not vanish in the tail as `erfc` does."""
    far = np.maximum(x, BORDER)
    tail = _polynomial(FAR, 2 * (BORDER + SHIFT) / (far + SHIFT) - 1) / (1 + 2 * far)
    left = np.minimum(x, BORDER)
    below = np.where(left < -BORDER, 2 - _far(np.maximum(-left, BORDER)), 1 - _near(np.maximum(left, -BORDER)))
    high = left.astype(np.float32).astype(np.float64)
    square = np.exp(high * high) * np.exp((left - high) * (left + high))
    return np.where(np.isnan(x), x, np.where(x < BORDER, np.where(x < -27, np.inf, below * square), tail))
