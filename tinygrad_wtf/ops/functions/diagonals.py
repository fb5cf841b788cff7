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


def diagonal(input: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    """The diagonal of the matrices along two axes, in a new last axis; `offset` counts to the right of the main one."""
    axes = _two_axes("diagonal", input, taken("diagonal", input).ndim, dim1, dim2)
    last = moved(input, axes, (-2, -1))
    rows, columns = last.shape[-2:]
    return getitem(reshaped(last, (*last.shape[:-2], rows * columns)), (..., _steps(rows, columns, offset)))


def diag_embed(input: Value, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Value:
    """Matrices of zeros along two new axes, with the last axis of `input` on a diagonal."""
    axes = _two_axes("diag_embed", input, taken("diag_embed", input).ndim + 1, dim1, dim2)
    if not input.ndim:
        raise ShapeError("needs at least 1 dimension", op="diag_embed", shapes=(input.shape,))
    n = input.shape[-1] + abs(offset)
    index = (..., _steps(n, n, offset))
    written = rows.into_zeros(input, index=index, shape=(*input.shape[:-1], n * n))
    return moved(reshaped(written, (*input.shape[:-1], n, n)), (-2, -1), axes)


@takes_out
def diag(input: Value, diagonal: int = 0) -> Value:
    """The diagonal of a matrix as a vector, or the matrix with a vector on its diagonal."""
    if taken("diag", input).ndim not in (1, 2):
        raise ShapeError(
            f"takes a vector or a matrix, not {input.ndim} dimensions",
            op="diag",
            shapes=(input.shape,),
            hint="See diagonal",
        )
    return diag_embed(input, diagonal) if input.ndim == 1 else copied(_diagonal(input, diagonal))


_diagonal = diagonal  # the argument of `diag` has this name in PyTorch


def diagflat(input: Value, offset: int = 0) -> Value:
    """The matrix with all entries of `input` on its diagonal."""
    return diag_embed(reshaped(input, (math.prod(taken("diagflat", input).shape),)), offset)


def trace(input: Value) -> Value:
    """The sum of a matrix's diagonal."""
    if taken("trace", input).ndim != 2:
        raise ShapeError(f"takes a matrix, not {input.ndim} dimensions", op="trace", shapes=(input.shape,))
    if input.dtype == dtypes.bool:
        raise UnsupportedError("takes numbers, not booleans", op="trace", shapes=(input.shape,))
    return sum(_diagonal(input))


def _lower(op: str, x: Any, diagonal: int) -> Any:
    """True at and below a diagonal."""
    if taken(op, x).ndim < 2:
        raise ShapeError("needs at least 2 dimensions", op=op, shapes=(x.shape,))
    return np.tri(x.shape[-2], x.shape[-1], diagonal, dtype=bool)


@takes_out
def tril(input: Value, diagonal: int = 0) -> Value:
    """The matrices with 0 above a diagonal."""
    return where(_lower("tril", input, diagonal), input, False)


@takes_out
def triu(input: Value, diagonal: int = 0) -> Value:
    """The matrices with 0 below a diagonal."""
    return where(_lower("triu", input, diagonal - 1), False, input)
