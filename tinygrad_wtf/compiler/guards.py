"""What a function can see besides its tensors: the settings of layers and optimizers, the names it uses, containers.

A program holds only as long as these are as they were when it was traced. Numbers in tensors are not settings: a
program reads those anew in every run.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Iterator
from operator import is_
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.script import Script
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.random import Generator
from tinygrad_wtf.tensors.tensor import Tensor

_SIMPLE = (bool, int, float, str, bytes, type(None), complex)
_OPAQUE = (type, types.ModuleType, types.BuiltinFunctionType, np.ndarray, np.dtype, np.generic, Generator, Node)
Place = dict[str, Any] | types.CellType


def names_of(function: Callable[..., Any]) -> Iterator[tuple[Place, str, Any]]:
    """Where the function's own names are kept, and what they stand for: closure cells and globals."""
    plain: Any = getattr(function, "__func__", function)
    plain = getattr(plain, "__wrapped__", plain)
    code = getattr(plain, "__code__", None)
    if code is None:
        return
    for name, cell in zip(code.co_freevars, plain.__closure__ or (), strict=True):
        try:
            yield cell, name, cell.cell_contents
        except ValueError:  # not bound yet
            continue
    for name in _global_names(code):
        if name in plain.__globals__:
            yield plain.__globals__, name, plain.__globals__[name]


def _global_names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):  # a lambda or a comprehension inside
            yield from _global_names(constant)


