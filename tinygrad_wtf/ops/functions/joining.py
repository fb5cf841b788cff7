"""Joining tensors to one, and dividing one into parts: each is the other's derivative."""

from __future__ import annotations

import builtins
import itertools
import operator
from collections.abc import Sequence
from typing import Any

from tinygrad_wtf.dtypes import result_type
from tinygrad_wtf.errors import DimensionError, DTypeError, ShapeError
from tinygrad_wtf.ops.dims import axis_of, one_axis, taken
from tinygrad_wtf.ops.functions.indexing import narrow
from tinygrad_wtf.ops.functions.shape import _listed, atleast_1d, atleast_2d, atleast_3d, expand, transpose, unsqueeze
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.precision import cast_to
from tinygrad_wtf.ops.rows import indexing
from tinygrad_wtf.ops.rows import shape as rows
from tinygrad_wtf.ops.rows.shape import reshaped

MANY = 32  # arguments of one step


def _parts(op: str, tensors: Any) -> tuple[Any, ...]:
    """What is to be joined: at least one, and each with a shape."""
    if hasattr(tensors, "shape") or (
        not isinstance(tensors, Sequence | map | filter | zip) and not hasattr(tensors, "__next__")
    ):
        raise DTypeError("takes a list of tensors", op=op, hint="Pass a list such as [t, u]")
    parts = tuple(tensors)
    if not parts:
        raise ShapeError("needs at least one tensor", op=op, hint="Pass a list such as [t, u]")
    for part in parts:
        if not hasattr(part, "shape"):
            raise DTypeError(
                f"cannot join a {type(part).__name__}", op=op, hint="Make it a tensor first: Tensor([...])"
            )
    return parts


@takes_out
def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Join tensors along an existing axis; empty vectors, of shape (0,), may stand among tensors of any shape."""
    xs = _parts("cat", tensors)
    if builtins.any(x.ndim == 0 for x in xs):
        raise ShapeError("0-d tensors cannot be joined", op="cat", shapes=[x.shape for x in xs], hint="Use stack")
    like = next((x for x in xs if x.shape != (0,)), xs[0])
    along = one_axis("cat", dim if axis is None else axis, like.ndim, like.shape)
    none = (*like.shape[:along], 0, *like.shape[along + 1 :])
    return _joined(tuple(reshaped(x, none) if x.shape == (0,) else x for x in xs), along)


concat = concatenate = cat


def _joined(xs: tuple[Any, ...], dim: int) -> Any:
    """`xs` joined; many of them in groups, since each step looks at all its arguments for the rule of each."""
    if len(xs) > MANY:
        met = result_type(xs)
        xs = tuple(cast_to(x, met) for x in xs)
    while len(xs) > MANY:
        xs = tuple(rows.cat(*xs[i : i + MANY], dim=dim) for i in range(0, len(xs), MANY))
    return rows.cat(*xs, dim=dim)


@takes_out
def stack(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Join tensors of one shape along a new axis."""
    xs = _parts("stack", tensors)
    if len({x.shape for x in xs}) > 1:
        raise ShapeError(
            "all tensors must have one shape",
            op="stack",
            shapes=[x.shape for x in xs],
            hint="Use cat to join unequal ones",
        )
    at = one_axis("stack", dim if axis is None else axis, xs[0].ndim + 1, xs[0].shape)
    return _joined(tuple(unsqueeze(x, at) for x in xs), at)


@takes_out
def hstack(tensors: Sequence[Any]) -> Any:
    """Join side by side: along the second axis, vectors along their only one."""
    xs = atleast_1d(_parts("hstack", tensors))
    return cat(xs, dim=0 if xs[0].ndim == 1 else 1)


