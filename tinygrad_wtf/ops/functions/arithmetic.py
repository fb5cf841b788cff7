"""Arithmetic with PyTorch's settings, and what is made of sums, products and quotients."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.ops.rows.arithmetic import abs, floor_divide, mul, neg, pow
from tinygrad_wtf.ops.rows.elementary import sqrt


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


def add(x: Value, other: Any, *, alpha: Any = 1) -> Value:
    """The sum ``x + alpha * other``."""
    return rows.add(x, _scaled("add", x, other, alpha))


def sub(x: Value, other: Any, *, alpha: Any = 1) -> Value:
    """The difference ``x - alpha * other``."""
    return rows.sub(x, _scaled("sub", x, other, alpha))


def rsub(x: Value, other: Any, *, alpha: Any = 1) -> Value:
    """The difference ``other - alpha * x``."""
    return rows.sub(other, _scaled("rsub", other, x, alpha))


def div(x: Value, other: Any, *, rounding_mode: str | None = None) -> Value:
    """The quotient: exact, or rounded to a whole number downwards (``"floor"``) or towards 0 (``"trunc"``)."""
    if rounding_mode is None:
        return rows.div(x, other)
    if rounding_mode == "floor":
        return floor_divide(x, other)
    if rounding_mode != "trunc":
        raise SettingError(
            f"rounding_mode is None, 'trunc' or 'floor', not {rounding_mode!r}", op="div", hint="Leave it out for x / y"
        )
    return rows.trunc_divide(x, other)


subtract, multiply, divide, true_divide, negative, absolute = sub, mul, div, div, neg, abs


def positive(x: Value) -> Value:
    """The tensor itself, ``+x``."""
    if taken("positive", x).dtype.kind == "b":
        raise DTypeError("booleans have no sign", op="positive", hint="Convert with .long()")
    return x


def reciprocal(x: Value) -> Value:
    """One divided by the number."""
    return rows.div(1, x)


def square(x: Value) -> Value:
    """The number times itself."""
    return pow(x, 2)


def rsqrt(x: Value) -> Value:
    """One divided by the square root."""
    return 1 / sqrt(x)


def addcmul(x: Value, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Value:
    """The sum ``x + value * tensor1 * tensor2``."""
    return add(x, tensor1 * tensor2, alpha=value)


def addcdiv(x: Value, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Value:
    """The sum ``x + value * tensor1 / tensor2``."""
    if not _floating(tensor1, tensor2):
        raise DTypeError(
            "integers are not divided here", op="addcdiv", hint="Convert with .float(), or use div(rounding_mode=...)"
        )
    return add(x, tensor1 / tensor2, alpha=value)
