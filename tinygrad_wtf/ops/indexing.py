"""Indexing: reading entries, and its transpose, adding entries into an array of zeros.

Index arrays are arguments of the rows, so that whatever flows through a row may flow through its indices too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.op import Op, Operand, Value
from tinygrad_wtf.ops.dims import one_axis


class _Hole:
    """The place of an index array in an index."""

    def __repr__(self) -> str:
        return "array"


HOLE = _Hole()
Index = tuple[Any, ...]


def _filled(index: Index, arrays: tuple[Any, ...]) -> Index:
    remaining = iter(arrays)
    return tuple(next(remaining) if part is HOLE else part for part in index)


def _split(index: Any) -> tuple[Index, tuple[Any, ...]]:
    """An index with holes, and the arrays that fill them."""
    pattern: list[Any] = []
    arrays: list[Any] = []
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, list | bool):
            part = np.asarray(part) if part != [] else np.empty(0, dtype=np.int64)
        if isinstance(part, Operand | np.ndarray):
            dtype = getattr(part, "dtype", None)
            if dtype is None or dtype.kind not in "iub":
                raise DTypeError(
                    f"tensors used as indices must hold integers or booleans, not {dtype}",
                    op="getitem",
                    hint="Convert them, for example with .to(int64)",
                )
            pattern.append(HOLE)
            arrays.append(part)
        elif part is None or part is Ellipsis or isinstance(part, slice | int | np.integer):
            pattern.append(part)
        else:
            raise DTypeError(
                f"cannot index with {part!r}",
                op="getitem",
                hint="Use integers, slices, None, ..., or integer and boolean arrays",
            )
    return tuple(pattern), tuple(arrays)


def _add_into_zeros(g: Any, *arrays: Any, index: Index, shape: tuple[int, ...]) -> Any:
    zeros = np.zeros(shape, g.dtype)
    if not arrays:
        zeros[index] = g  # a plain slice names each place once
    else:
        np.add.at(zeros, _filled(index, arrays), g)
    return zeros


def _into_zeros_vjp(i: int, g: Any, y: Any, x: Any, *arrays: Any, index: Index, shape: tuple[int, ...]) -> Any:
    return _getitem(g, *arrays, index=index)


def _getitem_vjp(i: int, g: Any, y: Any, x: Any, *arrays: Any, index: Index) -> Any:
    return _into_zeros(g, *arrays, index=index, shape=x.shape)


_getitem = Op(
    "getitem",
    "{}[…]",
    lambda x, *arrays, index: x[_filled(index, arrays)],
    _getitem_vjp,
    takes="anything",
    sign="[…]",
)
_into_zeros = Op("add_into_zeros", "into zeros({})", _add_into_zeros, _into_zeros_vjp, takes="anything")


def getitem(x: Value, index: Any) -> Value:
    """Read entries with anything NumPy allows; an entry read twice receives both gradients."""
    pattern, arrays = _split(index)
    return _getitem(x, *arrays, index=pattern)


def _along(x: Any, indices: Any, dim: int) -> tuple[Any, ...]:
    """The open grid that turns `indices` along one axis into an index of the whole array."""
    grid: list[Any] = []
    for axis, size in enumerate(indices.shape):
        line = np.arange(size).reshape((1,) * axis + (-1,) + (1,) * (indices.ndim - axis - 1))
        grid.append(indices if axis == dim else line)
    return tuple(grid)


def take_along_dim(x: Value, indices: Any, dim: int, *, axis: int | None = None) -> Value:
    """Read along `dim` at `indices`, one index for each entry of the result (NumPy's take_along_axis)."""
    along = one_axis("take_along_dim", dim if axis is None else axis, x.ndim, x.shape)
    if indices.ndim != x.ndim:
        raise ShapeError(
            "indices must have as many dimensions as the tensor", op="take_along_dim", shapes=(x.shape, indices.shape)
        )
    return getitem(x, _along(x, indices, along))
