"""What is given out and lies in memory that is written to, is copied before."""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable


def copy_outputs(graph: Graph) -> Graph:
    """Separate outputs from memory that changes."""
    roots: dict[Variable, Variable] = {}
    for instruction in graph.instructions:
        if (base := instruction.base) is not None:
            roots[instruction.result] = roots.get(base, base)
    edit = Builder(graph)
    about = Instruction(np.copy, (), {}, Variable(-1), "copy")
    instead: dict[Variable, Variable] = {}
    before: list[Instruction] = []
    after: list[Instruction] = []
    for value in sorted(graph.outputs):
        if roots.get(value, value) in graph.stores:
            instead[value] = edit.add(np.copy, value, like=about)
            (before if value in graph.stores else after).append(edit.instructions.pop())
    edit.results = [instead.get(v, v) for v in graph.results]
    edit.stores = {memory: instead.get(v, v) for memory, v in graph.stores.items()}
    edit.gradients = {leaf: v if v is None else instead.get(v, v) for leaf, v in graph.gradients.items()}
    return edit.build([*before, *graph.instructions, *after])
