"""Reading entries: how an index is understood, and PyTorch's functions that read. Writing is in `scattering`."""

from __future__ import annotations

import math
import operator
import warnings
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Operand, Value
from tinygrad_wtf.errors import DTypeError, IndexDTypeError, IndexRangeError, ShapeError
from tinygrad_wtf.ops.dims import axis_of, either, taken
from tinygrad_wtf.ops.functions.shape import broadcast_shapes, expanded
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.rows import indexing as rows
from tinygrad_wtf.ops.rows.indexing import HOLE, Index, _filled, assign
from tinygrad_wtf.ops.rows.shape import flattened, reshaped


def _array(part: Any) -> Any:
    """One part of an index, as an array if it lists places or says yes and no."""
    if isinstance(part, list | tuple | range):
        try:
            listed = np.asarray([_array(p) if isinstance(p, list | tuple | range) else p for p in part])
        except ValueError:
            listed = np.empty(1, object)
        if listed.dtype == object:
            raise IndexDTypeError(
                f"cannot index with {part!r}, which is no array of places",
                op="getitem",
                hint="For an index of each axis write a tuple, x[[1, 2], [0]], not a list of lists",
            )
        return listed if listed.size else listed.astype(np.int64)
    if isinstance(part, bool | np.bool_):
        return np.asarray(part)
    if getattr(part, "dtype", None) == np.uint8 and not isinstance(part, np.generic):
        warnings.warn("a uint8 tensor used as an index is a mask, as in PyTorch; make it one of bools", stacklevel=4)
        return part != 0
    return part


def _split(index: Any) -> tuple[Index, tuple[Any, ...]]:
    """An index with holes, and the arrays that fill them."""
    pattern: list[Any] = []
    arrays: list[Any] = []
    for part in index if isinstance(index, tuple) else (index,):
        part = _array(part)
        if isinstance(part, Operand | np.ndarray):
            dtype = getattr(part, "dtype", None)
            if dtype is None or dtype.kind not in "ib":
                raise IndexDTypeError(
                    f"tensors used as indices must hold integers or booleans, not {dtype}",
                    op="getitem",
                    hint="Convert them, for example with .to(int64)",
                )
            pattern.append(HOLE)
            arrays.append(part)
        elif part is None or part is Ellipsis or isinstance(part, slice):
            pattern.append(part)
        elif hasattr(part, "__index__"):
            pattern.append(operator.index(part))
        else:
            raise IndexDTypeError(
                f"cannot index with {part!r}",
                op="getitem",
                hint="Use integers, slices, None, ..., or integer and boolean arrays",
            )
    return tuple(pattern), tuple(arrays)


def _kind(part: Any) -> str:
    """What a part of an index reads: a single place, a list of them (or a mask), or neither."""
    if isinstance(part, int):
        return "place"
    if not hasattr(part, "shape"):
        return "slice"
    return "list" if part.shape or part.dtype == bool else "place"


def _in_two(pattern: Index, arrays: tuple[Any, ...]) -> tuple[Index, Index] | None:
    """The index in two, single places first, if it mixes them with lists in a way that NumPy reads otherwise."""
    parts = [(part, _kind(part)) for part in _filled(pattern, arrays)]
    at = [i for i, (_, kind) in enumerate(parts) if kind != "slice"]
    if len({kind for _, kind in parts} - {"slice"}) < 2 or at[-1] - at[0] < len(at):
        return None
    first: list[Any] = []
    for part, kind in parts:  # a mask lies over as many axes as it has
        first += [slice(None)] * (part.ndim if part.dtype == bool else 1) if kind == "list" else [part]
    second = [part if kind == "list" or part is Ellipsis else slice(None) for part, kind in parts if kind != "place"]
    return tuple(first), tuple(second)


def getitem(x: Value, index: Any) -> Value:
    """Read entries with anything NumPy allows; an entry read twice receives both gradients.

    Where integers and lists of places are mixed, the integers are read first, as in PyTorch: ``x[0, :, [0, 1]]``
    is ``x[0][:, [0, 1]]`` (NumPy would move the last axis to the front).
    """
    pattern, arrays = _split(index)
    if arrays and (two := _in_two(pattern, arrays)):
        return getitem(getitem(x, two[0]), two[1])
    return rows.getitem(x, *arrays, index=pattern)


