"""Whole numbers near a number, and its sign: steps, flat between their jumps, so their derivative is 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.choice import cast
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.slopes import flat as flat


def _steps(
    name: str,
    notation: str,
    forward: Callable[..., Any],
    kinks: str,
    takes: Literal["numbers", "quantities"] = "quantities",
) -> Op:
    return Op(name, notation, forward, (lambda g, y, x: flat(g, x),), takes=takes, kinks=kinks)


def _sign(x: Any) -> Any:
    """NumPy's sign, but 0 for nan, and booleans are their own."""
    x = x if hasattr(x, "dtype") else np.asarray(x)
    return x.copy() if x.dtype.kind == "b" else (x > 0).astype(x.dtype) - (x < 0)


def _round(x: Any) -> Any:
    return x.copy() if getattr(x, "dtype", np.dtype(float)).kind in "iu" else np.rint(x)


# name, notation, forward; dy/dx is 0
sign = _steps("sign", "sign({})", _sign, "0, where the slope is 0", takes="numbers")
floor = _steps("floor", "⌊{}⌋", np.floor, "whole numbers, where the slope is 0")
ceil = _steps("ceil", "⌈{}⌉", np.ceil, "whole numbers, where the slope is 0")
trunc = _steps("trunc", "trunc({})", np.trunc, "whole numbers but 0, where the slope is 0")
_nearest = _steps("round", "round({})", _round, "halves, where the slope is 0")
fix = trunc


def round(x: Value, *, decimals: int = 0) -> Value:
    """The nearest number with so many decimals; from the middle to the even neighbour."""
    if decimals == 0:
        return _nearest(x)
    if taken("round", x).dtype.kind != "f":
        raise DTypeError("integers have no decimals to round to", op="round", hint="Convert with .float()")
    scale = 10.0 ** abs(decimals)
    wide = cast(x, dtype=dtypes.float32) if x.dtype == dtypes.float16 else x
    rounded = _nearest(wide * scale) / scale if decimals > 0 else _nearest(wide / scale) * scale
    return cast(rounded, dtype=x.dtype) if wide is not x else rounded


def frac(x: Value) -> Value:
    """What is left of the number without its whole part, of its own sign."""
    if taken("frac", x).dtype.kind != "f":
        raise DTypeError(f"{x.dtype} has no fractions", op="frac", hint="Convert with .float()")
    return x - trunc(x)
