"""The sigmoid by way of the hyperbolic tangent, which takes fewer calls in float32, and less time."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.compiler.inference import PRODUCTS
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable
from tinygrad_wtf.compiler.passes.stable_bce import LOG_LOSS
from tinygrad_wtf.ops.rows.elementary import sigmoid

HALF = 0.5
MANY = 4096  # entries: below this, the number of calls is what counts


def sigmoid_by_tanh(graph: Graph, many: int = MANY) -> Graph:
    """σ(z) = tanh(z / 2) / 2 + 1/2 in float32, in traced rows; bound: 2 eps, however small σ is.

    Only where all that is made of it by sums and products goes into another activation, a gradient or an update: a
    logarithm, a quotient or a result would show that tiny values are not right to the last digit.
    """
    users = graph.users()
    edit = Builder(graph)
    for given in graph.instructions:
        row = edit.renamed(given)
        y = graph.sample(row.result)
        is_large = row.function is sigmoid.forward and y.dtype == np.float32 and y.size >= many
        if not is_large or not _is_summed(graph, users, row.result):
            edit.instructions.append(row)
            continue
        half = edit.add(np.tanh, edit.add(np.multiply, row.args[0], HALF, like=row), like=row)
        made = edit.add(np.add, edit.add(np.multiply, half, HALF, like=row), HALF, like=row)
        edit.update(made, sample=y)  # lowering compares what is computed from it with what tracing gave
        edit.replace(row.result, made)
    return edit.build()


SUMS_AND_PRODUCTS = {
    "matmul",
    "linear",
    "permute",
    "add",
    "sub",
    "mul",
    "neg",
    "sum",
    "sum_to",
    "reshape",
    "copy",
    "write",
}
ACTIVATIONS = {"sigmoid", "tanh", "relu", "softmax", "log_softmax", "binary_cross_entropy_with_logits", LOG_LOSS}


def _is_summed(graph: Graph, users: dict[Variable, list[Instruction]], a: Variable) -> bool:
    """Whether a value goes, by way of sums and products, into activations, gradients and updates only.

    A check of gradients sees no more than whoever reads them, such as that they are finite.
    """
    gradients = set(graph.gradients.values())
    seen, waiting = {a}, [a]
    while waiting:
        value = waiting.pop()
        if value in graph.results:
            return False
        for call in users.get(value, []):
            if call.label in ACTIVATIONS or call.result in seen:
                continue
            if call.label == "check" and gradients.issuperset(call.reads):
                continue
            if call.label not in SUMS_AND_PRODUCTS:
                return False
            seen.add(call.result)
            waiting.append(call.result)
    return True


def halves(graph: Graph) -> Graph:
    """Let the half of ``x w + b`` be that of a small w and b: exact, since a half is a power of two."""
    makers, uses = graph.makers(), graph.uses()

    def maker(a: Any, functions: tuple[Any, ...]) -> Instruction | None:
        made = makers.get(a) if isinstance(a, Variable) and uses[a] == 1 else None
        return made if made is not None and made.function in functions else None

    halved: dict[Variable, Variable] = {}  # by result of a product or a sum: the small operand
    edit = Builder(graph)
    gone = set()
    for i in graph.instructions:
        if i.function is not np.multiply or i.args[1] is not HALF:
            continue
        add = maker(i.args[0], (np.add,))
        product = maker(add.args[0], PRODUCTS) if add is not None else None
        if add is None or product is None:
            continue
        w, b = product.args[1], add.args[1]
        if not isinstance(b, Variable):
            continue
        if 2 * (graph.sample(w).size + graph.sample(b).size) <= graph.sample(i.result).size:
            halved |= {product.result: w, add.result: b}
            gone.add(i.result)
            edit.replace(i.result, add.result)
    for i in graph.instructions:
        if i.result in halved:
            half = edit.add(np.multiply, edit.final(halved[i.result]), HALF, like=i)
            i = i.with_args(i.args[0], half)
        if i.result not in gone:
            edit.keep(i)
    return edit.build()
