"""Reductions: many numbers to fewer, along the axes `dim`. The largest and smallest are in `extremes`."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from tinygrad_wtf._sums import add_up
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import broadcast_to
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.precision import in_float32, summed
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.shape import cat, inverse, permute, reshape, reshaped


def _restored(g: Any, x: Any, dim: tuple[int, ...]) -> Any:
    """`g` with the reduced axes put back as size 1, so that it broadcasts against `x`."""
    shape = tuple([1 if axis in dim else size for axis, size in enumerate(x.shape)])
    return g if g.shape == shape else reshape(g, shape=shape)


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
    middle = sum(x, dim=over, keepdim=True) / _count(x, over)
    freedom = _count(x, over) - correction
    if dim is None and freedom <= 0:  # PyTorch's word on what has no meaning
        return _restored(g, x, over) * where(x == middle, np.asarray(math.nan, x.dtype), math.inf)
    return _restored(g, x, over) * (2 / freedom if freedom else math.inf) * (x - middle)


sum = Op(
    "sum",
    "Σ {}",
    _added,
    (lambda g, y, x, dim, keepdim: broadcast_to(_restored(g, x, dim), x.shape),),
    takes="numbers",
    shape=shapes.reduced,
    traits="reduction",
)
prod = Op(
    "prod",
    "∏ {}",
    _along(summed(np.multiply.reduce)),
    (lambda g, y, x, dim, keepdim: _restored(g, x, dim) * _product_of_others(x, dim),),
    takes="numbers",
    shape=shapes.reduced,
    traits="reduction",
)
# The largest entries where they are finite, else 0: what may be taken off first and added at last, a constant.
peak = Op("peak", "max {}", _peaks)
var = Op("var", "Var {}", in_float32(_variance), (_variance_vjp,), sign="σ²")
all = Op("all", "∀ {}", _along(np.logical_and.reduce), takes="anything", sign="all", shape=shapes.reduced)
any = Op("any", "∃ {}", _along(np.logical_or.reduce), takes="anything", sign="any", shape=shapes.reduced)


def _product_of_others(x: Any, dim: tuple[int, ...]) -> Any:
    """For each entry the product of all others along `dim`: no division, so a zero is no special case."""
    if not x.size:
        return x
    order = (*(axis for axis in range(x.ndim) if axis not in dim), *dim)
    last = permute(x, dims=order)
    row = reshaped(last, (*last.shape[: x.ndim - len(dim)], _count(x, dim)))
    return permute(reshaped(_others(row), last.shape), dims=inverse(order))


def _others(x: Any) -> Any:
    """The others of an entry are its neighbour and the others of the pair that the two make."""
    count, last = x.shape[-1], x.ndim - 1
    if count == 1:
        return where(False, x, 1)  # none: ones, as a function of x, since this is what is read
    paired = count - count % 2
    even, odd, alone = x[..., 0:paired:2], x[..., 1:paired:2], x[..., paired:]
    rest = _others(cat(even * odd, alone, dim=last))
    inside = rest[..., : paired // 2]
    pairs = (reshaped(inside * other, (*inside.shape, 1)) for other in (odd, even))
    both = reshaped(cat(*pairs, dim=x.ndim), (*x.shape[:-1], paired))
    return cat(both, rest[..., paired // 2 :], dim=last)


def _count(x: Any, over: tuple[int, ...]) -> int:
    return math.prod(x.shape[axis] for axis in over)
