"""float16 is stored, float32 computes: how rows and compositions step up to it and back, and the argument `dtype`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.dtypes import float16, float32
from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.indexing import constant


def in_float32(forward: Callable[..., Any]) -> Callable[..., Any]:
    """The same forward function, which meets float16 arrays as float32 and gives float16 back."""

    @functools.wraps(forward)
    def widened(*arrays: Any, **settings: Any) -> Any:
        for a in arrays:
            dtype = getattr(a, "dtype", None)
            if dtype is not float32 and dtype == float16:
                return forward(*[np.asarray(b, dtypes.float32) for b in arrays], **settings).astype(dtypes.float16)
        return forward(*arrays, **settings)

    return widened


def summed(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """The ufunc, or a reduction with it, building up integers and booleans in int64."""
    wide = in_float32(ufunc)

    def forward(x: Any, **settings: Any) -> Any:
        return wide(x, **settings) if x.dtype.kind == "f" else ufunc(x, dtype=np.int64, **settings)

    return forward


def cast_to(x: Any, dtype: Any) -> Any:
    """`x` in this dtype, or as it is for None; no gradient passes through integers."""
    if dtype is None or dtype is x.dtype:
        return x
    wanted = dtypes.checked(dtype)
    if wanted == x.dtype:
        return x
    return cast(x if wanted.kind == "f" else constant(x), dtype=wanted)


def widened(x: Any) -> Any:
    """`x` in the precision in which it is computed."""
    return cast_to(x, dtypes.float32) if x.dtype == dtypes.float16 else x


def floating(op: str, x: Any, dtype: Any = None) -> Any:
    """`x` in this dtype; DTypeError if that is not a floating-point one."""
    found = cast_to(taken(op, x), dtype)
    if found.dtype.kind != "f":
        raise DTypeError(
            f"takes floating-point numbers, not {found.dtype}", op=op, shapes=(x.shape,), hint="Convert with .float()"
        )
    return found
