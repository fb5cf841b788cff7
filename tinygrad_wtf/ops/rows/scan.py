"""Running sums and products: each entry with all before it along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.rows.indexing import cut
from tinygrad_wtf.ops.rows.shape import cat, flip


def _flipped(x: Any, dim: int) -> Any:
    return flip(x, dims=(dim,))


def _before(x: Any, first: float, dim: int) -> Any:
    """The entries before each: `x` moved on by one, beginning with the number `first`."""
    width = min(x.shape[dim], 1)
    start = np.full((*x.shape[:dim], width, *x.shape[dim + 1 :]), first, x.dtype)
    return cat(start, cut(x, dim, 0, x.shape[dim] - width), dim=dim)


def _accumulated(ufunc: np.ufunc) -> Any:
    """A running sum or product, built up in 64 bits: each step rounds, and there may be millions."""

    def forward(x: Any, dim: int) -> Any:
        wide = np.float64 if x.dtype.kind == "f" else np.int64
        y = ufunc.accumulate(x, axis=dim, dtype=wide)
        return y.astype(x.dtype, copy=False) if x.dtype.kind == "f" else y

    return forward


def _recur(a: Any, b: Any, dim: int) -> Any:
    y = np.moveaxis(b.astype(np.float64), dim, 0)
    for k, factor in enumerate(np.moveaxis(a, dim, 0)[1:], 1):
        y[k] += factor * y[k - 1]
    return np.moveaxis(y, 0, dim).astype(b.dtype, copy=False)


def _recur_back(g: Any, a: Any, dim: int) -> Any:
    """The transpose of the recurrence: ``s_k = g_k + a_{k+1} s_{k+1}``."""
    return _flipped(recurrence(_before(_flipped(a, dim), 0, dim), _flipped(g, dim), dim=dim), dim)


cumsum: Op = Op(
    "cumsum",
    "Σ≤ {}",
    _accumulated(np.add),
    (lambda g, y, x, dim: _flipped(cumsum(_flipped(g, dim), dim=dim), dim),),
    takes="numbers",
    shape=shapes.of_first,
    traits="no_activation",
)
cumprod = Op(
    "cumprod",
    "∏≤ {}",
    _accumulated(np.multiply),
    (lambda g, y, x, dim: _before(y, 1, dim) * _recur_back(g, x, dim),),
    takes="numbers",
    shape=shapes.of_first,
)
# y_k = a_k y_{k-1} + b_k from y_{-1} = 0, the cotangent of a running product: nothing is divided, so zeros are no case.
recurrence: Op = Op(
    "recurrence",
    "recur({}, {})",
    _recur,
    (
        lambda g, y, a, b, dim: _before(y, 0, dim) * _recur_back(g, a, dim),
        lambda g, y, a, b, dim: _recur_back(g, a, dim),
    ),
)
