"""Rows of the vectors along a dimension: softmax, its logarithm, and numbers of mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf._sums import SHORT, add_products, add_up
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.precision import cast_to, in_float32, widened
from tinygrad_wtf.ops.rows.elementary import exp, sqrt
from tinygrad_wtf.ops.rows.reduction import sum, var


def _shifted(x: Any, dim: tuple[int, ...]) -> Any:
    """`x` less the largest entry of each vector, so that no exponential overflows."""
    return np.asarray(x - np.maximum.reduce(x, axis=dim, keepdims=True, initial=-np.inf))


LONG = 64  # from this length on a product of matrices is quicker than a sum, and up to `SHORT` as exact


def _total(y: Any, dim: tuple[int, ...]) -> Any:
    if dim == (y.ndim - 1,) and LONG <= y.shape[-1] <= SHORT and y.flags.c_contiguous:
        return y @ np.ones((y.shape[-1], 1), y.dtype)
    return add_up(y, dim, keepdims=True)


def _softmax_of(x: Any, dim: tuple[int, ...]) -> Any:
    y = _shifted(x, dim)
    np.exp(y, out=y)
    y /= _total(y, dim)
    return y


def _log_softmax_of(x: Any, dim: tuple[int, ...]) -> Any:
    y = _shifted(x, dim)
    y -= np.log(_total(np.exp(y), dim))
    return y


def _dot(a: Any, b: Any, dim: tuple[int, ...]) -> Any:
    """The sum of products along `dim`, which stays with size 1."""
    if dim == (b.ndim - 1,) and LONG <= b.shape[-1] <= SHORT:
        return (a[..., None, :] @ b[..., :, None])[..., 0]
    return sum(a * b, dim=dim, keepdim=True)


# Rows: from exp and logsumexp each exponential would be taken twice.
softmax = Op(
    "softmax",
    "softmax({})",
    in_float32(_softmax_of),
    (lambda g, y, x, dim: y * (g - _dot(g, y, dim)),),
    shape=shapes.of_first,
    traits="probability vectors",
)
log_softmax = Op(
    "log_softmax",
    "log softmax({})",
    in_float32(_log_softmax_of),
    (lambda g, y, x, dim: g + exp(y) * -sum(g, dim=dim, keepdim=True),),
    shape=shapes.of_first,
    traits="no_activation vectors",
)


def _means(x: Any) -> Any:
    """The means of the vectors; of short ones by BLAS, which is quicker."""
    n = x.shape[-1]
    short = n <= SHORT and x.flags.c_contiguous
    return (np.vecdot(x, np.ones(n, x.dtype)) if short else add_up(x, (x.ndim - 1,)))[..., None] / n


def _mean_squares(x: Any) -> Any:
    return add_products(x, x)[..., None] / x.shape[-1]


def _standardized(x: Any, eps: float) -> Any:
    y = x - _means(x)
    y *= 1 / np.sqrt(_mean_squares(y) + eps)
    return y


def _slope(g: Any, y: Any, x: Any, eps: float) -> Any:
    means, squares = _means(x), _mean_squares(x)
    variances = squares - means * means
    if not (16 * variances > squares).all():  # else the difference keeps its digits, and a pass is saved
        variances = _mean_squares(x - means)
    found = y * (add_products(g, y)[..., None] / -x.shape[-1])
    found += g
    found -= _means(g)
    found *= 1 / np.sqrt(variances + eps)
    return found


def _mean(x: Any) -> Any:
    total = sum(widened(x), dim=(x.ndim - 1,), keepdim=True)
    return cast_to(total / x.shape[-1], x.dtype)


def _scale(x: Any, eps: float) -> Any:
    return 1 / sqrt(var(x, dim=(x.ndim - 1,), correction=0, keepdim=True) + eps)


# z = (x - mean) / √(var + eps), and how a cotangent passes back: ``(g - mean g - y mean(g y)) / √(var + eps)``, since
# what moves all entries alike, or stretches them, is undone. Made of sums and products, the two would pass over the
# data three times as often.
standardize: Op = Op(
    "standardize",
    "({} − mean) / √(var + eps)",
    in_float32(_standardized),
    (lambda g, y, x, eps: standardize_slope(g, y, x, eps=eps),),
    sign="z",
)
standardize_slope: Op = Op(
    "standardize_slope",
    "({0} − mean − {1} mean({0} {1})) / √(var {2} + eps)",
    in_float32(_slope),
    (
        lambda h, slope, g, y, x, eps: standardize_slope(h, y, x, eps=eps),
        lambda h, slope, g, y, x, eps: -(h * _mean(g * y) + g * _mean(h * y)) * _scale(x, eps),
        lambda h, slope, g, y, x, eps: -_mean(h * slope) * _scale(x, eps) * standardize(x, eps=eps),
    ),
    sign="z′",
)
