"""Which memory was changed in place, and when: so that backward never reads numbers that are not those it recorded.

Recording costs one integer a step (the time on this clock); the work is done by the rare writer.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np


class Clock:
    """Counts writes; remembers for each block of memory the last one."""

    def __init__(self) -> None:
        self.time = 0
        self._last: dict[int, tuple[int, weakref.ref[Any]]] = {}

    def written(self, array: Any) -> None:
        """Note that `array` has just been changed in place."""
        self.time += 1
        owner = _owner(array)
        key = id(owner)
        known = self._last.get(key)
        alive = known[1] if known else weakref.ref(owner, lambda _: self._forget(key))
        self._last[key] = (self.time, alive)

    def _forget(self, key: int) -> None:
        self._last.pop(key, None)

    def changed_since(self, array: Any, time: int) -> bool:
        """Whether the memory of `array` was written after `time`."""
        last = self._last.get(id(_owner(array)))
        return last is not None and last[0] > time


def _owner(array: Any) -> Any:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


clock = Clock()
