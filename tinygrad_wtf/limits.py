"""The limits of dtypes, by PyTorch's names: Python numbers, where NumPy's `finfo` gives scalars of the dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.errors import DTypeError


class finfo:  # noqa: N801 - PyTorch's name
    """The limits of a floating-point dtype.

    Parameters
    ----------
    type : dtype, optional
        float16, float32 or float64; by default the default dtype.

    Attributes
    ----------
    bits : int
        How many bits a number has.
    eps : float
        The distance from 1 to the next number.
    min, max : float
        The smallest (negative) and the largest finite number.
    tiny, smallest_normal : float
        The smallest positive number in full precision.
    resolution : float
        The precision in decimal places, as 1e-6.
    dtype : str
        Its name.

    Raises
    ------
    DTypeError
        For another dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.finfo(tw.float64).eps == 2.0**-52
    True
    >>> tw.finfo(tw.float16).max
    65504.0
    """

    def __init__(self, type: Any = None) -> None:
        found = dtypes.get_default_dtype() if type is None else dtypes.checked(type)
        if found.kind != "f":
            raise DTypeError(f"takes a floating-point dtype, not {found}", op="finfo", hint="Use iinfo for integers")
        limits = np.finfo(found)
        self.dtype, self.bits = str(found), limits.bits
        self.eps, self.min, self.max = float(limits.eps), float(limits.min), float(limits.max)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = float(f"1e-{limits.precision}")

    def __repr__(self) -> str:
        numbers = ", ".join(f"{n}={getattr(self, n):g}" for n in ("resolution", "min", "max", "eps", "tiny"))
        return f"finfo({numbers}, dtype={self.dtype})"


class iinfo:  # noqa: N801 - PyTorch's name
    """The limits of an integer dtype.

    Parameters
    ----------
    type : dtype
        uint8, int8, int16, int32 or int64.

    Attributes
    ----------
    bits : int
        How many bits a number has.
    min, max : int
        The smallest and the largest number.
    dtype : str
        Its name.

    Raises
    ------
    DTypeError
        For another dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.iinfo(tw.int8).min, tw.iinfo(tw.uint8).max
    (-128, 255)
    """

    def __init__(self, type: Any) -> None:
        found = dtypes.checked(type)
        if found.kind not in "iu":
            raise DTypeError(f"takes an integer dtype, not {found}", op="iinfo", hint="Use finfo for floating point")
        limits = np.iinfo(found)
        self.dtype, self.bits, self.min, self.max = str(found), limits.bits, int(limits.min), int(limits.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
