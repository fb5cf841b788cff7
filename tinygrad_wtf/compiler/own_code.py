"""Whose code something is, and what code reads by name."""

from __future__ import annotations

import dis
import functools
import os
import sys
import types
from collections.abc import Iterator
from importlib.util import resolve_name
from itertools import chain
from typing import Any

from tinygrad_wtf._aliases import OWN_FOLDERS

GIVEN = ("tinygrad_wtf", "numpy", "builtins")
STANDARD = os.path.join(os.path.dirname(os.__file__), "")


@functools.lru_cache(None)
def is_given(module: str | None) -> bool:
    """Whether a module belongs to the project, NumPy or Python: its code depends on nothing that changes."""
    if module is None:
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    if module.partition(".")[0] in sys.stdlib_module_names:  # unless it is a file of the user's with such a name
        return not file or (file.startswith(STANDARD) and "site-packages" not in file)
    return module.partition(".")[0] in GIVEN or file.startswith(OWN_FOLDERS)


@functools.lru_cache(512)
def names_in(code: types.CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """The globals that some code reads, and whatever may name an attribute, functions inside it included."""
    read = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL")}
    words = {*code.co_names, *(c for c in code.co_consts if isinstance(c, str) and c.isidentifier())}
    if any(i.opname == "MATCH_CLASS" for i in dis.get_instructions(code)):
        words.add("__dict__")  # any attribute: its class names them
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner = names_in(constant)
            read |= inner[0]
            words |= inner[1]
    return frozenset(read), frozenset(words)


@functools.lru_cache(512)
def imported_in(code: types.CodeType, package: str) -> frozenset[str]:
    """The modules that some code of a package imports, functions inside it included."""
    found: set[str] = set()
    before: list[Any] = [0, 0]  # what was loaded last: the level and the names of an import
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            dots = "." * before[-2] if isinstance(before[-2], int) else ""
            name = resolve_name(dots + instruction.argval, package) if not dots or package else instruction.argval
            found |= {name, name.partition(".")[0]}
        before = [before[-1], instruction.argval]
    return frozenset(found).union(*(imported_in(c, package) for c in code.co_consts if isinstance(c, types.CodeType)))


def modules_in(code: types.CodeType, package: str) -> list[str]:
    """The modules of the user's that some code imports, or names where it asks for modules by name."""
    words = names_in(code)[1]
    asks = not words.isdisjoint({"modules", "import_module", "__import__"})
    found = imported_in(code, package) | ({name for name in words if name in sys.modules} if asks else set())
    return [name for name in found if not is_given(name)]


def inside(code: types.CodeType) -> Iterator[types.CodeType]:
    """The functions, classes and comprehensions that are written inside."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from inside(constant)


def is_own(kind: type) -> bool:
    """Whether a class belongs to the project."""
    return kind.__module__.partition(".")[0] in ("tinygrad_wtf", "nn") and is_given(kind.__module__)


class Names:
    """The names of an object's attributes, its own and those of the user's classes it has."""

    def __init__(self, state: dict[str, Any], kind: type) -> None:
        self.state = state
        self.spaces = [vars(owner) for owner in kind.__mro__ if not is_given(owner.__module__)]

    def __iter__(self) -> Iterator[str]:
        hidden = ("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__")
        return (n for n in dict.fromkeys(chain(self.state, *self.spaces)) if n not in hidden)
