"""Reductions: many numbers to fewer, along the axes `dim`."""

from __future__ import annotations

import builtins
import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.op import Op, Value
from tinygrad_wtf.ops.arithmetic import cast, maximum, minimum, where
from tinygrad_wtf.ops.broadcasting import broadcast_to
from tinygrad_wtf.ops.dims import Dims, axes, either, one_axis
from tinygrad_wtf.ops.elementary import exp, sqrt
from tinygrad_wtf.ops.indexing import take_along_dim
from tinygrad_wtf.ops.shape import cat, movedim, reshape, squeeze, stack


def _restored(g: Any, x: Any, dim: tuple[int, ...]) -> Any:
    """`g` with the reduced axes put back as size 1, so that it broadcasts against `x`."""
    return reshape(g, tuple(1 if axis in dim else size for axis, size in enumerate(x.shape)))


def _shared(g: Any, y: Any, x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The cotangent of an extreme value, in equal parts to all the places that attain it."""
    attained = cast(x == _restored(y, x, dim), dtype=x.dtype)
    return _restored(g, x, dim) * (attained / _sum(attained, dim=dim, keepdim=True))


def _reduced(ufunc: np.ufunc, **settings: Any) -> Any:
    return lambda x, dim, keepdim: ufunc.reduce(x, axis=dim, keepdims=keepdim, **settings)


def _log_sum_exp(x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    top = np.maximum.reduce(x, axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
    total = np.log(np.add.reduce(np.exp(x - top), axis=dim, keepdims=True)) + top
    return total if keepdim else total.reshape([n for axis, n in enumerate(x.shape) if axis not in dim])


_sum = Op(
    "sum",
    "Σ {}",
    _reduced(np.add),
    (lambda g, y, x, dim, keepdim: broadcast_to(_restored(g, x, dim), x.shape),),
    takes="numbers",
)
_prod = Op(
    "prod",
    "∏ {}",
    _reduced(np.multiply),
    (lambda g, y, x, dim, keepdim: _restored(g, x, dim) * _product_of_others(x, dim),),
    takes="numbers",
)
_amax = Op("amax", "max {}", _reduced(np.maximum), (_shared,), takes="numbers")
_amin = Op("amin", "min {}", _reduced(np.minimum), (_shared,), takes="numbers")
_logsumexp = Op(
    "logsumexp",
    "log Σ exp {}",
    _log_sum_exp,
    (lambda g, y, x, dim, keepdim: _restored(g, x, dim) * exp(x - _restored(y, x, dim)),),
)
_argmax = Op("argmax", "argmax {}", lambda x, dim: np.expand_dims(np.argmax(x, axis=dim), dim), takes="numbers")
_argmin = Op("argmin", "argmin {}", lambda x, dim: np.expand_dims(np.argmin(x, axis=dim), dim), takes="numbers")
_all = Op("all", "∀ {}", _reduced(np.logical_and), takes="anything")
_any = Op("any", "∃ {}", _reduced(np.logical_or), takes="anything")


def _product_of_others(x: Any, dim: tuple[int, ...]) -> Any:
    """For each entry the product of all others along `dim`: no division, so a zero is no special case."""
    if not x.size:
        return x
    back = tuple(range(x.ndim - len(dim), x.ndim))
    last = movedim(x, dim, back)
    row = reshape(last, (*last.shape[: x.ndim - len(dim)], -1))
    return movedim(reshape(_others(row), last.shape), back, dim)


def _others(x: Any) -> Any:
    """The others of an entry are its neighbour and the others of the pair that the two make."""
    count = x.shape[-1]
    if count == 1:
        return where(False, x, 1)  # none: ones, as a function of x for whoever watches what is read
    paired = count - count % 2
    even, odd, alone = x[..., 0:paired:2], x[..., 1:paired:2], x[..., paired:]
    rest = _others(cat((even * odd, alone), dim=-1))
    inside = rest[..., : paired // 2]
    both = reshape(stack((inside * odd, inside * even), dim=-1), (*x.shape[:-1], paired))
    return cat((both, rest[..., paired // 2 :]), dim=-1)


def sum(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """Add up the entries along `dim` (all of them by default)."""
    return _sum(x, dim=axes("sum", either(dim, axis), x.ndim, x.shape), keepdim=keepdim or keepdims)


def mean(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """The sum along `dim` divided by the number of entries; the guide's ``1/m Σ``."""
    over = axes("mean", either(dim, axis), x.ndim, x.shape)
    return _sum(x, dim=over, keepdim=keepdim or keepdims) / _count(x, over)


def _count(x: Any, over: tuple[int, ...]) -> int:
    return math.prod(x.shape[axis] for axis in over)


def prod(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """Multiply the entries along `dim`; differentiable to every order, also at zeros."""
    return _prod(x, dim=axes("prod", either(dim, axis), x.ndim, x.shape), keepdim=keepdim or keepdims)


def _nonempty(op: str, x: Any, over: tuple[int, ...]) -> tuple[int, ...]:
    if not _count(x, over):
        raise ShapeError(f"an empty tensor {x.shape} has no {op}", op=op, shapes=(x.shape,), hint="Give it an entry")
    return over


def amax(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """The largest entries along `dim`; the gradient is shared between ties."""
    over = _nonempty("amax", x, axes("amax", either(dim, axis), x.ndim, x.shape))
    return _amax(x, dim=over, keepdim=keepdim or keepdims)


def amin(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """The smallest entries along `dim`; the gradient is shared between ties."""
    over = _nonempty("amin", x, axes("amin", either(dim, axis), x.ndim, x.shape))
    return _amin(x, dim=over, keepdim=keepdim or keepdims)


class Extreme(NamedTuple):
    """What `max` and `min` along one dimension give."""

    values: Any
    indices: Any


def _arg(row: Op, x: Any, dim: int | None, keepdim: bool) -> Any:
    flat = reshape(x, (-1,)) if dim is None else x
    axis = one_axis(row.name, 0 if dim is None else dim, flat.ndim, x.shape)
    _nonempty(row.name, flat, (axis,) if flat.ndim else ())
    if not flat.ndim:
        return row(reshape(flat, (1,)), dim=0).reshape(())
    found = row(flat, dim=axis)
    if dim is None:
        return reshape(found, (1,) * x.ndim if keepdim else ())
    return found if keepdim else squeeze(found, axis)


def argmax(x: Value, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None) -> Value:
    """The index of the (first) largest entry: in the flattened tensor, or along `dim`."""
    return _arg(_argmax, x, either(dim, axis), keepdim)


def argmin(x: Value, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None) -> Value:
    """The index of the (first) smallest entry: in the flattened tensor, or along `dim`."""
    return _arg(_argmin, x, either(dim, axis), keepdim)


def _extreme(row: Op, whole: Any, pair: Op, x: Any, dim: Any, keepdim: bool) -> Any:
    if hasattr(dim, "shape"):
        return pair(x, dim)
    if dim is None:
        return whole(x, keepdim=keepdim)
    places = _arg(row, x, dim, keepdim=True)
    if not x.ndim:
        return Extreme(x[()], places)
    values = take_along_dim(x, places, dim)
    return Extreme(values, places) if keepdim else Extreme(squeeze(values, dim), squeeze(places, dim))


def max(x: Any, dim: Any = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The largest entry; with `dim` the pair (values, indices), the gradient going to the first of several ties.

    Given a second tensor instead of a dimension it is `maximum`, as in PyTorch.
    """
    return _extreme(_argmax, amax, maximum, x, either(dim, axis), keepdim or keepdims)


def min(x: Any, dim: Any = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """The smallest entry; with `dim` the pair (values, indices), the gradient going to the first of several ties."""
    return _extreme(_argmin, amin, minimum, x, either(dim, axis), keepdim or keepdims)


def var(
    x: Value,
    dim: Dims = None,
    correction: float = 1,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool = False,
) -> Value:
    """The variance along `dim`, the sum of squares divided by the number of entries less `correction`."""
    over = axes("var", either(dim, axis), x.ndim, x.shape)
    centred = x - mean(x, over if x.ndim else None, keepdim=True)
    squares = _sum(centred * centred, dim=over, keepdim=keepdim or keepdims)
    freedom = _count(x, over) - correction
    return squares / builtins.max(freedom, 0)


def std(
    x: Value,
    dim: Dims = None,
    correction: float = 1,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool = False,
) -> Value:
    """The square root of the variance; where that is 0 its gradient is 0, as in PyTorch."""
    variance = var(x, dim, correction, keepdim, axis=axis, keepdims=keepdims)
    flat = variance == 0
    return where(flat, 0, sqrt(where(flat, 1, variance)))


def logsumexp(x: Value, dim: Dims, keepdim: bool = False, *, keepdims: bool = False) -> Value:
    """Log of the sum of exponentials along `dim`, without overflow."""
    return _logsumexp(x, dim=axes("logsumexp", dim, x.ndim, x.shape), keepdim=keepdim or keepdims)


def all(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None) -> Value:
    """Whether every entry along `dim` is true."""
    return _all(x, dim=axes("all", either(dim, axis), x.ndim, x.shape), keepdim=keepdim)


def any(x: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None) -> Value:
    """Whether some entry along `dim` is true."""
    return _any(x, dim=axes("any", either(dim, axis), x.ndim, x.shape), keepdim=keepdim)
