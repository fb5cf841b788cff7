"""Statistics: sums that leave out nan, variances with means, quantiles, covariances."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.op import Operand, Value
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.dims import Dims, one_axis, taken
from tinygrad_wtf.ops.functions.choice import clamp, clamp_min, where
from tinygrad_wtf.ops.functions.diagonals import diagonal
from tinygrad_wtf.ops.functions.extremes import _no_entry, _selected
from tinygrad_wtf.ops.functions.indexing import take_along_dim
from tinygrad_wtf.ops.functions.product import matmul
from tinygrad_wtf.ops.functions.reduction import _corrected, mean, std, sum, var
from tinygrad_wtf.ops.functions.shape import expanded, movedim, squeeze, unsqueeze
from tinygrad_wtf.ops.functions.sorting import sort
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.precision import cast_to, floating
from tinygrad_wtf.ops.rows import extremes as rows
from tinygrad_wtf.ops.rows.arithmetic import lerp
from tinygrad_wtf.ops.rows.comparison import isnan
from tinygrad_wtf.ops.rows.elementary import sqrt
from tinygrad_wtf.ops.rows.rounding import ceil, floor, round
from tinygrad_wtf.ops.rows.shape import matrix_transpose, reshaped


def _with_mean(spread: Any, op: str, x: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> Any:
    named, correction = _corrected(op, dim, unbiased, correction)
    found = spread(x, named, None, keepdim, correction=correction)
    return found, mean(floating(op, x), named, keepdim)


@takes_axis
def var_mean(
    input: Value,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
) -> tuple[Value, Value]:
    """The variance and the mean along `dim`, as `var` and `mean` give them.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [y.item() for y in tw.var_mean(tw.tensor([1.0, 2.0, 3.0]))]
    [1.0, 2.0]
    """
    return _with_mean(var, "var_mean", input, dim, unbiased, keepdim, correction)


@takes_axis
def std_mean(
    input: Value,
    dim: Dims | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
) -> tuple[Value, Value]:
    """The standard deviation and the mean along `dim`, as `std` and `mean` give them.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [y.item() for y in tw.std_mean(tw.tensor([1.0, 2.0, 3.0]))]
    [1.0, 2.0]
    """
    return _with_mean(std, "std_mean", input, dim, unbiased, keepdim, correction)


@takes_axis
def nansum(input: Value, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Value:
    """The sum along `dim` of what is not nan; 0 where nothing is left.

    Integers and booleans are counted in int64; no gradient goes to nan.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.nansum(tw.tensor([1.0, float("nan"), 2.0])).item()
    3.0
    """
    if taken("nansum", input).dtype.kind != "f":
        return sum(input, dim, keepdim, dtype=dtype)
    return sum(where(isnan(input), 0, input), dim, keepdim, dtype=dtype)


@takes_axis
def nanmean(input: Value, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Value:
    """The mean along `dim` of what is not nan; nan where nothing is left. Floating-point numbers.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.nanmean(tw.tensor([1.0, float("nan"), 2.0])).item()
    1.5
    """
    given = floating("nanmean", input, dtype)
    count = sum(~isnan(given), dim, keepdim)
    return nansum(given, dim, keepdim) / cast_to(count, given.dtype)


@takes_axis
def nanmedian(input: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle entry of those that are not nan, the lower of two; with `dim` the pair (values, indices).

    It is nan where there is nothing else. The gradient goes where that of `median` does.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.nanmedian(tw.tensor([1.0, float("nan"), 3.0, 2.0])).item()
    2.0
    """
    if taken("nanmedian", input).dtype == dtypes.bool:
        raise DTypeError(
            "takes numbers, not booleans", op="nanmedian", shapes=(input.shape,), hint="Convert with .long()"
        )
    if dim is None:
        if not input.size and input.dtype.kind != "f":
            _no_entry("nanmedian", input)
        return rows.nanmedian(input)
    axis = one_axis("nanmedian", dim, input.ndim, input.shape)
    if not input.ndim:
        return _selected(input, reshaped(rows.argnanmedian(reshaped(input, (1,)), dim=0), ()), 0, keepdim)
    if not input.shape[axis]:
        _no_entry("nanmedian", input)
    return _selected(input, rows.argnanmedian(input, dim=axis), axis, keepdim)


