"""The largest, smallest and middle entries, and where they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.comparison import isnan
from tinygrad_wtf.ops.rows.reduction import _restored, sum


def _shared(g: Any, y: Any, x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The cotangent in equal parts to all the places that attain the extreme value."""
    attained = cast(x == _restored(y, x, dim), dtype=x.dtype)
    return _restored(g, x, dim) * (attained / sum(attained, dim=dim, keepdim=True))


def _shared_by_all(g: Any, y: Any, x: Any) -> Any:
    """The cotangent of one entry among all, in equal parts to its equals; for nan these are the nans."""
    attained = cast((x == y) | (isnan(x) & isnan(y)), dtype=x.dtype)
    return g * (attained / sum(attained, dim=tuple(range(x.ndim)), keepdim=False))


def _along(ufunc: np.ufunc) -> Any:
    return lambda x, dim, keepdim: ufunc.reduce(x, axis=dim, keepdims=keepdim)


def _place(function: Any) -> Any:
    return lambda x, dim: np.expand_dims(np.asarray(function(x, axis=dim)), dim)


TIES = "ties, which share the gradient"
amax = Op(
    "amax",
    "max {}",
    _along(np.maximum),
    (_shared,),
    takes="numbers",
    kinks=TIES,
    shape=shapes.reduced,
    traits="reduction",
)
amin = Op(
    "amin",
    "min {}",
    _along(np.minimum),
    (_shared,),
    takes="numbers",
    kinks=TIES,
    shape=shapes.reduced,
    traits="reduction",
)
max = Op("max", "max {}", np.max, (_shared_by_all,), takes="numbers", kinks=TIES)
min = Op("min", "min {}", np.min, (_shared_by_all,), takes="numbers", kinks=TIES)
argmax = Op("argmax", "argmax {}", _place(np.argmax), takes="numbers")
argmin = Op("argmin", "argmin {}", _place(np.argmin), takes="numbers")


def _order(x: Any, dim: int, descending: bool) -> Any:
    if not descending:
        return np.argsort(x, axis=dim, stable=True)
    backwards = np.argsort(np.flip(x, dim), axis=dim, stable=True)
    return x.shape[dim] - 1 - np.flip(backwards, dim)


def _place_of_median(x: Any, dim: int) -> Any:
    """Where the lower of the two middle entries is; where the first nan is, if there is one."""
    order = np.argsort(x, axis=dim, stable=True)
    count = x.shape[dim]
    numbers = count - np.isnan(x).sum(axis=dim, keepdims=True)
    return np.take_along_axis(order, np.where(numbers < count, numbers, (count - 1) // 2), dim)


def _median_of_all(x: Any) -> Any:
    if not x.size and x.dtype.kind == "f":
        return np.full((), np.nan, x.dtype)
    return x.reshape(-1)[_place_of_median(x.reshape(-1), 0)[0]]


argsort = Op("argsort", "argsort {}", _order, takes="numbers")
argmedian = Op("argmedian", "argmedian {}", _place_of_median, takes="numbers")
median = Op("median", "median {}", _median_of_all, (_shared_by_all,), takes="numbers", kinks=TIES)


def _place_of_nanmedian(x: Any, dim: int) -> Any:
    """Where the lower of the two middle entries is, of those that are not nan."""
    order = np.argsort(x, axis=dim, stable=True)
    numbers = x.shape[dim] - np.isnan(x).sum(axis=dim, keepdims=True)
    return np.take_along_axis(order, np.maximum(numbers - 1, 0) // 2, dim)


def _nanmedian_of_all(x: Any) -> Any:
    if not x.size and x.dtype.kind == "f":
        return np.full((), np.nan, x.dtype)
    return x.reshape(-1)[_place_of_nanmedian(x.reshape(-1), 0)[0]]


def _place_of_mode(x: Any, dim: int) -> Any:
    """Where the smallest of the commonest entries is, for the last time."""
    order = np.moveaxis(np.argsort(x, axis=dim, stable=True), dim, -1)
    ordered = np.take_along_axis(np.moveaxis(x, dim, -1), order, -1)
    at = np.arange(order.shape[-1])
    new = np.concatenate((np.ones((*ordered.shape[:-1], 1), bool), ordered[..., 1:] != ordered[..., :-1]), -1)
    length = at - np.maximum.accumulate(np.where(new, at, 0), -1)  # of the run of equal entries, so far
    end = np.argmax(length, -1)[..., None]
    return np.moveaxis(np.take_along_axis(order, end, -1), -1, dim)


argnanmedian = Op("argnanmedian", "argnanmedian {}", _place_of_nanmedian, takes="numbers")
nanmedian = Op("nanmedian", "nanmedian {}", _nanmedian_of_all, (_shared_by_all,), takes="numbers", kinks=TIES)
argmode = Op("argmode", "argmode {}", _place_of_mode, takes="numbers")
