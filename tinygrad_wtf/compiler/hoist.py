"""Hoisting: what depends on the inputs alone is done before the body of the program, and only when they change."""

from __future__ import annotations

from typing import NamedTuple

from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable


class Hoisted(NamedTuple):
    """The instructions of `prepare`, those of `body`, and all variables that are known after the first."""

    prepare: list[Instruction]
    body: list[Instruction]
    held: set[Variable]


def hoist(graph: Graph) -> Hoisted:
    """Divide a graph: what depends on arguments, constants and untouched memory goes first."""
    held = {
        variable
        for variable, value in graph.values.items()
        if value.kind in ("argument", "constant") or (value.kind == "memory" and variable not in graph.stores)
    }
    first, rest = [], []
    for instruction in graph.instructions:
        if instruction.label != "draw" and all(a in held for a in instruction.reads):
            first.append(instruction)
            held.add(instruction.result)
        else:
            rest.append(instruction)
    return Hoisted(first, rest, held)


def held_variables(graph: Graph) -> set[Variable]:
    """The variables that are known before the body runs."""
    return hoist(graph).held
