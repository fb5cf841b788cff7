"""PyTorch's settings ``inplace=True``, by which an argument becomes the result, and ``out=``, a tensor to take it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tinygrad_wtf.errors import DTypeError
from tinygrad_wtf.ops.naming import numpy_names, renamed

Function = TypeVar("Function", bound=Callable[..., Any])


def may_overwrite(function: Function) -> Function:
    """Give the argument `inplace` of a function its meaning: with True its first argument is overwritten."""
    name, code = function.__name__, function.__code__
    place = code.co_varnames.index("inplace")

    @functools.wraps(function)
    def chosen(input: Any, *args: Any, **settings: Any) -> Any:
        if not settings.pop("inplace", False) and args[place - 1 : place] != (True,):
            return function(input, *args, **settings)
        if not hasattr(input, "_become"):
            raise DTypeError("inplace=True takes a tensor", op=name, hint="Make one with as_tensor")
        return input._become(f"{name}_", function, *args[: place - 1], **settings)

    return chosen  # type: ignore[return-value]


def takes_out(function: Function) -> Function:
    """Let a function write its result into ``out=``, a tensor; that is not recorded. Rows take it by themselves."""
    name, names = function.__name__, numpy_names(function)

    @functools.wraps(function)
    def chosen(*args: Any, out: Any = None, **settings: Any) -> Any:
        y = function(*args, **(renamed(settings, names, name) if settings else settings))
        return y if out is None else out._take(y, name)

    return chosen  # type: ignore[return-value]
