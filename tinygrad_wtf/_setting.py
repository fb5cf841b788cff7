"""A context manager that is also a decorator, of functions and of generators."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class Setting:
    """Something that holds inside a block or a function; it may be nested and re-entered."""

    def _fresh(self) -> Setting:
        """One of its own for each call: recursion and threads do not meet."""
        raise NotImplementedError

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *error: object) -> None:
        raise NotImplementedError

    def __call__(self, function: Function) -> Function:
        """As a decorator: the setting holds while the function runs."""
        import inspect  # here, so that importing the engine stays quick

        if inspect.isgeneratorfunction(function):
            return self._around_each_step(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
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
