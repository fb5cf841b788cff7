"""The same elementwise update of many arrays, as one update of one array: all parameters side by side in memory.

A step of gradient descent on ten parameters is twenty calls, or two. The tensors keep their shapes and become views of
the common memory; an array that somebody else holds too is left where it is.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from tinygrad_wtf._changes import changes
from tinygrad_wtf.compiler.arrays import aligned_copy
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable
from tinygrad_wtf.tensors.tensor import Tensor


class Part:
    """A view function: the entries from `start` on, in this shape; `members` are the parts of which it consists."""

    def __init__(self, start: int, shape: tuple[int, ...], order: str = "C", members: tuple[Part, ...] = ()) -> None:
        self.start, self.shape, self.order = start, shape, order
        self.stop = start + math.prod(shape)
        self.members = members or (self,)

    def __call__(self, flat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """View them."""
        return flat[self.start : self.stop].reshape(self.shape, order=self.order)  # type: ignore[call-overload,no-any-return]


class Gather:
    """All entries of several arrays one after the other. A plan lets them be made where they belong."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    def index(self, part: Part) -> int:
        """Which of its arrays a part lies in."""
        return next(i for i, own in enumerate(self.parts) if own.start <= part.start < own.stop)

    def __call__(self, *arrays: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Copy them into one array."""
        return np.concatenate(
            [a.reshape(-1, order=part.order) for part, a in zip(self.parts, arrays, strict=True)]  # type: ignore[call-overload]
        )


def is_elementwise(call: Instruction) -> bool:
    """Whether it is a ufunc of numbers with one result, without settings."""
    function = call.function
    return (
        isinstance(function, np.ufunc)
        and function.signature is None
        and function.nout == 1
        and len(call.args) == function.nin
        and not call.settings
    )


def fused_updates(graph: Graph, homes: dict[Variable, Tensor], layouts: dict[Variable, str]) -> Graph:
    """Put arrays with the same update side by side; `homes` are the tensors whose memory the graph changes."""
    groups: dict[Any, list[_Update]] = {}
    for update in _updates(graph, homes):
        groups.setdefault(update.key, []).append(update)
    for group in groups.values():
        if len(group) > 1:
            graph = _fused(graph, group, homes, layouts)
    return graph


class _Update:
    """The calls that end in one array's new content (or in that of several, such as a weight and its velocity)."""

    def __init__(self, graph: Graph, calls: list[Instruction]) -> None:
        self.calls = calls
        made = {call.result: i for i, call in enumerate(calls)}
        self.memory: list[Variable] = []
        self.leaves: list[Variable] = []
        self.shape = graph.values[calls[0].result].sample.shape
        dtype = graph.values[calls[0].result].sample.dtype
        stores = {value: memory for memory, value in graph.stores.items()}
        pattern: list[Any] = [dtype.str]
        self.fits = True
        for call in calls:
            pattern.append(call.function)
            for a in call.args:
                if not isinstance(a, Variable):
                    pattern.append(("number", repr(a)))
                elif a in made:
                    pattern.append(("made", made[a]))
                elif graph.values[a].sample.ndim == 0 and self.shape != ():
                    pattern.append(("scalar", int(a)))
                else:
                    role = self.memory if a in graph.stores else self.leaves
                    if a not in role:
                        role.append(a)
                    pattern.append(("memory" if a in graph.stores else "leaf", role.index(a)))
                    sample = graph.values[a].sample
                    self.fits = self.fits and sample.shape == self.shape and sample.dtype == dtype
            target = stores.get(call.result)
            if target is not None:
                if target not in self.memory:
                    self.memory.append(target)
                pattern.append(("store", self.memory.index(target)))
            sample = graph.values[call.result].sample
            self.fits = self.fits and sample.shape == self.shape and sample.dtype == dtype
        self.key = tuple(pattern)


def _updates(graph: Graph, homes: dict[Variable, Tensor]) -> list[_Update]:
    users = graph.users()
    seen = {*graph.results, *(v for v in graph.gradients.values() if v is not None)}
    stored = set(graph.stores.values())
    inside: dict[Variable, Instruction] = {}
    for call in reversed(graph.instructions):
        made = call.result
        ends = made in stored or made in users
        if is_elementwise(call) and ends and made not in seen and all(u.result in inside for u in users.get(made, [])):
            inside[made] = call
    # Calls that share a value or an array in memory belong together.
    mark: dict[Variable, Variable] = {}

    def top(a: Variable) -> Variable:
        while mark.setdefault(a, a) != a:
            a = mark[a]
        return a

    for call in inside.values():
        for a in call.reads:
            if a in inside or a in graph.stores:
                mark[top(a)] = top(call.result)
    for memory, value in graph.stores.items():
        if value in inside:
            mark[top(memory)] = top(value)
    together: dict[Variable, list[Instruction]] = {}
    for call in graph.instructions:
        if call.result in inside:
            together.setdefault(top(call.result), []).append(call)
    updates = [_Update(graph, calls) for calls in together.values()]
    return [u for u in updates if u.fits and u.memory and all(m in homes for m in u.memory)]


def _fused(graph: Graph, group: list[_Update], homes: dict[Variable, Tensor], layouts: dict[Variable, str]) -> Graph:
    homes_of = [[homes[update.memory[role]] for update in group] for role in range(len(group[0].memory))]
    first = group[0]
    parts: list[Part] = []
    for update in group:
        start = parts[-1].stop if parts else 0
        parts.append(Part(start, update.shape, layouts.get(update.memory[0], "C")))
    flats = [
        _side_by_side(graph, [u.memory[role] for u in group], tensors, parts) for role, tensors in enumerate(homes_of)
    ]
    if any(flat is None for flat in flats):
        return graph
    views: list[Instruction] = []
    instead: dict[Variable, Variable] = {}
    memory: list[Variable] = []
    for role, flat in enumerate(flats):
        assert flat is not None
        memory.append(graph.new("memory", flat.copy(), flat))
        for update, part, tensor in zip(group, parts, homes_of[role], strict=True):
            view = graph.new("computed", part(flat))
            views.append(Instruction(part, (memory[role],), {}, view, tensor.name or "memory"))
            instead[update.memory[role]] = view
            graph.values[update.memory[role]].origin = tensor.value
    tail: list[Instruction] = []
    leaves: list[Variable] = []
    for role in range(len(first.leaves)):
        members = tuple(instead.get(u.leaves[role], u.leaves[role]) for u in group)
        gather = Gather(parts)
        flat_leaf = graph.new("computed", gather(*(graph.values[m].sample for m in members)))
        tail.append(Instruction(gather, members, {}, flat_leaf, "gather"))
        leaves.append(flat_leaf)
    known: dict[Variable, Variable] = dict(zip(first.memory, memory, strict=True)) | dict(
        zip(first.leaves, leaves, strict=True)
    )
    for call in first.calls:
        samples = [graph.values[known.get(a, a)].sample if isinstance(a, Variable) else a for a in call.args]
        known[call.result] = result = graph.new("computed", call.function(*samples))
        args = tuple(known.get(a, a) if isinstance(a, Variable) else a for a in call.args)
        tail.append(Instruction(call.function, args, {}, result, "update"))
    gone = {call.result for update in group for call in update.calls}
    dropped = {m for update in group for m in update.memory}
    kept = [call for call in graph.instructions if call.result not in gone]
    stores = {m: v for m, v in graph.stores.items() if m not in dropped}
    stores |= {memory[role]: known[graph.stores[m]] for role, m in enumerate(first.memory)}
    made = graph.with_instructions([*views, *kept], instead)
    made.instructions += tail
    made.stores = stores
    return made


def _side_by_side(
    graph: Graph, members: list[Variable], tensors: list[Tensor], parts: list[Part]
) -> np.ndarray[Any, Any] | None:
    """One array in which these lie one after the other: the one there is, or a new one."""
    arrays = [tensor.value for tensor in tensors]
    if any(graph.values[m].origin is not array for m, array in zip(members, arrays, strict=True)):
        return None
    base = arrays[0].base
    if base is not None:
        return _stretch(base, arrays, parts)
    if any(a.base is not None or not a.flags.c_contiguous for a in arrays):
        return None
    del arrays
    for member, tensor in zip(members, tensors, strict=True):
        # The tensor, the graph, its copy and the argument of getrefcount; anybody else might look at the old memory.
        if sys.getrefcount(tensor.value) > 4 or graph.values[member].origin is not tensor.value:
            return None
    flat = aligned_copy(Gather(parts)(*(tensor.value for tensor in tensors)))
    for member, tensor, part in zip(members, tensors, parts, strict=True):
        old = tensor.value
        tensor.value = part(flat)
        changes.replaced(old, tensor.value)
        graph.values[member].origin = tensor.value
    return flat


def _stretch(
    base: np.ndarray[Any, Any], arrays: list[np.ndarray[Any, Any]], parts: list[Part]
) -> np.ndarray[Any, Any] | None:
    """The part of `base` that these views fill one after the other, if they do."""
    if base.ndim != 1 or base.dtype != arrays[0].dtype or not base.flags.c_contiguous:
        return None
    start = at = arrays[0].__array_interface__["data"][0]
    for a, part in zip(arrays, parts, strict=True):
        if (
            a.base is not base
            or not (a.flags.f_contiguous if part.order == "F" else a.flags.c_contiguous)
            or a.__array_interface__["data"][0] != at
        ):
            return None
        at += a.nbytes
    first = (start - base.__array_interface__["data"][0]) // base.itemsize
    return base[first : first + sum(a.size for a in arrays)]
