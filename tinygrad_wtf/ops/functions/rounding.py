"""Rounding to decimals, and what is left without the whole part."""

from __future__ import annotations

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.rows import rounding as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.rounding import trunc

fix = trunc


def round(input: Value, *, decimals: int = 0) -> Value:
    """The nearest number with so many decimals; from the middle to the even neighbour."""
    if decimals == 0:
        return rows.round(input)
    if taken("round", input).dtype.kind != "f":
        raise DTypeError("integers have no decimals to round to", op="round", hint="Convert with .float()")
    scale = 10.0 ** abs(decimals)
    wide = cast(input, dtype=dtypes.float32) if input.dtype == dtypes.float16 else input
    rounded = rows.round(wide * scale) / scale if decimals > 0 else rows.round(wide / scale) * scale
    return cast(rounded, dtype=input.dtype) if wide is not input else rounded


def frac(input: Value) -> Value:
    """What is left of the number without its whole part, of its own sign."""
    if taken("frac", input).dtype.kind != "f":
        raise DTypeError(f"{input.dtype} has no fractions", op="frac", hint="Convert with .float()")
    return input - trunc(input)
