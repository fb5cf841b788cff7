"""Running sums and products, with their dtype and for numbers without an axis."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.precision import cast_to
from tinygrad_wtf.ops.rows import scan as rows
from tinygrad_wtf.ops.rows.shape import reshaped


def _scan(row: Op, x: Any, dim: int, dtype: Any) -> Any:
    axis = one_axis(row.name, dim, taken(row.name, x).ndim, x.shape)
    given = cast_to(x, dtype)
    found = row(given, dim=axis) if x.ndim else reshaped(row(reshaped(given, (1,)), dim=0), ())
    return cast_to(found, dtype)


def cumsum(x: Value, dim: int, *, dtype: Any = None) -> Value:
    """The sum of each entry and all before it along `dim`."""
    return _scan(rows.cumsum, x, dim, dtype)


def cumprod(x: Value, dim: int, *, dtype: Any = None) -> Value:
    """The product of each entry and all before it along `dim`; differentiable to every order, also at zeros."""
    return _scan(rows.cumprod, x, dim, dtype)
