"""What holds for the current thread: whether operations are recorded, by whom, and in which layer.

Also the silence of arithmetic: NumPy's floating-point warnings are off inside an operation, as in PyTorch; and the size
of its buffer there.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.recorder import Recorder

# Entries that NumPy copies at a time where it stretches an operand. Its own 8,192 do not fit into the first cache: to
# add a bias takes a tenth to a third longer.
BUFFER = 2048


def settle_numpy() -> None:
    """Set NumPy as it is inside an operation; the caller puts the user's settings back, as `np.errstate` does."""
    np.seterr(all="ignore")
    np.setbufsize(BUFFER)


_silent = contextvars.ContextVar("silent", default=False)


def _silent_context() -> contextvars.Context:
    context = contextvars.copy_context()
    context.run(settle_numpy)
    context.run(_silent.set, True)
    return context


def is_silent() -> bool:
    """Whether this is called from within an operation's own computation."""
    return _silent.get()


class Mode(threading.local):
    """The state of one thread.

    Attributes
    ----------
    recording : bool
        Whether steps are recorded for backward.
    scope : tuple of str
        The layers that are open.
    recorder, eager : Recorder
        What operations and everything else that is done with tensors go through, and the one that does them at once.
    silently : callable
        Calls a function without NumPy's warnings. Entering a prepared context costs a tenth of `with np.errstate`.
    """

    inference = False  # inside `inference_mode`
    new_recorder: ClassVar[Any] = staticmethod(lambda silently: None)  # `record` says which

    def __init__(self) -> None:
        self.recording = True
        self.scope: tuple[str, ...] = ()
        self.silently: Callable[..., Any] = _silent_context().run
        self.recorder: Recorder = self.new_recorder(self.silently)
        self.eager = self.recorder


mode = Mode()


def silently(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the function without NumPy's floating-point warnings; also from within another such call."""
    if _silent.get():
        return function(*args, **kwargs)
    return mode.recorder.compute(function, *args, **kwargs)
