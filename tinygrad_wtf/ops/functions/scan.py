"""Running sums, products and extremes, differences of neighbours, and integrals of what is given at points."""

from __future__ import annotations

import operator
from typing import Any

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.functions.choice import copied
from tinygrad_wtf.ops.functions.extremes import Selected, _selected
from tinygrad_wtf.ops.functions.indexing import narrow
from tinygrad_wtf.ops.functions.joining import cat
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.naming import takes_axis
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.precision import cast_to, floating
from tinygrad_wtf.ops.rows import scan as rows
from tinygrad_wtf.ops.rows.comparison import logical_xor
from tinygrad_wtf.ops.rows.shape import reshaped


def _scan(row: Op, x: Any, dim: int, dtype: Any) -> Any:
    axis = one_axis(row.name, dim, taken(row.name, x).ndim, x.shape)
    given = cast_to(x, dtype)
    found = row(given, dim=axis) if x.ndim else reshaped(row(reshaped(given, (1,)), dim=0), ())
    return cast_to(found, dtype)


@takes_out
def cumsum(input: Value, dim: int, *, dtype: Any = None) -> Value:
    """The sum of each entry and all before it along `dim`."""
    return _scan(rows.cumsum, input, dim, dtype)


@takes_out
def cumprod(input: Value, dim: int, *, dtype: Any = None) -> Value:
    """The product of each entry and all before it along `dim`; differentiable to every order, also at zeros."""
    return _scan(rows.cumprod, input, dim, dtype)


@takes_axis
def logcumsumexp(input: Value, dim: int) -> Value:
    """``log Σ exp(x)`` over each entry and all before it along `dim`, without overflow; floating-point numbers.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(y, 2) for y in tw.logcumsumexp(tw.tensor([1000.0, 1000.0]), 0).tolist()]
    [1000.0, 1000.69]
    """
    axis = one_axis("logcumsumexp", dim, floating("logcumsumexp", input).ndim, input.shape)
    return (
        rows.logcumsumexp(input, dim=axis)
        if input.ndim
        else reshaped(rows.logcumsumexp(reshaped(input, (1,)), dim=0), ())
    )


def _running(row: Op, op: str, x: Any, dim: int) -> Selected:
    axis = one_axis(op, dim, taken(op, x).ndim, x.shape)
    if not x.ndim:
        return _selected(x, reshaped(row(reshaped(x, (1,)), dim=0), ()), 0, keepdim=True)
    return _selected(x, row(x, dim=axis), axis, keepdim=True)


@takes_axis
def cummax(input: Value, dim: int) -> Selected:
    """The largest of each entry and all before it along `dim`, and where it is (values, indices).

    Of equal ones the last is named, which the gradient goes to; from the first nan on all are nan.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> largest = tw.cummax(tw.tensor([1.0, 3.0, 2.0]), 0)
    >>> largest.values.tolist(), largest.indices.tolist()
    ([1.0, 3.0, 3.0], [0, 1, 1])
    """
    return _running(rows.argcummax, "cummax", input, dim)


@takes_axis
def cummin(input: Value, dim: int) -> Selected:
    """The smallest of each entry and all before it along `dim`, and where it is (values, indices).

    Of equal ones the last is named, which the gradient goes to; from the first nan on all are nan.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cummin(tw.tensor([3.0, 1.0, 2.0]), 0).values.tolist()
    [3.0, 1.0, 1.0]
    """
    return _running(rows.argcummin, "cummin", input, dim)


