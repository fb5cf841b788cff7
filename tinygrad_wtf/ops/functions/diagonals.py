"""Diagonals and triangles of matrices: read, written, kept."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DimensionError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.functions.choice import copied, where
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.functions.shape import moved
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.rows import indexing as rows
from tinygrad_wtf.ops.rows.shape import reshaped


def _steps(rows: int, columns: int, offset: int) -> slice:
    """Where the diagonal lies in the matrix written out row by row: every (columns + 1)-th entry."""
    count = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    start = offset if offset >= 0 else -offset * columns
    return slice(start, start + (count - 1) * (columns + 1) + 1, columns + 1) if count else slice(0, 0)


def _two_axes(op: str, x: Any, ndim: int, dim1: int, dim2: int) -> tuple[int, int]:
    first, second = (one_axis(op, d, ndim, taken(op, x).shape) for d in (dim1, dim2))
    if first == second:
        raise DimensionError(f"dim {dim1} and {dim2} are the same axis", op=op, shapes=(x.shape,))
    return first, second


def diagonal(x: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    """The diagonal of the matrices along two axes, in a new last axis; `offset` counts to the right of the main one."""
    axes = _two_axes("diagonal", x, taken("diagonal", x).ndim, dim1, dim2)
    last = moved(x, axes, (-2, -1))
    rows, columns = last.shape[-2:]
    return getitem(reshaped(last, (*last.shape[:-2], rows * columns)), (..., _steps(rows, columns, offset)))


def diag_embed(x: Value, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Value:
    """Matrices of zeros along two new axes, with the last axis of `x` on a diagonal."""
    axes = _two_axes("diag_embed", x, taken("diag_embed", x).ndim + 1, dim1, dim2)
    if not x.ndim:
        raise ShapeError("needs at least 1 dimension", op="diag_embed", shapes=(x.shape,))
    n = x.shape[-1] + abs(offset)
    index = (..., _steps(n, n, offset))
    written = rows.into_zeros(x, index=index, shape=(*x.shape[:-1], n * n))
    return moved(reshaped(written, (*x.shape[:-1], n, n)), (-2, -1), axes)


@takes_out
def diag(x: Value, diagonal: int = 0) -> Value:
    """The diagonal of a matrix as a vector, or the matrix with a vector on its diagonal."""
    if taken("diag", x).ndim not in (1, 2):
        raise ShapeError(
            f"takes a vector or a matrix, not {x.ndim} dimensions", op="diag", shapes=(x.shape,), hint="See diagonal"
        )
    return diag_embed(x, diagonal) if x.ndim == 1 else copied(_diagonal(x, diagonal))


_diagonal = diagonal  # the argument of `diag` has this name in PyTorch


def diagflat(x: Value, offset: int = 0) -> Value:
    """The matrix with all entries of `x` on its diagonal."""
    return diag_embed(reshaped(x, (math.prod(taken("diagflat", x).shape),)), offset)


def trace(x: Value) -> Value:
    """The sum of a matrix's diagonal."""
    if taken("trace", x).ndim != 2:
        raise ShapeError(f"takes a matrix, not {x.ndim} dimensions", op="trace", shapes=(x.shape,))
    if x.dtype == dtypes.bool:
        raise UnsupportedError("takes numbers, not booleans", op="trace", shapes=(x.shape,))
    return sum(_diagonal(x))


def _lower(op: str, x: Any, diagonal: int) -> Any:
    """True at and below a diagonal."""
    if taken(op, x).ndim < 2:
        raise ShapeError("needs at least 2 dimensions", op=op, shapes=(x.shape,))
    return np.tri(x.shape[-2], x.shape[-1], diagonal, dtype=bool)


@takes_out
def tril(x: Value, diagonal: int = 0) -> Value:
    """The matrices with 0 above a diagonal."""
    return where(_lower("tril", x, diagonal), x, False)


@takes_out
def triu(x: Value, diagonal: int = 0) -> Value:
    """The matrices with 0 below a diagonal."""
    return where(_lower("triu", x, diagonal - 1), False, x)
