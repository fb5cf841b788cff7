"""Comparisons up to a tolerance, and of whole tensors; the long names of the others."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError
from tinygrad_wtf.ops.rows.comparison import eq, ge, gt, isfinite, isnan, le, lt, ne

not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge


def isposinf(x: Value) -> Value:
    """Whether an entry is +∞."""
    return eq(x, math.inf)


def isneginf(x: Value) -> Value:
    """Whether an entry is −∞."""
    return eq(x, -math.inf)


def isclose(x: Value, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Value:
    """Whether ``|x - other| <= atol + rtol |other|``, or both are the same infinity; nan equals nan only if asked."""
    if x.dtype != other.dtype:
        raise DTypeError(f"{x.dtype} is not compared with {other.dtype}", op="isclose", hint="Convert one with .to()")
    if rtol < 0 or atol < 0:
        raise SettingError(f"rtol and atol cannot be negative: {rtol}, {atol}", op="isclose", hint="Use 0 or more")
    same = x == other
    if x.dtype.kind == "b":
        return same
    if equal_nan:
        same = same | (isnan(x) & isnan(other))
    error = abs(x - other)
    return same | (isfinite(error) & (error <= atol + abs(rtol * other)))


def allclose(x: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all entries are close in the sense of `isclose`."""
    return bool(isclose(x, other, rtol, atol, equal_nan).all())


def equal(x: Any, other: Any) -> bool:
    """Whether both have the same shape and entries."""
    return x.shape == other.shape and bool(eq(x, other).all())
