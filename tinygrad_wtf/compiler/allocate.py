"""Planning: where every value lives, and the Python lines that make it. The last step before a program can run.

Every intermediate value has a place in a buffer that is made once; a buffer is used again as soon as nobody reads
what it held. Views are made once too. What depends on arguments and untouched memory alone goes into `prepare`, which
runs only when those have changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.arrays import aligned
from tinygrad_wtf.compiler.emit import Lines, function_name, same, spelled, word, writer_of
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable, is_transpose
from tinygrad_wtf.compiler.lower import VIEWS, lies_in
from tinygrad_wtf.compiler.passes.exact import PRODUCTS
from tinygrad_wtf.compiler.passes.pack_parameters import Gather, Part, is_elementwise
from tinygrad_wtf.compiler.passes.rewriting import FAR, is_near, is_near_by_sum

SMALL = 1024  # entries: NumPy reads so many ones faster than it stretches a single one
NEVER = 1 << 60  # the position of a reader that comes after all calls


@dataclass
class Plan:
    """A program that can run.

    Attributes
    ----------
    prepare, body : callable
        ``prepare(arguments)`` gives what ``body(held, entry)`` needs of it; `body` returns the results.
    source : str
        Both, as they are executed.
    gradients : dict
        By leaf: the array in which its gradient is found after a run.
    entry : list of Variable
        The values that change from run to run: old gradients, cotangents.
    watched : list of ndarray
        Memory that is read and not written: what `prepare` relies on.
    buffers : int
        The bytes of all buffers.
    graph : Graph
        What was planned.
    places : dict
        By value: the array in which it lies, if that is the same one in every run.
    running : tuple of list of Instruction
        The calls that `prepare` and `body` really make; the others are views, made once.
    """

    prepare: Callable[..., tuple[Any, ...]]
    body: Callable[..., tuple[Any, ...]]
    source: str
    gradients: dict[Any, np.ndarray[Any, Any]]
    entry: list[Variable]
    watched: list[np.ndarray[Any, Any]]
    buffers: int
    graph: Graph
    places: dict[Variable, np.ndarray[Any, Any]]
    running: tuple[list[Instruction], list[Instruction]]


Pool = dict[int, list[Any]]


def plan(graph: Graph, layouts: dict[Variable, str] | None = None, pool: Pool | None = None) -> Plan:
    """Plan the graph.

    Parameters
    ----------
    graph : Graph
        What is to run.
    layouts : dict
        By value: "F" for those that lie in memory column after column.
    pool : dict
        Buffers by their size, which are free as long as this plan runs; it leaves its own there.
    """
    return Planner(graph, layouts or {}, {} if pool is None else pool).plan()


def held_calls(graph: Graph, arguments: bool = True) -> tuple[list[Instruction], list[Instruction], set[Variable]]:
    """The calls that depend on arguments and untouched memory alone, the others, and the values of the first.

    With ``arguments=False``, those that depend on untouched memory alone.
    """
    held = {
        Variable(number)
        for number, value in graph.values.items()
        if value.kind == "constant"
        or (value.kind == "argument" and arguments)
        or (value.kind == "memory" and number not in graph.stores)
    }
    first, rest = [], []
    for call in graph.instructions:
        if call.label != "draw" and all(a in held for a in call.reads):
            first.append(call)
            held.add(call.result)
        else:
            rest.append(call)
    return first, rest, held


class Planner:
    """Finds every value of a graph its place, and writes the lines."""

    def __init__(self, graph: Graph, layouts: dict[Variable, str], pool: Pool) -> None:
        self.graph, self.layouts, self.free = graph, layouts, pool
        self.places: dict[Variable, Any] = {}  # where a value has to lie
        self.kept = graph.kept_gradients
        self.arrays: dict[Variable, np.ndarray[Any, Any]] = {}  # of the values that lie at a fixed place
        self.buffer: dict[Variable, Any] = {}  # by root: the bytes it lies in, if they may be used again
        self.gathered: dict[Variable, list[np.ndarray[Any, Any]]] = {}
        self.bytes = 0
        self.makers = graph.makers()
        self.words = {call.result: word(call.label) for call in graph.instructions}  # how the lines call a value
        self.words |= {Variable(n): v.kind for n, v in graph.values.items() if v.kind != "computed"}

    # -- the whole ------------------------------------------------------------------

    def plan(self) -> Plan:
        """Plan everything."""
        graph = self.graph
        first, rest, held = held_calls(graph)
        self.root: dict[Variable, Variable] = {}
        for call in graph.instructions:
            self.root[call.result] = next((self._root(a) for a in call.reads if self._is_view(call, a)), call.result)
        for number, value in graph.values.items():
            if value.kind in ("memory", "partial"):
                self.arrays[Variable(number)] = value.origin
            elif value.kind == "constant":
                self.arrays[Variable(number)] = value.sample
        read = self._read_in(graph.instructions)
        arguments = [Variable(n) for n, v in graph.values.items() if v.kind == "argument" and n in read]
        entry = [Variable(n) for n, v in graph.values.items() if v.kind in ("gradient", "cotangent") and n in read]
        self.moving = {*arguments, *entry}  # found by a local name
        self.pinned = {call.result for call in first}
        self._gathered_places()
        gradients = self._gradient_places()
        self._places_through_views()
        self._store_places(rest)

        before = Lines()
        self.last = {}
        for call in first:
            self._written(before, call, NEVER - 1)
        body = Lines()
        self.last = self._last_reads(rest)
        for at, call in enumerate(rest):
            self._written(body, call, at)
            self._let_go(call, at)
        for buffer in self.buffer.values():  # results are copied out at the end
            self.free.setdefault(len(buffer), []).append(buffer)
        needed = [v for v in self.moving if v in held and any(v in (self._root(a), a) for a in self._read_in(rest))]
        needed.sort()
        results = "".join(f"{self.name(body, value)}.copy(), " for value in graph.results)
        if self.kept:  # before their memory is written to
            body.lines.append(f"    results = ({results})")
        for leaf, gradient in graph.gradients.items():
            if gradient is not None:
                made = self.arrays.get(gradient)
                place = gradients.get(leaf, made)
                gradients[leaf] = place = self._array(gradient) if place is None else place
                if not same(made, place):
                    self.copy(body, place, gradient)
        for memory, content in graph.stores.items():
            if self.arrays.get(content) is not graph.values[memory].origin:
                self.copy(body, graph.values[memory].origin, content)
        body.lines.append("    return results" if self.kept else f"    return ({results})")
        before.lines.append(f"    return ({self._named(needed)})")
        watched = [v.origin for n, v in graph.values.items() if v.kind == "memory" and n in read - set(graph.stores)]
        head = [f"    {self.called(v)} = arguments[{_number(graph.values[v].origin)}]" for v in arguments]
        open_ = [f"    ({self._named(needed)}) = held"] if needed else []
        open_ += [f"    ({self._named(entry)}) = entry"] if entry else []
        prepare, text = self._made("prepare", "arguments", head + before.lines, before.names)
        run, main = self._made("body", "held, entry", open_ + body.lines, body.names)
        source, running = f"{text}\n\n{main}", (before.calls, body.calls)
        return Plan(prepare, run, source, gradients, entry, watched, self.bytes, graph, self.arrays, running)

    def _made(self, name: str, given: str, lines: list[str], names: dict[str, Any]) -> tuple[Any, str]:
        """The function, and its text as it is shown: what is bound beforehand comes in by default arguments."""
        text = "\n".join([f"def {name}({given}):", *lines])
        bound = ", ".join(f"{n}={n}" for n in names)
        source = text.replace(f"({given}):", f"({given}, {bound}):" if bound else f"({given}):", 1)
        space: dict[str, Any] = dict(names)
        exec(compile(source, f"<program {name}>", "exec"), space)
        return space[name], text

    def _is_view(self, call: Instruction, a: Variable) -> bool:
        """Whether the result lies in the memory of this argument."""
        return (isinstance(call.function, Part) and a is call.args[0]) or lies_in(self.graph, call, a)

    def _root(self, a: Any) -> Any:
        return self.root.get(a, a)

    def _named(self, values: list[Variable]) -> str:
        return "".join(f"{self.called(v)}, " for v in values)

    def _read_in(self, calls: list[Instruction]) -> set[Variable]:
        read = {a for call in calls for a in call.reads}
        return read | self.graph.outputs

    def _last_reads(self, calls: list[Instruction]) -> dict[Variable, int]:
        last: dict[Variable, int] = {}
        for at, call in enumerate(calls):
            for a in call.reads:
                last[self._root(a)] = at
        for value in self.graph.outputs:
            last[self._root(value)] = NEVER
        return last

    # -- places ------------------------------------------------------------------

    def _gradient_places(self) -> dict[Any, np.ndarray[Any, Any]]:
        """An array for each gradient; the call that makes it writes there if it can."""
        places: dict[Any, np.ndarray[Any, Any]] = {}
        for leaf, value in self.graph.gradients.items():
            if value is None:
                continue
            if value in self.kept:  # it is made elsewhere, and copied when all is done
                places[leaf] = self._array(value, self.layouts.get(value, "C"))
                continue
            place = self.places.get(value)
            if place is None and self._is_view_of_own(value):
                continue  # it is found where it is made
            if place is None or any(place is other for other in places.values()):
                place = self._array(value, self.layouts.get(value, "C"))
            places[leaf] = place
            self.places.setdefault(value, place)
        return places

    def _is_view_of_own(self, value: Variable) -> bool:
        """Whether a value is a view of what one call computes; that gets memory which is never used again."""
        root = self.root.get(value, value)
        call = self.makers.get(root)
        if root == value or call is None or not (is_elementwise(call) or call.function in PRODUCTS):
            return False
        if root not in self.places:
            self.places[root] = self._array(root, self.layouts.get(root, "C"))
        return True

    def _gathered_places(self) -> None:
        """What is gathered is made where it is gathered."""
        for call in self.graph.instructions:
            if isinstance(call.function, Gather):
                flat = self.places[call.result] = self._array(call.result)
                self.gathered[call.result] = [part(flat) for part in call.function.parts]
                for a, place in zip(call.reads, self.gathered[call.result], strict=True):
                    self.places.setdefault(a, place)
            elif isinstance(call.function, Part) and call.args[0] in self.gathered:
                self.places[call.result] = call.function(self.places[Variable(call.args[0])])

    def _places_through_views(self) -> None:
        """A value whose other shape has its place is made there."""
        for call in reversed(self.graph.instructions):
            a = call.args[0] if call.args else None
            if call.result not in self.places or not isinstance(a, Variable) or a in self.places:
                continue
            place = self.places[call.result]
            if is_transpose(call) and place.ndim == 2:
                self.places[a] = place.T
            elif call.function is np.reshape:
                other = place.reshape(self.graph.values[a].sample.shape)
                if np.may_share_memory(place, other):
                    self.places[a] = other

    def _store_places(self, calls: list[Instruction]) -> None:
        """Let the call that makes the new content of memory write it there, if nobody reads the old one afterwards."""
        position = {call.result: at for at, call in enumerate(calls)}
        for memory, value in self.graph.stores.items():
            at = position.get(value)
            if at is None or value in self.places or self.root[value] != value:
                continue
            call = calls[at]
            origin = self.graph.values[memory].origin
            reads_old = any(self._root(a) == memory for later in calls[at + 1 :] for a in later.reads)
            otherwise = any(self._root(a) == memory and a != memory for a in call.reads)
            stopped = any(later.effect for later in calls[at + 1 :])
            if is_elementwise(call) and not (reads_old or otherwise or stopped) and origin.dtype == self.dtype(value):
                self.places[value] = origin

    def dtype(self, value: Variable) -> Any:
        """The kind of number of a value."""
        return self.graph.values[value].sample.dtype

    def _array(self, value: Variable, order: str = "C") -> np.ndarray[Any, Any]:
        """New memory for a value."""
        sample = self.graph.values[value].sample
        return _in_buffer(self._bytes(sample.nbytes), sample.shape, sample.dtype, order)

    def _bytes(self, count: int) -> np.ndarray[Any, Any]:
        self.bytes += count
        return aligned((count,), np.uint8)

    def place(self, call: Instruction, at: int) -> np.ndarray[Any, Any]:
        """Where the result of a call is written."""
        value = call.result
        sample = self.graph.values[value].sample
        order = self.layouts.get(value, "C")
        if value in self.places:
            place: np.ndarray[Any, Any] = self.places[value]
        elif value in self.pinned or (taken := self._taken_over(call, at, order)) is None:
            pool = [] if value in self.pinned else self.free.get(sample.nbytes, [])
            buffer = pool.pop() if pool else self._bytes(sample.nbytes)
            place = _in_buffer(buffer, sample.shape, sample.dtype, order)
            if value not in self.pinned:
                self.buffer[value] = buffer
        else:
            place = taken
        self.arrays[value] = place
        return place

    def _taken_over(self, call: Instruction, at: int, order: str) -> Any:
        """The buffer of an argument that nobody reads any more: the call writes over it."""
        if not is_elementwise(call):
            return None
        sample = self.graph.values[call.result].sample
        for a in call.reads:
            root = self._root(a)
            array = self.arrays.get(a)
            if (
                array is not None
                and root in self.buffer
                and self.last.get(root) == at
                and array.shape == sample.shape
                and array.dtype == sample.dtype
                and array.nbytes == len(self.buffer[root])
                and array.flags.writeable  # what is broadcast to the shape that it has is not
                and array.flags["F_CONTIGUOUS" if order == "F" else "C_CONTIGUOUS"]
                and all(self._root(b) != root or b == a for b in call.reads)
            ):
                self.buffer[call.result] = self.buffer.pop(root)
                return array
        return None

    def _let_go(self, call: Instruction, at: int) -> None:
        """Give back the buffers of values that were read for the last time."""
        for root in {self._root(a) for a in call.reads} | {call.result}:
            if root in self.buffer and self.last.get(root, -1) <= at:
                buffer = self.buffer.pop(root)
                self.free.setdefault(len(buffer), []).append(buffer)

    # -- lines ------------------------------------------------------------------

    def called(self, a: Any) -> str:
        """The name of a value."""
        return f"{self.words.get(a, 'value')}_{int(a)}"

    def name(self, into: Lines, a: Any, like: Any = None) -> str:
        """How the lines call a value or a setting."""
        if isinstance(a, Variable):
            name = self.called(a)
            if a not in self.moving:
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
        name = f"s{len(into.names)}"
        into.names[name] = a
        return name

    def spread(self, into: Lines, a: Any, shape: tuple[int, ...], like: Any) -> str | None:
        """A single number in the shape that NumPy is fastest with: among few entries a full array, else a 0-d one."""
        number: Any = (
            self.graph.values[a].sample if isinstance(a, Variable) and self.graph.values[a].kind == "constant" else a
        )
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

    def function(self, into: Lines, function: Any) -> str:
        """How the lines call a function."""
        name = function_name(function)
        known = into.names.setdefault(name, function)
        if known is not function:
            name = f"{name}_{len(into.names)}"
            into.names[name] = function
        return name

    def copy(self, into: Lines, place: np.ndarray[Any, Any], value: Variable) -> None:
        """Write the line that copies a value to where it has to lie."""
        name = f"place{len(into.names)}"
        into.names[name] = place
        into.add(f"{self.function(into, np.copyto)}({name}, {self.name(into, value)})")

    def _written(self, into: Lines, call: Instruction, at: int) -> None:
        """Write a call, and note whether it needs a line at all."""
        before = len(into.lines)
        self._write(into, call, at)
        if len(into.lines) > before:
            into.calls.append(call)

    def _write(self, into: Lines, call: Instruction, at: int) -> None:
        """Write the line of one call, and find its result a place."""
        function = call.function
        note = f"{call.label} {self.graph.values[call.result].sample.shape}".replace(" ()", "")
        if (function in VIEWS or isinstance(function, Part)) and call.args[0] in self.arrays:
            base = self.arrays[call.args[0]]
            view = function(base, *call.args[1:], **call.settings)
            if not isinstance(view, np.ndarray):  # one entry: as a view it is seen to change
                index = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
                view = base[(*index, ...)]
            if view.size == 0 or np.may_share_memory(view, base):
                self.arrays[call.result] = view
                return
            self.root[call.result] = call.result
            self.last.setdefault(call.result, self.last.get(self._root(call.args[0]), at))
            place = self._array(call.result)
            self.arrays[call.result] = place
            name = f"place{len(into.names)}"
            into.names[name] = place.reshape(base.shape) if function in (np.reshape, np.ravel) else place
            source = self.name(into, call.args[0])
            if function not in (np.reshape, np.ravel):
                into.names[source := f"view{len(into.names)}"] = view
            into.add(f"{self.function(into, np.copyto)}({name}, {source})", note, call.scope)
            return
        if call.label == "guard":
            if function is is_near:  # written out: a call less
                name = self.name(into, call.args[0])
                into.add(f"if not {name}.item({name}.argmax()) <= {FAR}: return None", "guard", call.scope)
                return
            if function is is_near_by_sum:
                u, sums = (self.name(into, a) for a in call.args[:2])
                most = f"{sums}.item(1) <= {call.args[2]:.6g}"
                into.add(f"if not ({most} or {u}.item({u}.argmax()) <= {FAR}): return None", "guard", call.scope)
                return
            into.add(f"if not {self.function(into, function)}({self.name(into, call.args[0])}): return None", "guard")
            return
        writer = writer_of(call)
        if writer is None or not writer(self, into, call, at, note):
            self._plain(into, call, note)

    def _plain(self, into: Lines, call: Instruction, note: str) -> None:
        """A call that makes its own result: no buffer is planned for it."""
        settings = "".join(f", {key}={self.name(into, a)}" for key, a in call.settings.items())
        args = ", ".join(self.name(into, a) for a in call.args)
        line = f"{self.function(into, call.function)}({args}{settings})"
        if not self.graph.values[call.result].sample.ndim and call.label != "check":
            line = f"{self.function(into, np.asarray)}({line})"  # many functions give scalars where arrays were
        self.moving.add(call.result)
        into.add(
            line if call.effect and call.label == "check" else f"{self.called(call.result)} = {line}", note, call.scope
        )

    def line(self, into: Lines, call: Instruction, note: str, function: Any, *args: Any, like: Any = None) -> None:
        """One line that calls a function for what it writes."""
        named = ", ".join(self.name(into, a, like) for a in args)
        into.add(f"{self.function(into, function)}({named})", note, call.scope)


def _number(origin: Any) -> int:
    """The number of an argument, of which this may be a share."""
    return int(origin[0] if isinstance(origin, tuple) else origin)


def _in_buffer(buffer: Any, shape: tuple[int, ...], dtype: Any, order: str) -> np.ndarray[Any, Any]:
    return np.ndarray(shape, dtype, buffer, order="F" if order == "F" else "C")
