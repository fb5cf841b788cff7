"""Shape: the same numbers in another arrangement. Their derivatives rearrange the cotangent back."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.op import Op, Value
from tinygrad_wtf.ops.broadcasting import Shape, _broadcast
from tinygrad_wtf.ops.dims import either, one_axis
from tinygrad_wtf.ops.indexing import getitem


def _reshape_hint(a: Shape) -> str:
    return f"The new shape must hold the same {math.prod(a)} entries; one size may be -1"


def _offset(xs: tuple[Any, ...], i: int, dim: int) -> int:
    return builtins.sum(x.shape[dim] for x in xs[:i])


_reshape = Op(
    "reshape",
    "reshape({})",
    lambda x, shape: np.reshape(x, shape),
    (lambda g, y, x, shape: reshape(g, x.shape),),
    takes="anything",
    hint=_reshape_hint,
)
_permute: Op = Op(
    "permute",
    "{}ᵀ",
    lambda x, dims: np.transpose(x, dims),
    (lambda g, y, x, dims: _permute(g, dims=tuple(np.argsort(dims).tolist())),),
    takes="anything",
    sign="T",
)
_cat = Op(
    "cat",
    "cat",
    lambda *xs, dim: np.concatenate(xs, axis=dim),
    lambda i, g, y, *xs, dim: narrow(g, dim, _offset(xs, i, dim), xs[i].shape[dim]),
    takes="numbers",
    hint=lambda *shapes: "All sizes but the one along dim must be equal",
)


def _sizes(op: str, given: tuple[Any, ...]) -> Shape:
    """A shape given as one tuple or as several numbers."""
    sizes = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    if not builtins.all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in sizes):
        raise DTypeError(f"a shape is made of integers, not {sizes!r}", op=op)
    return tuple(int(n) for n in sizes)


def reshape(x: Value, *shape: Any) -> Value:
    """The same entries, row by row, in another shape; one size may be -1 and is worked out."""
    sizes = _sizes("reshape", shape)
    negative = [n for n in sizes if n < 0]
    if negative:
        known = -math.prod(sizes)
        if negative != [-1] or not known or x.size % known:
            raise ShapeError(
                f"{x.shape} cannot become {sizes}", op="reshape", shapes=(x.shape,), hint=_reshape_hint(x.shape)
            )
        sizes = tuple(x.size // known if n < 0 else n for n in sizes)
    return x if sizes == x.shape else _reshape(x, shape=sizes)


view = reshape


def flatten(x: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    """Merge the axes from `start_dim` to `end_dim` into one."""
    first, last = (one_axis("flatten", d, x.ndim, x.shape) for d in (start_dim, end_dim))
    if first > last:
        raise ShapeError(f"start_dim {start_dim} comes after end_dim {end_dim}", op="flatten", shapes=(x.shape,))
    if not x.ndim:
        return reshape(x, (1,))
    return reshape(x, (*x.shape[:first], math.prod(x.shape[first : last + 1]), *x.shape[last + 1 :]))


def squeeze(x: Value, dim: int | tuple[int, ...] | None = None, *, axis: Any = None) -> Value:
    """Drop axes of size 1: all, or those named (a named axis of another size stays)."""
    dim = either(dim, axis)
    given = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    named = {one_axis("squeeze", d, x.ndim, x.shape) for d in given}
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if n != 1 or i not in named))


def unsqueeze(x: Value, dim: int) -> Value:
    """Put in an axis of size 1 at `dim`."""
    at = one_axis("unsqueeze", dim, x.ndim + 1, x.shape)
    return reshape(x, (*x.shape[:at], 1, *x.shape[at:]))


def expand(x: Value, *shape: Any) -> Value:
    """Stretch axes of size 1; -1 keeps a size, and new axes come in front."""
    sizes = _sizes("expand", shape)
    new = len(sizes) - x.ndim
    if new < 0 or -1 in sizes[:new]:
        raise ShapeError(f"{x.shape} cannot be expanded to {sizes}", op="expand", shapes=(x.shape,))
    target = tuple(x.shape[i - new] if n == -1 else n for i, n in enumerate(sizes))
    return x if target == x.shape else _broadcast(x, shape=target)


broadcast_to = expand


def permute(x: Value, *dims: Any) -> Value:
    """The axes in another order."""
    order = tuple(one_axis("permute", d, x.ndim, x.shape) for d in _sizes("permute", dims))
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(
            f"dims {order} do not name each of {x.ndim} axes once",
            op="permute",
            shapes=(x.shape,),
            hint="Name each axis",
        )
    return _permute(x, dims=order)


def transpose(x: Value, dim0: int, dim1: int) -> Value:
    """Exchange two axes."""
    first, second = (one_axis("transpose", d, x.ndim, x.shape) for d in (dim0, dim1))
    if not x.ndim:
        return x
    order = list(range(x.ndim))
    order[first], order[second] = second, first
    return _permute(x, dims=tuple(order))


swapaxes = swapdims = transpose


def movedim(x: Value, source: Any, destination: Any) -> Value:
    """Move axes to other places, the rest keeping their order."""
    one = isinstance(source, int)
    start = [one_axis("movedim", d, x.ndim, x.shape) for d in ((source,) if one else source)]
    end = [one_axis("movedim", d, x.ndim, x.shape) for d in ((destination,) if one else destination)]
    if len(start) != len(end) or len(set(start)) != len(start) or len(set(end)) != len(end):
        raise ShapeError(
            f"{source} and {destination} must name as many different axes", op="movedim", shapes=(x.shape,)
        )
    order = [axis for axis in range(x.ndim) if axis not in start]
    for to, axis in sorted(zip(end, start, strict=True)):
        order.insert(to, axis)
    return x if order == list(range(x.ndim)) else _permute(x, dims=tuple(order))


def t(x: Value) -> Value:
    """Transpose a matrix; tensors of fewer dimensions stay as they are."""
    if x.ndim > 2:
        raise ShapeError("t() expects at most 2 dimensions", op="t", shapes=(x.shape,), hint="Use .mT or .permute(...)")
    return x if x.ndim < 2 else _permute(x, dims=(1, 0))


def matrix_transpose(x: Value) -> Value:
    """Exchange the last two axes."""
    if x.ndim < 2:
        raise ShapeError("needs at least 2 dimensions", op="mT", shapes=(x.shape,), hint="Use .unsqueeze(0) first")
    return _permute(x, dims=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def reverse_axes(x: Value) -> Value:
    """All axes in reverse order: NumPy's ``.T``."""
    return x if x.ndim < 2 else _permute(x, dims=tuple(reversed(range(x.ndim))))


