"""Which entries there are and how often, and where others belong among sorted ones. Nothing here has a derivative."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.functions.indexing import take_along_dim
from tinygrad_wtf.ops.precision import cast_to, floating
from tinygrad_wtf.ops.rows import counting as rows
from tinygrad_wtf.ops.rows.indexing import constant
from tinygrad_wtf.ops.rows.shape import reshaped


def _parts(row: Op, op: str, x: Any, inverse: bool, counts: bool, dim: int | None) -> Any:
    """What was asked for: the values alone, or a tuple of them with the places and the numbers."""
    axis = None if dim is None else one_axis(op, dim, taken(op, x).ndim, x.shape)
    given = constant(taken(op, x))
    line = reshaped(given, (1,)) if axis is not None and not x.ndim else given
    wanted = ["values", *(["inverse"] if inverse else []), *(["counts"] if counts else [])]
    found = tuple(row(line, dim=axis, part=part) for part in wanted)
    return found if len(wanted) > 1 else next(iter(found))


def unique(
    x: Value,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The entries that there are, each once and in order; along `dim`, the slices.

    Parameters
    ----------
    x : Tensor
        Of any shape. Each nan counts as another one.
    sorted : bool
        Here for PyTorch's sake: they are always in order.
    return_inverse : bool
        Whether to give the place of each entry of `x` among them, too.
    return_counts : bool
        Whether to give how often each occurs, too.
    dim : int, optional
        Compare the slices along this axis; by default the entries.

    Returns
    -------
    Tensor, or tuple of Tensor
        The values, and what was asked for besides them. There is no gradient, and in a compiled function the number
        of them cannot depend on its arguments.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> values, counts = tw.unique(tw.tensor([3, 1, 3]), return_counts=True)
    >>> values.tolist(), counts.tolist()
    ([1, 3], [1, 2])
    """
    return _parts(rows.unique, "unique", x, return_inverse, return_counts, dim)


