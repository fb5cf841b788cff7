"""What is inside of things that do not tell when they change: NumPy's arrays, sets, iterators, random generators."""

from __future__ import annotations

import functools
import hashlib
import itertools
import pickle
import random
import types
import warnings
from collections import ChainMap, UserDict, UserList
from collections.abc import Callable, Iterator
from operator import length_hint
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

import numpy as np

from tinygrad_wtf.compiler.guards import MISSING

VIEWS: tuple[Any, ...] = (types.MappingProxyType, type({}.keys()), type({}.values()), type({}.items()))
REFERRING = (*VIEWS, functools._lru_cache_wrapper)  # written in C: what they read, the garbage collector knows
HOLDERS = (UserDict, UserList, ChainMap, WeakKeyDictionary, WeakValueDictionary, WeakSet)  # written in Python
HELD = ("data", "maps")  # what is in them goes by these names
COPIED = 1 << 20  # bytes: of a larger array only a digest is kept


class Content:
    """Tells whether there is in a thing what there was: it is compared each time.

    Parameters
    ----------
    what : str
        For a message.
    thing : object
        An array, a set, or what offers its memory, such as a bytearray.
    read : callable
        Gives what is in it.
    """

    def __init__(self, what: str, thing: Any, read: Callable[[Any], Any]) -> None:
        self.what, self.thing, self.read = what, thing, read
        self.before = read(thing)

    def __call__(self) -> bool:
        """Whether it is the same."""
        return bool(self.read(self.thing) == self.before)


def entries_of(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """Shape, dtype and entries of an array, bit for bit."""
    if array.dtype == object:
        return array.shape, array.dtype, [id(part) for part in array.reshape(-1).tolist()]
    if array.nbytes <= COPIED:
        return array.shape, array.dtype, array.tobytes()
    return array.shape, array.dtype, hashlib.blake2b(np.ascontiguousarray(array).view(np.uint8).data).digest()


def bytes_of(thing: Any) -> bytes:
    """The bytes of an object that offers its memory."""
    with memoryview(thing) as view:  # given back at once: while it is out, a bytearray cannot grow
        return view.tobytes()


def offers_memory(thing: Any) -> bool:
    """Whether an object offers its memory as a buffer."""
    try:
        memoryview(thing).release()
    except (TypeError, ValueError, BufferError):
        return False
    return True


def state_of(thing: Any) -> Any:
    """Where a generator of random numbers or an iterator stands, as far as it can be seen without moving it."""
    if thing is random or isinstance(thing, random.Random):
        return thing.getstate()
    if isinstance(thing, np.random.Generator):
        return pickle.dumps(thing.bit_generator.state)
    if isinstance(thing, np.random.BitGenerator):
        return pickle.dumps(thing.state)
    if thing is np.random or isinstance(thing, np.random.RandomState):
        return pickle.dumps(thing.get_state())
    if isinstance(thing, types.GeneratorType):
        frame = thing.gi_frame
        if frame is None:  # it has ended
            return ()
        inside = [state_of(x) if hasattr(type(x), "__next__") else repr(x)[:99] for x in frame.f_locals.values()]
        return (frame.f_lasti, *inside)
    if isinstance(thing, itertools.count | itertools.repeat):
        return (repr(thing),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.14 does without
            parts = thing.__reduce__()[1:]
    except (TypeError, AttributeError, NotImplementedError):
        return (object(),)  # that cannot be seen: it counts as moved on
    inner = tuple(x for part in parts if isinstance(part, tuple) for x in part)
    return (repr(thing), length_hint(thing, -1), repr([x for x in parts if isinstance(x, int)]), *inner)


def content_of(cell: types.CellType) -> Any:
    """What a variable of a closure holds."""
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return MISSING


def slot_of(member: Any, thing: Any) -> Any:
    """What an object has in a slot."""
    try:
        return member.__get__(thing)
    except AttributeError:
        return MISSING


def flat(settings: dict[Any, Any]) -> Iterator[Any]:
    """The keys and values of a dict, one after the other."""
    for item in settings.items():
        yield from item
