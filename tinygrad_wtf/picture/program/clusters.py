"""In which cluster the calls of a program lie: the layer that they belong to, or whose gradients they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tinygrad_wtf.compiler.executable import Executable
from tinygrad_wtf.compiler.ir import VIEWS, Instruction, Variable
from tinygrad_wtf.compiler.passes.slices import Pack, Slice
from tinygrad_wtf.picture.program.model import BACKWARD, BODY, Path
from tinygrad_wtf.picture.program.text import address, home_of

__all__ = ["paths_of_calls", "paths_of_memory"]


def paths_of_calls(plan: Executable, gradients: dict[Variable, list[Any]], homes: dict[int, Path]) -> dict[int, Path]:
    """By call of the body: its clusters.

    What the backward pass computes has no layer of its own. It is put with the next gradient after it, if it leads to
    a gradient and not to a result.
    """
    paths: dict[int, Path] = {}
    target: Path = ()
    leaves = _made_of(plan, gradients)
    backward = _leading_to(plan, gradients) - _leading_to(plan, plan.graph.results)
    for call in reversed(plan.running[1]):
        for leaf in leaves.get(call.result, ()):
            target = homes.get(home_of(leaf), ())
        if call.scope:
            paths[id(call)] = (BODY, *call.scope)
        elif call.label == "update":
            paths[id(call)] = (BODY, "update")
        elif target and call.result in backward:
            paths[id(call)] = (BODY, BACKWARD, f"to the gradients of {target[-1]}")
        else:
            paths[id(call)] = (BODY,)
    return paths


def paths_of_memory(plan: Executable) -> dict[int, Path]:
    """By address of an array: the layer that reads it first, seen through views."""
    roots: dict[Variable, Variable] = {}
    found: dict[int, Path] = {}
    makers = plan.graph.makers()
    for call in plan.graph.instructions:
        if not isinstance(call.function, Slice) and call.function in VIEWS:
            below: Variable = call.args[0]
            roots[call.result] = roots.get(below, below)
            continue
        for a in call.reads:
            for array in _arrays(plan, makers, roots.get(a, a)):
                if call.scope:
                    found.setdefault(address(array), call.scope)
    return found


def _arrays(plan: Executable, makers: dict[Variable, Instruction], a: Variable) -> list[Any]:
    """The array that a value lies in; of parameters that are read as one, all."""
    maker = makers.get(a)
    if maker is not None and isinstance(maker.function, Slice) and maker.args[0] in plan.arrays:
        return [member(plan.arrays[Variable(maker.args[0])]) for member in maker.function.members]
    return [plan.arrays[a]] if a in plan.arrays else []


def _leading_to(plan: Executable, values: Iterable[Variable]) -> set[Variable]:
    """These values, and all from which they are computed."""
    found = set(values)
    for call in reversed(plan.graph.instructions):
        if call.result in found:
            found.update(call.reads)
    return found


def _made_of(plan: Executable, gradients: dict[Variable, list[Any]]) -> dict[Variable, list[Any]]:
    """By the value that a call makes: the leaves whose gradient it is, seen through views."""
    makers = plan.graph.makers()
    running = {call.result for calls in plan.running for call in calls}
    found: dict[Variable, list[Any]] = {}
    for value, leaves in gradients.items():
        root: Any = value
        while root not in running and root in makers and makers[root].args:
            below, view = makers.get(makers[root].args[0]), makers[root].function
            if isinstance(view, Slice) and below is not None and isinstance(below.function, Pack):
                root = below.args[below.function.index(view)]
            else:
                root = makers[root].args[0]
        if isinstance(root, Variable):
            found.setdefault(root, []).extend(leaves)
    return found
