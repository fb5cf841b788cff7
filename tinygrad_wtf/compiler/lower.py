"""Lowering: each row's forward function becomes the NumPy calls that it makes, found by running it on recorded arrays.

So no row has a kernel written beside it. A forward function that looks at numbers, or writes into arrays, stays one
call as it is; every lowered row is compared with what the row itself gave while tracing.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tinygrad_wtf.compiler import writes
from tinygrad_wtf.compiler.inference import ArrayType, inferred, type_of
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable, is_view
from tinygrad_wtf.core.op import Op


class _NotLoweredError(Exception):
    """The forward function does something that is not a straight line of NumPy calls."""


class Sampled:
    """Stands for an array of which a sample is known: another one of its shape and dtype."""

    __slots__ = ()
    sample: Any

    @property
    def shape(self) -> Any:
        """The sizes of the dimensions."""
        return self.sample.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.sample.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.sample.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        """The kind of number."""
        return self.sample.dtype

    def __len__(self) -> int:
        return len(self.sample)


def _refused(self: Any, *_: Any, **__: Any) -> Any:
    raise _NotLoweredError


class RecordedArray(Sampled, NDArrayOperatorsMixin):
    """An array inside a forward function that notes the NumPy calls made on it."""

    __slots__ = ("into", "sample", "variable")

    def __init__(self, into: Recorder, variable: Variable, sample: np.ndarray[Any, Any]) -> None:
        self.into, self.variable, self.sample = into, variable, sample

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

    def becomes(self, other: RecordedArray) -> RecordedArray:
        """Written over: the same object stands for another value from now on."""
        if other.shape != self.shape or other.dtype != self.dtype:
            raise _NotLoweredError
        self.variable, self.sample = other.variable, other.sample
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
            return function(*(a.sample if isinstance(a, RecordedArray) else a for a in args))
        if function not in _FUNCTIONS:
            raise _NotLoweredError
        return self.into.call(function, args, kwargs)

    __rpow__ = __bool__ = __iter__ = __array__ = _refused


# What an array computes for these exponents in the place of `power`, in far less time.
_POWERS: dict[float, np.ufunc] = {-1: np.reciprocal, 0.5: np.sqrt, 1: np.positive, 2: np.square}

_FUNCTIONS = {
    np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to, np.where,
    np.copy, np.flip, np.ravel, np.dot,
}  # fmt: skip


def astype(x: Any, dtype: Any) -> Any:
    """The array in another dtype, as a function."""
    return x.astype(dtype)


def reductions(ufunc: np.ufunc) -> Callable[..., Any]:
    """``ufunc.reduce``, always the same object for one ufunc."""
    return _REDUCTIONS.setdefault(ufunc, ufunc.reduce)


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {}


def _computed(function: Callable[..., Any], samples: list[Any], settings: dict[str, Any]) -> Any:
    return function(*samples, **settings)


def _stand_in(function: Callable[..., Any], samples: list[Any], settings: dict[str, Any]) -> Any:
    """An array of the shape and dtype that a call gives, without its numbers."""
    if is_view(function):
        return function(*samples, **settings)
    if function is astype:
        return np.empty(samples[0].shape, samples[1])
    made = inferred(function, *(type_of(a) if isinstance(a, np.ndarray) else a for a in samples), **settings)
    return np.empty(made.shape, made.dtype)


class Recorder:
    """The NumPy calls of one row, written into a graph that is being built once all of them are known.

    With `only_types`, shapes and dtypes are computed, and no numbers.
    """

    def __init__(self, into: Builder, row: Instruction, only_types: bool = False) -> None:
        self.into, self.row, self.only_types = into, row, only_types
        self.instructions: list[Instruction] = []
        self.made: set[Variable] = set()

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        for a in (*args, *settings.values()):
            if isinstance(a, list | tuple) and any(isinstance(part, RecordedArray) for part in a):
                raise _NotLoweredError
        samples = [a.sample if isinstance(a, RecordedArray) else a for a in args]
        compute = _stand_in if self.only_types else _computed
        sample = compute(function, samples, settings)
        if not isinstance(sample, np.ndarray | np.generic):
            raise _NotLoweredError
        sample = np.asarray(sample)
        reads = tuple(a.variable if isinstance(a, RecordedArray) else self.constant(a) for a in args)
        variable = self.into.new("computed", type_of(sample))
        self.made.add(variable)
        self.instructions.append(Instruction(function, reads, settings, variable, self.row.label, self.row.scope))
        return RecordedArray(self, variable, sample)

    def made_here(self, out: Any) -> bool:
        """Whether this array was made by the forward function itself, which may therefore write over it."""
        return isinstance(out, RecordedArray) and out.variable in self.made

    def constant(self, a: Any) -> Any:
        """An array that the forward function brought with it is a constant."""
        return self.into.new("constant", np.asarray(a)) if isinstance(a, np.ndarray | np.generic) else a


def lower(graph: Graph) -> Graph:
    """The same graph in NumPy's calls. From here on it knows shapes and dtypes, and numbers of constants alone."""
    edit = Builder(graph)
    for row in graph.instructions:
        made = None if row.effect else _lowered_row(edit, graph, row)
        if made is None:
            edit.keep(row)
        else:
            for instruction in made:
                edit.keep(instruction)
    for variable, value in edit.values.items():
        if value.kind != "constant" and not isinstance(value.sample, ArrayType):
            edit.update(variable, sample=type_of(value.sample))
    return edit.build()


