"""Running sums and products: each entry with all before it along one axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.elementary import exp
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


def _largest_place(largest: bool) -> Any:
    """Where the extreme of each entry and all before it is: the last of equal ones, and the last nan from the first."""
    running, beats = (np.maximum, np.greater_equal) if largest else (np.minimum, np.less_equal)

    def forward(x: Any, dim: int) -> Any:
        top = running.accumulate(x, axis=dim) if x.shape[dim] else x
        there = beats(x, top) | (x != x)
        places = np.arange(x.shape[dim]).reshape((-1,) + (1,) * (x.ndim - dim - 1))
        found = np.where(there, places, 0)
        return np.maximum.accumulate(found, axis=dim) if x.shape[dim] else found

    return forward


def _shift(y: Any, dim: int) -> Any:
    """How far each entry is below the next: ``y_{k-1} - y_k``, and 0 at the beginning and between infinities."""
    first = cut(y, dim, 0, min(y.shape[dim], 1))
    before = cat(first, cut(y, dim, 0, y.shape[dim] - first.shape[dim]), dim=dim)
    return where(before == y, 0, before - y)


# The cotangent of x_j is Σ_{k≥j} g_k exp(x_j - y_k): a recurrence with factors exp(y_k - y_{k+1}), of at most 1.
logcumsumexp = Op(
    "logcumsumexp",
    "log Σ≤ exp({})",
    in_float32(lambda x, dim: np.logaddexp.accumulate(x, axis=dim) if x.shape[dim] else x.copy()),
    (lambda g, y, x, dim: exp(where(y == -math.inf, 0, x - y)) * _recur_back(g, exp(_shift(y, dim)), dim),),
    shape=shapes.of_first,
)
argcummax = Op("argcummax", "argmax≤ {}", _largest_place(True), takes="numbers", shape=shapes.of_first)
argcummin = Op("argcummin", "argmin≤ {}", _largest_place(False), takes="numbers", shape=shapes.of_first)
