"""The guard of a log-loss looks at a sum: while Σ (1 + e^u) is at most e^FAR, so is each term, and no u is above `FAR`.

That sum comes with the total of the loss, in one product of two rows with a vector.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable
from tinygrad_wtf.compiler.passes.dce import dce
from tinygrad_wtf.compiler.passes.slices import Pack, Slice
from tinygrad_wtf.compiler.passes.stable_bce import FAR, is_near
from tinygrad_wtf.compiler.passes.sums_as_dots import Total


def is_near_by_sum(u: Any, sums: Any, most: float) -> bool:
    """Whether no number is above `FAR`: by their sum, if that is small enough. Then the total of the loss is finite."""
    return bool(sums.item(1) <= most) or is_near(u)


def guard_by_sum(graph: Graph) -> Graph:
    """Let each guard of a total follow it. Exact, but for the total: its bound is that of `Total`."""
    edit = Builder(graph)
    found = {chain[-1].result: (guard, chain) for guard, chain in _chains(graph)}
    guards = {guard.result for guard, _ in found.values()}
    for i in graph.instructions:
        if i.result in found:
            guard, (_, add, log, _, _) = found[i.result]
            u, shape, weights = guard.args[0], graph.sample(add.result).shape, graph.sample(i.args[1]).reshape(-1)
            n = weights.size
            both = edit.add(Pack([Slice(0, shape), Slice(n, shape)]), log.result, add.result, like=i)
            sums = edit.add(np.dot, edit.add(np.reshape, both, (2, n), like=i), edit.new("constant", weights), like=i)
            total = edit.add(operator.getitem, sums, slice(0, 1), like=i)
            edit.keep(Instruction(np.reshape, (total, graph.sample(i.result).shape), {}, i.result, i.label, i.scope))
            most = float(weights[0] * math.exp(FAR) * (1 - n * np.finfo(weights.dtype).eps))  # however it is rounded
            edit.keep(guard.with_args(u, sums, most, function=is_near_by_sum))
        elif i.result not in guards:
            edit.keep(i)
    return dce(edit.build()) if found else graph


def _chains(graph: Graph) -> list[tuple[Instruction, list[Instruction]]]:
    """Each guard, with the calls that lead from what it looks at to the total of the loss."""
    users = graph.users()
    found = []
    for guard in (i for i in graph.instructions if i.function is is_near):
        chain, a = list[Instruction](), Variable(guard.args[0])
        for function in (np.exp, np.add, np.log, np.reshape, Total):
            user = next((i for i in users.get(a, []) if function in (i.function, type(i.function))), None)
            if user is None or (function is np.add and not (graph.sample(user.args[1]) == 1).all()):
                break
            chain.append(user)
            a = user.result
        else:
            found.append((guard, chain))
    return found
