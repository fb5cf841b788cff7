"""Shapes: PyTorch's functions that arrange the same numbers otherwise, as new tensors on the same memory.

What ends with ``ed`` is for rules and compositions: it takes no step where there is nothing to do. Joining and dividing
tensors is in `joining`, repeating and turning entries in `repeating`.
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.core.unbroadcast import Shape, _broadcast
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.ops.dims import axis_of, either, one_axis, taken
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.rows import shape as rows
from tinygrad_wtf.ops.rows.shape import _reshape_hint, reshaped


def _expand_hint(a: Shape) -> str:
    return f"A size can be stretched only from 1, and {a} is compared with the new shape from the last axis"


def _sizes(op: str, given: tuple[Any, ...], named: Any = None) -> Shape:
    """A shape given as one tuple or as several numbers, or by name."""
    given = given if named is None else (*given, named)
    sizes = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    try:
        if builtins.any(isinstance(n, bool) for n in sizes):
            raise TypeError
        return tuple(operator.index(n) for n in sizes)
    except TypeError:
        raise DTypeError(f"a shape is made of integers, not {sizes!r}", op=op) from None


def _known(op: str, sizes: Shape, entries: int, shape: Shape) -> Shape:
    """`sizes` with its -1 worked out from the number of entries."""
    negative = [n for n in sizes if n < 0]
    if not negative:
        return sizes
    known = -math.prod(sizes)
    if negative != [-1] or not known or entries % known:
        raise ShapeError(f"{shape} cannot become {sizes}", op=op, shapes=(shape,), hint=_reshape_hint((entries,)))
    return tuple(entries // known if n < 0 else n for n in sizes)


def reshape(input: Value, *sizes: Any, shape: Any = None) -> Value:
    """The same entries, row by row, in another shape; one size may be -1 and is worked out."""
    wanted = _sizes("reshape", sizes, shape)
    old = taken("reshape", input).shape
    return rows.reshape(input, shape=_known("reshape", wanted, math.prod(old), old))


def view(x: Value, *sizes: Any, size: Any = None) -> Value:
    """`reshape`; where the memory does not allow a view, a copy (PyTorch would refuse). No change of dtype."""
    if len(sizes) == 1 and not isinstance(sizes[0], tuple | list) and not hasattr(sizes[0], "__index__"):
        raise DTypeError(
            f"takes a shape, not {sizes[0]!r}",
            op="view",
            hint="The bits of a tensor cannot be read as another dtype; to convert the numbers use .to(dtype)",
        )
    return reshape(x, *sizes, shape=size)


def reshape_as(x: Value, other: Any) -> Value:
    """`x` in the shape of `other`."""
    return reshape(x, other.shape)


view_as = reshape_as


def ravel(input: Value) -> Value:
    """All entries, row by row, in one axis."""
    return reshape(input, (math.prod(taken("ravel", input).shape),))


def flatten(input: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    """Merge the axes from `start_dim` to `end_dim` into one; the tensor itself, as in PyTorch, if it is one already."""
    first, last = (axis_of("flatten", input, d) for d in (start_dim, end_dim))
    if first > last:
        raise ShapeError(f"start_dim {start_dim} comes after end_dim {end_dim}", op="flatten", shapes=(input.shape,))
    return reshaped(input, (*input.shape[:first], math.prod(input.shape[first : last + 1]), *input.shape[last + 1 :]))


def unflatten(input: Value, dim: int, sizes: Any) -> Value:
    """Divide one axis into several; one of their sizes may be -1 and is worked out."""
    axis = axis_of("unflatten", input, dim)
    entries = input.shape[axis] if input.ndim else 1
    inner = _sizes("unflatten", (sizes,))
    if not inner or math.prod(_known("unflatten", inner, entries, input.shape)) != entries:
        raise ShapeError(
            f"axis {axis} of {entries} entries cannot be divided into {inner}",
            op="unflatten",
            shapes=(input.shape,),
            hint=f"The sizes must multiply to {entries}; one may be -1",
        )
    return reshape(
        input, (*input.shape[:axis], *_known("unflatten", inner, entries, input.shape), *input.shape[axis + 1 :])
    )


def squeeze(input: Value, dim: int | tuple[int, ...] | None = None, *, axis: Any = None) -> Value:
    """Drop axes of size 1: all, or those named (a named axis of another size stays)."""
    dim = either(dim, axis)
    given = (
        tuple(range(taken("squeeze", input).ndim))
        if dim is None
        else tuple(dim)
        if isinstance(dim, tuple | list)
        else (dim,)
    )
    named = {axis_of("squeeze", input, d) for d in given}
    if len(named) < len(given):
        raise ShapeError(
            f"dim {dim!r} names an axis twice", op="squeeze", shapes=(input.shape,), hint="Name each axis once"
        )
    return reshape(input, tuple(n for i, n in enumerate(input.shape) if n != 1 or i not in named))


@takes_axis
def unsqueeze(input: Value, dim: int) -> Value:
    """Put in an axis of size 1 at `dim`."""
    at = one_axis("unsqueeze", dim, taken("unsqueeze", input).ndim + 1, input.shape)
    return reshape(input, (*input.shape[:at], 1, *input.shape[at:]))


def _stretched(x: Any, wanted: Shape) -> Shape:
    """The shape that `expand` makes."""
    new = len(wanted) - taken("expand", x).ndim
    target = tuple(x.shape[i - new] if n == -1 and i >= new else n for i, n in enumerate(wanted))
    if new < 0 or builtins.any(m < 0 or n not in (1, m) for n, m in zip((1,) * new + x.shape, target, strict=True)):
        raise ShapeError(
            f"{x.shape} cannot be expanded to {wanted}", op="expand", shapes=(x.shape,), hint=_expand_hint(x.shape)
        )
    return target


def expand(x: Value, *sizes: Any, size: Any = None) -> Value:
    """Stretch axes of size 1; -1 keeps a size, and new axes come in front."""
    target = _stretched(x, _sizes("expand", sizes, size))
    return rows.reshape(x, shape=target) if target == x.shape else _broadcast(x, shape=target)


def expanded(x: Any, shape: Shape) -> Any:
    """`x` stretched to this shape; the same object where it has it already."""
    return x if x.shape == shape else _broadcast(x, shape=_stretched(x, shape))


def broadcast_to(input: Value, shape: Any) -> Value:
    """`input` stretched to `shape`, as it would be beside an array of that shape."""
    return expand(input, shape)


def expand_as(x: Value, other: Any) -> Value:
    """`x` stretched to the shape of `other`."""
    return expand(x, other.shape)


def broadcast_shapes(*shapes: Any) -> Shape:
    """The shape to which arrays of these shapes stretch when they meet."""
    known = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return np.broadcast_shapes(*known)
    except ValueError:
        described = " and ".join(str(s) for s in known)
        raise ShapeError(
            f"shapes {described} do not fit together",
            op="broadcast_shapes",
            shapes=known,
            hint="Sizes must be equal or 1, compared from the last axis",
        ) from None


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors, each stretched to the shape in which they all meet."""
    given = _listed(tensors)
    shape = broadcast_shapes(*(taken("broadcast_tensors", x).shape for x in given))
    return tuple(expand(x, shape) for x in given)


