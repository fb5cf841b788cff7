"""Choosing between values by a condition or by bounds, and numbers in the place of masked entries or of nan."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.rows import choice as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.comparison import isnan


def copied(x: Any) -> Any:
    """The same entries in new memory."""
    return cast(x, dtype=x.dtype)


@takes_out
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """The entries of `input` where the condition holds, else those of `other`.

    With the condition alone: the indices where it is not 0, a vector for each axis.
    """
    if input is None and other is None:
        from tinygrad_wtf.ops.functions.indexing import nonzero  # that module is built on this one

        return nonzero(condition, as_tuple=True)
    if type(input) in (bool, int, float) and type(other) in (bool, int, float):  # not NumPy's float64
        input = np.asarray(input, dtypes.result_type((input, other)))  # two numbers meet in the default dtype
    return rows.where(condition, input, other)


@takes_out
def clamp(input: Value, min: Any = None, max: Any = None) -> Value:
    """Keep the entries between two bounds, numbers or tensors; at a bound the gradient passes, beyond it is 0."""
    if min is None and max is None:
        raise DTypeError("needs min, max or both", op="clamp", hint="Write clamp(min=0)")
    taken("clamp", input)
    if min is None:
        return rows.clamp_max(input, max)
    return rows.clamp_min(input, min) if max is None else rows.clamp(input, min, max)


clip = clamp


@takes_out
def clamp_min(input: Value, min: Any) -> Value:
    """Keep the entries at or above a bound."""
    return rows.clamp_min(taken("clamp_min", input), min)


@takes_out
def clamp_max(input: Value, max: Any) -> Value:
    """Keep the entries at or below a bound."""
    return rows.clamp_max(taken("clamp_max", input), max)


def masked_fill(input: Value, mask: Any, value: Any) -> Value:
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
        return rows.where(mask, cast(value, dtype=taken("masked_fill", input).dtype), input)
    return rows.where(mask, _fitting(value, taken("masked_fill", input).dtype), input)


def _fitting(value: Any, dtype: np.dtype[Any]) -> Any:
    """The number in this dtype; refused where it would become another one."""
    try:
        if dtype.kind in "bf" or int(value) == value:
            return dtype.type(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise DTypeError(f"{value!r} is no {dtype}", op="masked_fill", hint="Convert the tensor with .to() first")


def nan_to_num(
    input: Value, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Value:
    """Numbers in the place of nan and the infinities, by default 0 and the dtype's largest and smallest."""
    if taken("nan_to_num", input).dtype.kind != "f":
        return copied(input)
    limits = np.finfo(input.dtype)
    largest = float(limits.max) if posinf is None else posinf
    smallest = float(limits.min) if neginf is None else neginf
    finite = rows.where(input == math.inf, largest, rows.where(input == -math.inf, smallest, input))
    return rows.where(isnan(input), 0.0 if nan is None else nan, finite)
