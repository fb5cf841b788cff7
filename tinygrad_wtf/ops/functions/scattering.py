"""Writing entries, as functions: a new tensor with some entries replaced or added to. Reading is in `indexing`."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, IndexRangeError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import axis_of, taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.diagonals import diagonal
from tinygrad_wtf.ops.functions.indexing import _placed, _places, _split, _vector, getitem
from tinygrad_wtf.ops.functions.scan import cumsum
from tinygrad_wtf.ops.functions.shape import broadcast_shapes, expanded
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.rows import indexing as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.indexing import HOLE, Index
from tinygrad_wtf.ops.rows.shape import flattened, reshaped


def _same_dtype(op: str, x: Any, source: Any) -> Any:
    if taken(op, x).dtype != taken(op, source).dtype:
        raise DTypeError(
            f"{source.dtype} values cannot be put among {x.dtype}",
            op=op,
            shapes=(x.shape, source.shape),
            hint="Convert them with .to()",
        )
    return source


def _number(op: str, value: Any) -> Any:
    if hasattr(value, "shape") and not value.shape:
        return value
    if not isinstance(value, bool | int | float):
        raise DTypeError(f"takes a number or a 0-d tensor, not {value!r}", op=op)
    return np.asarray(value)


def index_put(input: Value, indices: Any, values: Any, accumulate: bool = False) -> Value:
    """`input` with ``x[indices] = values``, or ``+=`` with `accumulate`; `indices` is a tuple of tensors.

    Of several values for one place the last stays, and each receives the gradient, as in PyTorch.
    """
    pattern, arrays = _split(tuple(indices))
    source = _same_dtype("index_put", input, values)
    if not accumulate:
        return rows.put(input, source, *arrays, index=pattern)
    read = rows.getitem(input, *arrays, index=pattern)
    return input + rows.into_zeros(expanded(source, read.shape), *arrays, index=pattern, shape=input.shape)


def _scattered(op: str, x: Any, dim: int, index: Any, source: Any) -> tuple[Any, Any]:
    """The source cut to the index, and the places in the flattened `x`."""
    places = _placed(op, x, dim, index)
    shape = index.shape or (1,)
    source = reshaped(_same_dtype(op, x, source), source.shape or (1,))
    if index.size and (source.ndim != len(shape) or any(n > m for n, m in zip(shape, source.shape, strict=True))):
        raise ShapeError(
            f"an index of {index.shape} is larger than the source of {source.shape}",
            op=op,
            shapes=(x.shape, index.shape, source.shape),
        )
    if not index.size:
        return reshaped(getitem(flattened(source), slice(0)), (0,)), places
    return source if source.shape == shape else getitem(source, tuple(slice(n) for n in shape)), places


@takes_axis
def scatter(
    input: Value, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Value:
    """`input` with the entries of `src`, or one number, written along `dim` at `index`; none may be negative.

    Of several values for one place the last stays, and each receives the gradient, as in PyTorch.
    ``reduce="add"`` is `scatter_add`; PyTorch's ``"multiply"`` is not supported.
    """
    if (src is None) == (value is None):
        raise TypeError("scatter takes either src or value")
    source = value if src is None else src
    if reduce not in (None, "add"):
        raise UnsupportedError(f"reduce={reduce!r} is not supported", op="scatter", hint='Use "add"')
    if not hasattr(source, "shape"):
        source = np.full(_places("scatter", index).shape, _number("scatter", source), taken("scatter", input).dtype)
    if reduce == "add":
        return scatter_add(input, dim, index, source)
    source, places = _scattered("scatter", input, dim, index, source)
    return reshaped(rows.put(flattened(input), source, places, index=(HOLE,)), input.shape)


@takes_axis
def scatter_add(input: Value, dim: int, index: Any, src: Any) -> Value:
    """`input` with the entries of `src` added along `dim` at `index`; none may be negative."""
    source, places = _scattered("scatter_add", input, dim, index, src)
    return input + reshaped(rows.into_zeros(source, places, index=(HOLE,), shape=(input.size,)), input.shape)


def _slices(op: str, x: Any, dim: int, index: Any, source: Any) -> tuple[Any, Any, Any, Index]:
    """`x` and the source with at least one axis, the places along `dim`, and the index with a hole for them."""
    axis = axis_of(op, x, dim)
    places = _vector(op, index)
    line, source = reshaped(x, x.shape or (1,)), _same_dtype(op, x, source)
    wanted = (*line.shape[:axis], places.size, *line.shape[axis + 1 :])
    if source.shape != wanted and not (math.prod(wanted) == source.size == 1):
        raise ShapeError(
            f"a source of {source.shape} does not fit {places.size} places along dim {axis} of {x.shape}",
            op=op,
            shapes=(x.shape, index.shape, source.shape),
            hint=f"It must have shape {wanted}",
        )
    return (
        line,
        reshaped(source, wanted),
        rows.in_range(places, size=line.shape[axis], op=op, from_end=False),
        _hole_at(axis),
    )


def _hole_at(axis: int) -> Index:
    return (slice(None),) * axis + (HOLE,)


@takes_axis
def index_add(input: Value, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Value:
    """`input` with `alpha` times the slices of `source` added along `dim` at these places; none may be negative."""
    line, source, places, pattern = _slices("index_add", input, dim, index, source)
    if alpha != 1:
        source = source * alpha
    return reshaped(line + rows.into_zeros(source, places, index=pattern, shape=line.shape), input.shape)


@takes_axis
def index_copy(input: Value, dim: int, index: Any, source: Any) -> Value:
    """`input` with the slices of `source` written along `dim` at these places; none may be negative."""
    line, source, places, pattern = _slices("index_copy", input, dim, index, source)
    return reshaped(rows.put(line, source, places, index=pattern), input.shape)


@takes_axis
def index_fill(input: Value, dim: int, index: Any, value: Any) -> Value:
    """`input` with one value, a number or a 0-d tensor, in the slices along `dim` at these places."""
    axis = axis_of("index_fill", input, dim)
    places = _vector("index_fill", index, np.int64)
    line = reshaped(input, input.shape or (1,))
    named = rows.into_zeros(np.ones(places.shape), places, index=(HOLE,), shape=(line.shape[axis],)) != 0
    named = reshaped(named, (*named.shape,) + (1,) * (line.ndim - axis - 1))
    value = cast(_number("index_fill", value), dtype=input.dtype)
    return reshaped(where(named, value, line), input.shape)


def _replaced(op: str, x: Any, src: Any, index: Index) -> Any:
    """`x` with `src` written to the part that `index` reads, whose shape it must have."""
    shape = rows.getitem(x, index=index).shape
    if _same_dtype(op, x, src).shape != shape:
        raise ShapeError(f"the part has shape {shape}, the source {src.shape}", op=op, shapes=(x.shape, src.shape))
    return rows.put(x, src, index=index)


def select_scatter(input: Value, src: Any, dim: int, index: int) -> Value:
    """`input` with `src` written to one place along `dim`: the function of ``x[index] = src``."""
    axis = axis_of("select_scatter", input, dim)
    return _replaced("select_scatter", input, src, (slice(None),) * axis + (operator.index(index),))


def slice_scatter(
    input: Value, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Value:
    """`input` with `src` written to a slice along `dim`: the function of ``x[start:end:step] = src``."""
    axis = axis_of("slice_scatter", input, dim)
    return _replaced("slice_scatter", input, src, (slice(None),) * axis + (slice(start, end, step),))


def put(input: Value, index: Any, source: Any, accumulate: bool = False) -> Value:
    """`input` with the entries of `source` written to, or with `accumulate` added at, places of the flattened tensor.

    `index` holds int64 places, negative ones from the end; `source` has as many entries, in the dtype of `input`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.put(tw.zeros(2, 2), tw.tensor([0, 3]), tw.tensor([1.0, 2.0])).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    places, values = _places("put", index, np.int64), _same_dtype("put", input, source)
    many, given = math.prod(index.shape), math.prod(source.shape)
    if many != given:
        raise IndexRangeError(
            f"{given} values for {many} places", op="put", shapes=(input.shape, index.shape, source.shape)
        )
    written = index_put(flattened(input), (flattened(places),), flattened(values), accumulate)
    return reshaped(written, input.shape)


