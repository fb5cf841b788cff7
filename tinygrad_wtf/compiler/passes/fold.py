"""Constant folding: what depends on constants alone is computed now, and what changes nothing is left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable
from tinygrad_wtf.compiler.lower import astype


def fold(graph: Graph) -> Graph:
    """Compute with constants, and drop products with one, casts and reshapes to what is there already. Exact."""
    edit = Builder(graph)
    for given in graph.instructions:
        instruction = edit.renamed(given)
        if instruction.effect:
            edit.instructions.append(instruction)
        elif all(edit.values[a].kind == "constant" for a in instruction.reads):
            edit.update(instruction.result, kind="constant", sample=_computed(edit, instruction))
        elif (same := _unchanged(edit, instruction)) is not None:
            edit.replace(instruction.result, same)
        else:
            edit.instructions.append(instruction)
    return edit.build()


def _computed(edit: Builder, instruction: Instruction) -> np.ndarray[Any, Any]:
    with np.errstate(all="ignore"):
        return np.asarray(instruction.function(*map(edit.sample, instruction.args), **instruction.settings))


def _unchanged(edit: Builder, instruction: Instruction) -> Variable | None:
    """The argument that the result is equal to, bit for bit."""
    function, args = instruction.function, instruction.args
    result = edit.sample(instruction.result)
    candidates: list[Any] = []
    if function in (np.multiply, np.true_divide):
        if _is_one(edit, args[1]):
            candidates.append(args[0])
        elif function is np.multiply and _is_one(edit, args[0]):
            candidates.append(args[1])
    elif (
        function in (np.reshape, np.broadcast_to, astype, np.positive, np.copy, np.array)
        or (function is np.transpose and result.ndim < 2)
        or (function is np.transpose and args[1] == tuple(range(result.ndim)))
    ):
        candidates.append(args[0])
    for a in candidates:
        if isinstance(a, Variable):
            sample = edit.sample(a)
            if sample.shape == result.shape and sample.dtype == result.dtype:
                return a
    return None


def _is_one(edit: Builder, a: Any) -> bool:
    if isinstance(a, Variable):
        sample = edit.sample(a)
        return edit.values[a].kind == "constant" and sample.size > 0 and bool((sample == 1).all())
    return isinstance(a, int | float) and a == 1
