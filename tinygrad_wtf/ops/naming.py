"""NumPy's names of arguments, ``axis=`` and ``keepdims=``, which PyTorch's functions take as well."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
NUMPY = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(function: Function) -> dict[str, str]:
    """NumPy's names of those arguments of a function that it has only under PyTorch's."""
    code = function.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {numpy: name for numpy, name in NUMPY.items() if name in known and numpy not in known}


def renamed(settings: dict[str, Any], names: dict[str, str], op: str) -> dict[str, Any]:
    """The settings by PyTorch's names."""
    for numpy in names.keys() & settings.keys():
        name = names[numpy]
        if name in settings:
            raise TypeError(f"{op} takes {name}= or {numpy}=, not both: they mean the same")
        settings[name] = settings.pop(numpy)
    return settings


def takes_axis(function: Function) -> Function:
    """Let a function take its arguments `dim` and `keepdim` by NumPy's names, too."""
    name, names = function.__name__, numpy_names(function)

    @functools.wraps(function)
    def chosen(*args: Any, **settings: Any) -> Any:
        return function(*args, **(renamed(settings, names, name) if settings else settings))

    return chosen  # type: ignore[return-value]
