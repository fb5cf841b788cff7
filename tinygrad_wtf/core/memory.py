"""Which memory was changed in place, and when: its version is the time of the last write, on one clock for all.

So backward never reads numbers that are not those it recorded. That costs a step one integer, the time on this clock.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np


class Clock:
    """Counts writes; remembers the last one of each block of memory."""

    def __init__(self) -> None:
        self.time = 0
        self._last: dict[int, list[Any]] = {}  # when, whether it is still there, where in the code

    def written(self, array: Any, place: Any = None) -> None:
        """Note that `array` has just been changed in place, by the line at this place of the code."""
        self.time += 1
        owner = owner_of(array)
        key = id(owner)
        last = self._last.get(key)
        if last is None:
            last = self._last[key] = [0, weakref.ref(owner, lambda _: self._last.pop(key, None) and None), None]
        last[0], last[2] = self.time, (self.time, place)

    def stamps(self, arrays: list[Any]) -> list[list[Any]]:
        """What `stamped` takes, for memory that is written to again and again as long as it is there."""
        for array in arrays:
            self.written(array)
        return list({key: self._last[key] for key in (id(owner_of(array)) for array in arrays)}.values())

    def stamped(self, stamps: list[list[Any]]) -> None:
        """Note that the memory with these stamps has just been changed in place."""
        self.time = now = self.time + 1
        for stamp in stamps:
            stamp[0] = now

    def changed_since(self, array: Any, time: int) -> bool:
        """Whether the memory of `array` was written after `time`."""
        last = self._last.get(id(owner_of(array)))
        return last is not None and last[0] > time

    def place(self, array: Any) -> Any:
        """Where in the code the memory of `array` was last written to, if that is known."""
        last = self._last.get(id(owner_of(array)))
        return last[2][1] if last is not None and last[2][0] == last[0] else None


def owner_of(array: Any) -> Any:
    """The array whose memory this one shows: itself, unless it is a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


clock = Clock()
rebased: dict[int, Any] = {}  # by tensor: when its history was changed by a write in place, see `tensors.views`
