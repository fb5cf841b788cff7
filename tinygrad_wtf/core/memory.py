"""Which memory was changed in place, and when: its version is the time of the last write, on one clock for all.

So backward never reads numbers that are not those it recorded.
Recording costs one integer a step (the time on this clock); the work is done by the rare writer.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np


class Clock:
    """Counts writes; remembers the last one of each block of memory."""

    def __init__(self) -> None:
        self.time = 0
        self._last: dict[int, list[Any]] = {}  # when, and whether the memory is still there

    def written(self, array: Any) -> None:
        """Note that `array` has just been changed in place."""
        self.time += 1
        owner = owner_of(array)
        key = id(owner)
        known = self._last.get(key)
        if known is None:
            self._last[key] = [self.time, weakref.ref(owner, lambda _: self._last.pop(key, None) and None)]
        else:
            known[0] = self.time

    def stamps(self, arrays: list[Any]) -> list[list[Any]]:
        """What `stamped` takes, for memory that is written to again and again as long as it is there."""
        for array in arrays:
            self.written(array)
        stamps = {id(owner_of(array)): self._last[id(owner_of(array))] for array in arrays}
        return list(stamps.values())

    def stamped(self, stamps: list[list[Any]]) -> None:
        """Note that the memory with these stamps has just been changed in place."""
        self.time = now = self.time + 1
        for stamp in stamps:
            stamp[0] = now

    def changed_since(self, array: Any, time: int) -> bool:
        """Whether the memory of `array` was written after `time`."""
        last = self._last.get(id(owner_of(array)))
        return last is not None and last[0] > time


def owner_of(array: Any) -> Any:
    """The array whose memory this one shows: itself, unless it is a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


clock = Clock()
