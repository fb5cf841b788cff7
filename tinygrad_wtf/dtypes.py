"""Which dtypes there are, the default one, and how several meet: PyTorch's promotion.

How an array is computed in its dtype is NumPy's affair.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_wtf.errors import DTypeError

bool = np.dtype("bool")  # noqa: A001 - PyTorch's name
uint8, int8, int16, int32, int64 = (np.dtype(n) for n in ("uint8", "int8", "int16", "int32", "int64"))
float16, float32, float64 = (np.dtype(n) for n in ("float16", "float32", "float64"))
half, float, double, int, long = float16, float32, float64, int32, int64  # noqa: A001 - PyTorch's names

SUPPORTED = (bool, uint8, int8, int16, int32, int64, float16, float32, float64)
_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}
_default = [float32]


def set_default_dtype(dtype: Any) -> None:
    """Choose the dtype that Python's floating-point numbers become (float32 at first).

    Parameters
    ----------
    dtype : dtype
        float16, float32 or float64.

    Raises
    ------
    DTypeError
        If it is not a floating-point dtype.
    """
    found = checked(dtype)
    if found.kind != "f":
        raise DTypeError(f"the default dtype must be a floating-point one, not {found}", hint="Use float32 or float64")
    _default[0] = found


def get_default_dtype() -> np.dtype[Any]:
    """The dtype that Python's floating-point numbers become."""
    return _default[0]


def checked(dtype: Any) -> np.dtype[Any]:
    """`dtype` as a NumPy dtype that tensors can hold; DTypeError otherwise."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise DTypeError(f"{dtype!r} is not a dtype", hint="Use float32, float64, int64 or bool") from None
    if found not in SUPPORTED:
        kind = "complex numbers are" if found.kind == "c" else f"dtype {found} is"
        raise DTypeError(
            f"{kind} not supported", hint=f"Use one of {', '.join(str(d) for d in SUPPORTED)}"
        )
    return found.newbyteorder("=")


def _meet(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of two of the same rank: a floating-point one absorbs integers of any width."""
    if (a.kind == "f") != (b.kind == "f"):
        return a if a.kind == "f" else b
    return np.promote_types(a, b)


def _all_met(dtypes: Iterable[np.dtype[Any]]) -> np.dtype[Any] | None:
    met = None
    for dtype in dtypes:
        met = dtype if met is None else _meet(met, dtype)
    return met


def result_type(values: Iterable[Any]) -> np.dtype[Any]:
    """The dtype in which these arrays and Python numbers meet.

    Arrays with dimensions decide; a 0-d array or a Python number counts only when it is of a higher kind
    (boolean, integer, floating point), as in PyTorch.
    """
    with_dims, without, numbers = [], [], []
    for value in values:
        if isinstance(value, np.bool_ | type(True)):
            numbers.append(bool)
        elif isinstance(value, type(1)):
            numbers.append(int64)
        elif isinstance(value, type(1.0)):
            numbers.append(get_default_dtype())
        else:
            (with_dims if value.ndim else without).append(value.dtype)
    result: np.dtype[Any] | None = None
    for group in (with_dims, without, numbers):
        met = _all_met(group)
        if met is not None and (result is None or _CATEGORY[met.kind] > _CATEGORY[result.kind]):
            result = met if result is None else _meet(result, met)
    assert result is not None
    return result
