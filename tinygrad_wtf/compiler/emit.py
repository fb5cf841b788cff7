"""Emission: the Python lines of a program, and the two functions that they become."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.allocate import Allocation, Array, viewed
from tinygrad_wtf.compiler.hoist import Hoisted
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable
from tinygrad_wtf.compiler.passes.guard_by_sum import is_near_by_sum
from tinygrad_wtf.compiler.passes.stable_bce import FAR, is_near
from tinygrad_wtf.compiler.passes.sums_as_dots import Total
from tinygrad_wtf.ops.rows.product import _is_for_matmul
from tinygrad_wtf.ops.selecting import FEW, _selected

SMALL = 1024  # entries: NumPy reads so many ones faster than it stretches a single one
_OUT_BY_NAME = (np.maximum, np.minimum)  # NumPy may once give a third position another meaning


@dataclass
class Lines:
    """One function that is being written.

    Attributes
    ----------
    names : dict
        What it uses that exists already.
    running : list of Instruction
        Those that have a line.
    """

    names: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    scope: tuple[str, ...] = ()
    running: list[Instruction] = field(default_factory=list)

    def add(self, line: str, note: str = "", scope: tuple[str, ...] = ()) -> None:
        """One more line; its note says what it is for, its scope in which layer."""
        if scope != self.scope:
            self.scope = scope
            self.lines.append(f"    # {' / '.join(scope) or 'outside of layers'}")
        self.lines.append(f"    {line:<56}  # {note}" if note else f"    {line}")

    def function(self, function: Any) -> str:
        """How the lines call a function."""
        name = function_name(function)
        known = self.names.setdefault(name, function)
        if known is not function:
            name = f"{name}_{len(self.names)}"
            self.names[name] = function
        return name

    def bound(self, word: str, thing: Any) -> str:
        """A new name for a thing."""
        name = f"{word}{len(self.names)}"
        self.names[name] = thing
        return name

    def made(self, name: str, given: str) -> tuple[Callable[..., Any], str]:
        """The function, and its text. What it uses are its globals: as many defaults would be copied in each call."""
        text = "\n".join([f"def {name}({given}):", *self.lines])
        space: dict[str, Any] = dict(self.names)
        exec(compile(text, f"<program {name}>", "exec"), space)
        return space.pop(name), text  # without itself, so that it is no cycle


class Emitter:
    """Writes the lines of a graph whose values have their places."""

    def __init__(self, graph: Graph, allocation: Allocation) -> None:
        self.graph, self.allocation, self.arrays = graph, allocation, allocation.arrays
        self.words: dict[Variable, str] = {
            v: value.kind for v, value in graph.values.items() if value.kind != "computed"
        }
        self.words |= {i.result: word(i.label) for i in graph.instructions}  # how the lines call a value

    # -- the two functions -----------------------------------------------------------------------------

    def prepare(self, hoisted: Hoisted, needed: list[Variable]) -> Lines:
        """Compute what depends on the inputs alone; give what the body needs of it."""
        into = Lines()
        read = self.graph.outputs.union(*(i.reads for i in self.graph.instructions))
        for variable, value in self.graph.values.items():
            if value.kind == "argument" and variable in read:
                into.lines.append(f"    {self.called(variable)} = arguments[{_number(value.origin)}]")
        self._instructions(into, hoisted.prepare)
        into.lines.append(f"    return ({self.listed(needed)})")
        return into

    def body(self, hoisted: Hoisted, needed: list[Variable], entry: list[Variable]) -> Lines:
        """Compute the rest, and write what is seen outside."""
        graph, into = self.graph, Lines()
        into.lines += [f"    ({self.listed(needed)}) = held"] if needed else []
        into.lines += [f"    ({self.listed(entry)}) = entry"] if entry else []
        self._instructions(into, hoisted.body)
        results = "".join(f"{self.name(into, value)}.copy(), " for value in graph.results)
        kept = graph.kept_gradients
        if kept:  # before their memory is written to
            into.lines.append(f"    results = ({results})")
        for leaf, gradient in graph.gradients.items():
            if gradient is not None and not same(self.arrays.get(gradient), self.allocation.gradients[leaf]):
                self._copy(into, self.allocation.gradients[leaf], gradient)
        for memory, content in graph.stores.items():
            if self.arrays.get(content) is not graph.values[memory].origin:
                self._copy(into, graph.values[memory].origin, content)
        into.lines.append("    return results" if kept else f"    return ({results})")
        return into

    def _instructions(self, into: Lines, instructions: Iterable[Instruction]) -> None:
        for i in instructions:
            before = len(into.lines)
            note = f"{i.label} {self.graph.sample(i.result).shape}".replace(" ()", "")
            _WRITERS[self.allocation.forms[i.result]](self, into, i, note)
            if len(into.lines) > before:
                into.running.append(i)

    # -- names -----------------------------------------------------------------------------------------

    def called(self, a: Variable) -> str:
        """The name of a value."""
        return f"{self.words.get(a, 'value')}_{int(a)}"

    def listed(self, variables: Iterable[Variable]) -> str:
        """Their names, each with a comma."""
        return "".join(f"{self.called(v)}, " for v in variables)

    def name(self, into: Lines, a: Any, like: Any = None) -> str:
        """How the lines call a value or a setting."""
        if isinstance(a, Variable):
            name = self.called(a)
            if a not in self.allocation.local:
                into.names[name] = self.arrays[a]
            return name
        if like is not None and type(a) in (int, float):
            a = np.array(a, like)
        if isinstance(a, np.ndarray):
            name = f"c_{spelled(a.item())}_{a.dtype.name}" if a.ndim == 0 else f"c{len(into.names)}"
            into.names.setdefault(name, a)
            return name
        if isinstance(a, bool | int | str | type(None)) or (isinstance(a, float) and np.isfinite(a)):
            return repr(a)
        if isinstance(a, tuple) and all(isinstance(part, int) for part in a):
            return repr(a)
        return into.bound("s", a)

    def stretched(self, into: Lines, a: Any, shape: tuple[int, ...], like: Any) -> str | None:
        """A single number in the shape that NumPy is fastest with: among few entries a full array, else a 0-d one."""
        number: Any = self.graph.sample(a) if isinstance(a, Variable) and self.graph.values[a].kind == "constant" else a
        known = isinstance(number, np.ndarray) or (like is not None and type(number) in (int, float))
        if known and np.size(number) == 1 and np.shape(number) != shape and 0 < math.prod(shape) <= SMALL:
            full = np.full(shape, number, like if like is not None else number.dtype)
            name = f"c_{spelled(full.item(0))}_{full.dtype.name}_{'x'.join(map(str, shape))}"
            into.names.setdefault(name, full)
            return name
        array = self.arrays.get(a) if isinstance(a, Variable) else None
        if array is None or array.size != 1 or array.ndim == 0:
            return None
        name = f"{self.called(a)}_single"
        into.names[name] = array.reshape(())
        return name

    def line(self, into: Lines, i: Instruction, note: str, function: Any, *args: Any) -> None:
        """One line that calls a function for what it writes."""
        into.add(f"{into.function(function)}({', '.join(self.name(into, a) for a in args)})", note, i.scope)

    def _copy(self, into: Lines, place: Array, value: Variable) -> None:
        """The line that copies a value to where it has to lie."""
        into.add(f"{into.function(np.copyto)}({into.bound('place', place)}, {self.name(into, value)})")


# -- how each form is written ------------------------------------------------------------------------------


def _view(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    """No line: views are made once."""


def _copied_view(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    """Another shape of what does not lie in one piece."""
    place, base = to.arrays[i.result], to.arrays[i.args[0]]
    if i.function in (np.reshape, np.ravel):
        source, place = to.name(into, i.args[0]), place.reshape(base.shape)
    else:
        source = into.bound("view", viewed(i, base))
    into.add(f"{into.function(np.copyto)}({into.bound('place', place)}, {source})", note, i.scope)


def _guard(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    names = [to.name(into, a) for a in i.args]
    near = f"{names[0]}.item({names[0]}.argmax()) <= {FAR}"  # written out: a call less
    if i.function is is_near:
        holds = near
    elif i.function is is_near_by_sum:
        holds = f"({names[1]}.item(1) <= {names[2]} or {near})"
    else:
        holds = f"{into.function(i.function)}({', '.join(names)})"
    into.add(f"if not {holds}: return None", "guard", i.scope)


def _pack(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    for a, place in zip(i.reads, to.allocation.packed[i.result], strict=True):
        if not same(to.arrays.get(a), place):
            to._copy(into, place, a)


def _ufunc(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    dtypes = {to.graph.sample(a).dtype for a in i.reads}
    like = next(iter(dtypes)) if len(dtypes) == 1 and next(iter(dtypes)).kind == "f" else None
    shape = to.graph.sample(i.result).shape
    args = [to.stretched(into, a, shape, like) or to.name(into, a, like) for a in i.args]
    out = to.name(into, i.result)
    if i.function in _OUT_BY_NAME:
        out = f"out={out}"
    into.add(f"{into.function(i.function)}({', '.join([*args, out])})", note, i.scope)


def _product(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    a, b = (to.graph.sample(x) for x in i.args)
    result, place = to.graph.sample(i.result), to.arrays[i.result]
    if a.ndim > 2 or b.ndim > 2:
        piece = "x".join(str(n) for n in (*a.shape[-2:], b.shape[-1]))
        count = result.size // (a.shape[-2] * b.shape[-1]) if result.size else 0
        note = f"{i.label} {count} x ({piece}), {2 * result.size * a.shape[-1]:,} flops"
        to.line(into, i, note, np.matmul, *i.args, i.result)
        return
    rows = "x".join(str(n) for n in (*a.shape, *b.shape[1:]))
    note = f"{i.label} {rows}, {2 * a.size * (b.shape[1] if b.ndim == 2 else 1):,} flops"
    if place.flags.c_contiguous:
        names, out = [to.name(into, x) for x in i.args], to.name(into, i.result)
    else:  # the transposed product, written row after row
        names = [_transposed(to, into, x) for x in reversed(i.args)]
        into.names[out := f"{to.called(i.result)}T"] = place = place.T
    arrays = (to.arrays[x] if x in to.arrays else np.empty(to.graph.sample(x).shape) for x in i.args)
    if (result.ndim == 2 and _is_for_matmul(*arrays)) or not place.flags.c_contiguous:
        into.add(f"{into.function(np.matmul)}({names[0]}, {names[1]}, {out})", note, i.scope)
    else:
        into.add(f"{names[0]}.dot({names[1]}, {out})", note, i.scope)  # the method is a third faster than np.dot


def _transposed(to: Emitter, into: Lines, a: Variable) -> str:
    if a in to.allocation.local:
        return f"{to.called(a)}.T"
    into.names[name := f"{to.called(a)}T"] = to.arrays[a].T
    return name


def _total(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    assert isinstance(i.function, Total)
    flat, weights = (to.name(into, a) for a in i.args)
    out, total = to.name(into, i.result), into.bound("total", i.function)
    smallest = i.function.smallest(to.graph.sample(i.result).dtype)
    within = f"{smallest!r} < {into.function(abs)}({flat}.dot({weights}, {out}).item()) < {into.bound('inf', math.inf)}"
    into.add(f"{within} or {total}.again({flat}, {out})", note, i.scope)


def _reduction(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    x, *rest = i.args
    axis = rest[0] if rest else i.settings.get("axis", 0)
    dtype, keepdims = i.settings.get("dtype"), i.settings.get("keepdims", False)
    if dtype is not None and np.dtype(dtype) == to.graph.sample(x).dtype:
        dtype = None
    to.line(into, i, note, i.function, x, axis, dtype, i.result, keepdims)


def _cast(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    to.line(into, i, note, copy_cast, i.result, i.args[0])


def _choice(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    condition, yes, no = i.args
    if to.graph.sample(i.result).size >= FEW:
        to.line(into, i, note, _selected, condition, yes, no, i.result)
    else:
        to.line(into, i, note, np.copyto, i.result, no)
        to.line(into, i, "where", copy_where, i.result, yes, condition)


def _ones(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    """The last column is there already."""
    place = into.bound("place", to.arrays[i.result][:, :-1])
    into.add(f"{into.function(np.copyto)}({place}, {to.name(into, i.args[0])})", f"with_ones {note}", i.scope)


def _own(to: Emitter, into: Lines, i: Instruction, note: str) -> None:
    """A call that makes its own result: no buffer is planned for it."""
    settings = "".join(f", {key}={to.name(into, a)}" for key, a in i.settings.items())
    line = f"{into.function(i.function)}({', '.join(to.name(into, a) for a in i.args)}{settings})"
    if i.label == "check":
        into.add(line, note, i.scope)
        return
    if not to.graph.sample(i.result).ndim:
        line = f"{into.function(np.asarray)}({line})"  # many functions give scalars where arrays were
    into.add(f"{to.called(i.result)} = {line}", note, i.scope)


_WRITERS: dict[str, Callable[[Emitter, Lines, Instruction, str], None]] = {
    "view": _view, "copied view": _copied_view, "guard": _guard, "pack": _pack, "ufunc": _ufunc, "product": _product,
    "total": _total, "reduction": _reduction, "copy": _cast, "choice": _choice, "ones": _ones, "own": _own,
}  # fmt: skip


def copy_cast(place: Any, value: Any) -> None:
    """Copy into another dtype."""
    np.copyto(place, value, casting="unsafe")


def copy_where(place: Any, value: Any, condition: Any) -> None:
    """Copy where the condition holds."""
    np.copyto(place, value, where=condition)


def same(a: Any, b: Array) -> bool:
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


def _number(origin: Any) -> int:
    """The number of an argument, of which this may be a share."""
    return int(origin[0] if isinstance(origin, tuple) else origin)
