"""Whether operations are recorded, and in which layer: what a user says of the current thread, for a block of code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tinygrad_wtf._setting import Function, Setting
from tinygrad_wtf._state import mode as _thread


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded."""
    return _thread.recording


def is_compiling() -> bool:
    """Whether a compiled function is being traced in this thread: its tensors have no numbers yet."""
    return _thread.recorder is not _thread.eager


def current_scope() -> tuple[str, ...]:
    """The path of the scopes that are open in this thread, outermost first."""
    return _thread.scope


class no_grad(Setting):  # noqa: N801 - PyTorch's name
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
    _before: list[bool]

    def __new__(cls, function: Any = None) -> Any:
        """Also ``@no_grad`` without parentheses."""
        made = super().__new__(cls)
        made._before = []
        return made if function is None else made(function)

    def _fresh(self) -> Any:
        return type(self)()

    def __enter__(self) -> None:
        self._before.append(_thread.recording)
        _thread.recording = self._wanted

    def __exit__(self, *error: object) -> None:
        _thread.recording = self._before.pop()


class enable_grad(no_grad):  # noqa: N801 - PyTorch's name
    """Record, also inside `no_grad`: a context manager and a decorator, for the current thread."""

    _wanted = True


class inference_mode(Setting):  # noqa: N801 - PyTorch's name
    """Do not record, as `no_grad`: a context manager and a decorator, for the current thread.

    PyTorch's also marks what it makes, so that it can never be recorded. Here it makes ordinary tensors.

    Parameters
    ----------
    mode : bool
        With False, record.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> w = tw.Tensor([1.0], requires_grad=True)
    >>> with tw.inference_mode():
    ...     (w * 2).requires_grad, tw.is_inference_mode_enabled()
    (False, True)
    """

    def __new__(cls, mode: Any = True) -> Any:
        """Also ``@inference_mode`` without parentheses."""
        made = super().__new__(cls)
        made._wanted, made._before = not (callable(mode) or bool(mode)), []
        return made(mode) if callable(mode) else made

    def __init__(self, mode: Any = True) -> None:
        self._wanted: bool
        self._before: list[tuple[bool, bool]]

    def _fresh(self) -> Setting:
        made: Setting = type(self)(not self._wanted)
        return made

    def __enter__(self) -> None:
        self._before.append((_thread.recording, _thread.inference))
        _thread.recording = self._wanted
        _thread.inference = not self._wanted

    def __exit__(self, *error: object) -> None:
        _thread.recording, _thread.inference = self._before.pop()


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return _thread.inference


class set_grad_enabled(Setting):  # noqa: N801 - PyTorch's name
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
        self._wanted, self._outer = bool(mode), _thread.recording
        _thread.recording = self._wanted

    def _fresh(self) -> Setting:
        return set_grad_enabled(self._wanted)

    def __call__(self, function: Function) -> Function:
        """As a decorator: the setting holds while the function runs, and not before."""
        _thread.recording = self._outer
        return super().__call__(function)

    def __enter__(self) -> None:
        _thread.recording = self._wanted

    def __exit__(self, *error: object) -> None:
        _thread.recording = self._outer


class scope(Setting):  # noqa: N801 - used like a statement
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
        self._before: list[tuple[str, ...]] = []  # `list[Any]()` would take a microsecond, in every layer of a step
        self._name = name

    def _fresh(self) -> Setting:
        return scope(self._name)

    def __enter__(self) -> None:
        before = _thread.scope
        self._before.append(before)
        _thread.scope = (*before, self._name)

    def __exit__(self, *error: object) -> None:
        _thread.scope = self._before.pop()

    @staticmethod
    def call(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What ``function(*args, **kwargs)`` returns inside a scope of this name, at half the cost of a block.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> tw.scope.call("encoder", tw.current_scope, (), {})
        ('encoder',)
        """
        here = _thread.__dict__  # what holds for this thread, looked up once
        before = here["scope"]
        here["scope"] = (*before, name)
        try:
            return function(*args, **kwargs)
        finally:
            here["scope"] = before
