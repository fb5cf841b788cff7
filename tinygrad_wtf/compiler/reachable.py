"""What a traced function can see besides its tensors: names, attributes, containers, settings, arrays of NumPy.

While a function is traced, every Python function that runs is noticed. What it reads by name is looked at before it
has run for the first time: globals, closure cells, defaults, function attributes; from there containers, objects and
their classes, as far as names in the code that runs lead. The project's own code and the standard library are taken
as given.
"""

from __future__ import annotations

import collections
import contextvars
import functools
import gc
import random
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np

from tinygrad_wtf._aliases import OWN_FOLDERS
from tinygrad_wtf.compiler.contents import (
    HELD,
    HOLDERS,
    REFERRING,
    Content,
    bytes_of,
    content_of,
    entries_of,
    flat,
    offers_memory,
    slot_of,
    state_of,
)
from tinygrad_wtf.compiler.guards import MISSING, SIMPLE, Guard, Guards
from tinygrad_wtf.compiler.own_code import Names, inside, is_given, is_own, modules_in, names_in
from tinygrad_wtf.compiler.tracer import Tracer
from tinygrad_wtf.core.memory import owner_of
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.random import Generator
from tinygrad_wtf.tensors.gradients import Hook
from tinygrad_wtf.tensors.tensor import Tensor

OPAQUE = (types.BuiltinFunctionType, np.dtype, np.ufunc, Generator, Node, Tracer, types.CodeType, types.FrameType)
PROXIES = (weakref.ProxyType, weakref.CallableProxyType)  # they are asked for nothing: what they stand for may be gone
CONTAINERS = (dict, list, tuple, set, frozenset, collections.deque)
WRAPPERS = (staticmethod, classmethod, property, functools.cached_property)
DYNAMIC = {"vars", "__dict__", "attrgetter", "asdict", "astuple", "fields", "dir", "getattr", "__getattribute__"}
METHODS = (("forward",), ("step", "update", "zero_grad"))  # of the project's classes, which may be replaced


