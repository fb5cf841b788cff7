"""The modified Bessel functions of the first kind in NumPy, of whole orders, divided by ``exp(|x|)``.

Up to `FAR` the power series, whose terms have one sign, and from there the asymptotic one, cut at its smallest term.
Source: NIST Digital Library of Mathematical Functions, 10.25.2 and 10.40.1.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from tinygrad_wtf.ops.error_function import _by_blocks

FAR = 25.0
TERMS = 70  # of the power series up to there
TAIL = 30  # of the asymptotic series from there on


def scaled(x: Any, order: int) -> Any:
    """``exp(-|x|) Iₙ(x)``."""
    return np.asarray(_by_blocks(functools.partial(_scaled, order=abs(order)))(x))


def modified(x: Any, order: int) -> Any:
    """``Iₙ(x)``; infinite where it is too large."""
    return np.asarray(_by_blocks(functools.partial(_modified, order=abs(order)))(x))


def _modified(x: Any, order: int) -> Any:
    half = np.exp(0.5 * np.abs(x))  # in two factors, the first of which does not overflow before the product does
    y = _scaled(x, order)
    return np.where(y == 0, np.where(np.abs(x) == np.inf, np.sign(x) ** order * np.inf, y), y * half * half)


def _scaled(x: Any, order: int) -> Any:
    size = np.abs(x)
    border = FAR + order * order
    near = np.where(size < border, size, 0)
    quarter = 0.25 * near * near
    term = (0.5 * near) ** order / math.factorial(order)
    total = term
    for k in range(1, TERMS + order * order):
        term = term * quarter / (k * (k + order))
        total = total + term
    far = np.where(size < border, border, size)
    part, tail = np.ones_like(far), np.ones_like(far)
    for k in range(1, TAIL):
        part = part * ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k * far)
        tail = tail + part
    y = np.where(size < border, total * np.exp(-near), tail / np.sqrt(2 * math.pi * far))
    return np.where(np.isnan(x), x, np.where((x < 0) & (order % 2 == 1), -y, y))
