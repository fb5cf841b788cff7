"""How an argument `dim` is read: PyTorch's conventions, checked, as axes counted from the front."""

from __future__ import annotations

import operator
from typing import Any, TypeAlias

from tinygrad_wtf.errors import DimensionError, DTypeError

Dims: TypeAlias = int | tuple[int, ...] | list[int] | None


def one_axis(op: str, dim: Any, ndim: int, shape: tuple[int, ...] = ()) -> int:
    """The axis that `dim` means among `ndim` (a 0-d tensor is treated as having one)."""
    try:
        axis = operator.index(dim)
        if isinstance(dim, bool):
            raise TypeError
    except TypeError:
        raise DTypeError(f"dim must be an integer, not {dim!r}", op=op) from None
    count = max(ndim, 1)
    if not -count <= axis < count:
        raise DimensionError(
            f"dim {axis} is out of range for a tensor with {ndim} dimensions",
            op=op,
            shapes=(shape,),
            hint=f"Use a number from {-count} to {count - 1}",
        )
    return axis % count


def axes(op: str, dim: Dims, ndim: int, shape: tuple[int, ...] = ()) -> tuple[int, ...]:
    """All axes that `dim` means; None, and an empty tuple, mean every one."""
    if dim is None or (isinstance(dim, tuple | list) and not dim):
        return tuple(range(ndim))
    given = dim if isinstance(dim, tuple | list) else (dim,)
    found = tuple(one_axis(op, d, ndim, shape) for d in given)
    if len(set(found)) != len(found):
        raise DimensionError(f"dim {dim!r} names an axis twice", op=op, shapes=(shape,), hint="Name each axis once")
    return found if ndim else ()


def taken(op: str, x: Any) -> Any:
    """`x`, if it is something with a shape; a list, a number or None is refused."""
    if not hasattr(x, "shape"):
        raise DTypeError(
            f"takes a tensor, not {'None' if x is None else f'a {type(x).__name__}'}",
            op=op,
            hint="Make it one first: Tensor([...])",
        )
    return x


def axis_of(op: str, x: Any, dim: Any) -> int:
    """The axis of `x` that `dim` means."""
    return one_axis(op, dim, taken(op, x).ndim, x.shape)


def reduced(op: str, x: Any, dim: Dims, axis: Dims = None) -> tuple[int, ...]:
    """The axes of `x` along which to reduce, named by `dim` or by NumPy's `axis`."""
    return axes(op, either(dim, axis), taken(op, x).ndim, x.shape)


def either(dim: Any, axis: Any) -> Any:
    """NumPy's word for it, when it was used instead of PyTorch's."""
    if dim is not None and axis is not None:
        raise TypeError("give dim or axis, not both: they are two names of one argument")
    return axis if dim is None else dim
