"""The log-loss of a sigmoid by way of its logits, for labels 0 and 1. Works on traced rows, before lowering.

With u = (1 - 2y) z, the loss of a = σ(z) is log(1 + e^u), and its cotangent at z is g (1 - 2y) e^u / (1 + e^u). Both
are exact mathematics for y in {0, 1}. In rounding they differ from the loss of `a` by that of 1 - a: a sample's loss by
at most eps (2 + e^u), its gradient by 4 eps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.inference import ArrayType
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Makers, Variable
from tinygrad_wtf.ops.rows.elementary import sigmoid
from tinygrad_wtf.ops.rows.loss import binary_cross_entropy, binary_cross_entropy_slope

LOG_LOSS = "log-loss of σ"  # how the calls of the rewritten loss are labelled
FAR = 10.0  # a logit as wrong as this: from here on the rounding of 1 - a shows in the log-loss


def is_near(u: Any) -> bool:
    """Whether no number is above `FAR` (nor NaN): the guard of the rewritten loss."""
    return bool(u.item(u.argmax()) <= FAR)


def is_binary(y: Any) -> bool:
    """Whether every label is exactly 0 or 1."""
    return bool(((y == 0) | (y == 1)).all())


class _Parts(NamedTuple):
    """1 - 2y, e^u and 1 + e^u."""

    side: Variable
    e: Variable
    q: Variable


def stable_bce(graph: Graph) -> Graph:
    """Rewrite each log-loss of a sigmoid under two guards, which hold for the samples: labels of 0 and 1, near logits.

    Where a guard fails, the function itself runs; not where something is drawn at random, which would be drawn twice.
    """
    if any(i.label == "draw" for i in graph.instructions):
        return graph
    makers, users = graph.makers(), graph.users()
    edit = Builder(graph)
    ends: dict[Variable, tuple[Variable, _Parts]] = {}  # cotangents of logits, each with its g
    for instruction in graph.instructions:
        if instruction.result in ends:
            g, parts = ends[instruction.result]
            wrong = edit.add(np.true_divide, parts.e, parts.q, like=instruction, label=LOG_LOSS)
            turned = edit.add(np.multiply, g, parts.side, like=instruction, label=LOG_LOSS)
            _stand_in(edit, instruction.result, edit.add(np.multiply, turned, wrong, like=instruction, label=LOG_LOSS))
        elif (z := _logits(graph, makers, instruction)) is not None:
            parts = _forward(edit, instruction, z)
            a, y = instruction.args
            for slope in users[a]:
                if slope.function is binary_cross_entropy_slope.forward and slope.args == (a, y):
                    ends |= {end: (g, parts) for end, g in _ends(makers, users, a, slope)}
        else:
            edit.keep(instruction)
    return edit.build()


def _logits(graph: Graph, makers: Makers, loss: Instruction) -> Variable | None:
    """The logits of a loss that can be rewritten."""
    if loss.function is not binary_cross_entropy.forward or not all(isinstance(a, Variable) for a in loss.args):
        return None
    a, y = loss.args
    made = makers.get(a)
    if made is None or made.function is not sigmoid.forward or not _is_given(graph, makers, y):
        return None
    z: Variable = made.args[0]
    labels, logits = graph.sample(y), graph.sample(z)
    if labels.shape != logits.shape or labels.dtype != logits.dtype or not logits.size or logits.dtype.itemsize < 4:
        return None
    if isinstance(labels, ArrayType) or isinstance(logits, ArrayType):  # too large to be kept: the guards will tell
        return z
    return z if is_binary(labels) and is_near((1 - 2 * labels) * logits) else None


def _is_given(graph: Graph, makers: Makers, variable: Variable) -> bool:
    """Whether a value depends on arguments, constants and untouched memory only."""
    waiting, seen = [variable], set()
    while waiting:
        v = waiting.pop()
        if v in seen:
            continue
        seen.add(v)
        made = makers.get(v)
        if made is not None:
            if made.effect:
                return False
            waiting += made.reads
            continue
        kind = graph.values[v].kind
        if kind not in ("argument", "constant") and not (kind == "memory" and v not in graph.stores):
            return False
    return True


def _forward(edit: Builder, loss: Instruction, z: Variable) -> _Parts:
    """Write the loss and its guards."""
    y, dtype = loss.args[1], edit.sample(z).dtype
    one, two = (edit.new("constant", np.full((), n, dtype)) for n in (1, 2))

    def add(function: Any, *args: Variable) -> Variable:
        return edit.add(function, *args, like=loss, label=LOG_LOSS)

    edit.add(is_binary, y, like=loss, label="guard", effect=True, sample=np.asarray(True))
    side = add(np.subtract, one, add(np.multiply, two, y))
    u = add(np.multiply, side, z)
    edit.add(is_near, u, like=loss, label="guard", effect=True, sample=np.asarray(True))
    e = add(np.exp, u)
    q = add(np.add, e, one)
    _stand_in(edit, loss.result, add(np.log, q))
    return _Parts(side, e, q)


def _stand_in(edit: Builder, old: Variable, new: Variable) -> None:
    """Replace a result; lowering compares what is computed from it with the trace, on the samples of the trace."""
    edit.update(new, sample=edit.sample(old))
    edit.replace(old, new)


def _ends(
    makers: Makers, users: dict[Variable, list[Instruction]], a: Variable, slope: Instruction
) -> list[tuple[Variable, Variable]]:
    """The cotangents of the logits: products (g · slope) · (a · (1 - a)), each with its g."""
    found = []
    for first in users.get(slope.result, []):
        if first.function is not np.multiply:
            continue
        g = first.args[0] if first.args[1] == slope.result else first.args[1]
        for end in users.get(first.result, []):
            second = makers.get(end.args[1]) if end.function is np.multiply and end.args[0] == first.result else None
            if second is None or second.function is not np.multiply or second.args[0] != a:
                continue
            rest = makers.get(second.args[1])
            if rest is not None and rest.function is np.subtract and rest.args == (1, a) and isinstance(g, Variable):
                found.append((end.result, g))
    return found
