"""Running sums and products: each entry with all before it along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.indexing import getitem
from tinygrad_wtf.ops.joining import cat
from tinygrad_wtf.ops.precision import cast_to
from tinygrad_wtf.ops.repeating import flip
from tinygrad_wtf.ops.shape import reshaped


def _cut(x: Any, part: slice, dim: int) -> Any:
    return getitem(x, (slice(None),) * dim + (part,))


def _flipped(x: Any, dim: int) -> Any:
    return flip(x, (dim,))


def _before(x: Any, first: float, dim: int) -> Any:
    """The entries before each: `x` moved on by one, beginning with the number `first`."""
    width = min(x.shape[dim], 1)
    start = np.full((*x.shape[:dim], width, *x.shape[dim + 1 :]), first, x.dtype)
    return cat((start, _cut(x, slice(None, -1), dim)), dim=dim)


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
    return _flipped(_recurrence(_before(_flipped(a, dim), 0, dim), _flipped(g, dim), dim=dim), dim)


_cumsum: Op = Op(
    "cumsum",
    "Σ≤ {}",
    _accumulated(np.add),
    (lambda g, y, x, dim: _flipped(_cumsum(_flipped(g, dim), dim=dim), dim),),
    takes="numbers",
    shape=shapes.of_first,
    traits="no_activation",
)
_cumprod = Op(
    "cumprod",
    "∏≤ {}",
    _accumulated(np.multiply),
    (lambda g, y, x, dim: _before(y, 1, dim) * _recur_back(g, x, dim),),
    takes="numbers",
    shape=shapes.of_first,
)
# y_k = a_k y_{k-1} + b_k from y_{-1} = 0, the cotangent of a running product: nothing is divided, so zeros are no case.
_recurrence: Op = Op(
    "recurrence",
    "recur({}, {})",
    _recur,
    (
        lambda g, y, a, b, dim: _before(y, 0, dim) * _recur_back(g, a, dim),
        lambda g, y, a, b, dim: _recur_back(g, a, dim),
    ),
)


def _scan(row: Op, x: Any, dim: int, dtype: Any) -> Any:
    axis = one_axis(row.name, dim, taken(row.name, x).ndim, x.shape)
    given = cast_to(x, dtype)
    found = row(given, dim=axis) if x.ndim else reshaped(row(reshaped(given, (1,)), dim=0), ())
    return cast_to(found, dtype)


def cumsum(x: Value, dim: int, *, dtype: Any = None) -> Value:
    """The sum of each entry and all before it along `dim`."""
    return _scan(_cumsum, x, dim, dtype)


def cumprod(x: Value, dim: int, *, dtype: Any = None) -> Value:
    """The product of each entry and all before it along `dim`; differentiable to every order, also at zeros."""
    return _scan(_cumprod, x, dim, dtype)
