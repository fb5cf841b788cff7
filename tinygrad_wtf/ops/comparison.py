"""Comparisons and logic: they give booleans, and no gradient passes through them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError
from tinygrad_wtf.ops.broadcasting import elementwise
from tinygrad_wtf.ops.notation import AND, COMPARED, NOT, OR

eq = elementwise("eq", "{} = {}", np.equal, takes="numbers", binding=COMPARED)
ne = elementwise("ne", "{} ≠ {}", np.not_equal, takes="numbers", binding=COMPARED)
lt = elementwise("lt", "{} < {}", np.less, takes="numbers", binding=COMPARED)
le = elementwise("le", "{} ≤ {}", np.less_equal, takes="numbers", binding=COMPARED)
gt = elementwise("gt", "{} > {}", np.greater, takes="numbers", binding=COMPARED)
ge = elementwise("ge", "{} ≥ {}", np.greater_equal, takes="numbers", binding=COMPARED)

logical_and = elementwise("logical_and", "{} ∧ {}", np.logical_and, takes="anything", sign="and", binding=AND)
logical_or = elementwise("logical_or", "{} ∨ {}", np.logical_or, takes="anything", sign="or", binding=OR)
logical_xor = elementwise("logical_xor", "{} ⊻ {}", np.logical_xor, takes="anything", sign="xor", binding=AND)
logical_not = elementwise("logical_not", "¬{}", np.logical_not, takes="anything", binding=NOT)

# Of booleans the same, of integers bit by bit; other numbers have no bits to speak of.
bitwise_and = elementwise("bitwise_and", "{} & {}", np.bitwise_and, takes="numbers", binding=AND)
bitwise_or = elementwise("bitwise_or", "{} | {}", np.bitwise_or, takes="numbers", binding=OR)
bitwise_xor = elementwise("bitwise_xor", "{} ^ {}", np.bitwise_xor, takes="numbers", binding=AND)
bitwise_not = elementwise("bitwise_not", "~{}", np.bitwise_not, takes="numbers", binding=NOT)

isnan = elementwise("isnan", "isnan({})", np.isnan, takes="numbers")
isinf = elementwise("isinf", "isinf({})", np.isinf, takes="numbers")
isfinite = elementwise("isfinite", "isfinite({})", np.isfinite, takes="numbers")

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