def _listed(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Several arguments, or one list of them."""
    return tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors


def permute(input: Value, *axes: Any, dims: Any = None) -> Value:
    """The axes in another order."""
    order = tuple(axis_of("permute", input, d) for d in _sizes("permute", axes, dims))
    if sorted(order) != list(range(input.ndim)):
        raise ShapeError(
            f"dims {order} do not name each of {input.ndim} axes once",
            op="permute",
            shapes=(input.shape,),
            hint="Name each axis",
        )
    return rows.permute(input, dims=order)


def transpose(input: Value, dim0: int, dim1: int) -> Value:
    """Exchange two axes."""
    first, second = (axis_of("transpose", input, d) for d in (dim0, dim1))
    if not input.ndim:
        return rows.reshape(input, shape=())
    order = list(range(input.ndim))
    order[first], order[second] = second, first
    return rows.permute(input, dims=tuple(order))


swapaxes = swapdims = transpose


def _order(x: Any, source: Any, destination: Any) -> Shape:
    """The order of axes that `movedim` makes."""
    if isinstance(source, tuple | list) != isinstance(destination, tuple | list):
        raise DTypeError(f"{source!r} and {destination!r} must both be integers or both tuples", op="movedim")
    one = not isinstance(source, tuple | list)
    start = [axis_of("movedim", x, d) for d in ((source,) if one else source)]
    end = [axis_of("movedim", x, d) for d in ((destination,) if one else destination)]
    if len(start) != len(end) or len(set(start)) != len(start) or len(set(end)) != len(end):
        raise ShapeError(
            f"{source} and {destination} must name as many different axes", op="movedim", shapes=(x.shape,)
        )
    order = [axis for axis in range(x.ndim) if axis not in start]
    for to, axis in sorted(zip(end, start, strict=True)):
        order.insert(to, axis)
    return tuple(order) if x.ndim else ()


def movedim(input: Value, source: Any, destination: Any) -> Value:
    """Move axes to other places, the rest keeping their order."""
    return rows.permute(input, dims=_order(input, source, destination))


def moved(x: Any, source: Any, destination: Any) -> Any:
    """`x` with these axes moved; the same object where they are there already."""
    order = _order(x, source, destination)
    return x if order == tuple(range(x.ndim)) else rows.permute(x, dims=order)


moveaxis = movedim


def t(input: Value) -> Value:
    """Transpose a matrix; tensors of fewer dimensions stay as they are."""
    if taken("t", input).ndim > 2:
        raise ShapeError(
            "t() expects at most 2 dimensions", op="t", shapes=(input.shape,), hint="Use .mT or .permute(...)"
        )
    return rows.permute(input, dims=tuple(reversed(range(input.ndim))))


def reverse_axes(x: Value) -> Value:
    """All axes in reverse order: NumPy's ``.T``."""
    ndim = x.ndim
    return rows.permute(x, dims=(1, 0) if ndim == 2 else tuple(reversed(range(ndim))))


def _each(one: Any, tensors: tuple[Any, ...]) -> Any:
    """`one` of a single tensor, or the tuple of it for several."""
    if len(tensors) == 1 and not isinstance(tensors[0], tuple | list):
        return one(taken("atleast", tensors[0]))
    return tuple(one(taken("atleast", x)) for x in _listed(tensors))


def atleast_1d(*tensors: Any) -> Any:
    """A 0-d tensor as a vector of one entry, others as they are; a tuple for several."""
    return _each(lambda x: x if x.ndim else reshape(x, (1,)), tensors)


def atleast_2d(*tensors: Any) -> Any:
    """A vector as a row, others as they are; a tuple for several."""
    return _each(lambda x: x if x.ndim > 1 else reshape(x, (1, x.size)), tensors)


def atleast_3d(*tensors: Any) -> Any:
    """A matrix with a third axis at the end, a vector as a row with one; a tuple for several."""
    return _each(
        lambda x: x if x.ndim > 2 else reshape(x, (*x.shape, 1) if x.ndim == 2 else (1, x.size, 1)),
        tensors,
    )


def adjoint(input: Value) -> Value:
    """The last two axes exchanged: `mT`, since there are no complex numbers to conjugate.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.adjoint(tw.ones(2, 3)).shape
    (3, 2)
    """
    return rows.matrix_transpose(taken("adjoint", input))
