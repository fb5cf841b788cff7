"""Choosing between values: by a condition, by size, by bounds. Also `cast`, the same value in another dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import unbroadcast
from tinygrad_wtf.ops.selecting import _selected

cast: Op = Op(
    "cast",
    "cast({})",
    lambda x, dtype: x.astype(dtype),
    (lambda g, y, x, dtype: cast(g, dtype=x.dtype),),
    takes="anything",
    traits="entrywise rearranging unwritten",
)


def _chosen(condition: Any, a: Any, b: Any) -> Any:
    if getattr(condition, "dtype", dtypes.bool) != dtypes.bool:
        raise TypeError(f"the condition must be boolean, not {condition.dtype}: compare first, as in (x > 0)")
    return _selected(condition, a, b)


# Where a cotangent is dropped it is dropped whatever its size: `where`, not a product with 0.
where: Op = Op(
    "where",
    "where({}, {}, {})",
    _chosen,
    (
        None,
        lambda g, y, c, a, b: unbroadcast(where(c, g, 0), a.shape),
        lambda g, y, c, a, b: unbroadcast(where(c, 0, g), b.shape),
    ),
    takes="numbers",
    promoted=slice(1, None),
    traits="entrywise",
)


def _share(g: Any, first: Any, second: Any) -> Any:
    """What goes to the first of two numbers when the larger one was taken; a tie is shared, nan passes."""
    return where(first == second, g / 2, where(first < second, 0, g))


maximum = Op(
    "maximum",
    "max({}, {})",
    np.maximum,
    (
        lambda g, y, a, b: unbroadcast(_share(g, a, b), a.shape),
        lambda g, y, a, b: unbroadcast(_share(g, b, a), b.shape),
    ),
    takes="numbers",
    sign="max",
    kinks="a = b, where each gets half",
    traits="commutative",
)
minimum = Op(
    "minimum",
    "min({}, {})",
    np.minimum,
    (
        lambda g, y, a, b: unbroadcast(_share(g, -a, -b), a.shape),
        lambda g, y, a, b: unbroadcast(_share(g, -b, -a), b.shape),
    ),
    takes="numbers",
    sign="min",
    kinks="a = b, where each gets half",
    traits="commutative",
)
# As `maximum` and `minimum`, but a number beats nan, and a tie belongs to the first: PyTorch's and C's.
fmax = Op(
    "fmax",
    "fmax({}, {})",
    np.fmax,
    (
        lambda g, y, a, b: unbroadcast(where((a >= b) | (b != b), g, 0), a.shape),
        lambda g, y, a, b: unbroadcast(where((a >= b) | (b != b), 0, g), b.shape),
    ),
    takes="numbers",
    kinks="a = b, where all goes to a",
)
fmin = Op(
    "fmin",
    "fmin({}, {})",
    np.fmin,
    (
        lambda g, y, a, b: unbroadcast(where((a <= b) | (b != b), g, 0), a.shape),
        lambda g, y, a, b: unbroadcast(where((a <= b) | (b != b), 0, g), b.shape),
    ),
    takes="numbers",
    kinks="a = b, where all goes to a",
)
# Bounds. Unlike `maximum`, a tie belongs to `x` alone.
clamp_min = Op(
    "clamp_min",
    "max({}, {})",
    np.maximum,
    (
        lambda g, y, x, low: unbroadcast(where(x >= low, g, 0), x.shape),
        lambda g, y, x, low: unbroadcast(where(x < low, g, 0), low.shape),
    ),
    takes="numbers",
    sign="clamp",
    kinks="the bound, where the slope is 1",
)
clamp_max = Op(
    "clamp_max",
    "min({}, {})",
    np.minimum,
    (
        lambda g, y, x, high: unbroadcast(where(x <= high, g, 0), x.shape),
        lambda g, y, x, high: unbroadcast(where(x > high, g, 0), high.shape),
    ),
    takes="numbers",
    sign="clamp",
    kinks="the bound, where the slope is 1",
)
clamp = Op(
    "clamp",
    "min(max({}, {}), {})",
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    (
        lambda g, y, x, low, high: unbroadcast(where((x >= low) & (x <= high), g, 0), x.shape),
        lambda g, y, x, low, high: unbroadcast(where((x < low) & (low < high), g, 0), low.shape),
        lambda g, y, x, low, high: unbroadcast(where((x > high) | (high < low), g, 0), high.shape),
    ),
    takes="numbers",
    sign="clamp",
    kinks="the bounds, where the slope is 1",
    traits="entrywise",
)


def _step(x: Any, at_0: Any) -> Any:
    return np.where(x == 0, at_0, x > 0).astype(np.result_type(x, at_0))


heaviside = Op(
    "heaviside",
    "step({}, {})",
    _step,
    (
        lambda g, y, x, at_0: flat(g, x),
        lambda g, y, x, at_0: unbroadcast(where(x == 0, g, 0), at_0.shape),
    ),
    takes="numbers",
    kinks="x = 0, where the slope is 0",
)


def flat(g: Any, x: Any) -> Any:
    """The cotangent of an argument whose small changes change nothing, whatever the size of `g`."""
    return unbroadcast(where(False, g, 0), x.shape)
