"""Reductions: many numbers to fewer, along the axes `dim`. The largest and smallest are in `extremes`."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.dims import Dims, reduced
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.precision import cast_to, floating, widened
from tinygrad_wtf.ops.rows import reduction as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.elementary import exp, log, sqrt
from tinygrad_wtf.ops.rows.reduction import _count
from tinygrad_wtf.ops.rows.shape import reshaped


def sum(
    input: Value,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Dims = None,
    keepdims: bool = False,
    out: Any = None,
) -> Value:
    """Add up the entries along `dim` (all of them by default); integers and booleans are counted in int64."""
    over = reduced("sum", input, dim, axis)
    y = cast_to(rows.sum(cast_to(input, dtype), dim=over, keepdim=keepdim or keepdims), dtype)
    return y if out is None else out._take(y, "sum")


def mean(
    input: Value,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Dims = None,
    keepdims: bool = False,
    out: Any = None,
) -> Value:
    """The sum along `dim` divided by the number of entries; the guide's ``1/m Σ``."""
    over = reduced("mean", input, dim, axis)
    given = floating("mean", input, dtype)
    total = rows.sum(widened(given), dim=over, keepdim=keepdim or keepdims)
    count = _count(input, over)
    y = cast_to(total / count if count else total + math.nan, given.dtype)
    return y if out is None else out._take(y, "mean")


@takes_out
def prod(
    input: Value,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Dims = None,
    keepdims: bool = False,
) -> Value:
    """Multiply the entries along `dim`; differentiable to every order, also at zeros. Unlike PyTorch's, of several."""
    over = reduced("prod", input, dim, axis)
    return cast_to(rows.prod(cast_to(input, dtype), dim=over, keepdim=keepdim or keepdims), dtype)


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


@takes_out
def var(
    input: Value,
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
    over = reduced("var", input, named, axis)
    dims = None if named is None and axis is None else over
    return rows.var(floating("var", input), dim=dims, keepdim=keepdim or keepdims, correction=correction)


@takes_out
def std(
    input: Value,
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
    wide = widened(floating("std", input))
    return cast_to(
        _root(var(wide, named, None, keepdim, correction=correction, axis=axis, keepdims=keepdims)), input.dtype
    )


def _root(squares: Any) -> Any:
    """The square root, with slope 0 at 0."""
    flat = squares == 0
    return where(flat, 0, sqrt(where(flat, 1, squares)))


@takes_out
def logsumexp(input: Value, dim: Dims, keepdim: bool = False, *, keepdims: bool = False) -> Value:
    """Log of the sum of exponentials along `dim`, without overflow."""
    over = reduced("logsumexp", input, dim)
    given = input if input.dtype.kind == "f" else cast_to(input, dtypes.get_default_dtype())
    wide = widened(given)
    top = rows.peak(wide, dim=over)
    y = log(rows.sum(exp(wide - top), dim=over, keepdim=True)) + top
    if not (keepdim or keepdims):
        y = reshaped(y, tuple(n for axis, n in enumerate(input.shape) if axis not in over))
    return cast_to(y, given.dtype)


def _quantified(row: Op, x: Any, dim: Any, axis: Any, keepdim: bool) -> Any:
    over = reduced(row.name, x, dim, axis)
    found = row(x, dim=() if isinstance(dim, tuple | list) and not dim else over, keepdim=keepdim)
    return cast(found, dtype=x.dtype) if x.dtype == dtypes.uint8 else found


@takes_out
def all(input: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """Whether every entry along `dim` is true; along no axes, with ``dim=()``, each by itself."""
    return _quantified(rows.all, input, dim, axis, keepdim or keepdims)


@takes_out
def any(input: Value, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False) -> Value:
    """Whether some entry along `dim` is true; along no axes, with ``dim=()``, each by itself."""
    return _quantified(rows.any, input, dim, axis, keepdim or keepdims)


def count_nonzero(input: Value, dim: Dims = None, *, axis: Dims = None) -> Value:
    """How many entries along `dim` are not 0."""
    over = reduced("count_nonzero", input, dim, axis)
    return rows.sum(input != 0, dim=over, keepdim=False)
