"""The lines of a program: how each kind of call is written, and by which names. Where results lie, says `plan`."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf.compiler.ir import Instruction, Variable
from tinygrad_wtf.compiler.lower import astype
from tinygrad_wtf.compiler.passes.pack_parameters import Gather, is_elementwise
from tinygrad_wtf.ops.rows.product import _is_for_matmul
from tinygrad_wtf.ops.selecting import FEW, _selected

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.allocate import Planner


@dataclass
class Lines:
    """One function that is being written."""

    names: dict[str, Any] = field(default_factory=dict)  # what it uses that exists already
    lines: list[str] = field(default_factory=list)
    scope: tuple[str, ...] = ()
    calls: list[Instruction] = field(default_factory=list)

    def add(self, line: str, note: str = "", scope: tuple[str, ...] = ()) -> None:
        """One more line; its note says what it is for, its scope in which layer."""
        if scope != self.scope:
            self.scope = scope
            self.lines.append(f"    # {' / '.join(scope) or 'outside of layers'}")
        self.lines.append(f"    {line:<56}  # {note}" if note else f"    {line}")


def _ufunc(planner: Planner, into: Lines, call: Instruction, at: int, note: str) -> bool:
    dtypes = {planner.graph.values[a].sample.dtype for a in call.reads}
    like = next(iter(dtypes)) if len(dtypes) == 1 and next(iter(dtypes)).kind == "f" else None
    place = planner.place(call, at)
    shape = planner.graph.values[call.result].sample.shape
    args = [planner.spread(into, a, shape, like) or planner.name(into, a, like) for a in call.args]
    out = planner.name(into, Variable(call.result))
    if call.function in _OUT_BY_NAME:
        out = f"out={out}"
    into.add(f"{planner.function(into, call.function)}({', '.join([*args, out])})", note, call.scope)
    return place is not None


_OUT_BY_NAME = (np.maximum, np.minimum)  # NumPy may once give a third position another meaning


def _product(planner: Planner, into: Lines, call: Instruction, at: int, note: str) -> bool:
    a, b = (planner.graph.values[x].sample if isinstance(x, Variable) else x for x in call.args[:2])
    result = planner.graph.values[call.result].sample
    if call.settings or len(call.args) != 2 or not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    if a.dtype != b.dtype or a.dtype.kind != "f" or a.dtype.itemsize < 4:
        return False
    if a.ndim > 2 or b.ndim > 2:
        if call.function is not np.matmul or min(a.ndim, b.ndim) < 2:
            return False
        planner.place(call, at)
        piece = "x".join(str(n) for n in (*a.shape[-2:], b.shape[-1]))
        count = result.size // (a.shape[-2] * b.shape[-1]) if result.size else 0
        note = f"{call.label} {count} x ({piece}), {2 * result.size * a.shape[-1]:,} flops"
        planner.line(into, call, note, np.matmul, *call.args, Variable(call.result))
        return True
    rows = "x".join(str(n) for n in (*a.shape, *b.shape[1:]))
    note = f"{call.label} {rows}, {2 * a.size * (b.shape[1] if b.ndim == 2 else 1):,} flops"
    if planner.layouts.get(call.result) == "F" and result.ndim == 2:  # the transposed product, written row after row
        place = planner.place(call, at)
        names = [f"{planner.name(into, x)}T" for x in (call.args[1], call.args[0])]
        for name, x in zip(names, (call.args[1], call.args[0]), strict=True):
            if x in planner.moving:
                names[names.index(name)] = f"{planner.called(x)}.T"
            else:
                into.names[name] = planner.arrays[x].T
        into.names[out := f"{planner.called(call.result)}T"] = place.T
    else:
        planner.place(call, at)
        names, out = [planner.name(into, x) for x in call.args], planner.name(into, Variable(call.result))
    if result.ndim == 2 and _is_for_matmul(a, b):
        into.add(f"{planner.function(into, np.matmul)}({names[0]}, {names[1]}, {out})", note, call.scope)
    else:
        into.add(f"{names[0]}.dot({names[1]}, {out})", note, call.scope)  # the method is a third faster than np.dot
    return True


def _reduction(planner: Planner, into: Lines, call: Instruction, at: int, note: str) -> bool:
    settings = dict(call.settings)
    args = list(call.args)
    axis = args[1] if len(args) > 1 else settings.pop("axis", 0)
    dtype, keepdims = settings.pop("dtype", None), settings.pop("keepdims", False)
    initial = settings.pop("initial", None)
    if settings or len(args) > 2 or initial is not None or not isinstance(args[0], Variable):
        return False
    planner.place(call, at)
    if dtype is not None and np.dtype(dtype) == planner.dtype(args[0]):
        dtype = None
    planner.line(into, call, note, call.function, args[0], axis, dtype, Variable(call.result), keepdims)
    return True


def _cast(planner: Planner, into: Lines, call: Instruction, at: int, note: str) -> bool:
    planner.place(call, at)
    planner.line(into, call, note, copy_cast, Variable(call.result), call.args[0])
    return True


def _choice(planner: Planner, into: Lines, call: Instruction, at: int, note: str) -> bool:
    if len(call.args) != 3 or call.settings or not isinstance(call.args[0], Variable):
        return False
    condition, yes, no = call.args
    result = planner.graph.values[call.result].sample
    if planner.graph.values[condition].sample.dtype != bool or result.ndim == 0:
        return False
    planner.place(call, at)
    if result.size >= FEW:
        planner.line(into, call, note, _selected, condition, yes, no, Variable(call.result))
    else:
        planner.line(into, call, note, np.copyto, Variable(call.result), no)
        planner.line(into, call, "where", copy_where, Variable(call.result), yes, condition)
    return True


def _gather(planner: Planner, into: Lines, call: Instruction, at: int, note: str) -> bool:
    planner.arrays[call.result] = planner.places[call.result]
    for a, place in zip(call.reads, planner.gathered[call.result], strict=True):
        if not same(planner.arrays.get(a), place):
            planner.copy(into, place, a)
    return True


def copy_cast(place: Any, value: Any) -> None:
    """Copy into another dtype."""
    np.copyto(place, value, casting="unsafe")


def copy_where(place: Any, value: Any, condition: Any) -> None:
    """Copy where the condition holds."""
    np.copyto(place, value, where=condition)


_WRITERS: dict[Any, Any] = {np.matmul: _product, np.dot: _product, astype: _cast, np.copy: _cast, np.where: _choice}
_REDUCERS = frozenset((np.add.reduce, np.multiply.reduce, np.maximum.reduce, np.minimum.reduce))


def writer_of(call: Instruction) -> Any:
    """What writes a call that knows where its result lies; None for calls that make their own."""
    if isinstance(call.function, Gather):
        return _gather
    if call.function in _REDUCERS:
        return _reduction
    return _WRITERS.get(call.function) or (_ufunc if is_elementwise(call) else None)


def same(a: Any, b: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays are the same entries of the same memory."""
    if a is b:
        return True
    return a is not None and a.__array_interface__["data"] == b.__array_interface__["data"] and (
        a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype)  # fmt: skip


def function_name(function: Any) -> str:
    """What the lines call a function."""
    name = getattr(function, "__qualname__", "") or getattr(function, "__name__", "call")
    if name.endswith("reduce"):
        name = f"{function.__self__.__name__}_reduce"
    name = "".join(c if c.isalnum() else "_" for c in name.rpartition(".")[2].strip("<>")) or "call"
    return f"{name}_" if keyword.iskeyword(name) else name


def word(label: str) -> str:
    """A label as the beginning of a name."""
    word = "".join(c if c.isascii() and c.isalnum() else "_" for c in label).strip("_")
    return f"_{word}" if word[:1].isdigit() else word or "value"


def spelled(number: Any) -> str:
    """A number as part of a name."""
    return "".join(c if c.isalnum() else "_" for c in repr(number).replace("-", "minus_"))
