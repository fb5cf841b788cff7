"""What compiled functions must be told of, since they read it only once: settings, and which memory tensors have."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Changes:
    """Counts changes of what is no number: a setting of a layer or an optimizer, a hook, memory that was replaced.

    `count` stands for the present state: it is another number after each change, and an earlier one where all is again
    as it was then.

    There is no lock, which an interrupt or a finalizer could find taken: `count` is read and written without a call or
    a jump backwards in between, where Python would let another thread in.
    """

    def __init__(self) -> None:
        self.count = 0
        self._numbers = itertools.count(1)  # each stands for one state
        self._retired: dict[int, weakref.ref[Any]] = {}

    def note(self) -> tuple[int, int]:
        """Note that something has changed; gives the numbers of the states before and now."""
        now = next(self._numbers)
        before, self.count = self.count, now
        return before, now

    def taken_back(self, before: int, inside: int) -> None:
        """Note that all is as it was before, if nothing else has changed since the state `inside`."""
        if self.count == inside:
            self.count = before
            return
        self.note()

    def replaced(self, old: Any, new: Any) -> None:
        """Note that a tensor has left the memory `old` for `new`."""
        self.note()
        key = id(old)
        self._retired[key] = weakref.ref(old, lambda _: self._retired.pop(key, None) and None)
        self._retired.pop(id(new), None)

    def is_retired(self, array: Any) -> bool:
        """Whether a tensor has left this memory."""
        return id(array) in self._retired

    def taken_up(self, array: Any) -> None:
        """Note that this memory is in use again."""
        self._retired.pop(id(array), None)


changes = Changes()


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
    changes.note()
    if undo is not None and undoing.actions is not None:
        undoing.actions.append(undo)


@contextmanager
def temporary_settings() -> Iterator[None]:
    """Say that settings change inside a block, and are at its end what they were before.

    Compiled functions that ran before the block need not look at their surroundings again after it. What is changed and
    put back inside must not call `settings_changed`; where something does, they look.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> class Scale:
    ...     notes_its_settings = True
    ...     factor = 2.0
    >>> scale = Scale()
    >>> scaled = tw.compile(lambda x: x * scale.factor)
    >>> scaled(tw.Tensor(1.0)).item()
    2.0
    >>> with tw.temporary_settings():
    ...     scale.factor = 3.0
    ...     print(scaled(tw.Tensor(1.0)).item())
    ...     scale.factor = 2.0
    3.0
    >>> scaled(tw.Tensor(1.0)).item()
    2.0
    """
    before, inside = changes.note()
    try:
        yield
    finally:
        changes.taken_back(before, inside)
