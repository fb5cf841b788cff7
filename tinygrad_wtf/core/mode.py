"""What holds for the current thread: whether operations are recorded, and in which layer.

Also the silence of arithmetic: NumPy's floating-point warnings are off inside an operation, as in PyTorch; and the size
of its buffer there.
"""

from __future__ import annotations

import contextvars
import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

if TYPE_CHECKING:
    from tinygrad_wtf.core.record import Recorder

Function = TypeVar("Function", bound=Callable[..., Any])

# Entries that NumPy copies at a time where it stretches an operand. Its own 8,192 do not fit into the first cache: to
# add a bias takes a tenth to a third longer.
BUFFER = 2048


def settle_numpy() -> None:
    """Set NumPy as it is inside an operation; whoever calls it puts the user's settings back, as `np.errstate` does."""
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

    new_recorder: ClassVar[Any] = staticmethod(lambda silently: None)  # `record` says which

    def __init__(self) -> None:
        self.recording = True
        self.scope: tuple[str, ...] = ()
        self.silently: Callable[..., Any] = _silent_context().run
        self.recorder: Recorder = self.new_recorder(self.silently)
        self.eager = self.recorder


mode = _current = Mode()


def is_compiling() -> bool:
    """Whether a compiled function is being traced in this thread: its tensors have no numbers yet."""
    return mode.recorder is not mode.eager


def silently(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the function without NumPy's floating-point warnings; also from within another such call."""
    if _silent.get():
        return function(*args, **kwargs)
    return mode.recorder.compute(function, *args, **kwargs)


class _Setting:
    """A context manager that is also a decorator; it may be nested and re-entered."""

    def __init__(self) -> None:
        self._before: list[Any] = []

    def _enter(self) -> Any:
        raise NotImplementedError

    def _leave(self, before: Any) -> None:
        raise NotImplementedError

    def __enter__(self) -> None:
        self._before.append(self._enter())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(self._before.pop())

    def _fresh(self) -> _Setting:
        raise NotImplementedError

    def __call__(self, function: Function) -> Function:
        """As a decorator: the setting holds while the function runs."""
        import inspect  # here, so that importing the engine stays quick

        if inspect.isgeneratorfunction(function):
            return self._around_each_step(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():  # one of its own per call: recursion and threads do not meet
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]

    def _around_each_step(self, function: Function) -> Function:
        """A generator runs in pieces: the setting holds inside each, and not in the caller's code between them."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            steps = function(*args, **kwargs)
            proceed = functools.partial(steps.send, None)
            while True:
                try:
                    with self._fresh():
                        made = proceed()
                except StopIteration as end:
                    return end.value
                try:
                    proceed = functools.partial(steps.send, (yield made))
                except BaseException as error:  # close() and throw() are passed on to the generator
                    proceed = functools.partial(steps.throw, error)

        return wrapped  # type: ignore[return-value]


class set_grad_enabled(_Setting):  # noqa: N801 - PyTorch's name
    """Record operations, or do not; at once, and undone at the end of a `with` block.

    Parameters
    ----------
    mode : bool
        True to record.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> with tw.set_grad_enabled(False):
    ...     tw.is_grad_enabled()
    False
    >>> tw.is_grad_enabled()
    True
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self._wanted = bool(mode)
        self._outer = _current.recording
        _current.recording = self._wanted

    def _fresh(self) -> _Setting:
        return set_grad_enabled(self._wanted)

    def __call__(self, function: Function) -> Function:
        """As a decorator: the setting holds while the function runs."""
        mode.recording = self._outer  # as a decorator it acts inside the function only
        return super().__call__(function)

    def _enter(self) -> bool:
        mode.recording = self._wanted
        return bool(self._outer)

    def _leave(self, before: bool) -> None:
        mode.recording = before


class no_grad(_Setting):  # noqa: N801 - PyTorch's name
    """Do not record: a context manager and a decorator, for the current thread.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> w = tw.Tensor([1.0], requires_grad=True)
    >>> with tw.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    _wanted = False

    def _fresh(self) -> Any:
        return no_grad()

    def __new__(cls, function: Any = None) -> Any:
        """Also ``@no_grad`` without parentheses."""
        made = super().__new__(cls)
        if function is None:
            return made
        _Setting.__init__(made)
        return made(function)

    def __enter__(self) -> None:
        self._before.append(mode.recording)
        mode.recording = self._wanted

    def __exit__(self, *error: object) -> None:
        mode.recording = self._before.pop()


class enable_grad(no_grad):  # noqa: N801 - PyTorch's name
    """Record, also inside `no_grad`: a context manager and a decorator, for the current thread."""

    _wanted = True

    def _fresh(self) -> Any:
        return enable_grad()


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded."""
    return mode.recording


class scope(_Setting):  # noqa: N801 - used like a statement
    """Name the part of the computation that is recorded inside the block.

    Pictures cluster by it and errors name it; `nn.Module` opens one per layer.

    Parameters
    ----------
    name : str
        For example ``"0: Linear"``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> with tw.scope("encoder"), tw.scope("0: Linear"):
    ...     tw.current_scope()
    ('encoder', '0: Linear')
    """

    def __init__(self, name: str) -> None:
        self._before, self._name = [], name

    def _fresh(self) -> _Setting:
        return scope(self._name)

    def __enter__(self) -> None:  # in one piece: a layer is entered in every step of training
        before = mode.scope
        self._before.append(before)
        mode.scope = (*before, self._name)

    def __exit__(self, *error: object) -> None:
        mode.scope = self._before.pop()


def current_scope() -> tuple[str, ...]:
    """The path of the scopes that are open in this thread, outermost first."""
    return mode.scope