LARGE = 1 << 14  # entries: a user's rows of larger results are compared once for each kind of arguments
MOST = 10_000  # kinds of rows that are remembered
_compared: dict[Any, bool] = {}  # whether the calls of such a row give what it gives; the oldest is forgotten first


def _lowered_row(edit: Builder, graph: Graph, row: Instruction) -> list[Instruction] | None:
    """The calls of a row; None if they are not a straight line, or do not give what tracing gave."""
    samples, expected = [graph.sample(a) for a in row.args], graph.sample(row.result)
    only_types = _compared.get(_kind(row, samples, expected), False)
    if not only_types and any(isinstance(a, ArrayType) for a in (*samples, expected)):
        return None  # it was not equal
    found, instructions = _recorded(edit, row, samples, only_types)
    if found is None or found.dtype != expected.dtype or found.shape != expected.shape:
        return None
    if not only_types and not _equal(found.sample, expected):
        return None
    edit.replace(row.result, found.variable)
    return instructions


def compare(row: Instruction, samples: list[Any], expected: np.ndarray[Any, Any]) -> bool:
    """Note, while its arrays are at hand, whether a row of large ones can be lowered; False if they have to be kept."""
    if not _has_large((*samples, expected)):
        return True
    kind = _kind(row, samples, expected)
    if kind is not None and kind not in _compared:
        _compared[kind] = _is_own(row.function) or _is_exact(row, samples, expected)
        if len(_compared) > MOST:
            del _compared[next(iter(_compared))]
    return kind is not None


def _has_large(samples: tuple[Any, ...]) -> bool:
    for a in samples:  # noqa: SIM110 - a loop is the fastest, and this is asked for each row
        if getattr(a, "size", 0) > LARGE:
            return True
    return False


def _is_own(function: Any) -> bool:
    """Whether a function is of the library's own table, or NumPy's: the tests compare what they are lowered to."""
    return isinstance(function, np.ufunc) or function in _own_functions()


@functools.lru_cache(1)
def _own_functions() -> frozenset[Any]:
    rows = (op.forward for name, op in Op.table.items() if name in Op.built_in)
    return frozenset((*rows, writes.overwrite, writes.choose, np.copy, astype))


def _is_exact(row: Instruction, samples: list[Any], expected: np.ndarray[Any, Any]) -> bool:
    """Whether the calls of a row give, computed once more, what it gave."""
    found, _ = _recorded(Builder(), row, samples, only_types=False)
    if found is None or found.dtype != expected.dtype or found.shape != expected.shape:
        return False
    return _equal(found.sample, expected)


def _recorded(
    edit: Builder, row: Instruction, samples: list[Any], only_types: bool
) -> tuple[RecordedArray | None, list[Instruction]]:
    """What the forward function gives for recorded arrays, and the calls that it makes."""
    into = Recorder(edit, row, only_types)
    given = [np.empty(a.shape, a.dtype) if isinstance(a, ArrayType) else a for a in samples]
    arrays = [
        RecordedArray(into, a, sample) if isinstance(a, Variable) else a
        for a, sample in zip(row.args, given, strict=True)
    ]
    try:
        with np.errstate(all="ignore"):
            found = row.function(*arrays, **row.settings)
    except Exception:  # whatever it stumbles over, it stays one call, which is what it was
        return None, []
    return (found if isinstance(found, RecordedArray) else None), into.instructions


def _kind(row: Instruction, samples: list[Any], expected: Any) -> Any:
    """What a forward function of large arrays may depend on; None for small ones, or other settings than plain ones."""
    if not _has_large((*samples, expected)):
        return None
    parts: list[Any] = [row.function]
    for a in (*samples, *row.settings.items()):
        if isinstance(a, np.ndarray | ArrayType):
            parts.append((a.dtype.str, a.shape))
        elif isinstance(a, bool | int | float | str | type(None) | np.dtype | tuple):
            parts.append((type(a), repr(a)))
        else:
            return None
    return tuple(parts)


def _equal(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays of one shape and dtype hold the same numbers."""
    if a.__array_interface__["data"] == b.__array_interface__["data"] and a.strides == b.strides:
        return True  # they are the same memory
    return np.array_equal(a, b) or (a.dtype.kind in "fc" and np.array_equal(a, b, equal_nan=True))
