"""Which buffer an array lies in, as a number that is the same in every run of Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_wtf.core.memory import owner_of

__all__ = ["BufferNames"]


class BufferNames:
    """Numbers buffers in the order in which they are asked for, and the parts of one from its start on.

    Parameters
    ----------
    arrays : iterable of ndarray
        All results that will be asked for: what lies in parts of one buffer is told from what uses all of it.
    outside : iterable of ndarray
        Memory of tensors, which is no buffer.
    """

    def __init__(self, arrays: Iterable[np.ndarray[Any, Any]], outside: Iterable[np.ndarray[Any, Any]]) -> None:
        self._outside = {id(owner_of(array)) for array in outside}
        self._numbers: dict[int, int] = {}
        self._parts: dict[int, set[tuple[int, int]]] = {}
        for array in arrays:
            self._parts.setdefault(id(owner_of(array)), set()).add(_stretch(array))

    def is_outside(self, array: np.ndarray[Any, Any]) -> bool:
        """Whether it lies in the memory of a tensor."""
        return id(owner_of(array)) in self._outside

    def called(self, array: np.ndarray[Any, Any]) -> str:
        """Such as "3" for all of the third buffer, or "3.2" for the second part of it."""
        buffer = id(owner_of(array))
        number = self._numbers.setdefault(buffer, len(self._numbers) + 1)
        stretches = self._parts.get(buffer, set())
        starts = sorted({start for start, _ in stretches})
        whole = (min(starts, default=0), max((stop for _, stop in stretches), default=0))
        if len(starts) < 2 or _stretch(array) == whole:
            return str(number)
        return f"{number}.{starts.index(_stretch(array)[0]) + 1}"


def _stretch(array: np.ndarray[Any, Any]) -> tuple[int, int]:
    """From where to where it lies."""
    start = array.__array_interface__["data"][0]
    return start, start + array.nbytes
