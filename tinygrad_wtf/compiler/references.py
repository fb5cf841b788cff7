"""How many references there are to an object, in every version of Python: some keep fewer for local names."""

from __future__ import annotations

import sys
from typing import Any


class _Holder:
    __slots__ = ("thing",)


def _count(holder: Any, name: str) -> int:
    return sys.getrefcount(getattr(holder, name))


def _calibrate() -> int:
    holder = _Holder()
    holder.thing = object()  # type: ignore[attr-defined]
    return _count(holder, "thing") - 1


_OWN = _calibrate()  # what counting itself adds


def references(holder: Any, name: str) -> int:
    """How many references there are to an attribute's value; 1 if the holder alone refers to it."""
    return _count(holder, name) - _OWN
