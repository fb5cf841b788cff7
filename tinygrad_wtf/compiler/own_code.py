"""Whose code something is, and what code reads by name."""

from __future__ import annotations

import dis
import functools
import sys
import types
from collections.abc import Iterator

from tinygrad_wtf._aliases import OWN_FOLDERS

GIVEN = {"tinygrad_wtf", "numpy", "builtins", *sys.stdlib_module_names}


@functools.lru_cache(None)
def is_given(module: str | None) -> bool:
    """Whether a module belongs to the project, NumPy or Python: its code depends on nothing that changes."""
    if module is None or module.partition(".")[0] in GIVEN:
        return module is not None
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is not None and file.startswith(OWN_FOLDERS)


@functools.lru_cache(512)
def names_in(code: types.CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """The globals that some code reads, and whatever may name an attribute, functions inside it included."""
    read = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL")}
    words = {*code.co_names, *(c for c in code.co_consts if isinstance(c, str) and c.isidentifier())}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner = names_in(constant)
            read |= inner[0]
            words |= inner[1]
    return frozenset(read), frozenset(words)


def inside(code: types.CodeType) -> Iterator[types.CodeType]:
    """The functions, classes and comprehensions that are written inside."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from inside(constant)


def is_own(kind: type) -> bool:
    """Whether a class belongs to the project."""
    return kind.__module__.partition(".")[0] in ("tinygrad_wtf", "nn") and is_given(kind.__module__)
