"""From a program to the plain model: a box for each call that runs, an edge for each value that is read.

Views are made once, when a program is planned, so they are no boxes: they are said on the edge that leads through them.
How names and costs are put into words is in `text.py`, in which cluster a call lies in `clusters.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.executable import Executable
from tinygrad_wtf.compiler.ir import VIEWS, Instruction, Variable
from tinygrad_wtf.compiler.passes.slices import Pack, Slice
from tinygrad_wtf.compiler.program import Program
from tinygrad_wtf.compiler.threads import Sharded
from tinygrad_wtf.picture.model import counted
from tinygrad_wtf.picture.program import text
from tinygrad_wtf.picture.program.buffers import BufferNames
from tinygrad_wtf.picture.program.clusters import paths_of_calls, paths_of_memory
from tinygrad_wtf.picture.program.model import BODY, PREPARE, Kind, Path, ProgramEdge, ProgramGraph, ProgramNode

__all__ = ["read_program"]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a value comes from: a box, and the views on the way from it."""

    key: str
    views: tuple[str, ...] = ()


def read_program(program: Program, traces: int | None = None) -> ProgramGraph:
    """Read what runs; a program that is shared out among threads as its first share, and what follows."""
    found = program.executable
    parts = [found.shares[0], found.rest] if isinstance(found, Sharded) else [found]
    graph = ProgramGraph(text.name_of(program), buffer_bytes=found.buffers, traces=traces)
    names = text.Names(program)
    arrays = [
        part.arrays[call.result] for part in parts for call in part.graph.instructions if call.result in part.arrays
    ]
    arrays += [array for part in parts for array in part.gradients.values()]
    outside = [
        value.origin
        for part in parts
        for value in part.graph.values.values()
        if value.kind in ("memory", "partial") and isinstance(value.origin, np.ndarray)
    ]
    sums = [a for share in found.shares for a in share.gradients.values()] if isinstance(found, Sharded) else []
    buffers = BufferNames(arrays, [a for a in outside if not any(a is total for total in sums)])
    if isinstance(found, Sharded):
        count = len(found.shares)
        share = _PlanReader(graph, names, buffers, found.shares[0], "s", (f"share 1 of {count}, {found.order}",))
        share.read(program)
        graph.nodes.append(ProgramNode("others", "shares", f"shares 2 to {count}" if count > 2 else "share 2", facts=(
            "the same calls on other samples", found.order)))  # fmt: skip
        rest = _PlanReader(graph, names, buffers, found.rest, "r", ("then, with the sums of all shares",))
        for number, array in enumerate(sums):
            of_first = number < len(found.shares[0].gradients)
            rest.known[id(array)] = share.sums[number] if of_first else _Source("others")
        rest.read(program)
        graph.notes.append(f"every share does the same with its samples: the first of {count} is drawn and counted")
    else:
        _PlanReader(graph, names, buffers, found, "", ()).read(program)
    graph.flops = text.all_flops(program)
    if program.backward_program is not None:
        graph.notes.append("backward() on its results runs a program of its own")
    return graph


