"""Sorting, and what is found by it. Equal entries keep their order, and nan counts as the largest number."""

from __future__ import annotations

import operator
from typing import Any

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.functions.extremes import Selected, _no_entry, _selected
from tinygrad_wtf.ops.functions.indexing import narrow
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.rows import extremes as rows
from tinygrad_wtf.ops.rows.shape import reshaped


def _ordered(op: str, x: Any, dim: int, descending: bool) -> tuple[Any, int]:
    """The order of the entries along an axis (of 1, for a 0-d tensor), and which axis it is."""
    axis = one_axis(op, dim, taken(op, x).ndim, x.shape)
    return rows.argsort(x if x.ndim else reshaped(x, (1,)), dim=axis, descending=bool(descending)), axis


@takes_axis
def argsort(input: Value, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Value:
    """The indices that sort the entries along `dim`; the order of equal ones is kept with or without `stable`."""
    return reshaped(_ordered("argsort", input, dim, descending)[0], input.shape)


@takes_axis
def sort(input: Value, dim: int = -1, descending: bool = False, *, stable: bool | None = False) -> Selected:
    """The entries in order along `dim`, and where they were; equal ones keep theirs with or without `stable`."""
    order, axis = _ordered("sort", input, dim, descending)
    return _selected(input, reshaped(order, input.shape), axis, keepdim=True)


@takes_axis
def topk(input: Value, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Selected:
    """The `k` largest entries along `dim`, or the smallest, and where they are; always in order."""
    if taken("topk", input).dtype == dtypes.bool:
        raise DTypeError("takes numbers, not booleans", op="topk", shapes=(input.shape,), hint="Convert with .long()")
    try:
        count = operator.index(k)
    except TypeError:
        raise DTypeError(f"k must be an integer, not {k!r}", op="topk") from None
    order, axis = _ordered("topk", input, dim, largest)
    if not 0 <= count <= order.shape[axis]:
        raise ShapeError(
            f"{count} entries cannot be selected of {order.shape[axis]} along dim {dim}",
            op="topk",
            shapes=(input.shape,),
        )
    places = narrow(order, axis, 0, count)
    if not input.ndim:  # PyTorch keeps it 0-d
        return _selected(input, reshaped(places, ()), 0, keepdim=True)
    return _selected(input, places, axis, keepdim=True)


def msort(input: Value) -> Value:
    """The entries in order along the first axis."""
    return sort(input, 0).values


@takes_axis
def median(input: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle entry, the lower of two; with `dim` the pair (values, indices). It is nan where there is a nan.

    The gradient is shared between entries equal to the median of all, and goes to one of them with `dim`.
    """
    if taken("median", input).dtype == dtypes.bool:
        raise UnsupportedError("takes numbers, not booleans", op="median", shapes=(input.shape,))
    if dim is None:
        if not input.size and input.dtype.kind != "f":
            _no_entry("median", input)
        return rows.median(input)
    axis = one_axis("median", dim, input.ndim, input.shape)
    if not input.ndim:
        return _selected(input, reshaped(rows.argmedian(reshaped(input, (1,)), dim=0), ()), 0, keepdim)
    if not input.shape[axis]:
        _no_entry("median", input)
    return _selected(input, rows.argmedian(input, dim=axis), axis, keepdim)


@takes_axis
def kthvalue(input: Value, k: int, dim: int = -1, keepdim: bool = False) -> Selected:
    """The `k`-th smallest entry along `dim`, counted from 1, and where it is (values, indices).

    The gradient goes to that entry. Of equal ones the first, in their order, is the smaller.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> second = tw.kthvalue(tw.tensor([3.0, 1.0, 2.0]), 2)
    >>> second.values.item(), second.indices.item()
    (2.0, 2)
    """
    order, axis = _ordered("kthvalue", input, dim, descending=False)
    try:
        count = operator.index(k)
    except TypeError:
        raise DTypeError(f"k must be an integer, not {k!r}", op="kthvalue") from None
    if not order.shape[axis]:
        _no_entry("kthvalue", input)
    if not 1 <= count <= order.shape[axis]:
        raise ShapeError(
            f"there is no entry number {count} of {order.shape[axis]}", op="kthvalue", shapes=(input.shape,)
        )
    places = narrow(order, axis, count - 1, 1)
    return _selected(input, places if input.ndim else reshaped(places, ()), axis, keepdim)


@takes_axis
def mode(input: Value, dim: int = -1, keepdim: bool = False) -> Selected:
    """The commonest entry along `dim`, the smallest of several, and where it is for the last time (values, indices).

    The gradient goes to that entry.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> commonest = tw.mode(tw.tensor([2, 1, 2, 3]))
    >>> commonest.values.item(), commonest.indices.item()
    (2, 2)
    """
    axis = one_axis("mode", dim, taken("mode", input).ndim, input.shape)
    if not input.ndim:
        return _selected(input, reshaped(rows.argmode(reshaped(input, (1,)), dim=0), ()), 0, keepdim)
    if not input.shape[axis]:
        _no_entry("mode", input)
    return _selected(input, rows.argmode(input, dim=axis), axis, keepdim)