def unique_consecutive(
    x: Value, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """One entry for each run of equal neighbours, of the flattened tensor or of the slices along `dim`.

    With the run of each entry and the lengths of the runs, if asked for; see `unique`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.unique_consecutive(tw.tensor([1, 1, 2, 1])).tolist()
    [1, 2, 1]
    """
    return _parts(rows.unique_consecutive, "unique_consecutive", x, return_inverse, return_counts, dim)


def bincount(input: Value, weights: Any = None, minlength: int = 0) -> Value:
    """How often each of 0, 1, 2, ... occurs in a vector of integers, none negative; or the sum of its weights.

    Parameters
    ----------
    input : Tensor
        A vector of integers of at least 0.
    weights : Tensor, optional
        One for each entry; the result has their dtype, or float64 if they are integers.
    minlength : int
        At least how many numbers to count; in a compiled function the largest may not be larger in another run.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.bincount(tw.tensor([0, 2, 2]), minlength=4).tolist()
    [1, 0, 2, 0]
    """
    if taken("bincount", input).ndim != 1 or input.dtype.kind not in "iu":
        raise DTypeError(
            f"takes a vector of integers, not {input.shape} {input.dtype}",
            op="bincount",
            shapes=(input.shape,),
            hint="Use .long()",
        )
    if minlength < 0:
        raise SettingError(f"minlength is at least 0, not {minlength}", op="bincount")
    if weights is not None and taken("bincount", weights).shape != input.shape:
        raise ShapeError("each entry has one weight", op="bincount", shapes=(input.shape, weights.shape))
    weight = False if weights is None else constant(weights)
    return rows.bincount(input, weight, minlength=operator.index(minlength))


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Before which entry of a sorted sequence each value belongs, so that it stays sorted.

    Parameters
    ----------
    sorted_sequence : Tensor
        Sorted along the last axis: a vector, or rows of the same first sizes as `input`.
    input : Tensor or number
        The values; a number only beside a vector.
    out_int32 : bool
        Whether the places are int32 instead of int64.
    right : bool
        Whether a value goes after its equals, as with ``side="right"``, and not before them.
    sorter : Tensor, optional
        The places that sort a sequence which is not.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.searchsorted(tw.tensor([1.0, 3.0, 5.0]), tw.tensor([3.0, 4.0])).tolist()
    [1, 2]
    """
    if side not in (None, "left", "right") or (right and side == "left"):
        raise SettingError(f"right={right} and side={side!r} do not fit together", op="searchsorted")
    edges = taken("searchsorted", sorted_sequence)
    if not edges.ndim:
        raise ShapeError("the sequence has an axis", op="searchsorted", shapes=(edges.shape,))
    if hasattr(input, "shape"):
        if edges.ndim > 1 and (edges.ndim != input.ndim or edges.shape[:-1] != input.shape[:-1]):
            raise ShapeError(
                f"a sequence of {edges.shape} has not the first sizes of values of {input.shape}",
                op="searchsorted",
                shapes=(edges.shape, input.shape),
            )
        if edges.dtype != input.dtype:
            raise DTypeError(
                f"{input.dtype} values are not found among {edges.dtype} ones", op="searchsorted", hint="Use .to()"
            )
    elif edges.ndim > 1:
        raise ShapeError("a number is found in a vector only", op="searchsorted", shapes=(edges.shape,))
    if sorter is not None:
        if sorter.shape != edges.shape or sorter.dtype != dtypes.int64:
            raise ShapeError("sorter has an index for each entry", op="searchsorted", shapes=(sorter.shape,))
        edges = take_along_dim(edges, sorter, -1)
    found = rows.searchsorted(constant(edges), input, right=right or side == "right")
    return cast_to(found, dtypes.int32 if out_int32 else dtypes.int64)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The number of the interval between sorted boundaries, a vector, in which each value lies; see `searchsorted`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.bucketize(tw.tensor([0.5, 2.0]), tw.tensor([1.0, 3.0])).tolist()
    [0, 1]
    """
    if taken("bucketize", boundaries).ndim != 1:
        raise ShapeError(f"boundaries are a vector, not {boundaries.shape}", op="bucketize", shapes=(boundaries.shape,))
    found = rows.searchsorted(constant(boundaries), input, right=right)
    return cast_to(found, dtypes.int32 if out_int32 else dtypes.int64)


def _bins(op: str, bins: Any) -> int:
    count = operator.index(bins)
    if count < 1:
        raise SettingError(f"there is at least one bin, not {count}", op=op)
    return count


def histc(input: Value, bins: int = 100, min: float = 0, max: float = 0) -> Value:
    """How many entries lie in each of `bins` intervals of one length from `min` to `max`, in the dtype of `input`.

    From the smallest to the largest entry where both are equal, as by default. Other entries, and nan, are left out.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.histc(tw.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3).tolist()
    [0.0, 2.0, 1.0, 0.0]
    """
    if min > max:
        raise SettingError(f"min {min} is above max {max}", op="histc", hint="Exchange them")
    return rows.histc(constant(floating("histc", input)), bins=_bins("histc", bins), low=float(min), high=float(max))


class Histogram(NamedTuple):
    """The numbers in each bin, and the bins' edges."""

    hist: Any
    bin_edges: Any


def histogram(input: Value, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Histogram:
    """How many entries lie in each bin, and the edges of the bins (hist, bin_edges).

    Parameters
    ----------
    input : Tensor
        Floating-point numbers of any shape.
    bins : int or Tensor
        How many bins of one length, or their edges, an ascending vector.
    range : tuple of float, optional
        From where to where there are bins; by default from the smallest to the largest entry.
    weight : Tensor, optional
        What each entry counts, in the shape of `input`.
    density : bool
        Whether to divide so that the integral over all bins is 1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> counted = tw.histogram(tw.tensor([1.0, 2.0, 1.0]), bins=2, range=(0.0, 2.0))
    >>> counted.hist.tolist(), counted.bin_edges.tolist()
    ([0.0, 3.0], [0.0, 1.0, 2.0])
    """
    given = constant(floating("histogram", input))
    if hasattr(bins, "shape"):
        if bins.ndim != 1 or not bins.size or range is not None or bins.dtype != input.dtype:
            raise ShapeError(
                "edges are a vector of the same dtype, without a range",
                op="histogram",
                shapes=(input.shape, bins.shape),
            )
        edges = constant(bins)
    else:
        low, high = (0.0, 0.0) if range is None else map(float, range)
        if low > high:
            raise SettingError(f"the range from {low} to {high} is empty", op="histogram")
        edges = rows.histogram_edges(given, bins=_bins("histogram", bins), low=low, high=high)
    if weight is not None and taken("histogram", weight).shape != input.shape:
        raise ShapeError("each entry has one weight", op="histogram", shapes=(input.shape, weight.shape))
    weights = False if weight is None else constant(weight)
    return Histogram(rows.histogram(given, edges, weights, density=density), edges)