def _write(array: Any, index: Any, value: Any) -> None:
    """``array[index] = value`` for a NumPy array, where `getitem` would read; with NumPy's errors."""
    pattern, arrays = _split(index)
    arrays = tuple(a.item() if not a.ndim and a.dtype != bool else a for a in map(np.asarray, arrays))
    two = _in_two(pattern, arrays)
    if two:
        array, filled = array[two[0]], two[1]  # numbers and slices only: a view
    else:
        filled = _filled(pattern, arrays)
    assign(array, filled, value)


@takes_axis
def select(input: Value, dim: int, index: Any) -> Value:
    """The entries at one place along `dim`, without that axis."""
    if not taken("select", input).ndim:
        raise IndexRangeError("a 0-d tensor has no entry to select", op="select", shapes=(input.shape,))
    return getitem(input, (slice(None),) * axis_of("select", input, dim) + (operator.index(index),))


@takes_axis
def narrow(input: Value, dim: int, start: Any, length: int) -> Value:
    """The `length` entries from `start` along `dim`; a negative start counts from the end."""
    if not taken("narrow", input).ndim:
        raise ShapeError("a 0-d tensor has no axis to narrow", op="narrow", shapes=(input.shape,))
    axis = axis_of("narrow", input, dim)
    if hasattr(start, "shape") and (start.shape or start.dtype.kind not in "iu"):
        raise DTypeError(
            f"start must be an integer, not {start.shape} {start.dtype}", op="narrow", shapes=(input.shape,)
        )
    size, first = input.shape[axis], operator.index(start)
    if not -size <= first <= size:
        raise IndexRangeError(f"start {first} is out of range for {size} entries", op="narrow", shapes=(input.shape,))
    first += size if first < 0 else 0
    if not 0 <= length <= size - first:
        raise ShapeError(f"{length} entries from {first} are not among {size}", op="narrow", shapes=(input.shape,))
    return getitem(input, (slice(None),) * axis + (slice(first, first + length),))


def _places(op: str, index: Any, *kinds: Any) -> Any:
    """The index, after making sure that it is an array of whole numbers."""
    if not hasattr(index, "shape"):
        raise DTypeError(f"takes a tensor of indices, not {index!r}", op=op, hint="Make one with tensor([...])")
    if index.dtype not in (kinds or (np.int64, np.int32)):
        raise DTypeError(
            f"indices must be int64, not {index.dtype}", op=op, shapes=(index.shape,), hint="Convert with .to(int64)"
        )
    return index


def _along(index: Any, dim: int, shape: tuple[int, ...]) -> Any:
    """The places in the flattened array of what `index` names along one axis, each entry in its own line."""
    lines: Any = 0
    for axis, size in enumerate(index.shape):
        if axis != dim:
            step = math.prod(shape[axis + 1 :])
            lines = lines + (np.arange(size) * step).reshape((1,) * axis + (-1,) + (1,) * (index.ndim - axis - 1))
    return index * math.prod(shape[dim + 1 :]) + lines


def _placed(op: str, x: Any, dim: int, index: Any) -> Any:
    """The places in the flattened `x` of an index of one entry each along `dim`; a number counts as a vector of one."""
    axis, shape = axis_of(op, x, dim), x.shape or (1,)
    if not taken(op, index).size:
        return np.empty(0, np.int64)
    places = reshaped(_places(op, index), index.shape or (1,))
    if places.ndim != len(shape):
        raise ShapeError("the index must have as many dimensions as the tensor", op=op, shapes=(x.shape, index.shape))
    if any(n > m for d, (n, m) in enumerate(zip(places.shape, shape, strict=True)) if d != axis):
        raise ShapeError(
            f"an index of {index.shape} is larger than {x.shape} in a dimension other than {axis}",
            op=op,
            shapes=(x.shape, index.shape),
        )
    return _along(rows.in_range(places, size=shape[axis], op=op, from_end=False), axis, shape)


@takes_out
def gather(input: Value, dim: int, index: Any) -> Value:
    """Read along `dim` at `index`, one index for each entry of the result; none may be negative."""
    places = _placed("gather", input, dim, index)
    return reshaped(getitem(flattened(input), places), index.shape)


