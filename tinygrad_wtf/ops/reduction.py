"""Reductions: many numbers to fewer, along the axes `dim`. The largest and smallest are in `extremes`."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf._sums import add_up
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.broadcasting import broadcast_to
from tinygrad_wtf.ops.choice import cast, where
from tinygrad_wtf.ops.dims import Dims, reduced
from tinygrad_wtf.ops.elementary import exp, log, sqrt
from tinygrad_wtf.ops.joining import cat, stack
from tinygrad_wtf.ops.precision import cast_to, floating, in_float32, summed, widened
from tinygrad_wtf.ops.shape import _reshape, moved, reshaped


def _restored(g: Any, x: Any, dim: tuple[int, ...]) -> Any:
    """`g` with the reduced axes put back as size 1, so that it broadcasts against `x`."""
    shape = tuple([1 if axis in dim else size for axis, size in enumerate(x.shape)])
    return g if g.shape == shape else _reshape(g, shape=shape)


def _along(ufunc: Any) -> Any:
    return lambda x, dim, keepdim: ufunc(x, axis=dim, keepdims=keepdim)


def _peaks(x: Any, dim: tuple[int, ...]) -> Any:
    top = np.maximum.reduce(x, axis=dim, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0)


def _axes(x: Any, dim: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(range(x.ndim)) if dim is None else dim


_added = _along(summed(add_up))


def _variance(x: Any, dim: tuple[int, ...] | None, keepdim: bool, correction: float) -> Any:
    over = _axes(x, dim)
    centred = x - np.true_divide(add_up(x, over, keepdims=True), _count(x, over))
    squares = _added(centred * centred, over, keepdim)
    return np.true_divide(squares, builtins.max(_count(x, over) - correction, 0), dtype=x.dtype)


def _variance_vjp(g: Any, y: Any, x: Any, dim: tuple[int, ...] | None, keepdim: bool, correction: float) -> Any:
    over = _axes(x, dim)
    middle = _sum(x, dim=over, keepdim=True) / _count(x, over)
    freedom = _count(x, over) - correction
    if dim is None and freedom <= 0:  # PyTorch's word on what has no meaning
        return _restored(g, x, over) * where(x == middle, np.asarray(math.nan, x.dtype), math.inf)
    return _restored(g, x, over) * (2 / freedom if freedom else math.inf) * (x - middle)


_sum = Op(
    "sum",
    "Σ {}",
    _added,
    (lambda g, y, x, dim, keepdim: broadcast_to(_restored(g, x, dim), x.shape),),
    takes="numbers",
    shape=shapes.reduced,
    traits="reduction",
)
_prod = Op(
    "prod",
    "∏ {}",
    _along(summed(np.multiply.reduce)),
    (lambda g, y, x, dim, keepdim: _restored(g, x, dim) * _product_of_others(x, dim),),
    takes="numbers",
    shape=shapes.reduced,
    traits="reduction",
)
# The largest entries where they are finite, else 0: what may be taken off first and added at last, a constant.
_peak = Op("peak", "max {}", _peaks)
_var = Op("var", "Var {}", in_float32(_variance), (_variance_vjp,), sign="σ²")
_all = Op("all", "∀ {}", _along(np.logical_and.reduce), takes="anything", sign="all", shape=shapes.reduced)
_any = Op("any", "∃ {}", _along(np.logical_or.reduce), takes="anything", sign="any", shape=shapes.reduced)


def _product_of_others(x: Any, dim: tuple[int, ...]) -> Any:
    """For each entry the product of all others along `dim`: no division, so a zero is no special case."""
    if not x.size:
        return x
    back = tuple(range(x.ndim - len(dim), x.ndim))
    last = moved(x, dim, back)
    row = reshaped(last, (*last.shape[: x.ndim - len(dim)], _count(x, dim)))
    return moved(reshaped(_others(row), last.shape), back, dim)


def _others(x: Any) -> Any:
    """The others of an entry are its neighbour and the others of the pair that the two make."""
    count = x.shape[-1]
    if count == 1:
        return where(False, x, 1)  # none: ones, as a function of x for whoever watches what is read
    paired = count - count % 2
    even, odd, alone = x[..., 0:paired:2], x[..., 1:paired:2], x[..., paired:]
    rest = _others(cat((even * odd, alone), dim=-1))
    inside = rest[..., : paired // 2]
    both = reshaped(stack((inside * odd, inside * even), dim=-1), (*x.shape[:-1], paired))
    return cat((both, rest[..., paired // 2 :]), dim=-1)


def _count(x: Any, over: tuple[int, ...]) -> int:
    return math.prod(x.shape[axis] for axis in over)


def sum(
    x: Value, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None, axis: Dims = None, keepdims: bool = False
) -> Value:
    """Add up the entries along `dim` (all of them by default); integers and booleans are counted in int64."""
    over = reduced("sum", x, dim, axis)
    return cast_to(_sum(cast_to(x, dtype), dim=over, keepdim=keepdim or keepdims), dtype)


def mean(
    x: Value, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None, axis: Dims = None, keepdims: bool = False
) -> Value:
    """The sum along `dim` divided by the number of entries; the guide's ``1/m Σ``."""
    over = reduced("mean", x, dim, axis)
    given = floating("mean", x, dtype)
    total = _sum(widened(given), dim=over, keepdim=keepdim or keepdims)
    count = _count(x, over)
    return cast_to(total / count if count else total + math.nan, given.dtype)


