"""Choosing between values: by a condition, by size, by bounds. Also `cast`, the same value in another dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.ops.broadcasting import unbroadcast
from tinygrad_wtf.ops.comparison import isnan
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.selecting import _selected

cast: Op = Op(
    "cast",
    "cast({})",
    lambda x, dtype: x.astype(dtype),
    (lambda g, y, x, dtype: cast(g, dtype=x.dtype),),
    takes="anything",
    traits="entrywise rearranging unwritten",
)


def copied(x: Any) -> Any:
    """The same entries in new memory."""
    return cast(x, dtype=x.dtype)


def _chosen(condition: Any, a: Any, b: Any) -> Any:
    if getattr(condition, "dtype", dtypes.bool) != dtypes.bool:
        raise TypeError(f"the condition must be boolean, not {condition.dtype}: compare first, as in (x > 0)")
    return _selected(condition, a, b)


# Where a cotangent is dropped it is dropped whatever its size: `where`, not a product with 0.
_where: Op = Op(
    "where",
    "where({}, {}, {})",
    _chosen,
    (
        None,
        lambda g, y, c, a, b: unbroadcast(_where(c, g, 0), a.shape),
        lambda g, y, c, a, b: unbroadcast(_where(c, 0, g), b.shape),
    ),
    takes="numbers",
    promoted=slice(1, None),
    traits="entrywise",
)


_NUMBER = (bool, int, float)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """The entries of `input` where the condition holds, else those of `other`.

    With the condition alone: the indices where it is not 0, a vector for each axis.
    """
    if input is None and other is None:
        from tinygrad_wtf.ops.indexing import nonzero  # that room is built on this one

        return nonzero(condition, as_tuple=True)
    if type(input) in (bool, int, float) and type(other) in (bool, int, float):  # not NumPy's float64
        input = np.asarray(input, dtypes.result_type((input, other)))  # two numbers meet in the default dtype
    return _where(condition, input, other)


def _share(g: Any, first: Any, second: Any) -> Any:
    """What goes to the first of two numbers when the larger one was taken; a tie is shared, nan passes."""
    return _where(first == second, g / 2, _where(first < second, 0, g))


maximum = Op(
    "maximum",
    "max({}, {})",
    np.maximum,
    (
        lambda g, y, a, b: unbroadcast(_share(g, a, b), a.shape),
        lambda g, y, a, b: unbroadcast(_share(g, b, a), b.shape),
    ),
    takes="numbers",
    sign="max",
    kinks="a = b, where each gets half",
    traits="commutative",
)
minimum = Op(
    "minimum",
    "min({}, {})",
    np.minimum,
    (
        lambda g, y, a, b: unbroadcast(_share(g, -a, -b), a.shape),
        lambda g, y, a, b: unbroadcast(_share(g, -b, -a), b.shape),
    ),
    takes="numbers",
    sign="min",
    kinks="a = b, where each gets half",
    traits="commutative",
)

# Bounds. Unlike `maximum`, a tie belongs to `x` alone.
_clamp_min = Op(
    "clamp_min",
    "max({}, {})",
    np.maximum,
    (
        lambda g, y, x, low: unbroadcast(_where(x >= low, g, 0), x.shape),
        lambda g, y, x, low: unbroadcast(_where(x < low, g, 0), low.shape),
    ),
    takes="numbers",
    sign="clamp",
    kinks="the bound, where the slope is 1",
)
_clamp_max = Op(
    "clamp_max",
    "min({}, {})",
    np.minimum,
    (
        lambda g, y, x, high: unbroadcast(_where(x <= high, g, 0), x.shape),
        lambda g, y, x, high: unbroadcast(_where(x > high, g, 0), high.shape),
    ),
    takes="numbers",
    sign="clamp",
    kinks="the bound, where the slope is 1",
)
_clamp = Op(
    "clamp",
    "min(max({}, {}), {})",
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    (
        lambda g, y, x, low, high: unbroadcast(_where((x >= low) & (x <= high), g, 0), x.shape),
        lambda g, y, x, low, high: unbroadcast(_where((x < low) & (low < high), g, 0), low.shape),
        lambda g, y, x, low, high: unbroadcast(_where((x > high) | (high < low), g, 0), high.shape),
    ),
    takes="numbers",
    sign="clamp",
    kinks="the bounds, where the slope is 1",
    traits="entrywise",
)


def clamp(x: Value, min: Any = None, max: Any = None) -> Value:
    """Keep the entries between two bounds, numbers or tensors; at a bound the gradient passes, beyond it is 0."""
    if min is None and max is None:
        raise DTypeError("needs min, max or both", op="clamp", hint="Write clamp(min=0)")
    taken("clamp", x)
    if min is None:
        return _clamp_max(x, max)
    return _clamp_min(x, min) if max is None else _clamp(x, min, max)


clip = clamp


def clamp_min(x: Value, min: Any) -> Value:
    """Keep the entries at or above a bound."""
    return _clamp_min(taken("clamp_min", x), min)


def clamp_max(x: Value, max: Any) -> Value:
    """Keep the entries at or below a bound."""
    return _clamp_max(taken("clamp_max", x), max)


def masked_fill(x: Value, mask: Any, value: Any) -> Value:
    """`value`, one number, in the place of the entries where the boolean `mask` is true."""
    shape = getattr(value, "shape", ())
    if shape:
        raise ShapeError(
            f"the value must be one number, not a tensor of shape {shape}",
            op="masked_fill",
            shapes=(shape,),
            hint="To take entries from another tensor write where(mask, value, x)",
        )
    if hasattr(value, "dtype"):
        return _where(mask, cast(value, dtype=taken("masked_fill", x).dtype), x)
    return _where(mask, _fitting(value, taken("masked_fill", x).dtype), x)


def _fitting(value: Any, dtype: np.dtype[Any]) -> Any:
    """The number in this dtype; refused where it would become another one."""
    try:
        if dtype.kind in "bf" or int(value) == value:
            return dtype.type(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise DTypeError(f"{value!r} is no {dtype}", op="masked_fill", hint="Convert the tensor with .to() first")


def nan_to_num(x: Value, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None) -> Value:
    """Numbers in the place of nan and the infinities, by default 0 and the dtype's largest and smallest."""
    if taken("nan_to_num", x).dtype.kind != "f":
        return copied(x)
    limits = np.finfo(x.dtype)
    largest = float(limits.max) if posinf is None else posinf
    smallest = float(limits.min) if neginf is None else neginf
    finite = _where(x == math.inf, largest, _where(x == -math.inf, smallest, x))
    return _where(isnan(x), 0.0 if nan is None else nan, finite)
