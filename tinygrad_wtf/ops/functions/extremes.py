"""The largest and the smallest entries, and where they are."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, NoReturn

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DimensionError, DTypeError
from tinygrad_wtf.ops.dims import Dims, either, one_axis, reduced, taken
from tinygrad_wtf.ops.functions.choice import copied
from tinygrad_wtf.ops.functions.indexing import take_along_dim
from tinygrad_wtf.ops.functions.shape import squeeze
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.rows import extremes as rows
from tinygrad_wtf.ops.rows.choice import maximum, minimum
from tinygrad_wtf.ops.rows.shape import reshaped


class Selected(NamedTuple):
    """Entries, and their places along the dimension."""

    values: Any
    indices: Any


class Range(NamedTuple):
    """The smallest entries and the largest."""

    min: Any
    max: Any


def _no_entry(op: str, x: Any) -> NoReturn:
    raise DimensionError(f"an empty tensor {x.shape} has no {op}", op=op, shapes=(x.shape,), hint="Give it an entry")


def _nonempty(op: str, x: Any, dim: Any, axis: Any) -> tuple[int, ...]:
    over = reduced(op, x, dim, axis)
    if not math.prod(x.shape[axis] for axis in over):
        _no_entry(op, x)
    return over


def amax(input: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """The largest entries along `dim`; the gradient is shared between ties."""
    return rows.amax(input, dim=_nonempty("amax", input, dim, axis), keepdim=keepdim or keepdims)


def amin(input: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """The smallest entries along `dim`; the gradient is shared between ties."""
    return rows.amin(input, dim=_nonempty("amin", input, dim, axis), keepdim=keepdim or keepdims)


def aminmax(input: Value, *, dim: int | None = None, keepdim: bool = False) -> Range:
    """The smallest and the largest entries along `dim`; the gradient is shared between ties."""
    return Range(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _arg(row: Op, x: Any, dim: int | None, keepdim: bool) -> Any:
    """The index of an extreme entry: along `dim`, or among all."""
    if taken(row.name, x).dtype == dtypes.bool:
        raise DTypeError("takes numbers, not booleans", op=row.name, shapes=(x.shape,), hint="Convert with .long()")
    return _index(row, x, dim, keepdim)


def _index(row: Op, x: Any, dim: int | None, keepdim: bool) -> Any:
    axis = one_axis(row.name, 0 if dim is None else dim, x.ndim, x.shape)
    whole = dim is None or not x.ndim
    line = reshaped(x, (math.prod(x.shape),)) if whole else x
    if not line.shape[axis]:
        _no_entry(row.name, x)
    found = row(line, dim=axis)
    if whole:
        return reshaped(found, (1,) * x.ndim if keepdim else ())
    return found if keepdim else squeeze(found, axis)


@takes_axis
def argmax(input: Value, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None) -> Value:
    """The index of the (first) largest entry: in the flattened tensor, or along `dim`."""
    return _arg(rows.argmax, input, either(dim, axis), keepdim)


@takes_axis
def argmin(input: Value, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None) -> Value:
    """The index of the (first) smallest entry: in the flattened tensor, or along `dim`."""
    return _arg(rows.argmin, input, either(dim, axis), keepdim)


def _selected(x: Any, places: Any, dim: int, keepdim: bool) -> Selected:
    """The entries at these places along `dim`, which the gradient goes to."""
    if not x.ndim:
        return Selected(copied(x), places)
    values = take_along_dim(x, places, dim)
    return Selected(values, places) if keepdim else Selected(squeeze(values, dim), squeeze(places, dim))


def _extreme(place: Op, whole: Op, pair: Op, x: Any, dim: Any, other: Any, keepdim: bool) -> Any:
    taken(whole.name, x)
    if hasattr(dim, "shape") or other is not None:
        return pair(x, dim if other is None else other)
    if dim is not None:
        return _selected(x, _index(place, x, dim, keepdim=True), dim, keepdim)
    if not x.size:
        _no_entry(whole.name, x)
    return reshaped(whole(x), (1,) * x.ndim) if keepdim else whole(x)


def max(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Any:
    """The largest entry; with `dim` the pair (values, indices), the gradient going to the first of several ties.

    Given a second tensor instead of a dimension it is `maximum`, as in PyTorch.
    """
    return _extreme(rows.argmax, rows.max, maximum, input, either(dim, axis), other, keepdim or keepdims)


def min(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Any:
    """The smallest entry; with `dim` the pair (values, indices), the gradient going to the first of several ties.

    Given a second tensor instead of a dimension it is `minimum`, as in PyTorch.
    """
    return _extreme(rows.argmin, rows.min, minimum, input, either(dim, axis), other, keepdim or keepdims)