def prod(
    x: Value, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None, axis: Dims = None, keepdims: bool = False
) -> Value:
    """Multiply the entries along `dim`; differentiable to every order, also at zeros. Unlike PyTorch's, of several."""
    over = reduced("prod", x, dim, axis)
    return cast_to(_prod(cast_to(x, dtype), dim=over, keepdim=keepdim or keepdims), dtype)


def _corrected(op: str, dim: Any, unbiased: Any, correction: float | None) -> tuple[Any, float]:
    """The axes, and what is taken off their number of entries; ``var(x, False)`` means `unbiased`, as in PyTorch."""
    if isinstance(dim, bool) and unbiased is None:
        dim, unbiased = None, dim
    if unbiased is None:
        return dim, 1 if correction is None else correction
    if not isinstance(unbiased, bool):
        raise DTypeError(f"unbiased must be True or False, not {unbiased!r}", op=op, hint="correction= takes numbers")
    if correction not in (None, 1):
        raise DTypeError("give unbiased or correction, not both", op=op)
    return dim, int(unbiased)


def var(
    x: Value,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
    axis: Dims = None,
    keepdims: bool = False,
) -> Value:
    """The variance along `dim`, the sum of squares divided by the number of entries less `correction`."""
    named, correction = _corrected("var", dim, unbiased, correction)
    over = reduced("var", x, named, axis)
    dims = None if named is None and axis is None else over
    return _var(floating("var", x), dim=dims, keepdim=keepdim or keepdims, correction=correction)


def std(
    x: Value,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
    axis: Dims = None,
    keepdims: bool = False,
) -> Value:
    """The square root of the variance; where that is 0 its gradient is 0, as in PyTorch."""
    named, correction = _corrected("std", dim, unbiased, correction)
    wide = widened(floating("std", x))
    return cast_to(_root(var(wide, named, None, keepdim, correction=correction, axis=axis, keepdims=keepdims)), x.dtype)


def _root(squares: Any) -> Any:
    """The square root, with slope 0 at 0."""
    flat = squares == 0
    return where(flat, 0, sqrt(where(flat, 1, squares)))


def logsumexp(x: Value, dim: Dims, keepdim: bool = False, *, keepdims: bool = False) -> Value:
    """Log of the sum of exponentials along `dim`, without overflow."""
    over = reduced("logsumexp", x, dim)
    given = x if x.dtype.kind == "f" else cast_to(x, dtypes.get_default_dtype())
    wide = widened(given)
    top = _peak(wide, dim=over)
    y = log(_sum(exp(wide - top), dim=over, keepdim=True)) + top
    if not (keepdim or keepdims):
        y = reshaped(y, tuple(n for axis, n in enumerate(x.shape) if axis not in over))
    return cast_to(y, given.dtype)


def _quantified(row: Op, x: Any, dim: Any, axis: Any, keepdim: bool) -> Any:
    over = reduced(row.name, x, dim, axis)
    found = row(x, dim=() if dim in ((), []) else over, keepdim=keepdim)
    return cast(found, dtype=x.dtype) if x.dtype == dtypes.uint8 else found


def all(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """Whether every entry along `dim` is true; along no axes, with ``dim=()``, each by itself."""
    return _quantified(_all, x, dim, axis, keepdim or keepdims)


def any(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """Whether some entry along `dim` is true; along no axes, with ``dim=()``, each by itself."""
    return _quantified(_any, x, dim, axis, keepdim or keepdims)


def count_nonzero(x: Value, dim: Dims = None, *, axis: Dims = None) -> Value:
    """How many entries along `dim` are not 0."""
    over = reduced("count_nonzero", x, dim, axis)
    return _sum(x != 0, dim=over, keepdim=False)
