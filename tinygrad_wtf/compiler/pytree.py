"""The form of arguments and results: tensors in lists, tuples and dicts, taken out and put back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.tracer import Tracer
from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.tensors.tensor import Tensor


class Leaf:
    """The place of tensor number `number`."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Fresh:
    """An array of NumPy that the function makes: each call gets one of its own."""

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array.copy()


def signature(thing: Any, tensors: list[Tensor], numbers: dict[int, int], statics: list[Any]) -> Any:
    """The kind of an argument, as a key: what a program depends on.

    Its tensors are collected, each once, and objects that are neither tensors nor plain numbers and words.
    """
    if isinstance(thing, Tensor):
        number = numbers.setdefault(id(thing), len(tensors))
        if number == len(tensors):
            tensors.append(thing)
        return (number, thing.value.shape, thing.value.dtype, thing.requires_grad, thing.is_leaf)
    if isinstance(thing, dict):
        return (type(thing), *((key, signature(value, tensors, numbers, statics)) for key, value in thing.items()))
    if isinstance(thing, list | tuple):
        return (type(thing), *(signature(value, tensors, numbers, statics) for value in thing))
    if isinstance(thing, bool | int | str | bytes | type(None)):
        return (type(thing), thing)
    if isinstance(thing, float | complex):
        return (type(thing), repr(thing))  # 0.0 is not -0.0, and nan is nan
    statics.append(thing)
    return (type(thing), id(thing))


def with_tensors(thing: Any, change: Callable[[Tensor], Any], keep: Callable[[Any], Any] = lambda a: a) -> Any:
    """The same nest of lists, tuples and dicts, with something else in the place of each tensor and NumPy array."""
    if isinstance(thing, Tensor):
        return change(thing)
    if isinstance(thing, Tracer):
        raise TraceError("a compiled function returns tensors", shapes=(thing.shape,))
    if isinstance(thing, np.ndarray):
        return keep(thing)
    return _mapped(thing, lambda part: with_tensors(part, change, keep))


def filled(thing: Any, tensors: list[Any]) -> Any:
    """The nest with its tensors in the holes."""
    if type(thing) is Leaf:
        return tensors[thing.number]
    if type(thing) is Fresh:
        return thing.array.copy()
    return _mapped(thing, lambda part: filled(part, tensors))


def is_same_nest(a: Any, b: Any) -> bool:
    """Whether two nests have the same members, in the same order."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(is_same_nest(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(is_same_nest, a, b))
    return a is b


def _mapped(thing: Any, change: Callable[[Any], Any]) -> Any:
    """The same container, of its own type, with changed members."""
    if isinstance(thing, dict):
        if type(thing) is dict:
            return {key: change(value) for key, value in thing.items()}
        made = copy.copy(thing)  # a defaultdict keeps its factory, an OrderedDict its order
        for key, value in thing.items():
            made[key] = change(value)
        return made
    if isinstance(thing, list | tuple):
        parts = [change(value) for value in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    return thing