@takes_out
def vstack(tensors: Sequence[Any]) -> Any:
    """Join one under the other: along the first axis, a vector counting as a row."""
    return cat(atleast_2d(_parts("vstack", tensors)), dim=0)


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Any:
    """Join along the third axis, a vector counting as a row and a matrix as a plane."""
    return cat(atleast_3d(_parts("dstack", tensors)), dim=2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """Join side by side, a vector counting as a column."""
    return hstack([x if x.ndim > 1 else reshaped(x, (x.size, 1)) for x in _parts("column_stack", tensors)])


def _length(op: str, x: Any, dim: int) -> tuple[int, int]:
    """The axis to divide, and its size."""
    if not taken(op, x).ndim:
        raise ShapeError("a 0-d tensor cannot be divided", op=op, shapes=(x.shape,), hint="Give it an axis first")
    axis = axis_of(op, x, dim)
    return axis, x.shape[axis]


def _divided(
    x: Any, axis: int, sizes: Sequence[int], drop: bool = False, index: type[tuple[Any, ...]] = indexing.Section
) -> tuple[Any, ...]:
    """The parts of these sizes; with `drop`, parts of one entry without that axis.

    Many parts are taken from halves, so that on the way back each is laid into few others and not into the whole.
    """
    if len(sizes) > 8:
        half = len(sizes) // 2
        first, rest = builtins.sum(sizes[:half]), builtins.sum(sizes[half:])
        left, right = narrow(x, axis, 0, first), narrow(x, axis, first, rest)
        return (*_divided(left, axis, sizes[:half], drop, index), *_divided(right, axis, sizes[half:], drop, index))
    starts = itertools.accumulate(sizes[:-1], initial=0)
    whole = (slice(None),) * axis
    return tuple(
        indexing.getitem(x, index=index((*whole, start if drop else slice(start, start + size))))
        for start, size in zip(starts, sizes, strict=True)
    )


def split(tensor: Any, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts along `dim`: all of one size (the last may be smaller), or of the sizes listed."""
    axis, total = _length("split", tensor, dim)
    if isinstance(split_size_or_sections, tuple | list):
        sizes = [operator.index(n) for n in split_size_or_sections]
        if builtins.any(n < 0 for n in sizes) or builtins.sum(sizes) != total:
            raise ShapeError(
                f"sizes {sizes} do not make up {total} entries",
                op="split",
                shapes=(tensor.shape,),
                hint="They must sum",
            )
        return _divided(tensor, axis, sizes)
    size = operator.index(split_size_or_sections)  # type: ignore[arg-type]  # anything but a number raises
    if size < 0 or (not size and total):
        raise ShapeError(f"parts cannot have {size} entries", op="split", shapes=(tensor.shape,), hint="Use 1 or more")
    return _divided(tensor, axis, [builtins.min(size, total - i) for i in range(0, total, size or 1)] or [0])


def _count(op: str, number: Any, x: Any) -> int:
    count = operator.index(number)
    if count < 1:
        raise ShapeError(f"the number of parts must be positive, not {count}", op=op, shapes=(x.shape,))
    return count


@takes_axis
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most so many parts along `dim`, all of one size but perhaps the last."""
    axis, total = _length("chunk", input, dim)
    count = _count("chunk", chunks, input)
    return split(input, -(-total // count), axis) if total else _divided(input, axis, [0] * count)


@takes_axis
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Exactly so many parts along `dim`, their sizes at most 1 apart; or cut at the places listed."""
    axis, total = _length("tensor_split", input, dim)
    if hasattr(indices_or_sections, "tolist"):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, tuple | list):
        cuts = [None, *(operator.index(n) for n in indices_or_sections), None]
        whole = (slice(None),) * axis
        return tuple(indexing.getitem(input, index=(*whole, slice(a or 0, b))) for a, b in itertools.pairwise(cuts))
    count = _count("tensor_split", indices_or_sections, input)
    each, longer = divmod(total, count)
    return _divided(input, axis, [each + (i < longer) for i in range(count)], index=tuple)


@takes_axis
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along `dim`, without that axis."""
    if not taken("unbind", input).ndim:
        raise DimensionError("a 0-d tensor has no axis to take apart", op="unbind", shapes=(input.shape,))
    axis = axis_of("unbind", input, dim)
    return _divided(input, axis, [1] * input.shape[axis], drop=True) if input.shape[axis] else ()


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid, from a vector for each axis; with ``indexing="xy"`` the first two axes exchanged."""
    lines = atleast_1d(_parts("meshgrid", _listed(tensors)))
    if indexing not in ("ij", "xy"):
        raise ShapeError(f'indexing must be "ij" or "xy", not {indexing!r}', op="meshgrid")
    if builtins.any(x.ndim > 1 for x in lines):
        raise ShapeError("takes vectors", op="meshgrid", shapes=[x.shape for x in lines])
    if len({x.dtype for x in lines}) > 1:
        raise DTypeError("all tensors must have one dtype", op="meshgrid", shapes=[x.shape for x in lines])
    shape = tuple(x.size for x in lines)
    count = len(shape)
    grid = tuple(
        expand(reshaped(x, (1,) * i + (shape[i],) + (1,) * (count - i - 1)), shape) for i, x in enumerate(lines)
    )
    return tuple(transpose(x, 0, 1) for x in grid) if indexing == "xy" and count > 1 else grid


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts along `dim` of the sizes listed, which must make up its size.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [part.tolist() for part in tw.split_with_sizes(tw.arange(5), [2, 3])]
    [[0, 1], [2, 3, 4]]
    """
    if not isinstance(split_sizes, tuple | list):
        raise DTypeError(f"takes a list of sizes, not {split_sizes!r}", op="split_with_sizes", hint="Or use split")
    return split(input, split_sizes, dim)


def _cut(op: str, x: Any, indices_or_sections: Any, axis: int, least: int) -> tuple[Any, ...]:
    """`tensor_split`, into parts of one size only."""
    if taken(op, x).ndim < least:
        raise ShapeError(f"needs at least {least} dimensions, not {x.ndim}", op=op, shapes=(x.shape,))
    if not isinstance(indices_or_sections, tuple | list) and not hasattr(indices_or_sections, "shape"):
        count = _count(op, indices_or_sections, x)
        if x.shape[axis] % count:
            raise ShapeError(
                f"{x.shape[axis]} entries do not divide into {count} parts of one size",
                op=op,
                shapes=(x.shape,),
                hint="Use tensor_split",
            )
    return tensor_split(x, indices_or_sections, axis)


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Parts side by side: along the second axis, of a vector along its only one; so many, or cut at the places.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [part.tolist() for part in tw.hsplit(tw.arange(4), 2)]
    [[0, 1], [2, 3]]
    """
    return _cut("hsplit", input, indices_or_sections, 0 if taken("hsplit", input).ndim == 1 else 1, 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Parts one under the other, along the first axis of at least two: so many, or cut at the places.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [part.tolist() for part in tw.vsplit(tw.eye(2), 2)]
    [[[1.0, 0.0]], [[0.0, 1.0]]]
    """
    return _cut("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Parts along the third axis: so many, or cut at the places.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [part.shape for part in tw.dsplit(tw.ones(1, 2, 4), 2)]
    [(1, 2, 2), (1, 2, 2)]
    """
    return _cut("dsplit", input, indices_or_sections, 2, 3)


unsafe_chunk, unsafe_split, unsafe_split_with_sizes = chunk, split, split_with_sizes
