"""Which dtypes there are, the default one, and the dtype of a result of several: PyTorch's promotion."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_wtf._changes import settings_changed
from tinygrad_wtf.errors import DTypeError

bool: np.dtype[Any] = np.dtype("bool")
uint8: np.dtype[Any] = np.dtype("uint8")
int8: np.dtype[Any] = np.dtype("int8")
int16: np.dtype[Any] = np.dtype("int16")
int32: np.dtype[Any] = np.dtype("int32")
int64: np.dtype[Any] = np.dtype("int64")
float16: np.dtype[Any] = np.dtype("float16")
float32: np.dtype[Any] = np.dtype("float32")
float64: np.dtype[Any] = np.dtype("float64")

SUPPORTED = (bool, uint8, int8, int16, int32, int64, float16, float32, float64)
_ONE = {dtype: dtype for dtype in SUPPORTED}  # the object itself: dtypes that are equal are asked for by `is`
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
    settings_changed()


def get_default_dtype() -> np.dtype[Any]:
    """The dtype that Python's floating-point numbers become."""
    return _default[0]


def checked(dtype: Any) -> np.dtype[Any]:
    """`dtype` as a NumPy dtype that tensors can hold; DTypeError otherwise."""
    try:
        found: np.dtype[Any] = np.dtype(dtype).newbyteorder("=")
    except TypeError:
        device = isinstance(dtype, str) and dtype.partition(":")[0] in ("cpu", "cuda", "mps")
        hint = "There are no devices: leave this out" if device else "Use float32, float64, int64 or bool"
        raise DTypeError(f"{dtype!r} is not a dtype", hint=hint) from None
    if found not in _ONE:
        kind = "complex numbers are" if found.kind == "c" else f"dtype {found} is"
        raise DTypeError(f"{kind} not supported", hint=f"Use one of {', '.join(str(d) for d in SUPPORTED)}")
    return _ONE[found]


def can_hold(target: np.dtype[Any], result: np.dtype[Any]) -> builtins.bool:
    """Whether a result may be written into memory of this dtype: a lower kind of number cannot hold a higher one."""
    return _CATEGORY[result.kind] <= _CATEGORY[target.kind]


def _meet(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of a result of two of the same rank: the floating-point one, beside integers of any width."""
    if (a.kind == "f") != (b.kind == "f"):
        return a if a.kind == "f" else b
    met: np.dtype[Any] = np.promote_types(a, b)
    return met


def _all_met(dtypes: Iterable[np.dtype[Any]]) -> np.dtype[Any] | None:
    met = None
    for dtype in dtypes:
        met = dtype if met is None else _meet(met, dtype)
    return met


def result_type(values: Iterable[Any]) -> np.dtype[Any]:
    """The dtype of a result of these arrays and Python numbers.

    Arrays with dimensions decide; a 0-d array or a Python number counts only when it is of a higher kind
    (boolean, integer, floating point), as in PyTorch.
    """
    with_dims: list[np.dtype[Any]] = []
    without: list[np.dtype[Any]] = []
    numbers: list[np.dtype[Any]] = []
    for value in values:
        if isinstance(value, np.bool_ | builtins.bool):
            numbers.append(bool)
        elif isinstance(value, int):
            numbers.append(int64)
        elif isinstance(value, float):
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


def wrapped(number: int, dtype: np.dtype[Any]) -> int:
    """A Python integer in an integer dtype: one out of its range wraps round, as in PyTorch and as sums there do."""
    limits = np.iinfo(dtype)
    if limits.min <= number <= limits.max:
        return number
    if not -(2**63) <= number < 2**63:
        raise DTypeError(f"{number} is too large for any integer dtype", hint="Write it as a float")
    size = limits.max - limits.min + 1
    return (number - limits.min) % size + limits.min


def promote_types(type1: Any, type2: Any) -> np.dtype[Any]:
    """The dtype in which tensors of two dtypes meet: the floating-point one beside integers, else the wider.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.promote_types(tw.int64, tw.float32)
    dtype('float32')
    """
    return _ONE[_meet(checked(type1), checked(type2))]


def can_cast(from_: Any, to: Any) -> builtins.bool:
    """Whether a dtype becomes another without losing its kind: not floating-point integers, nor numbers booleans.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.can_cast(tw.int64, tw.float16), tw.can_cast(tw.float32, tw.int64)
    (True, False)
    """
    return _CATEGORY[checked(to).kind] >= _CATEGORY[checked(from_).kind]
