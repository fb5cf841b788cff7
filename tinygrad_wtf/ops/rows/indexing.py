"""Indexing: reading entries, its transpose, adding entries into an array of zeros, and writing them.

Index arrays are arguments of the rows, so that whatever flows through a row may flow through its indices too. In the
setting `index` their places are marked by `HOLE`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import unbroadcast
from tinygrad_wtf.errors import IndexRangeError
from tinygrad_wtf.ops import shapes


class _Hole:
    """The place of an index array in an index."""

    def __repr__(self) -> str:
        return "array"

    def __reduce__(self) -> str:
        return "HOLE"  # the one there is: copies and pickles mean it too


HOLE = _Hole()
Index = tuple[Any, ...]


class Section(tuple[Any, ...]):
    """The index of one of several parts that are read at once, as by `split`: PyTorch lets no such part be written."""

    __slots__ = ()


def _filled(index: Index, arrays: tuple[Any, ...]) -> Index:
    remaining = iter(arrays)
    return tuple(next(remaining) if part is HOLE else part for part in index)


def _flat_places(index: Index, shape: tuple[int, ...]) -> Any:
    """Where in the flattened array the entries of this index are."""
    *before, rows = index
    if not all(isinstance(part, slice) and part == slice(None) for part in before) or rows.dtype == bool:
        return np.arange(math.prod(shape)).reshape(shape)[index].reshape(-1)
    axis = len(before)  # whole slices along one axis: reckoned, without numbering all entries
    outer, size, inner = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
    rows = rows.reshape(-1)
    if rows.size and rows.min() < 0:
        rows = np.where(rows < 0, rows + size, rows)
    if outer != 1:
        rows = (np.arange(outer).reshape(-1, 1) * size + rows).reshape(-1)
    return (rows.reshape(-1, 1) * inner + np.arange(inner)).reshape(-1) if inner != 1 else rows


def _add_into_zeros(g: Any, *arrays: Any, index: Index, shape: tuple[int, ...]) -> Any:
    if all(a.dtype == bool for a in arrays) and len(arrays) < 2:  # slices and a mask name each place once
        zeros = np.zeros(shape, g.dtype)
        zeros[_filled(index, arrays)] = g
        return zeros
    zeros = np.zeros(math.prod(shape), g.dtype)  # NumPy adds several times faster at places of a single axis
    np.add.at(zeros, _flat_places(_filled(index, arrays), shape), g.reshape(-1))
    return zeros.reshape(shape)


def _add_at(into: Any, g: Any, *arrays: Any, index: Index) -> None:
    """Add the entries that were read at an index to an array."""
    filled = _filled(index, arrays)
    if not arrays or (len(arrays) == 1 and arrays[0].dtype == bool):  # each place is named once
        into[filled] += g
    elif into.flags.c_contiguous:
        np.add.at(into.reshape(-1), _flat_places(filled, into.shape), g.reshape(-1))
    else:
        np.add.at(into, filled, g)


def _into_zeros_vjp(i: int, g: Any, y: Any, x: Any, *arrays: Any, index: Index, shape: tuple[int, ...]) -> Any:
    return getitem(g, *arrays, index=index)


def cut(x: Any, dim: int, start: int, length: int) -> Any:
    """The entries of one stretch along an axis."""
    return getitem(x, index=(slice(None),) * dim + (slice(start, start + length),))


def _getitem_vjp(i: int, g: Any, y: Any, x: Any, *arrays: Any, index: Index) -> Any:
    return into_zeros(g, *arrays, index=index, shape=x.shape)


def _within(index: Any, size: int, op: str, from_end: bool) -> Any:
    """The index, if all of it is among `size` entries; `from_end`, negative ones are too."""
    if not index.size:
        return index.astype(np.int64)
    low, high = index.min(), index.max()
    if low < (-size if from_end else 0) or high >= size:
        wrong = high if high >= size else low
        raise IndexRangeError(f"index {wrong} is out of range for {size} entries", op=op, shapes=(index.shape,))
    return np.where(index < 0, index + size, index) if low < 0 else index.astype(np.int64, copy=False)


def _read(x: Any, *arrays: Any, index: Index) -> Any:
    filled = _filled(index, arrays)
    y = x[filled]
    return x[(*filled, ...)] if isinstance(y, np.generic) else y  # a single entry is a view as well


getitem = Op(
    "getitem",
    "{}[…]",
    _read,
    _getitem_vjp,
    takes="anything",
    sign="[…]",
    adds=_add_at,
    traits="no_activation",
)
into_zeros = Op(
    "add_into_zeros",
    "into zeros({})",
    _add_into_zeros,
    _into_zeros_vjp,
    takes="anything",
    shape=shapes.given,
    traits="no_activation",
)
in_range = Op("in_range", "{}", _within, takes="anything", traits="unwritten")
nonzero = Op("nonzero", "{} ≠ 0", lambda x: np.argwhere(x), takes="anything", sign="≠ 0")
constant = Op("constant", "{}", lambda x: x, takes="anything", traits="unwritten")


def assign(array: Any, index: Any, value: Any) -> None:
    """Write; `value` may have more dimensions than what is written, if the first ones are of size 1, as in PyTorch."""
    while value.ndim and value.shape[0] == 1:
        value = value[0] if value.ndim > 1 else value.reshape(())
    try:
        array[index] = value
    except (TypeError, ValueError):
        raise ValueError(
            f"a value of shape {value.shape} cannot be broadcast to the shape {array[index].shape} of what is written"
        ) from None


def _written(x: Any, value: Any, *arrays: Any, index: Index) -> Any:
    y = np.array(x)
    assign(y, _filled(index, arrays), np.asarray(value))
    return y


def _written_vjp(i: int, g: Any, y: Any, x: Any, value: Any, *arrays: Any, index: Index) -> Any:
    if i == 0:
        return put(g, 0, *arrays, index=index)
    return unbroadcast(getitem(g, *arrays, index=index), value.shape)


put = Op("put", "{}[…] ← {}", _written, _written_vjp, takes="anything", sign="←", shape=shapes.of_first)
