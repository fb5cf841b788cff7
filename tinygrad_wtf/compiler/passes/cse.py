"""Common subexpression elimination: a call that was made before, on the same values, is not made again."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable

SMALL = 16  # entries: constants of so few are compared by their bits


def cse(graph: Graph) -> Graph:
    """Make each call once. Exact."""
    edit = Builder(graph)
    known: dict[Any, Variable] = {}
    for given in graph.instructions:
        instruction = edit.renamed(given)
        key = None if instruction.effect else _key(graph, instruction)
        if key is not None and key in known:
            edit.replace(instruction.result, known[key])
            continue
        edit.instructions.append(instruction)
        if key is not None:
            known[key] = instruction.result
    return edit.build()


def _key(graph: Graph, instruction: Instruction) -> Any:
    parts = [_part(graph, a) for a in instruction.args]
    parts += [(name, _part(graph, a)) for name, a in sorted(instruction.settings.items())]
    if any(part is None or part[-1] is None for part in parts):
        return None
    return (instruction.function, *parts)


def _part(graph: Graph, a: Any) -> Any:
    if isinstance(a, Variable):
        value = graph.values[a]
        if value.kind == "constant" and value.sample.size <= SMALL:  # the same small constant under two numbers
            return ("constant", value.sample.dtype.str, value.sample.shape, value.sample.tobytes())
        return ("variable", int(a))
    if isinstance(a, bool | int | float | str | type(None) | np.dtype | type(Ellipsis) | tuple | slice):
        return (type(a), repr(a))
    return None