class Reachable:
    """The places that a function can read, gathered while it runs.

    Attributes
    ----------
    states : list
        Of what only matters if the function itself moves it on, generators of random numbers and iterators: how its
        state is read, and what it was.
    """

    def __init__(self, function: Any, others: Iterable[Any] = ()) -> None:
        self._seen: dict[Any, Any] = {}  # also keeps everything alive, so that no other object gets its identity
        self._watched: list[Guard] = []
        self._noted: list[Guard] = []
        self._checks: list[Content] = []
        self._codes: dict[int, types.CodeType] = {}  # what has run
        self._functions: dict[int, list[types.FunctionType]] = {}  # those found so far, by their code
        self._inner: set[int] = set()  # functions made by functions that have run
        self._words: set[str] = set()  # all that may name an attribute in what has run
        self._spaces: list[tuple[Any, Callable[[Iterable[str]], Any], Iterable[Any]]] = []  # read by such names
        self._todo: list[Any] = []
        self.states: list[tuple[str, Callable[[], Any], Any]] = []
        for name in ("random", "numpy.random"):
            self._state(f"the random numbers of {name}", sys.modules.get(name))
        self._root(function)
        for other in others:
            self._add(other)
        self._work()

    # -- the end ------------------------------------------------------------------

    def guards(self) -> Guards:
        """Guards for a program."""
        guards = Guards(self._watched, self._noted, self._checks)
        guards.kept = self._seen
        return guards

    def guards_content(self, array: Any) -> bool:
        """Whether it is guarded that an array, or the one whose memory it shows, holds the numbers that it holds."""
        owner = owner_of(array)
        return any(isinstance(c.thing, np.ndarray) and owner_of(c.thing) is owner for c in self._checks)

    def moved(self) -> Iterator[str]:
        """What the function itself has changed of what it can read, in words."""
        yield from self.guards().changed()
        yield from (what for what, read, before in self.states if read() != before)

    # -- functions that run ------------------------------------------------------------------

    @contextmanager
    def noticing(self) -> Iterator[None]:
        """Inside the block, every function that runs in this thread is looked at."""
        before = sys.getprofile()
        if before is not None and not isinstance(before, types.FunctionType | types.MethodType):
            self._all_run()  # a profiler written in C cannot be put aside
            yield
            return

        def event(frame: types.FrameType, kind: str, given: Any) -> None:
            if kind == "call" and id(frame.f_code) not in self._codes:
                self._runs(frame)
            if before is not None:
                before(frame, kind, given)

        collects = gc.isenabled()
        gc.disable()  # what it would run meanwhile, the function does not call
        sys.setprofile(event)
        try:
            yield
        finally:
            sys.setprofile(before)
            if collects:
                gc.enable()

    def _runs(self, frame: types.FrameType) -> None:
        """Look at what a function reads that is about to run."""
        code = frame.f_code
        self._codes[id(code)] = code
        functions = self._functions.get(id(code), [])
        if is_given(frame.f_globals.get("__name__")) or code.co_filename.startswith(OWN_FOLDERS):
            if not code.co_filename.startswith(OWN_FOLDERS):  # what functools and the like have made of the user's
                self._closures(functions)
            return
        if not functions and code.co_freevars and id(code) not in self._inner:
            holders = gc.get_referrers(code)
            functions = [f for f in holders if isinstance(f, types.FunctionType) and f.__code__ is code]
        self._read(code, frame.f_globals)
        self._closures(functions)

    def _closures(self, functions: list[types.FunctionType]) -> None:
        for function in functions:
            self._deep(function)
        self._work()

    def _all_run(self) -> None:
        """Look at all functions that were found, as if they ran, and at what they lead to."""
        while fresh := [f for fs in self._functions.values() for f in fs if id(f.__code__) not in self._codes]:
            for function in fresh:
                self._codes[id(function.__code__)] = function.__code__
                if not is_given(function.__module__):
                    self._read(function.__code__, function.__globals__)
                    self._deep(function)
            self._work()

    def _root(self, function: Any) -> None:
        """Look at the function itself, whoever wrote it."""
        self._add(function)
        self._work()
        plain = getattr(function, "__func__", function)
        if isinstance(plain, types.FunctionType):
            self._codes[id(plain.__code__)] = plain.__code__
            self._read(plain.__code__, plain.__globals__)
            self._deep(plain)

    def _read(self, code: types.CodeType, space: dict[str, Any]) -> None:
        """What some code names."""
        read, words = names_in(code)
        self._inner |= {id(c) for c in inside(code)}
        what = f"the name {{}} of {space.get('__name__', 'a module')}"
        self._entries(what, space, [name for name in read if name in space])
        self._entries("the module {}", sys.modules, modules_in(code, space.get("__package__") or ""))
        if "globals" in words:
            self._space(space, functools.partial(self._entries, what, space), space)
        fresh = words - self._words
        self._words |= fresh
        for _, more, available in list(self._spaces):
            self._look(more, available, fresh)

    def _deep(self, function: types.FunctionType) -> None:
        """What belongs to one function: its closure, its defaults, its attributes."""
        cells = [cell for cell in function.__closure__ or () if content_of(cell) is not MISSING]
        if cells:
            self._watch(f"a variable of {function.__qualname__}", "cells", cells)
        names = [name for name in ("__code__", "__defaults__", "__kwdefaults__") if getattr(function, name)]
        self._watch(f"the code or the defaults of {function.__qualname__}", "attributes", function, names)
        if function.__dict__:
            what = f"the attribute {{}} of {function.__qualname__}"
            self._space(function, functools.partial(self._entries, what, function.__dict__), function.__dict__)

    # -- places ------------------------------------------------------------------

    def _watch(self, what: str, kind: str, thing: Any, names: Iterable[str] = (), noted: bool = False) -> None:
        """Note places, and look at what is there."""
        guard = Guard(what, kind, thing, names)
        (self._noted if noted else self._watched).append(guard)
        for thing in guard.found:
            self._add(thing)

    def _entries(self, what: str, space: Any, names: Iterable[str]) -> None:
        """Note entries of a dict, each once."""
        fresh = [name for name in names if ("entry", id(space), name) not in self._seen]
        if fresh:
            self._seen |= {("entry", id(space), name): space for name in fresh}
            self._watch(what, "entries", space, fresh)

    def _space(self, thing: Any, more: Callable[[Iterable[str]], Any], available: Iterable[Any]) -> None:
        """Something whose attributes are looked at as far as they are named somewhere."""
        self._spaces.append((thing, more, available))
        self._look(more, available, self._words)

    def _look(self, more: Callable[[Iterable[str]], Any], available: Iterable[Any], words: Iterable[str]) -> None:
        names = list(available)
        more(names if not DYNAMIC.isdisjoint(self._words) else [name for name in names if name in words])

    def _state(self, what: str, thing: Any) -> None:
        """Note something whose state matters only if the function itself moves it on."""
        if thing is not None:
            read = functools.partial(state_of, thing)
            self.states.append((what, read, read()))

    # -- things ------------------------------------------------------------------

    def _add(self, thing: Any) -> None:
        if type(thing) not in SIMPLE:
            self._todo.append(thing)

    def _work(self) -> None:
        while self._todo:
            thing = self._todo.pop()
            if thing is MISSING or type(thing) in PROXIES or id(thing) in self._seen:
                continue
            try:
                if not _is_traced(thing):
                    self._seen[id(thing)] = thing
                    self._visit(thing)
            except Exception as error:
                raise TraceError(
                    f"a {type(thing).__name__} that the function can reach does not let itself be looked at "
                    f"({error!r}), so nobody can tell when it changes",
                    hint="Do not compile this function, or read what it needs beforehand",
                ) from error

    def _visit(self, thing: Any) -> None:
        """Note the places of one thing."""
        kind = type(thing)
        if isinstance(thing, CONTAINERS) and not is_given(kind.__module__):
            self._visit_attributes(thing)
        if isinstance(thing, Tensor):
            self._visit_tensor(thing)
        elif isinstance(thing, np.ndarray):
            self._checks.append(Content(f"a NumPy array of shape {thing.shape}", thing, entries_of))
            self._todo += thing.reshape(-1).tolist() if thing.dtype == object else []
        elif isinstance(thing, (*OPAQUE, np.generic)):
            return
        elif isinstance(thing, dict):
            self._visit_dict(thing)
        elif isinstance(thing, list | collections.deque):
            notes = getattr(kind, "notes_its_settings", False)
            self._watch(f"a {kind.__name__} of length {len(thing)}", "members", thing, noted=notes)
        elif isinstance(thing, tuple | frozenset):
            self._todo += [part for part in thing if not isinstance(part, SIMPLE)]
        elif isinstance(thing, set):
            self._checks.append(Content("a set", thing, set))
            self._todo += list(thing)
        elif isinstance(thing, functools.partial):
            self._todo += [thing.func, thing.args, thing.keywords]
        elif isinstance(thing, types.MethodType):
            self._todo += [thing.__self__, thing.__func__]
        elif isinstance(thing, types.FunctionType):
            self._visit_function(thing)
        elif isinstance(thing, WRAPPERS):
            names = ("__func__", "fget", "fset", "func")
            self._todo += [getattr(thing, name, None) for name in names]
        elif isinstance(thing, Hook):
            self._add(thing._hook)
        elif isinstance(thing, type):
            self._visit_class(thing)
        elif isinstance(thing, types.ModuleType):
            if not is_given(thing.__name__) and not (getattr(thing, "__file__", "") or "").startswith(OWN_FOLDERS):
                space = vars(thing)
                what = f"the name {{}} of {thing.__name__}"
                self._space(thing, functools.partial(self._entries, what, space), space)
        elif isinstance(thing, contextvars.ContextVar):
            self._watch(f"the context variable {thing.name}", "facts", lambda: (thing.get(MISSING),))
        elif isinstance(thing, weakref.ref):
            self._watch("what a weak reference leads to", "facts", lambda: (thing(),))
        elif isinstance(thing, threading.local):
            self._watch("what a thread has for itself", "facts", lambda: flat(vars(thing)))
            self._visit_kind(kind)
        elif isinstance(thing, REFERRING):
            self._todo += gc.get_referents(thing)
        elif offers_memory(thing):
            self._checks.append(Content(f"a {kind.__name__}", thing, bytes_of))
        else:
            self._visit_object(thing)

    def _visit_tensor(self, t: Tensor) -> None:
        # Not which memory it has: a program looks after that itself, and may move it.
        def facts() -> tuple[Any, ...]:
            hooks = () if t.node is None else t.node.hooks
            return (t.shape, t.dtype.str, t.requires_grad, t.is_leaf, *hooks)

        self._watch(f"a tensor of shape {t.shape}", "facts", facts, noted=True)
        if hasattr(t, "__dict__"):
            self._visit_dict(vars(t))

    def _visit_dict(self, thing: dict[Any, Any], noted: bool = False) -> None:
        guarded = getattr(type(thing), "guarded", None)
        if guarded is not None:  # it says what of it counts
            self._watch("a group of settings", "facts", lambda: flat(guarded(thing)), noted=True)
            return
        noted = noted or getattr(type(thing), "notes_its_settings", False)
        self._watch(f"a dict of {len(thing)} entries", "members", thing, noted=noted)

    def _visit_function(self, function: types.FunctionType) -> None:
        self._functions.setdefault(id(function.__code__), []).append(function)
        if id(function.__code__) in self._codes and not is_given(function.__module__):  # another of those that ran
            self._deep(function)

    def _visit_class(self, thing: type) -> None:
        if is_given(thing.__module__):
            return
        self._visit_kind(type(thing))
        names = Names({}, thing)  # what a subclass does not define yet, it may define later
        for owner in thing.__mro__:
            if not is_given(owner.__module__):
                what = f"the attribute {{}} of {owner.__name__}"
                self._space(owner, functools.partial(self._entries, what, vars(owner)), names)

    def _visit_object(self, thing: Any) -> None:
        kind = type(thing)
        if is_own(kind) and hasattr(kind, "programs"):  # a compiled function: what counts is the function
            self._add(thing.function)
            return
        if hasattr(kind, "__next__") and kind.__module__ in ("builtins", "itertools"):
            self._state(f"a {kind.__name__}", thing)
            self._todo += [part for part in state_of(thing) if hasattr(type(part), "__next__")]
            return
        if isinstance(thing, random.Random | np.random.Generator | np.random.RandomState | np.random.BitGenerator):
            self._state(f"a {kind.__name__}", thing)
            return
        self._visit_attributes(thing)

    def _visit_attributes(self, thing: Any) -> None:
        """What an object holds by name, and what its class does."""
        kind = type(thing)
        notes = getattr(kind, "notes_its_settings", False)
        state = getattr(thing, "__dict__", None)
        if not is_given(kind.__module__) or is_own(kind):
            self._watch(f"the class of a {kind.__name__}", "attributes", thing, ["__class__"], noted=notes)
        if isinstance(state, dict):
            if notes:
                self._watch(f"the attributes of a {kind.__name__}", "members", state, noted=True)
                for name, value in state.items():  # of a layer, which tells what is put there
                    is_own_member = name.startswith("_") or name == "defaults"
                    if is_own_member and isinstance(value, dict | set) and id(value) not in self._seen:
                        self._seen[id(value)] = value
                        if isinstance(value, dict):
                            self._visit_dict(value, noted=True)
            else:
                if isinstance(thing, HOLDERS):
                    self._entries(f"the content of a {kind.__name__}", state, [name for name in HELD if name in state])
                what = f"the attribute {{}} of a {kind.__name__}"
                self._space(thing, functools.partial(self._entries, what, state), Names(state, kind))
        slots = [v for owner in kind.__mro__ for v in vars(owner).values() if isinstance(v, types.MemberDescriptorType)]
        if slots and not is_given(kind.__module__):
            self._watch(f"an attribute of a {kind.__name__}", "facts", lambda: map(slot_of, slots, repeat(thing)))
        self._visit_kind(kind)

    def _visit_kind(self, kind: type) -> None:
        """The class of an object: its methods, and what of it is named."""
        if ("kind", kind) in self._seen:
            return
        self._seen["kind", kind] = kind
        if is_own(kind):
            for names in METHODS:
                if all(hasattr(kind, name) for name in names):
                    self._watch(f"a method of {kind.__name__}", "attributes", kind, names)
                    break
            return
        extends = any(is_own(owner) for owner in kind.__mro__)  # the project's code calls its methods
        owners = [owner for owner in kind.__mro__ if not is_given(owner.__module__)]
        methods = [(n, f) for owner in owners for n, f in vars(owner).items() if isinstance(f, types.FunctionType)]
        self._todo += [method for _, method in methods]
        called = [name for name in dict(methods) if extends or name.startswith("__")]
        for owner in owners:  # each of them may define any of these later
            self._entries(f"the method {{}} of {owner.__name__}", vars(owner), called)
        self._add(kind)


def _is_traced(thing: Any) -> bool:
    return isinstance(thing, Tracer) or (isinstance(thing, Tensor) and isinstance(thing.value, Tracer))