def narrow(x: Value, dim: int, start: int, length: int) -> Value:
    """The slice from `start` of `length` entries along `dim`."""
    axis = one_axis("narrow", dim, x.ndim, x.shape)
    return getitem(x, (slice(None),) * axis + (slice(start, start + length),))


def _parts(op: str, tensors: Any) -> tuple[Any, ...]:
    """What is to be joined: at least one, and each with a shape."""
    if hasattr(tensors, "shape"):
        raise DTypeError("takes a list of tensors, not one", op=op, hint="Pass a list such as [t, u]")
    parts = tuple(tensors)
    if not parts:
        raise ShapeError("needs at least one tensor", op=op, hint="Pass a list such as [t, u]")
    for part in parts:
        if not hasattr(part, "shape"):
            raise DTypeError(
                f"cannot join a {type(part).__name__}", op=op, hint="Make it a tensor first: Tensor([...])"
            )
    return parts


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Join tensors along an existing axis."""
    xs = _parts("cat", tensors)
    along = one_axis("cat", dim if axis is None else axis, xs[0].ndim, xs[0].shape)
    if builtins.any(x.ndim == 0 for x in xs):
        raise ShapeError("0-d tensors cannot be joined", op="cat", shapes=[x.shape for x in xs], hint="Use stack")
    return _cat(*xs, dim=along)


concat = concatenate = cat


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
    return cat([unsqueeze(x, at) for x in xs], dim=at)
