"""Arithmetic with PyTorch's settings, and what is made of sums, products and quotients."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.precision import cast_to
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.ops.rows import whole
from tinygrad_wtf.ops.rows.arithmetic import abs, floor_divide, mul, neg, pow
from tinygrad_wtf.ops.rows.comparison import isnan
from tinygrad_wtf.ops.rows.elementary import exp2, sqrt
from tinygrad_wtf.ops.rows.rounding import sign
from tinygrad_wtf.ops.rows.whole import exponent


def _floating(*values: Any) -> bool:
    return any(isinstance(a, float) or getattr(getattr(a, "dtype", None), "kind", "") == "f" for a in values)


def _scaled(op: str, x: Any, other: Any, alpha: Any) -> Any:
    """``alpha * other`` in the kind of number that `x` and `other` are."""
    if type(alpha) is int and alpha == 1:
        return other
    logical = all(getattr(a, "dtype", np.dtype(type(a))).kind == "b" for a in (x, other))
    if isinstance(alpha, bool) and not logical:
        raise DTypeError("a boolean alpha needs boolean tensors", op=op, hint="Write 1 or 0")
    if isinstance(alpha, float) and not _floating(x, other):
        raise DTypeError(f"integers cannot be scaled by alpha={alpha}", op=op, hint="Convert with .float()")
    return other * (bool(alpha) if logical else alpha)


@takes_out
def add(input: Value, other: Any, *, alpha: Any = 1) -> Value:
    """The sum ``x + alpha * other``."""
    return rows.add(input, _scaled("add", input, other, alpha))


@takes_out
def sub(input: Value, other: Any, *, alpha: Any = 1) -> Value:
    """The difference ``x - alpha * other``."""
    return rows.sub(input, _scaled("sub", input, other, alpha))


def rsub(input: Value, other: Any, *, alpha: Any = 1) -> Value:
    """The difference ``other - alpha * x``."""
    return rows.sub(other, _scaled("rsub", other, input, alpha))


@takes_out
def div(input: Value, other: Any, *, rounding_mode: str | None = None) -> Value:
    """The quotient: exact, or rounded to a whole number downwards (``"floor"``) or towards 0 (``"trunc"``)."""
    if rounding_mode is None:
        return rows.div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise SettingError(
            f"rounding_mode is None, 'trunc' or 'floor', not {rounding_mode!r}", op="div", hint="Leave it out for x / y"
        )
    return rows.trunc_divide(input, other)


subtract, multiply, divide, true_divide, negative, absolute = sub, mul, div, div, neg, abs


def positive(input: Value) -> Value:
    """The tensor itself, ``+x``."""
    if taken("positive", input).dtype.kind == "b":
        raise DTypeError("booleans have no sign", op="positive", hint="Convert with .long()")
    return input


@takes_out
def reciprocal(input: Value) -> Value:
    """One divided by the number."""
    return rows.div(1, input)


@takes_out
def square(input: Value) -> Value:
    """The number times itself."""
    return pow(input, 2)


@takes_out
def rsqrt(input: Value) -> Value:
    """One divided by the square root."""
    return 1 / sqrt(input)


@takes_out
def addcmul(input: Value, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Value:
    """The sum ``x + value * tensor1 * tensor2``."""
    return add(input, tensor1 * tensor2, alpha=value)


@takes_out
def addcdiv(input: Value, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Value:
    """The sum ``x + value * tensor1 / tensor2``."""
    if not _floating(tensor1, tensor2):
        raise DTypeError(
            "integers are not divided here", op="addcdiv", hint="Convert with .float(), or use div(rounding_mode=...)"
        )
    return add(input, tensor1 / tensor2, alpha=value)


def deg2rad(input: Value) -> Value:
    """Degrees as radians, ``x π / 180``, entry by entry; integers become the default dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(y, 4) for y in tw.deg2rad(tw.tensor([180.0, -90.0])).tolist()]
    [3.1416, -1.5708]
    """
    return taken("deg2rad", input) * (math.pi / 180)


def rad2deg(input: Value) -> Value:
    """Radians as degrees, ``x 180 / π``, entry by entry; integers become the default dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.rad2deg(tw.tensor([0.0, 3.14159265])).tolist()
    [0.0, 180.0]
    """
    return taken("rad2deg", input) * (180 / math.pi)


def float_power(input: Value, exponent: Any) -> Value:
    """``x ** exponent`` in float64, whatever the dtypes; one of the two may be a number.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.float_power(tw.tensor([1, 2, 4]), -1).tolist()
    [1.0, 0.5, 0.25]
    """
    for a in (input, exponent):
        if not hasattr(a, "dtype") and not isinstance(a, int | float):
            raise DTypeError(f"takes tensors and numbers, not {a!r}", op="float_power")
    base, power = (cast_to(a, dtypes.float64) if hasattr(a, "dtype") else float(a) for a in (input, exponent))
    return pow(base, power)


def ldexp(input: Value, other: Any) -> Value:
    """``x * 2 ** other``, entry by entry, broadcast; the result is floating-point.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.ldexp(tw.tensor([1.0, 3.0]), tw.tensor([4, -1])).tolist()
    [16.0, 1.5]
    """
    target = dtypes.result_type([a for a in (input, taken("ldexp", other)) if hasattr(a, "dtype")])
    return input * exp2(cast_to(other, target if target.kind == "f" else dtypes.get_default_dtype()))


class Parts(NamedTuple):
    """A mantissa from 1/2 to 1, and a power of 2."""

    mantissa: Any
    exponent: Any


def frexp(input: Value) -> Parts:
    """The mantissa, from 1/2 to 1 in size, and the exponent (int32) of ``x = mantissa * 2 ** exponent``.

    Takes floating-point numbers; the gradient passes through the mantissa.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> mantissa, exponent = tw.frexp(tw.tensor([6.0, 0.5]))
    >>> mantissa.tolist(), exponent.tolist()
    ([0.75, 0.5], [3, 0])
    """
    if taken("frexp", input).dtype.kind != "f":
        raise DTypeError(f"takes floating-point numbers, not {input.dtype}", op="frexp", hint="Convert with .float()")
    power = exponent(input)
    half = cast_to(floor_divide(power, 2), input.dtype)  # in two steps, neither of which overflows
    return Parts(input * exp2(-half) * exp2(half - cast_to(power, input.dtype)), power)


def sgn(input: Value) -> Value:
    """The sign of each entry, -1, 0 or 1: `sign`, under the name that PyTorch has for complex numbers too.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.sgn(tw.tensor([-2.0, 0.0])).tolist()
    [-1.0, 0.0]
    """
    return sign(input)


def signbit(input: Value) -> Value:
    """Whether an entry is negative; of floating-point numbers, whether its sign is: that of -0.0 is.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.signbit(tw.tensor([-0.0, 0.0, -2.0])).tolist()
    [True, False, True]
    """
    return whole.signbit(taken("signbit", input))


def conj(input: Value) -> Value:
    """The tensor itself: there are no complex numbers. So are `real`, `resolve_conj`, `resolve_neg`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.conj(tw.tensor([1.0])).tolist()
    [1.0]
    """
    return taken("conj", input)


def angle(input: Value) -> Value:
    """The angle of numbers on the real line: 0, or π below 0; nan of nan. Its slope is 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(a, 4) for a in tw.angle(tw.tensor([2.0, -2.0])).tolist()]
    [0.0, 3.1416]
    """
    given = taken("angle", input) * 1.0
    return where(given < 0, math.pi, where(isnan(given), given, 0.0))


conj_physical = resolve_conj = resolve_neg = real = conj