@dataclass
class _PlanReader:
    """One plan that is being read into the graph."""

    graph: ProgramGraph
    names: text.Names
    buffers: BufferNames
    plan: Executable
    prefix: str
    around: Path
    sources: dict[Variable, list[_Source]] = field(default_factory=dict)
    known: dict[int, _Source] = field(default_factory=dict)  # arrays that another part has made
    sums: list[_Source] = field(default_factory=list)  # of a share: what it hands on

    def read(self, program: Program) -> None:
        """Read all calls in the order in which they run, then what is seen outside."""
        graph = self.plan.graph
        self.gradients: dict[Variable, list[Any]] = {}
        for leaf, value in graph.gradients.items():
            if value is not None and not _is_sum(leaf):
                self.gradients.setdefault(value, []).append(leaf)
        self.homes = paths_of_memory(self.plan)
        running = {id(call) for calls in self.plan.running for call in calls}
        early = {id(call) for call in self.plan.running[0]}
        paths = paths_of_calls(self.plan, self.gradients, self.homes)
        for call in self._ordered(early):
            if id(call) in running:
                path = (PREPARE, *call.scope) if id(call) in early else paths[id(call)]
                self._call(call, (*self.around, *path))
            else:
                self.graph.views += 1
                self._view(call)
            self._gradient_made(call.result)
        for value in self.gradients:
            if value not in self.sources or not any(s.key.startswith(f"{self.prefix}g") for s in self.sources[value]):
                self._gradient_made(value)
        self._seen_outside(program)

    def _ordered(self, early: set[int]) -> list[Instruction]:
        """What `prepare` makes comes first; views stay before those that read them."""
        held: set[Variable] = {call.result for call in self.plan.graph.instructions if id(call) in early}
        calls = self.plan.graph.instructions
        waiting = [call for call in calls if id(call) in early]
        needed = {a for call in waiting for a in call.reads}
        for call in reversed(calls):
            if call.result in needed and id(call) not in early:
                needed.update(call.reads)
                held.add(call.result)
        return [c for c in calls if c.result in held] + [c for c in calls if c.result not in held]

    # -- calls ------------------------------------------------------------------

    def _call(self, call: Instruction, path: Path) -> None:
        graph = self.plan.graph
        value = graph.values[call.result].sample
        key = f"{self.prefix}c{int(call.result)}"
        kind: Kind = "guard" if call.label in ("guard", "check") else "call"
        array = self.plan.arrays.get(call.result)
        flops = text.flops(graph, call)
        cost = f"{flops:,} flops" if flops else f"{value.nbytes:,} bytes"
        is_view = array is None and call.function in VIEWS
        title = "copyto" if isinstance(call.function, Pack) or (array is not None and call.function in VIEWS) else ""
        title = title or text.written(graph, call)
        label = () if title.partition("(")[0] == call.label else (call.label,)
        facts: tuple[str, ...] = (*label, "a view, no bytes" if is_view else cost)
        place = ""
        if kind == "guard":
            facts = ("raises if it fails",) if call.label == "check" else ("else the function itself runs",)
        elif array is None:
            facts = facts if is_view else (*facts, "a new array")
        elif self.buffers.is_outside(array):
            facts = (*facts, "in the tensor's memory")
        else:
            place = self.buffers.called(array)
        node = ProgramNode(key, kind, title, value.shape, facts, place, path, flops)
        node.bytes = 0 if is_view or kind == "guard" else value.nbytes
        for a in call.reads:
            if graph.values[a].kind != "constant":  # it is written in the call
                for source in self._sources(a, path):
                    self._edge(source, key)
        self.graph.nodes.append(node)
        self.sources[call.result] = [_Source(key)]

    def _view(self, call: Instruction) -> None:
        """No box: its readers are linked to what it is a view of."""
        below = self.makers.get(call.args[0]) if isinstance(call.function, Slice) else None
        if below is not None and isinstance(call.function, Slice):  # a gradient, of several that are computed as one
            at = below.function.index(call.function) if isinstance(below.function, Pack) else 0
            sources = self._sources(Variable(below.args[at]), self.around)
            self.sources[call.result] = [_Source(source.key, _seen(source.views, "part")) for source in sources]
            return
        if isinstance(call.function, Slice):
            return  # found as memory when it is read
        if isinstance(call.function, Pack):
            self.sources[call.result] = [source for a in call.reads for source in self._sources(a, self.around)]
            return
        self.sources[call.result] = []

    def _sources(self, a: Variable, path: Path) -> list[_Source]:
        """The boxes that make a value; one that comes from outside gets a box when it is first read."""
        if self.sources.get(a):
            return self.sources[a]
        call = self.makers.get(a)
        if call is None or isinstance(call.function, Slice):
            self.sources[a] = [self._outside(a, call, path)]
        else:
            view = text.view_name(call)
            below = self._sources(next(iter(call.reads)), path)
            self.sources[a] = [_Source(source.key, _seen(source.views, view)) for source in below]
        return self.sources[a]

    @property
    def makers(self) -> dict[Variable, Instruction]:
        """The call that makes each value."""
        if not hasattr(self, "_makers"):
            self._makers = self.plan.graph.makers()
        return self._makers

    def _edge(self, source: _Source, head: str) -> None:
        label = ", ".join(source.views)
        if source.key != head:
            self.graph.edges.append(ProgramEdge(source.key, head, label))

    # -- values from outside ------------------------------------------------------------------

    def _outside(self, a: Variable, call: Instruction | None, path: Path) -> _Source:
        """A box for memory, an argument or an old gradient."""
        value = self.plan.graph.values[a]
        array = self.plan.arrays.get(a) if call is not None else value.origin
        if isinstance(array, np.ndarray) and id(array) in self.known:
            return self.known[id(array)]
        key = f"{self.prefix}v{int(a)}"
        node = ProgramNode(key, "memory", "", value.sample.shape, path=path)
        if value.kind == "argument":
            node.kind, node.title, node.path = "argument", self.names.argument(value.origin), (*self.around, PREPARE)
        elif value.kind == "gradient":
            node.kind, node.title = "entry", f"{self.names.leaf(value.origin)}.grad before"
        elif value.kind == "cotangent":
            node.kind, node.title = "entry", "gradient from above"
        else:
            node.title, learns = self.names.memory(array)
            node.kind = "parameter" if learns else "memory"
            views = [
                c.function for c in self.plan.graph.instructions if isinstance(c.function, Slice) and c.args[0] == a
            ]
            if views:
                node.parameters = sum(len(view.members) for view in views)
                node.title, node.kind = f"{counted(node.parameters, 'parameter')} side by side", "parameter"
            elif call is not None and isinstance(call.function, Slice):
                flat, members = self.plan.arrays[Variable(call.args[0])], call.function.members
                node.title = " and ".join(self.names.memory(member(flat))[0] for member in members)
                node.kind, node.parameters = "parameter", len(members)
        self.graph.nodes.append(node)
        return _Source(key)

    # -- values seen outside ------------------------------------------------------------------

    def _gradient_made(self, value: Variable) -> None:
        """A box for the gradient, from which all others read it."""
        made: list[_Source] = []
        for order, leaf in enumerate(self.gradients.get(value, ())):
            key = f"{self.prefix}g{int(value)}_{order}"
            home = self.homes.get(text.home_of(leaf), ())
            title = f"{self.names.leaf(leaf)}.grad"
            sources = self._sources(value, self.around)
            path = next((node.path for node in self.graph.nodes if node.key == sources[0].key), self.around)
            if not _same(self.plan.arrays.get(value), self.plan.gradients[leaf]):
                sources = self._copy(value, self.plan.gradients[leaf], sources, path, key)
            self.graph.nodes.append(
                ProgramNode(key, "gradient", title, self.plan.graph.values[value].sample.shape, home[-1:], path=path)
            )
            for source in sources:
                self._edge(source, key)
            made.append(_Source(key))
        if made:
            self.sources[value] = made[:1]

    def _copy(
        self, value: Variable, place: np.ndarray[Any, Any], sources: list[_Source], path: Path, of: str
    ) -> list[_Source]:
        """A call that is not in the program's graph: the content is made elsewhere and has to be copied."""
        key = f"{of}_copy"
        sample = self.plan.graph.values[value].sample
        outside = self.buffers.is_outside(place)
        facts = (f"{sample.nbytes:,} bytes", *(("in the tensor's memory",) if outside else ()))
        name = "" if outside else self.buffers.called(place)
        self.graph.nodes.append(
            ProgramNode(key, "call", "copyto", sample.shape, facts, name, path, bytes=sample.nbytes)
        )
        for source in sources:
            self._edge(source, key)
        return [_Source(key)]

    def _seen_outside(self, program: Program) -> None:
        graph = self.plan.graph
        for leaf, value in graph.gradients.items():
            if value is not None and _is_sum(leaf):
                self.sums.append(self._sources(value, self.around)[0])
        body = (*self.around, BODY)
        for memory, content in graph.stores.items():
            sources = self._sources(content, body)
            origin = graph.values[memory].origin
            if self.plan.arrays.get(content) is not origin:
                sources = self._copy(content, origin, sources, body, f"{self.prefix}m{int(memory)}")
            written = self._sources(memory, body)[0]
            for source in sources:
                read = [e for e in self.graph.edges if (e.tail, e.head) == (written.key, source.key) and not e.label]
                if read:
                    read[0].flow = "both"
                else:
                    self.graph.edges.append(ProgramEdge(source.key, written.key, "", "write"))
        kept = len(program.backward_program.saved) if program.backward_program is not None else 0
        count = len(graph.results) - kept
        for order, value in enumerate(graph.results):
            kind: Kind = "result" if order < count else "kept"
            title = ("result" if count == 1 else f"result {order + 1}") if kind == "result" else "kept for backward"
            key = f"{self.prefix}r{order}"
            for source in self._sources(value, body):
                self._edge(source, key)
            sample = graph.values[value].sample
            self.graph.nodes.append(ProgramNode(key, kind, title, sample.shape, ("a copy",), path=self.around))


def _seen(views: tuple[str, ...], last: str) -> tuple[str, ...]:
    """The views in a row; transposing twice is nothing."""
    return views[:-1] if last == "T" and views[-1:] == ("T",) else (*views, last)


def _is_sum(leaf: Any) -> bool:
    return isinstance(leaf, tuple)


def _same(a: np.ndarray[Any, Any] | None, b: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays are the same entries."""
    return a is not None and a.shape == b.shape and text.address(a) == text.address(b) and a.strides == b.strides
