"""Dead code elimination: only the instructions that something outside depends on, and what they read."""

from __future__ import annotations

from tinygrad_wtf.compiler.ir import Builder, Graph, Variable


def dce(graph: Graph) -> Graph:
    """Drop what nobody reads, but keep effects."""
    wanted: set[Variable] = graph.outputs | set(graph.stores)
    kept = []
    for instruction in reversed(graph.instructions):
        if instruction.effect or instruction.result in wanted:
            kept.append(instruction)
            wanted.add(instruction.result)
            wanted.update(instruction.reads)
    edit = Builder(graph)
    edit.values = {variable: value for variable, value in graph.values.items() if variable in wanted}
    return edit.build(reversed(kept))