class Surroundings:
    """What was found around a function, and around its arguments that are no tensors.

    Attributes
    ----------
    key : tuple
        Everything that a program depends on, in a form that can be compared.
    names : list
        Where names are kept, the names, and what they stood for.
    """

    def __init__(self, function: Callable[..., Any], others: Iterable[Any] = ()) -> None:
        self._seen: dict[int, Any] = {}  # also keeps everything alive, so that no other object gets its identity
        self._containers: list[tuple[Any, tuple[Any, ...]]] = []
        self._found: list[Any] = []
        self.names: list[tuple[Place, str, Any]] = []
        self._visit(function)
        for other in others:
            self._visit(other)
        self.key = tuple(self._found)

    def hold(self) -> bool:
        """Whether names and containers are as they were; what notes its own changes is not looked at."""
        for place, name, value in self.names:
            try:
                now = place[name] if isinstance(place, dict) else place.cell_contents
            except (KeyError, ValueError):  # the name was deleted
                return False
            if now is not value:
                return False
        return all(_are_same(container, before) for container, before in self._containers)

    @property
    def space(self) -> dict[str, Any]:
        """The globals in which most of the names are found."""
        spaces = [place for place, _, _ in self.names if isinstance(place, dict)]
        return max(spaces, key=lambda space: sum(space is other for other in spaces), default={})

    def comparisons(self, script: Script) -> list[str]:
        """`hold` as single comparisons. Names are found as the function finds them: in its very cells and globals."""
        found = []
        for place, name, value in {
            (id(place), name): (place, name, value) for place, name, value in self.names
        }.values():
            if isinstance(place, types.CellType):
                now = script.shared(place)
            elif place is script.space and script.is_visible(name):
                now = name
            else:
                now = f"{script.bound(place)}[{name!r}]"
            found.append(f"{now} is {script.bound(value)}")
        are_same = script.bound(_are_same)
        return found + [f"{are_same}({script.bound(now)}, {script.bound(before)})" for now, before in self._containers]

    def _visit(self, thing: Any, is_watched: bool = True) -> None:
        found = self._found
        if isinstance(thing, _SIMPLE):
            found.append((type(thing), repr(thing) if isinstance(thing, float | complex) else thing))
            return
        if id(thing) in self._seen:
            found.append(("again", id(thing)))
            return
        self._seen[id(thing)] = thing
        if isinstance(thing, Tensor):
            # Not which memory it has: a program looks after that itself, and may move it.
            found.append((id(thing), thing.shape, thing.dtype, thing.requires_grad, thing.is_leaf))
            if thing.is_leaf and thing.node is not None:
                found.extend(id(hook) for hook in thing.node.hooks)
        elif isinstance(thing, _OPAQUE):
            found.append(id(thing))
        elif isinstance(thing, dict):
            self._visit_dict(thing, is_watched and not getattr(type(thing), "notes_its_settings", False))
        elif isinstance(thing, list | tuple | set | frozenset):
            found.append(len(thing))
            if isinstance(thing, list) and is_watched:
                self._containers.append((thing, tuple(thing)))
            elif isinstance(thing, set) and is_watched:
                self._containers.append((_Sorted(thing), tuple(_Sorted(thing))))
            for value in sorted(thing, key=repr) if isinstance(thing, set | frozenset) else thing:
                self._visit(value, is_watched)
        elif isinstance(thing, functools.partial):
            for part in (thing.func, thing.args, thing.keywords):
                self._visit(part)
        elif isinstance(thing, types.MethodType):
            self._visit(thing.__self__)
            self._visit(thing.__func__)
        elif isinstance(thing, types.FunctionType):
            self._visit_function(thing)
        else:
            self._visit_object(thing)

    def _visit_dict(self, thing: dict[Any, Any], is_watched: bool) -> None:
        if hasattr(thing, "guarded"):  # an optimizer's group says what of it matters
            thing = thing.guarded()
        self._found.append(len(thing))
        if is_watched:
            self._containers.append((thing, tuple(thing.values())))
        for key, value in list(thing.items()):
            self._found.append(key if isinstance(key, _SIMPLE) else id(key))
            self._visit(value, is_watched)

    def _visit_function(self, thing: types.FunctionType) -> None:
        self._found.append(id(thing))
        if _is_ours(thing) and len(self._seen) > 1:  # the function itself is looked at, whoever wrote it
            return
        for place, name, value in names_of(thing):
            self.names.append((place, name, value))
            if isinstance(value, types.ModuleType):
                self._visit_module(value, thing)
            self._visit(value)
        self._visit(thing.__defaults__)
        self._visit(thing.__kwdefaults__)

    def _visit_module(self, module: types.ModuleType, function: types.FunctionType) -> None:
        """What the function may read of a module of the user's own, such as ``config.rate``."""
        if _package(module.__name__) in _OURS or getattr(module, "__file__", None) is None:
            return
        for name in _global_names(function.__code__):
            if name in vars(module) and isinstance(vars(module)[name], _SIMPLE):
                self.names.append((vars(module), name, vars(module)[name]))
                self._visit(vars(module)[name])

    def _visit_object(self, thing: Any) -> None:
        self._found.append(id(thing))
        if hasattr(thing, "traces") and hasattr(thing, "programs"):  # a compiled function: what counts is the function
            self._visit(thing.function)
            return
        notes = getattr(type(thing), "notes_its_settings", False)
        state = getattr(thing, "__dict__", None)
        if isinstance(state, dict):
            if notes:
                plain = _package(type(thing).__module__) in _OURS  # no list of the user's own among its attributes
                for name, value in list(state.items()):
                    self._found.append(name)
                    self._visit(value, is_watched=not (plain or name in _ROOMS))
            else:
                self._visit_dict(state, is_watched=True)
        if slots := getattr(type(thing), "__slots__", ()):
            self._watch_attributes(thing, (slots,) if isinstance(slots, str) else tuple(slots))
        for owner in type(thing).__mro__[:-1]:
            if _package(owner.__module__) in _OURS:
                break
            settings = [n for n, v in vars(owner).items() if isinstance(v, _SIMPLE) and not n.startswith("__")]
            if settings:
                self._watch_attributes(thing, tuple(settings))
            for name, value in vars(owner).items():
                if name in ("forward", "__call__") and isinstance(value, types.FunctionType):
                    self._visit(value)

    def _watch_attributes(self, owner: Any, names: tuple[str, ...]) -> None:
        attributes = _Attributes(owner, names)
        self._containers.append((attributes, tuple(attributes)))
        for value in attributes:
            self._visit(value)


def _are_same(container: Any, before: tuple[Any, ...]) -> bool:
    """Whether a container has the members it had."""
    if len(container) != len(before):
        return False
    return all(map(is_, container.values() if type(container) is dict else container, before))


class _Attributes:
    """Some attributes of an object or a class as a sequence, to be compared with what it was."""

    def __init__(self, owner: Any, names: tuple[str, ...]) -> None:
        self.owner, self.names = owner, names

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self.owner, name, None) for name in self.names)


class _Sorted:
    """A set as a sequence, to be compared with what it was."""

    def __init__(self, members: set[Any]) -> None:
        self.members = members

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Any]:
        return iter(sorted(self.members, key=id))


_ROOMS = ("_parameters", "_buffers", "_modules", "_transient")  # of a module, which notes what is put there
_OURS = ("tinygrad_wtf", "numpy", "builtins")


def _package(name: str | None) -> str:
    return (name or "").partition(".")[0]


def _is_ours(function: types.FunctionType) -> bool:
    """Functions of these packages depend on nothing that changes."""
    return _package(function.__module__) in _OURS
