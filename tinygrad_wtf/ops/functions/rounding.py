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


def round(x: Value, *, decimals: int = 0) -> Value:
    """The nearest number with so many decimals; from the middle to the even neighbour."""
    if decimals == 0:
        return rows.round(x)
    if taken("round", x).dtype.kind != "f":
        raise DTypeError("integers have no decimals to round to", op="round", hint="Convert with .float()")
    scale = 10.0 ** abs(decimals)
    wide = cast(x, dtype=dtypes.float32) if x.dtype == dtypes.float16 else x
    rounded = rows.round(wide * scale) / scale if decimals > 0 else rows.round(wide / scale) * scale
    return cast(rounded, dtype=x.dtype) if wide is not x else rounded


def frac(x: Value) -> Value:
    """What is left of the number without its whole part, of its own sign."""
    if taken("frac", x).dtype.kind != "f":
        raise DTypeError(f"{x.dtype} has no fractions", op="frac", hint="Convert with .float()")
    return x - trunc(x)
