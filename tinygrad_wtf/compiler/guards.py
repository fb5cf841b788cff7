"""Guards: what a program depends on besides its tensors, and whether it is still so.

A guard is a place (a name, an attribute, the members of a list) and what was found there. Which places count is decided
in `reachable`. Most are compared before every run, as fast as Python allows; what tells when it changes (layers,
optimizers, tensors) is compared only after `changes.count` has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from operator import attrgetter, call, is_
from typing import Any

from tinygrad_wtf._changes import changes
from tinygrad_wtf.compiler.script import Script

MISSING = object()  # what is found where nothing is
SIMPLE = (bool, int, float, complex, str, bytes, type(None))
_content = attrgetter("cell_contents")
EMPTY = (NameError, AttributeError, KeyError, ValueError, TypeError, RuntimeError, ReferenceError)


class Guard:
    """Some places, and what was found there.

    Attributes
    ----------
    what : str
        For a message; of entries with a place, ``{}``, for the names of those that have changed.
    kind : {"cells", "attributes", "entries", "members", "facts"}
        Cells of closures; named attributes or entries, all of one thing; the members of a container, for a dict its
        values and its keys; or plain values that a function gives.
    thing : object
        The cells, the thing, the container or the function.
    found : list
        What was there.
    """

    __slots__ = ("found", "kind", "names", "thing", "what")

    def __init__(self, what: str, kind: str, thing: Any, names: Iterable[str] = ()) -> None:
        self.what, self.kind, self.thing, self.names = what, kind, thing, tuple(names)
        self.found = list(self.read())

    def read(self) -> Iterable[Any]:
        """What is there now."""
        if self.kind == "cells":
            return map(_content, self.thing)
        if self.kind == "attributes":
            return map(getattr, repeat(self.thing), self.names, repeat(MISSING))
        if self.kind == "entries":
            return map(self.thing.get, self.names, repeat(MISSING))
        if self.kind == "members":
            return chain(self.thing.values(), self.thing) if isinstance(self.thing, dict) else self.thing
        return self.thing()  # type: ignore[no-any-return]

    def comparisons(self, script: Script) -> Iterator[str]:
        """The same as Python: one comparison for each place."""
        thing, found = self.thing, self.found
        if self.kind == "cells":
            yield from (f"{script.shared(cell)} is {script.bound(x)}" for cell, x in zip(thing, found, strict=True))
        elif self.kind == "attributes" or (self.kind == "entries" and thing is script.space):
            name = script.bound(thing)
            for word, x in zip(self.names, found, strict=True):
                if self.kind == "attributes":
                    yield f"{name}.{word} is {script.bound(x)}"
                elif script.is_visible(word) and x is not MISSING:
                    yield f"{word} is {script.bound(x)}"
                else:
                    yield f"{name}.get({word!r}, MISSING_) is {script.bound(x)}"
        elif self.kind == "members" and not isinstance(thing, dict) and len(found) < 16:
            name = script.bound(thing)
            yield f"len_({name}) == {len(found)}"
            yield from (f"{name}[{i}] is {script.bound(x)}" for i, x in enumerate(found))
        else:
            yield f"is_unchanged_({script.bound(self)})"

    def described(self) -> str:
        """What has changed, in words."""
        if self.kind == "entries":
            changed = [n for n, x, y in zip(self.names, self.read(), self.found, strict=True) if not is_same(x, y)]
            return self.what.format(", ".join(map(repr, changed)))
        if self.kind != "members" or not isinstance(self.thing, dict):
            return self.what
        count = len(self.found) // 2
        before = dict(zip(self.found[count:], self.found[:count], strict=True))
        keys = [k for k in (*before, *self.thing) if not is_same(self.thing.get(k, MISSING), before.get(k, MISSING))]
        return f"{', '.join(map(repr, dict.fromkeys(keys)))} of {self.what}" if keys else self.what

    def holds(self) -> bool:
        """Whether the same is there; numbers and words may be equal ones, which are taken over then."""
        try:
            now = list(self.read())
        except EMPTY:
            return False
        if len(now) != len(self.found) or not all(map(is_same, now, self.found)):
            return False
        self.found = now
        return True


def _is_unchanged(guard: Guard) -> bool:
    """Whether the very same objects are there."""
    if guard.kind == "members" and len(guard.thing) * (1 + isinstance(guard.thing, dict)) != len(guard.found):
        return False
    return all(map(is_, guard.read(), guard.found))


def is_same(a: Any, b: Any) -> bool:
    """Whether two things are one object, or equal numbers, words, or tuples of the same."""
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b):
        return False
    if kind in SIMPLE:
        return bool(a == b) if kind not in (float, complex) else repr(a) == repr(b)  # 0.0 is not -0.0, and nan is nan
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(is_same, a, b))
    if isinstance(a, frozenset):
        return all(isinstance(x, SIMPLE) for x in a) and bool(a == b)
    return False


class Guards:
    """All guards of one program.

    Parameters
    ----------
    watched : iterable of Guard
        Those that are compared before every run.
    noted : iterable of Guard
        Those that are compared when something has told that it has changed.
    checks : iterable of callable
        Give True while all is well: contents of NumPy arrays and of sets.
    """

    def __init__(self, watched: Iterable[Guard], noted: Iterable[Guard], checks: Iterable[Callable[[], bool]]) -> None:
        self.watched, self.noted, self.checks = list(watched), list(noted), list(checks)
        self.changes = changes.count
        self.kept: Any = None  # what must live as long as these, as it is known by its identity

    def unchanged(self) -> bool:
        """Whether every place that does not tell holds the very objects that it held."""
        try:
            return all(map(_is_unchanged, self.watched)) and all(map(call, self.checks))
        except EMPTY:  # a name was deleted
            return False

    def written_out(self) -> tuple[Script, list[str]]:
        """`unchanged` as comparisons, and the script to which they belong; `EMPTY` is raised where a name was deleted.

        It finds names as the traced function does, in its own cells and globals: that costs a tenth of asking for them.
        """
        spaces = [guard.thing for guard in self.watched if guard.kind == "entries" and type(guard.thing) is dict]
        script = Script(max(spaces, key=len, default={}))
        script.bind(is_unchanged=_is_unchanged, MISSING=MISSING, len=len)
        parts = [part for guard in self.watched for part in guard.comparisons(script)]
        return script, parts + [f"{script.bound(check)}()" for check in self.checks]

    def hold(self) -> bool:
        """Whether all is as it was."""
        count = changes.count
        if count == self.changes and self.unchanged():
            return True
        if not all(guard.holds() for guard in chain(self.watched, self.noted)) or not all(map(call, self.checks)):
            return False
        self.changes = count
        return True

    def changed(self) -> Iterator[str]:
        """What is not as it was, in words."""
        yield from (guard.described() for guard in chain(self.watched, self.noted) if not guard.holds())
        yield from (getattr(check, "what", "an array") for check in self.checks if not check())
