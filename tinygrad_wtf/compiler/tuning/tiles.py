"""Products of matrices tile by tile: the views that one call of `matmul` multiplies, and how their products are joined.

BLAS copies its operands into an order of its own before it multiplies large ones, which takes longer than multiplying
where one of them is tall and skinny; small ones it multiplies as they lie.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def left_tiles(a: Any, rows: int, inner: int, upright: bool) -> Any:
    """A left operand (m, k) as (k / inner, m / rows, rows, inner); if not `upright`, it lies column after column."""
    m, k = a.shape
    if upright:
        return a.reshape(m // rows, rows, k // inner, inner).transpose(2, 0, 1, 3)
    return a.T.reshape(k // inner, inner, m // rows, rows).transpose(0, 2, 3, 1)


def right_tiles(b: Any, inner: int, upright: bool) -> Any:
    """A right operand (k, n) as (k / inner, 1, inner, n)."""
    k, n = b.shape
    if upright:
        return b.reshape(k // inner, 1, inner, n)
    return b.T.reshape(n, k // inner, 1, inner).transpose(1, 2, 3, 0)


def joined(products: Any) -> Any:
    """The product (m, n) out of those of the tiles, (k / inner, m / rows, rows, n)."""
    parts, pieces, rows, n = products.shape
    if parts == 1:
        return products.reshape(pieces * rows, n)
    ones = np.ones(parts, products.dtype)  # BLAS adds up in half the time
    return np.dot(ones, products.reshape(parts, pieces * rows * n)).reshape(pieces * rows, n)
