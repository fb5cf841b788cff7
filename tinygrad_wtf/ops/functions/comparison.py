"""Comparisons up to a tolerance, and of whole tensors; the long names of the others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.rows.comparison import eq, ge, gt, is_among, isfinite, isnan, le, logical_not, lt, ne

not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge


def isposinf(input: Value) -> Value:
    """Whether an entry is +∞."""
    return eq(input, math.inf)


def isneginf(input: Value) -> Value:
    """Whether an entry is −∞."""
    return eq(input, -math.inf)


def isclose(input: Value, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Value:
    """Whether ``|x - other| <= atol + rtol |other|``, or both are the same infinity; nan equals nan only if asked."""
    if taken("isclose", input).dtype != taken("isclose", other).dtype:
        raise DTypeError(
            f"{input.dtype} is not compared with {other.dtype}", op="isclose", hint="Convert one with .to()"
        )
    if rtol < 0 or atol < 0:
        raise SettingError(f"rtol and atol cannot be negative: {rtol}, {atol}", op="isclose", hint="Use 0 or more")
    same = input == other
    if input.dtype.kind == "b":
        return same
    if equal_nan:
        same = same | (isnan(input) & isnan(other))
    error = abs(input - other)
    return same | (isfinite(error) & (error <= atol + abs(rtol * other)))


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all entries are close in the sense of `isclose`."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def equal(input: Any, other: Any) -> bool:
    """Whether both have the same shape and entries."""
    return input.shape == other.shape and bool(eq(input, other).all())


def isreal(input: Value) -> Value:
    """True for each entry: there are no complex numbers.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.isreal(tw.tensor([1.0, float("nan")])).tolist()
    [True, True]
    """
    return where(np.ones(taken("isreal", input).shape, bool), True, eq(input, input))


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each entry of `elements` is among the entries of `test_elements`; one of the two may be a number.

    Parameters
    ----------
    elements, test_elements : Tensor or number
        Of any shapes; the result has the shape of `elements`.
    assume_unique : bool
        Here for PyTorch's sake: the result is the same.
    invert : bool
        Whether each is *not* among them.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.isin(tw.tensor([1, 2, 3]), tw.tensor([3, 1])).tolist()
    [True, False, True]
    """
    if not (hasattr(elements, "shape") or hasattr(test_elements, "shape")):
        raise DTypeError("one of the two must be a tensor", op="isin", hint="Make it one first: tensor([...])")
    found = is_among(elements, test_elements)
    return logical_not(found) if invert else found
