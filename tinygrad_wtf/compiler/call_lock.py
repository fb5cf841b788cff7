"""The lock of a compiled function: one thread at a time runs a compiled function."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from tinygrad_wtf._state import mode


class CallLock:
    """A lock that costs a fifth of a lock to take while nobody wants it, and that no interrupt can leave locked.

    Who needs every tenth of a microsecond takes it by hand, as `run` does. Between the deletion and the ``try`` there
    is no call and no jump backwards, where Python would let an interrupt in.

    Attributes
    ----------
    free : list
        Has one entry while nobody has the lock. Deleting it is one step, which no other thread and no signal divides.
    holder : dict or None
        The mode of the thread that has it: each thread has its own.
    sleep : callable
        How to wait for so many seconds.
    """

    __slots__ = ("free", "holder", "process", "sleep")

    def __init__(self, sleep: Callable[[float], object] = time.sleep) -> None:
        self.free = [True]
        self.sleep = sleep
        self.holder: dict[str, Any] | None = None
        self.process = os.getpid()

    def run(self, action: Callable[..., Any], *args: Any) -> Any:
        """Do it when the lock is free; whoever waits looks again and again, for longer and longer."""
        pause = 1e-5
        while True:
            try:
                del self.free[0]
                break
            except IndexError:
                if self.process != os.getpid():  # a copy made by fork: who had the lock is not in this process
                    self.free, self.process = [True], os.getpid()
                    continue
                self.sleep(pause)
                pause = min(2 * pause, 0.005)
        try:
            self.holder = mode.__dict__
            return action(*args)
        finally:
            self.holder = None
            self.free.append(True)
