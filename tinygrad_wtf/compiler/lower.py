"""Lowering: each row's forward function becomes the NumPy calls that it makes, found by running it on `Lane` objects.

So no row has a kernel written beside it. A forward function that looks at numbers, or writes into arrays, stays one
call as it is; every lowered row is compared with what the row itself gave while tracing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable


class _NotLoweredError(Exception):
    """The forward function does something that is not a straight line of NumPy calls."""


class Lane(NDArrayOperatorsMixin):
    """An array inside a forward function that notes the NumPy calls made on it."""

    __slots__ = ("into", "number", "sample")

    def __init__(self, into: Lowered, number: Variable, sample: np.ndarray[Any, Any]) -> None:
        self.into, self.number, self.sample = into, number, sample

    @property
    def shape(self) -> Any:
        return self.sample.shape

    @property
    def ndim(self) -> int:
        return self.sample.ndim

    @property
    def size(self) -> int:
        return self.sample.size

    @property
    def dtype(self) -> Any:
        return self.sample.dtype

    @property
    def flags(self) -> Any:
        return self.sample.flags

    @property
    def T(self) -> Any:
        return self.transpose()

    def reshape(self, *shape: Any) -> Any:
        sizes = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        return self.into.call(np.reshape, (self, tuple(sizes) if isinstance(sizes, list | tuple) else sizes), {})

    def transpose(self, *axes: Any) -> Any:
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return self.into.call(np.transpose, (self, order), {})

    def dot(self, other: Any) -> Any:
        return self.into.call(np.dot, (self, other), {})

    def __pow__(self, n: Any) -> Any:
        if type(n) not in (int, float):
            raise _NotLoweredError
        return _POWERS[n](self) if n in _POWERS else np.power(self, n)

    def __rpow__(self, other: Any) -> Any:
        raise _NotLoweredError

    def becomes(self, other: Lane) -> Lane:
        """Written over: the same object stands for another value from now on."""
        if other.shape != self.shape or other.dtype != self.dtype:
            raise _NotLoweredError
        self.number, self.sample = other.number, other.sample
        return self

    def astype(self, dtype: Any, **settings: Any) -> Any:
        return self.into.call(astype, (self, np.dtype(dtype)), {})

    def copy(self, order: str = "C") -> Any:
        return self.into.call(np.copy, (self,), {})

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if not all(part is None or part is Ellipsis or isinstance(part, slice | int) for part in parts):
            raise _NotLoweredError
        return self.into.call(operator.getitem, (self, index), {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **settings: Any) -> Any:
        out = settings.pop("out", None)
        if "where" in settings or (out is not None and (method != "__call__" or not self.into.made_here(out[0]))):
            raise _NotLoweredError
        if method == "__call__":
            made = self.into.call(ufunc, args, settings)
            return made if out is None else out[0].becomes(made)
        if method == "reduce":
            return self.into.call(reductions(ufunc), args, settings)
        raise _NotLoweredError

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.result_type:
            return function(*(a.sample if isinstance(a, Lane) else a for a in args))
        if function not in _FUNCTIONS:
            raise _NotLoweredError
        return self.into.call(function, args, kwargs)

    def __bool__(self) -> bool:
        raise _NotLoweredError

    def __len__(self) -> int:
        return len(self.sample)

    def __iter__(self) -> Any:
        raise _NotLoweredError

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise _NotLoweredError


# What an array computes for these exponents in the place of `power`, in far less time.
_POWERS: dict[float, np.ufunc] = {-1: np.reciprocal, 0.5: np.sqrt, 1: np.positive, 2: np.square}

_FUNCTIONS = {
    np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to, np.where,
    np.copy, np.flip, np.ravel, np.dot,
}  # fmt: skip


def astype(x: Any, dtype: Any) -> Any:
    """The array in another dtype, as a function."""
    return x.astype(dtype)


VIEWS = frozenset(
    (np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to, np.ravel, np.flip,
     operator.getitem)
)  # fmt: skip


def lies_in(graph: Graph, call: Instruction, a: Variable) -> bool:
    """Whether the result may lie in the memory of this argument.

    The samples alone do not tell: a pass may have put another value in an argument's place.
    """
    if isinstance(call.function, np.ufunc) or call.effect:
        return False
    if call.function in VIEWS:
        return a is call.args[0]
    made, given = graph.values[call.result].sample, [graph.sample(b) for b in call.args]
    if made.base is None and all(made is not value.sample for n, value in graph.values.items() if n != call.result):
        return False  # it owns its memory
    again = call.function(*given, **call.settings)
    return bool(np.may_share_memory(again, graph.values[a].sample))


def reductions(ufunc: np.ufunc) -> Callable[..., Any]:
    """``ufunc.reduce``, always the same object for one ufunc."""
    return _REDUCTIONS.setdefault(ufunc, ufunc.reduce)


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {}


class Lowered:
    """The NumPy calls of one row."""

    def __init__(self, graph: Graph, call: Instruction) -> None:
        self.graph, self.row = graph, call
        self.calls: list[Instruction] = []

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        for a in (*args, *settings.values()):
            if isinstance(a, list | tuple) and any(isinstance(part, Lane) for part in a):
                raise _NotLoweredError
        refs = tuple(a.number if isinstance(a, Lane) else self.constant(a) for a in args)
        sample = function(*(self.graph.sample(a) for a in refs), **settings)
        if not isinstance(sample, np.ndarray | np.generic):
            raise _NotLoweredError
        sample = np.asarray(sample)
        number = self.graph.new("computed", sample)
        self.calls.append(Instruction(function, refs, settings, number, self.row.label, self.row.scope))
        return Lane(self, number, sample)

    def made_here(self, out: Any) -> bool:
        """Whether this array was made by the forward function itself, which may therefore write over it."""
        return isinstance(out, Lane) and any(call.result == out.number for call in self.calls)

    def constant(self, a: Any) -> Any:
        """An array that the forward function brought with it is a constant."""
        return self.graph.new("constant", np.asarray(a)) if isinstance(a, np.ndarray | np.generic) else a


def lowered(graph: Graph) -> Graph:
    """The same graph in NumPy's calls."""
    calls: list[Instruction] = []
    instead: dict[Variable, Variable] = {}
    for row in graph.instructions:
        made = None if row.effect else _lowered_row(graph, row, instead)
        if made is None:
            calls.append(row)
        else:
            calls += made
    return graph.with_instructions(calls, instead)


def _equal(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays of one shape and dtype hold the same numbers."""
    if a.__array_interface__["data"] == b.__array_interface__["data"] and a.strides == b.strides:
        return True  # they are the same memory
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _lowered_row(graph: Graph, row: Instruction, instead: dict[Variable, Variable]) -> list[Instruction] | None:
    into = Lowered(graph, row)
    lanes = [Lane(into, a, graph.values[a].sample) if isinstance(a, Variable) else a for a in row.args]
    before = len(graph.values)
    try:
        with np.errstate(all="ignore"):
            found = row.function(*lanes, **row.settings)
    except Exception:  # whatever it stumbles over, it stays one call, which is what it was
        found = None
    expected = graph.values[row.result].sample
    if (
        not isinstance(found, Lane)
        or found.dtype != expected.dtype
        or found.shape != expected.shape
        or not _equal(found.sample, expected)
    ):
        for number in range(before, len(graph.values)):
            del graph.values[number]
        return None
    instead[row.result] = found.number
    return into.calls
