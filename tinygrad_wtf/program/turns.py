"""Whose turn it is: one thread at a time runs a compiled function."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

from tinygrad_wtf.mode import mode


class Turn:
    """A lock that costs a fifth of a lock to take while nobody wants it.

    Who needs every tenth of a microsecond takes it by hand, as `__enter__` and `__exit__` do::

        try:
            del turn.free[0]
        except IndexError:
            turn.wait()
        turn.holder = mode.__dict__

    Attributes
    ----------
    free : list
        Has one entry while nobody has the turn. Deleting it is one step, which no other thread and no signal divides.
    holder : dict or None
        The mode of the thread that has it: each thread has its own.
    waiting : int
        How many threads wait.
    """

    __slots__ = ("_given_back", "free", "holder", "waiting")

    def __init__(self) -> None:
        self.free = [True]
        self.holder: dict[str, Any] | None = None
        self.waiting = 0
        self._given_back = threading.Condition()

    def wait(self) -> None:
        """Take the turn when it is given back."""
        with self._given_back:
            self.waiting += 1
            try:
                while True:
                    try:
                        del self.free[0]
                        return
                    except IndexError:
                        self._given_back.wait()
            finally:
                self.waiting -= 1

    def call_next(self) -> None:
        """Tell those who wait that the turn was given back."""
        with self._given_back:
            self._given_back.notify_all()

    def __enter__(self) -> None:
        try:
            del self.free[0]
        except IndexError:
            self.wait()
        self.holder = mode.__dict__

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.holder = None
        self.free.append(True)
        if self.waiting:
            self.call_next()
