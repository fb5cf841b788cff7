"""The same elementwise update of many arrays, as one update of one array: all parameters side by side in memory.

A step of gradient descent on ten parameters is twenty calls, or two. The tensors keep their shapes and become views of
the common memory when the program is bound; an array that somebody else holds too is left where it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.arrays import aligned_copy
from tinygrad_wtf.compiler.inference import type_of
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Move, Variable, is_elementwise
from tinygrad_wtf.compiler.passes.features_first import wide_weights
from tinygrad_wtf.compiler.passes.fold_bias import layers
from tinygrad_wtf.compiler.passes.slices import Pack, Slice


class Update(NamedTuple):
    """The calls that end in one array's new content (or in that of several, such as a weight and its velocity).

    Attributes
    ----------
    key : tuple
        What has to be the same for two updates to become one.
    memory, leaves : list of Variable
        What is written, and what else is read entry by entry.
    """

    key: Any
    instructions: list[Instruction]
    memory: list[Variable]
    leaves: list[Variable]
    shape: tuple[int, ...]


def pack_updates(graph: Graph) -> Graph:
    """Put arrays with the same update side by side. Exact."""
    groups: dict[Any, list[Update]] = {}
    for update in updates(graph):
        groups.setdefault(update.key, []).append(update)
    columns = {layer.weight for layer in layers(graph) if layer.bias in graph.stores}
    columns |= wide_weights(graph)
    for group in groups.values():
        packed = _Packing(graph, group, columns) if len(group) > 1 else None
        if packed is not None and packed.is_possible:
            graph = packed.written()
    return graph


def updates(graph: Graph) -> list[Update]:
    """All updates of memory that may be moved."""
    users = graph.users()
    seen = {*graph.results, *(v for v in graph.gradients.values() if v is not None)}
    stored = set(graph.stores.values())
    inside: dict[Variable, Instruction] = {}
    for instruction in reversed(graph.instructions):
        made = instruction.result
        ends = made in stored or made in users
        inner = all(user.result in inside for user in users.get(made, []))
        if is_elementwise(instruction) and ends and made not in seen and inner:
            inside[made] = instruction
    # Instructions that share a variable or an array in memory belong together.
    mark: dict[Variable, Variable] = {}

    def top(a: Variable) -> Variable:
        while mark.setdefault(a, a) != a:
            mark[a] = mark.setdefault(mark[a], mark[a])
            a = mark[a]
        return a

    for instruction in inside.values():
        for a in instruction.reads:
            if a in inside or a in graph.stores:
                mark[top(a)] = top(instruction.result)
    for memory, value in graph.stores.items():
        if value in inside:
            mark[top(memory)] = top(value)
    together: dict[Variable, list[Instruction]] = {}
    for instruction in graph.instructions:
        if instruction.result in inside:
            together.setdefault(top(instruction.result), []).append(instruction)
    contents = {value: memory for memory, value in graph.stores.items()}
    found = (_update(graph, instructions, contents) for instructions in together.values())
    return [u for u in found if u is not None and u.memory and all(m in graph.homes for m in u.memory)]


def _update(graph: Graph, instructions: list[Instruction], contents: dict[Variable, Variable]) -> Update | None:
    """The update that these instructions make; None if they differ in shape or dtype."""
    made = {instruction.result: i for i, instruction in enumerate(instructions)}
    first = graph.sample(instructions[0].result)
    kind = (first.shape, first.dtype)
    memory: list[Variable] = []
    leaves: list[Variable] = []
    pattern: list[Any] = [first.dtype.str]
    for instruction in instructions:
        pattern.append(instruction.function)
        for a in instruction.args:
            if not isinstance(a, Variable):
                pattern.append(("number", repr(a)))
            elif a in made:
                pattern.append(("made", made[a]))
            elif graph.sample(a).ndim == 0 and first.shape != ():
                pattern.append(("scalar", int(a)))
            else:
                role = memory if a in graph.stores else leaves
                if a not in role:
                    role.append(a)
                pattern.append(("memory" if a in graph.stores else "leaf", role.index(a)))
                if (graph.sample(a).shape, graph.sample(a).dtype) != kind:
                    return None
        target = contents.get(instruction.result)
        if target is not None:
            if target not in memory:
                memory.append(target)
            pattern.append(("store", memory.index(target)))
        if (graph.sample(instruction.result).shape, graph.sample(instruction.result).dtype) != kind:
            return None
    return Update(tuple(pattern), instructions, memory, leaves, first.shape)


class _Packing:
    """A group of the same updates, and the memory that they are to have in common."""

    def __init__(self, graph: Graph, group: list[Update], columns: set[Variable]) -> None:
        self.graph, self.group = graph, group
        self.tensors = [[graph.homes[m] for m in role] for role in zip(*(u.memory for u in group), strict=True)]
        self.parts: list[Slice] = []
        for update in group:
            start = self.parts[-1].stop if self.parts else 0
            self.parts.append(Slice(start, update.shape, _order(graph, update, columns)))
        self.flats = [self._side_by_side(tensors) for tensors in self.tensors]
        self.is_possible = all(flat is not None for flat in self.flats)

    def _side_by_side(self, tensors: list[Any]) -> np.ndarray[Any, Any] | None:
        """One array for these tensors: the one in which they lie one after the other already, or a new one."""
        arrays = [tensor.value for tensor in tensors]
        if arrays[0].base is not None:
            return _stretch(arrays, self.parts)
        if any(a.base is not None or not a.flags.c_contiguous for a in arrays):
            return None
        return aligned_copy(Pack(self.parts)(*arrays))

    def written(self) -> Graph:
        """The graph with one update."""
        graph, first = self.graph, self.group[0]
        edit = Builder(graph)
        memory: list[Variable] = []
        for role, (flat, tensors) in enumerate(zip(self.flats, self.tensors, strict=True)):
            assert flat is not None
            memory.append(edit.new("memory", type_of(flat), flat))
            for update, part, tensor in zip(self.group, self.parts, tensors, strict=True):
                m = update.memory[role]
                about = Instruction(part, (), {}, m, tensor.name or "memory")
                edit.replace(m, edit.add(part, memory[role], like=about))
                del edit.stores[m], edit.homes[m]
                if tensor.value.base is None:
                    edit.moves.append(Move(tensor, part(flat)))
        gone = {i.result for update in self.group for i in update.instructions}
        for instruction in graph.instructions:
            if instruction.result not in gone:
                edit.keep(instruction)
        known: dict[Any, Variable] = dict(zip(first.memory, memory, strict=True))
        for role, leaf in enumerate(first.leaves):
            members = tuple(edit.final(u.leaves[role]) for u in self.group)
            about = Instruction(np.copy, (), {}, leaf, "pack")
            known[leaf] = edit.add(Pack(self.parts), *members, like=about)
        for instruction in first.instructions:
            args = (known.get(a, a) if isinstance(a, Variable) else a for a in instruction.args)
            about = Instruction(np.copy, (), {}, instruction.result, "update")
            known[instruction.result] = edit.add(instruction.function, *args, like=about)
        for role, m in enumerate(first.memory):
            edit.stores[memory[role]] = known[graph.stores[m]]
        return edit.build()


def _order(graph: Graph, update: Update, columns: set[Variable]) -> str:
    """How the arrays of an update are to lie; those that lie side by side already stay as they are."""
    arrays = (graph.homes[m].value for m in update.memory)
    packed = next((a for a in arrays if a.base is not None), None)
    if packed is not None:
        return "C" if packed.flags.c_contiguous else "F"
    return "F" if not columns.isdisjoint(update.memory) else "C"


def _stretch(arrays: list[np.ndarray[Any, Any]], parts: list[Slice]) -> np.ndarray[Any, Any] | None:
    """The part of their base that these views fill one after the other, if they do."""
    base = arrays[0].base
    assert base is not None
    if base.ndim != 1 or base.dtype != arrays[0].dtype or not base.flags.c_contiguous:
        return None
    start = at = arrays[0].__array_interface__["data"][0]
    for a, part in zip(arrays, parts, strict=True):
        lies = a.flags.f_contiguous if part.order == "F" else a.flags.c_contiguous
        if a.base is not base or not lies or a.__array_interface__["data"][0] != at:
            return None
        at += a.nbytes
    first = (start - base.__array_interface__["data"][0]) // base.itemsize
    return base[first : first + sum(a.size for a in arrays)]