def masked_scatter(input: Value, mask: Any, source: Any) -> Value:
    """`input` with the entries of `source`, one after the other, where the boolean `mask` is true.

    `input` and `mask` stretch to each other; `source` has the dtype of `input`, and an entry for each that is true.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> mask = tw.tensor([False, True, True])
    >>> tw.masked_scatter(tw.zeros(3), mask, tw.tensor([1.0, 2.0])).tolist()
    [0.0, 1.0, 2.0]
    """
    if getattr(mask, "dtype", None) != np.dtype("bool"):
        raise DTypeError("takes a mask of booleans", op="masked_scatter", hint="Compare first, as in (x > 0)")
    values = flattened(_same_dtype("masked_scatter", input, source))
    shape = broadcast_shapes(input.shape, mask.shape)
    chosen, given = flattened(expanded(mask, shape)), flattened(expanded(input, shape))
    if not values.shape[0]:
        values = np.zeros(1, input.dtype)
    places = where(chosen, cumsum(chosen, 0) - 1, 0)
    return reshaped(where(chosen, getitem(values, places), given), shape)


def diagonal_scatter(input: Value, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    """`input` with `src` written to the diagonal that ``diagonal(x, offset, dim1, dim2)`` reads, in its shape.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.diagonal_scatter(tw.zeros(2, 2), tw.ones(2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    places = np.arange(math.prod(taken("diagonal_scatter", input).shape)).reshape(input.shape)
    there = diagonal(places, offset, dim1, dim2)
    if _same_dtype("diagonal_scatter", input, src).shape != there.shape:
        raise ShapeError(
            f"the diagonal has shape {there.shape}, the source {src.shape}",
            op="diagonal_scatter",
            shapes=(input.shape, src.shape),
        )
    return put(input, there, src)