def _between(op: str, x: Any, q: Any, dim: Any, keepdim: bool, interpolation: str, leave_out: bool) -> Any:
    """The quantiles, of all entries or of those that are not nan."""
    if taken(op, x).dtype not in (dtypes.float32, dtypes.float64):
        raise DTypeError(f"takes float32 or float64, not {x.dtype}", op=op, shapes=(x.shape,), hint="Use .float()")
    if not hasattr(q, "shape"):
        if not 0 <= q <= 1:
            raise SettingError(f"q lies between 0 and 1, not {q}", op=op)
        q = np.asarray(q, x.dtype)
    if q.dtype != x.dtype or q.ndim > 1:
        raise DTypeError(
            f"q is a number or a vector of dtype {x.dtype}, not {q.shape} {q.dtype}", op=op, shapes=(x.shape, q.shape)
        )
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise SettingError(
            f"there is no interpolation {interpolation!r}",
            op=op,
            hint="Use linear, lower, higher, midpoint or nearest",
        )
    if not x.size:
        _no_entry(op, x)
    axis = 0 if dim is None else one_axis(op, dim, x.ndim, x.shape)
    line = reshaped(x, (x.size,)) if dim is None or not x.ndim else x
    numbers = movedim(sort(line, axis).values, axis, -1)
    last = np.asarray(numbers.shape[-1] - 1, x.dtype)
    none = isnan(numbers)
    count = reshaped(q, (1,)) if not q.ndim else q
    if leave_out:
        rank = count * clamp_min(last - cast_to(sum(none, -1, True), x.dtype), 0)
    else:
        rank = where(expanded(none[..., -1:], (*numbers.shape[:-1], count.shape[0])), last, count * last)
    rank = {"lower": floor, "higher": ceil, "nearest": round}.get(interpolation, lambda r: r)(rank)
    below = floor(rank)
    weight = 0.5 if interpolation == "midpoint" else rank - below
    low, high = (take_along_dim(numbers, cast_to(r, dtypes.int64), -1) for r in (below, ceil(rank)))
    y = low if interpolation in ("lower", "higher", "nearest") else lerp(low, high, weight)
    y = movedim(y, -1, 0)
    if keepdim:
        y = reshaped(y, (y.shape[0], *(1,) * x.ndim)) if dim is None else unsqueeze(y, axis + 1) if x.ndim else y
    return y if q.ndim else squeeze(y, 0)


@takes_axis
def quantile(
    input: Value, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Value:
    """The number below which a part `q` of the entries lies, of all of them or along `dim`.

    Parameters
    ----------
    input : Tensor
        float32 or float64, not empty.
    q : float or Tensor
        From 0 to 1; a vector, of the dtype of `input`, gives the result a first axis of its size.
    dim : int, optional
        Along which axis; by default of all entries.
    keepdim : bool
        Whether that axis stays, with size 1.
    interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}
        What is taken where the place lies between two entries.

    Returns
    -------
    Tensor
        nan where there is a nan among the entries. The gradient goes to the entries on both sides.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.quantile(tw.tensor([1.0, 2.0, 3.0, 5.0]), 0.5).item()
    2.5
    """
    return _between("quantile", input, q, dim, keepdim, interpolation, leave_out=False)


@takes_axis
def nanquantile(
    input: Value, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Value:
    """`quantile` of the entries that are not nan; nan where there is nothing else.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.nanquantile(tw.tensor([1.0, float("nan"), 3.0]), 0.5).item()
    2.0
    """
    return _between("nanquantile", input, q, dim, keepdim, interpolation, leave_out=True)


def _weights(op: str, name: str, given: Any, count: int, kinds: str) -> Any:
    if given is None:
        return None
    if taken(op, given).ndim > 1 or given.size != count or given.dtype.kind not in kinds:
        raise ShapeError(
            f"{name} are {count} numbers, one for each observation, not {given.shape} {given.dtype}",
            op=op,
            shapes=(given.shape,),
        )
    if isinstance(given, Operand):
        mode.recorder.check(_refuse_negative, (cast(Any, given),))
    return given


def _refuse_negative(weights: Any) -> None:
    if (weights < 0).any():
        raise SettingError("a weight cannot be negative", op="cov", shapes=(np.shape(weights),))


def cov(input: Value, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Value:
    """The covariances of the variables in the rows of `input`, whose columns are observations.

    Parameters
    ----------
    input : Tensor
        Of shape (variables, observations), or a vector of one variable. Integers become the default dtype.
    correction : int
        What is taken off the number of observations to divide by: 1 for the unbiased estimate.
    fweights : Tensor, optional
        Integers: how often each observation was made.
    aweights : Tensor, optional
        Floating-point numbers: how much each observation weighs.

    Returns
    -------
    Tensor
        Of shape (variables, variables); without axes for one variable.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cov(tw.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    if taken("cov", input).ndim > 2:
        raise ShapeError(f"takes at most 2 dimensions, not {input.ndim}", op="cov", shapes=(input.shape,))
    if input.dtype == dtypes.bool:
        raise DTypeError("takes numbers, not booleans", op="cov", shapes=(input.shape,), hint="Convert with .float()")
    given = input if input.dtype.kind == "f" else cast_to(input, dtypes.get_default_dtype())
    table = reshaped(given, (1, given.size)) if given.ndim < 2 else given
    count = table.shape[1]
    often = _weights("cov", "fweights", fweights, count, "iu")
    heavy = _weights("cov", "aweights", aweights, count, "f")
    if heavy is not None:
        table = cast_to(table, dtypes.result_type((table, heavy)))
    weight = often if heavy is None else heavy if often is None else often * heavy
    if weight is None:
        total: Any = count
        freedom: Any = np.asarray(max(count - correction, 0), table.dtype)
        middle = mean(table, 1, True)
    else:
        weight = cast_to(weight, table.dtype)
        total = sum(weight)
        middle = sum(table * weight, 1, True) / total
        freedom = total - correction if heavy is None else total - correction * sum(weight * heavy) / total
        freedom = clamp_min(freedom, 0)
    away = table - middle
    found = matmul(away, matrix_transpose(away if weight is None else away * weight)) / freedom
    return squeeze(found)


def corrcoef(input: Value) -> Value:
    """The correlations of the variables in the rows of `input`, from -1 to 1; see `cov`. nan for a constant variable.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.corrcoef(tw.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    spread = cov(input)
    if not spread.ndim:
        return spread / spread
    deviation = sqrt(diagonal(spread))
    return clamp(spread / unsqueeze(deviation, 1) / unsqueeze(deviation, 0), -1, 1)
