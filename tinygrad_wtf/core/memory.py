"""Which memory was changed in place, and when.

So backward never reads numbers that are not those it recorded, and what has passed a check need not be checked again.
Recording costs one integer a step (the time on this clock); the work is done by the rare writer.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np


class Clock:
    """Counts writes; remembers for each block of memory the last one, and which checks its numbers have passed."""

    def __init__(self) -> None:
        self.time = 0
        self.changes = 0  # of what is no number: memory replaced, a setting of a layer or an optimizer, a hook
        self._retired: dict[int, weakref.ref[Any]] = {}
        self._last: dict[int, list[Any]] = {}  # when, and whether the memory is still there
        self._passed: dict[tuple[str, int], tuple[int, weakref.ref[Any]]] = {}  # by check and array: when

    def written(self, array: Any) -> None:
        """Note that `array` has just been changed in place."""
        self.time += 1
        owner = owner_of(array)
        key = id(owner)
        known = self._last.get(key)
        if known is None:
            self._last[key] = [self.time, weakref.ref(owner, lambda _: self._forget(key))]
        else:
            known[0] = self.time

    def changed(self) -> None:
        """Note that something else than numbers has changed, which a compiled function may rely on."""
        self.changes += 1

    def replaced(self, old: Any, new: Any) -> None:
        """Note that a tensor has left the memory `old` for `new`."""
        self.changes += 1
        key = id(old)
        self._retired[key] = weakref.ref(old, lambda _: self._retired.pop(key, None) and None)
        self._retired.pop(id(new), None)

    def is_retired(self, array: Any) -> bool:
        """Whether a tensor has left this memory."""
        return id(array) in self._retired

    def taken_up(self, array: Any) -> None:
        """Note that this memory is in use, whoever left it."""
        self._retired.pop(id(array), None)

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

    def passed(self, check: str, array: Any, time: int) -> None:
        """Note that the numbers of `array` have passed this check, which was begun at this time."""
        key = (check, id(array))
        self._passed[key] = (time, weakref.ref(array, lambda _: self._passed.pop(key, None) and None))

    def has_passed(self, check: str, array: Any) -> bool:
        """Whether these numbers have passed this check before, and nobody has written to their memory since."""
        known = self._passed.get((check, id(array)))
        return known is not None and not self.changed_since(array, known[0])

    def _forget(self, key: int) -> None:
        self._last.pop(key, None)

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


class Undoing(threading.local):
    """What a trace of this thread has to put back if it fails."""

    def __init__(self) -> None:
        self.actions: list[Callable[[], object]] | None = None


undoing = Undoing()


def settings_changed(undo: Callable[[], object] | None = None) -> None:
    """Tell compiled functions that something has changed which is no tensor's number: a setting, a part of a model.

    They look at their surroundings anew then, and are traced again if these are not what they were. Layers and
    optimizers call it; a class of yours may do so whenever it changes, and say ``notes_its_settings = True``, so that
    its attributes need not be looked at before each run.

    Parameters
    ----------
    undo : callable, optional
        Takes the change back: called if it was made by a function that was being traced, and the trace failed.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> class Scale:
    ...     notes_its_settings = True
    ...     def __init__(self, factor):
    ...         self.factor = factor
    ...     def __setattr__(self, name, value):
    ...         super().__setattr__(name, value)
    ...         tw.settings_changed()
    >>> scale = Scale(2.0)
    >>> scaled = tw.compile(lambda x: x * scale.factor)
    >>> scaled(tw.Tensor(1.0)).item()
    2.0
    >>> scale.factor = 3.0
    >>> scaled(tw.Tensor(1.0)).item()
    3.0
    """
    clock.changed()
    if undo is not None and undoing.actions is not None:
        undoing.actions.append(undo)


# glibc hands arrays above 128 KiB back to the system, and fetches the next one page by page. Freeing one large array,
# never touched, raises that limit to its size: the arrays of a training step are then reused.
_untouched = np.empty(2**25 - 2**16, np.uint8)
del _untouched
