"""Repeating entries, turning them round, and sliding a window over them."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.core.unbroadcast import Shape
from tinygrad_wtf.errors import DimensionError, DTypeError, ShapeError
from tinygrad_wtf.ops.dims import axis_of, taken
from tinygrad_wtf.ops.functions.choice import copied
from tinygrad_wtf.ops.functions.indexing import getitem, index_select, narrow
from tinygrad_wtf.ops.functions.joining import cat
from tinygrad_wtf.ops.functions.shape import _sizes, moved, transpose, unflatten
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.rows import shape as rows
from tinygrad_wtf.ops.rows.shape import flattened, reshaped


def repeat(x: Value, *times: Any, repeats: Any = None) -> Value:
    """`x` set beside itself so often along each axis; numbers in front of the last ones make new axes."""
    counts = _sizes("repeat", times, repeats)
    if len(counts) < taken("repeat", x).ndim or builtins.any(n < 0 for n in counts):
        raise ShapeError(
            f"{x.shape} cannot be repeated {counts} times",
            op="repeat",
            shapes=(x.shape,),
            hint="Give a number of 0 or more for each axis",
        )
    return rows.repeat(x, repeats=counts)


def tile(input: Value, *times: Any, dims: Any = None) -> Value:
    """`repeat`, the axes for which no number is given being repeated once."""
    counts = _sizes("tile", times, dims)
    return repeat(input, (1,) * (taken("tile", input).ndim - len(counts)) + counts)


def _number_of_repeats(repeats: Any, size: int, shape: Shape) -> Any:
    """How often each of `size` entries is repeated, as an array."""
    if hasattr(repeats, "tolist"):
        if repeats.dtype.kind != "i":
            raise DTypeError(f"repeats must be integers, not {repeats.dtype}", op="repeat_interleave")
        repeats = repeats.tolist()
    counts = np.asarray(repeats if isinstance(repeats, list | tuple) else operator.index(repeats), np.int64)
    if counts.ndim > 1 or counts.size not in (1, size):
        raise ShapeError(
            f"{counts.size} repeats do not fit {size} entries", op="repeat_interleave", shapes=(shape, counts.shape)
        )
    if builtins.any(counts.reshape(-1) < 0):
        raise ShapeError("repeats cannot be negative", op="repeat_interleave", shapes=(shape,))
    return np.broadcast_to(counts, (size,))


@takes_axis
def repeat_interleave(
    input: Value, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Value:
    """Repeat each entry along `dim` (of the flattened tensor by default), so often or each as often as `repeats` says.

    Given one tensor of numbers alone, each index as often as the number at its place.
    """
    if repeats is None:
        places: Any = np.arange(taken("repeat_interleave", input).size)
        return repeat_interleave(places, input, output_size=output_size)
    if dim is None:
        return repeat_interleave(flattened(taken("repeat_interleave", input)), repeats, 0, output_size=output_size)
    axis = axis_of("repeat_interleave", input, dim)
    line = input if input.ndim else reshaped(input, (1,))
    size = line.shape[axis]
    places = np.repeat(np.arange(size), _number_of_repeats(repeats, size, input.shape))
    if output_size is not None and output_size != places.size:
        raise ShapeError(
            f"output_size is {places.size}, not {output_size}", op="repeat_interleave", shapes=(input.shape,)
        )
    return index_select(line, axis, places)


def flip(input: Value, *axes: Any, dims: Any = None) -> Value:
    """The entries in reverse order along these axes, in new memory."""
    if not axes and dims is None:
        raise TypeError("flip takes the axes to turn round")
    given = _sizes("flip", axes, dims)
    along = tuple(axis_of("flip", input, d) for d in given)
    if len(set(along)) < len(along):
        raise ShapeError(
            f"dims {given} name an axis twice", op="flip", shapes=(input.shape,), hint="Name each axis once"
        )
    return rows.flip(input, dims=along if taken("flip", input).ndim else ())


def fliplr(input: Value) -> Value:
    """The columns in reverse order."""
    if taken("fliplr", input).ndim < 2:
        raise ShapeError("needs at least 2 dimensions", op="fliplr", shapes=(input.shape,))
    return flip(input, 1)


def flipud(input: Value) -> Value:
    """The rows in reverse order."""
    if taken("flipud", input).ndim < 1:
        raise ShapeError("needs at least 1 dimension", op="flipud", shapes=(input.shape,))
    return flip(input, 0)


def roll(input: Value, shifts: Any, dims: Any = ()) -> Value:
    """Move entries along axes, those that leave at one end coming in at the other; by default as one flat axis."""
    if not taken("roll", input).ndim and _sizes("roll", (dims,)):
        raise DimensionError("a 0-d tensor has no axis to roll along", op="roll", shapes=(input.shape,))
    by = _sizes("roll", (shifts,))
    along = tuple(axis_of("roll", input, d) for d in _sizes("roll", (dims,)))
    if len(by) == 1 and not along:
        return reshaped(roll(flattened(input), by, 0), input.shape)
    if not by or len(by) != len(along):
        raise ShapeError(f"shifts {by} and dims {along} must be as many", op="roll", shapes=(input.shape,))
    if not math.prod(input.shape):
        return reshaped(rows.repeat(input, repeats=(1,) * input.ndim), input.shape)
    for axis, shift in zip(along, by, strict=True):
        size = input.shape[axis]
        cut = -shift % size
        input = cat((narrow(input, axis, cut, size - cut), narrow(input, axis, 0, cut)), dim=axis)
    return input


def unfold(x: Value, dimension: int, size: int, step: int) -> Value:
    """All windows of `size` entries along an axis, one every `step`; the entries of a window are in a new last axis."""
    axis = axis_of("unfold", x, dimension)
    line = x if x.ndim else reshaped(x, (1,))
    total = line.shape[axis]
    if not 0 <= size <= total or step < 1:
        raise ShapeError(
            f"no windows of {size} entries every {step} among {total}",
            op="unfold",
            shapes=(x.shape,),
            hint="The size is at most that of the axis, the step at least 1",
        )
    starts = np.arange(0, total - size + 1, step)
    if step >= size and starts.size * step <= total:  # no entry is in two windows: a view, as in PyTorch
        apart = unflatten(narrow(line, axis, 0, starts.size * step), axis, (starts.size, step))
        windows = narrow(apart, axis + 1, 0, size)
    else:
        entries = index_select(line, axis, (starts[:, None] + np.arange(size)).reshape(-1))
        windows = unflatten(entries, axis, (starts.size, size))
    folded = moved(windows, axis + 1, -1)
    return folded if x.ndim else getitem(folded, 0)


def rot90(input: Value, k: int = 1, dims: Any = (0, 1)) -> Value:
    """`input` turned `k` times by 90 degrees, from the first of two axes towards the second; a negative k turns back.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.rot90(tw.tensor([[1, 2], [3, 4]])).tolist()
    [[2, 4], [1, 3]]
    """
    if not isinstance(dims, tuple | list) or len(dims) != 2 or taken("rot90", input).ndim < 2:
        raise ShapeError("turns from one axis to another", op="rot90", shapes=(input.shape,), hint="Give two dims")
    first, second = (axis_of("rot90", input, d) for d in dims)
    if first == second:
        raise ShapeError(f"dims {dims!r} name one axis twice", op="rot90", shapes=(input.shape,))
    turns = operator.index(k) % 4
    if turns == 2:
        return flip(input, first, second)
    if not turns:
        return copied(input)
    return transpose(flip(input, second if turns == 1 else first), first, second)
