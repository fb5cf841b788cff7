"""Whole numbers near a number, and its sign: steps, flat between their jumps, so their derivative is 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops.rows.choice import flat


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
round = _steps("round", "round({})", _round, "halves, where the slope is 0")