@takes_axis
def diff(input: Value, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Value:
    """The differences of neighbours along `dim`, taken `n` times: ``x[1:] - x[:-1]``.

    Parameters
    ----------
    input : Tensor
        Of at least one dimension; of booleans it is whether neighbours differ.
    n : int
        How often; at least 0. Each time there is one entry less, until there are none.
    dim : int
        Along which axis.
    prepend, append : Tensor, optional
        Put before and after `input` along that axis first.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.diff(tw.tensor([1.0, 4.0, 9.0])).tolist()
    [3.0, 5.0]
    """
    if not taken("diff", input).ndim:
        raise ShapeError("needs at least 1 dimension", op="diff", shapes=(input.shape,))
    axis = one_axis("diff", dim, input.ndim, input.shape)
    times = operator.index(n)
    if times < 0:
        raise SettingError(f"n is at least 0, not {times}", op="diff", shapes=(input.shape,))
    if not times:
        return copied(input)
    parts = [part for part in (prepend, input, append) if part is not None]
    y = cat(parts, axis) if len(parts) > 1 else input
    for _ in range(min(times, y.shape[axis] or 0) if y.shape[axis] else 0):
        count = y.shape[axis] - 1
        after, before = narrow(y, axis, 1, count), narrow(y, axis, 0, count)
        y = logical_xor(after, before) if y.dtype.kind == "b" else after - before
    return y


def _panels(op: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """The areas of the trapezoids between neighbouring points along an axis, and which that is."""
    if x is not None and dx is not None:
        raise TypeError(f"{op} takes the points x or their distance dx, not both")
    axis = one_axis(op, dim, taken(op, y).ndim, y.shape)
    if not y.ndim:
        raise ShapeError("needs at least 1 dimension", op=op, shapes=(y.shape,))
    count = max(y.shape[axis] - 1, 0)
    start = min(y.shape[axis], 1)
    middle = (narrow(y, axis, start, count) + narrow(y, axis, 0, count)) / 2
    if x is None:
        return middle * (1 if dx is None else dx), axis
    if not taken(op, x).ndim:
        raise ShapeError("the points have an axis", op=op, shapes=(y.shape, x.shape))
    if x.ndim == 1:
        if x.shape[0] != y.shape[axis]:
            raise ShapeError(f"{x.shape[0]} points for {y.shape[axis]} values", op=op, shapes=(y.shape, x.shape))
        width = narrow(x, 0, start, count) - narrow(x, 0, 0, count)
        return middle * reshaped(width, (count,) + (1,) * (y.ndim - axis - 1)), axis
    at = one_axis(op, dim, x.ndim, x.shape)
    wide = max(x.shape[at] - 1, 0)
    return middle * (narrow(x, at, min(x.shape[at], 1), wide) - narrow(x, at, 0, wide)), axis


def trapezoid(y: Value, x: Any = None, *, dx: Any = None, dim: int = -1) -> Value:
    """The integral along `dim` of what has the values `y`, by straight lines between the points.

    Parameters
    ----------
    y : Tensor
        The values; of at least one dimension.
    x : Tensor, optional
        The points: a vector for the axis, or a tensor that stretches to `y`.
    dx : number, optional
        The distance of the points, in the place of `x`; by default 1.
    dim : int
        Along which axis.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.trapezoid(tw.tensor([1.0, 2.0, 4.0]), tw.tensor([0.0, 1.0, 3.0])).item()
    7.5
    """
    panels, axis = _panels("trapezoid", y, x, dx, dim)
    return sum(panels, axis - y.ndim)


def cumulative_trapezoid(y: Value, x: Any = None, *, dx: Any = None, dim: int = -1) -> Value:
    """The integrals along `dim` from the first point to each of the others; see `trapezoid`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cumulative_trapezoid(tw.tensor([1.0, 2.0, 4.0])).tolist()
    [1.5, 4.5]
    """
    panels, axis = _panels("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(panels, axis - y.ndim)


def _slopes(y: Any, axis: int, steps: Any, edge_order: int) -> Any:
    """The derivative along an axis where the distances of the points are `steps`: one for all, or one between two."""
    size = y.shape[axis]
    if size < edge_order + 1:
        raise ShapeError(
            f"{size} points along dim {axis} are too few for edge_order={edge_order}", op="gradient", shapes=(y.shape,)
        )

    def at(start: int, length: int) -> Any:
        return narrow(y, axis, start, length)

    def step(start: int, length: int) -> Any:
        if not getattr(steps, "shape", ()):
            return steps
        return reshaped(narrow(steps, 0, start, length), (length,) + (1,) * (y.ndim - axis - 1))

    count = size - 2
    before, after = step(0, count), step(1, count)
    inner = (
        at(2, count) * (before / (after * (before + after)))
        + at(1, count) * ((after - before) / (before * after))
        - at(0, count) * (after / (before * (before + after)))
    )
    if edge_order == 1:
        ends = [(at(1, 1) - at(0, 1)) / step(0, 1), (at(size - 1, 1) - at(size - 2, 1)) / step(size - 2, 1)]
    else:
        ends = []
        for k, sign in ((0, 1), (size - 1, -1)):  # a parabola through three points
            near, far = (step(k, 1), step(k + 1, 1)) if sign == 1 else (step(k - 1, 1), step(k - 2, 1))
            slope = (
                at(k + sign, 1) * ((near + far) / (near * far))
                - at(k, 1) * ((2 * near + far) / (near * (near + far)))
                - at(k + 2 * sign, 1) * (near / (far * (near + far)))
            )
            ends.append(sign * slope)
    return cat((ends[0], inner, ends[1]), axis)


def gradient(input: Value, *, spacing: Any = None, dim: Any = None, edge_order: int = 1) -> tuple[Value, ...]:
    """The derivatives along axes of what `input` gives at points, by differences: a tuple with one for each axis.

    Parameters
    ----------
    input : Tensor
        The values at the points of a grid; at least ``edge_order + 1`` of them along each axis.
    spacing : number, list of numbers or list of Tensor, optional
        The distance of the points, one for all axes or one for each; or the places of the points, a vector for each
        axis. By default the distance is 1.
    dim : int or list of int, optional
        Along which axes; by default all.
    edge_order : {1, 2}
        Whether the derivative at the ends is that of a line or of a parabola.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> (slope,) = tw.gradient(tw.tensor([1.0, 2.0, 4.0, 7.0]))
    >>> slope.tolist()
    [1.0, 1.5, 2.5, 3.0]
    """
    if edge_order not in (1, 2):
        raise SettingError(f"edge_order is 1 or 2, not {edge_order!r}", op="gradient")
    ndim = taken("gradient", input).ndim
    if not ndim:
        raise ShapeError("needs at least 1 dimension", op="gradient", shapes=(input.shape,))
    given = range(ndim) if dim is None else dim if isinstance(dim, tuple | list) else (dim,)
    axes = [one_axis("gradient", d, ndim, input.shape) for d in given]
    if len(set(axes)) < len(axes):
        raise ShapeError(f"dim {dim!r} names an axis twice", op="gradient", shapes=(input.shape,))
    listed: list[Any] | tuple[Any, ...]
    listed = spacing if isinstance(spacing, tuple | list) else [1 if spacing is None else spacing] * len(axes)
    if len(listed) != len(axes):
        raise ShapeError(
            f"{len(listed)} spacings were given for {len(axes)} axes", op="gradient", shapes=(input.shape,)
        )
    y = input if input.dtype.kind == "f" else cast_to(input, dtypes.get_default_dtype())
    found = []
    for axis, where_ in zip(axes, listed, strict=True):
        steps = where_
        if getattr(where_, "shape", ()):
            if where_.ndim != 1 or where_.shape[0] != input.shape[axis]:
                raise ShapeError(
                    f"{where_.shape} points for {input.shape[axis]} values",
                    op="gradient",
                    shapes=(input.shape, where_.shape),
                )
            steps = diff(where_)
        found.append(_slopes(y, axis, steps, edge_order))
    return tuple(found)


trapz = trapezoid
