"""Whose code something is, and what code reads by name."""

from __future__ import annotations

import dis
import functools
import os
import sys
import types
from collections.abc import Iterator

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