def take_along_dim(input: Value, indices: Any, dim: int | None = None, *, axis: int | None = None) -> Value:
    """Read along `dim` at `indices`, the other axes stretched to each other; without `dim`, of the flattened tensor."""
    taken("take_along_dim", input)
    _places("take_along_dim", indices, np.int64)
    given = either(dim, axis)
    if given is None:
        return getitem(flattened(input), flattened(indices))
    along = axis_of("take_along_dim", input, given)
    if indices.ndim != input.ndim:
        raise ShapeError(
            "indices must have as many dimensions as the tensor",
            op="take_along_dim",
            shapes=(input.shape, indices.shape),
        )
    if not input.ndim:
        return reshaped(getitem(reshaped(input, (1,)), reshaped(indices, (1,))), ())
    others = broadcast_shapes(*(tuple(1 if d == along else n for d, n in enumerate(a.shape)) for a in (input, indices)))
    input, indices = (expanded(a, (*others[:along], a.shape[along], *others[along + 1 :])) for a in (input, indices))
    return getitem(
        flattened(input),
        _along(rows.in_range(indices, size=input.shape[along], op="take_along_dim", from_end=True), along, input.shape),
    )


def _vector(op: str, index: Any, *kinds: Any) -> Any:
    """An index along one axis: a vector, or a number counting as a vector of one."""
    if _places(op, index, *kinds).ndim > 1:
        raise IndexRangeError("the index must be a vector", op=op, shapes=(index.shape,), hint="Flatten it")
    return reshaped(index, (1,)) if index.ndim == 0 else index


@takes_out
def index_select(input: Value, dim: int, index: Any) -> Value:
    """The slices along `dim` at these places, in the order of `index`; none may be negative."""
    axis = axis_of("index_select", input, dim)
    places = rows.in_range(
        _vector("index_select", index), size=input.shape[axis] if input.ndim else 1, op="index_select", from_end=False
    )
    if not input.ndim:
        if places.size != 1:
            raise IndexRangeError(
                "takes one index of a 0-d tensor", op="index_select", shapes=(input.shape, index.shape)
            )
        return reshaped(getitem(reshaped(input, (1,)), places), ())
    return getitem(input, (slice(None),) * axis + (places,))


@takes_out
def take(input: Value, index: Any) -> Value:
    """Read the flattened tensor at `index`, in the shape of `index`."""
    return getitem(flattened(taken("take", input)), _places("take", index, np.int64))


@takes_out
def masked_select(input: Value, mask: Any) -> Value:
    """The entries where `mask` is true, in one axis; both are stretched to each other."""
    if getattr(mask, "dtype", None) != np.dtype("bool"):
        raise DTypeError("takes a mask of booleans", op="masked_select", hint="Compare first, as in (x > 0)")
    shape = broadcast_shapes(taken("masked_select", input).shape, mask.shape)
    return flattened(getitem(expanded(input, shape), expanded(mask, shape)))


def argwhere(input: Value) -> Value:
    """The index of each entry that is not 0, one in a row."""
    return rows.nonzero(input)


def nonzero(input: Any, as_tuple: bool = False) -> Any:
    """The index of each entry that is not 0, one in a row; with `as_tuple`, a vector for each axis."""
    places = rows.nonzero(input if taken("nonzero", input).ndim or not as_tuple else reshaped(input, (1,)))
    return tuple(places[:, axis] for axis in range(places.shape[1])) if as_tuple else places


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """Where entries of the flattened tensor are in one of this shape: a tensor of places for each axis.

    `indices` are integers from 0 on; IndexRangeError where one is beyond the entries.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [places.tolist() for places in tw.unravel_index(tw.tensor([1, 5]), (2, 3))]
    [[0, 1], [1, 2]]
    """
    if taken("unravel_index", indices).dtype.kind not in "iu":
        raise DTypeError(f"takes integers, not {indices.dtype}", op="unravel_index", hint="Convert with .long()")
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    left = rows.in_range(indices, size=math.prod(sizes), op="unravel_index", from_end=False)
    found = []
    for size in reversed(sizes):
        found.append(left % size)
        left = left // size
    return tuple(reversed(found))
