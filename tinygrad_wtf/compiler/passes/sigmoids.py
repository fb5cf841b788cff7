"""The sigmoid by way of the hyperbolic tangent, which NumPy computes faster in float32, on some processors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable
from tinygrad_wtf.compiler.passes.exact import PRODUCTS
from tinygrad_wtf.compiler.passes.rewriting import LOG_LOSS
from tinygrad_wtf.compiler.tuning.timing import best_times
from tinygrad_wtf.ops.rows.elementary import sigmoid

HALF = 0.5
MANY = 4096  # entries: below this, the number of calls is what counts


def with_tanh(graph: Graph) -> Graph:
    """σ(z) = tanh(z / 2) / 2 + 1/2 in float32, where NumPy is faster with it; bound: 2 eps, however small σ is.

    Only where all that is made of it by sums and products goes into another activation, a gradient or an update: a
    logarithm, a quotient or a result would show that tiny values are not right to the last digit.
    """
    users = graph.users()
    calls: list[Instruction] = []
    instead: dict[Variable, Variable] = {}
    for call in graph.instructions:
        y = graph.values[call.result].sample
        is_large = call.function is sigmoid.forward and y.dtype == np.float32 and y.size >= MANY
        if not is_large or not _is_summed(graph, users, call.result) or not tanh_is_faster():
            calls.append(call)
            continue
        z = call.args[0]
        steps: list[tuple[Any, tuple[float, ...]]] = [
            (np.multiply, (HALF,)), (np.tanh, ()), (np.multiply, (HALF,)), (np.add, (HALF,)),
        ]  # fmt: skip
        for function, numbers in steps:
            made = graph.new("computed", function(graph.sample(z), *numbers))
            calls.append(Instruction(function, (z, *numbers), {}, made, call.label, call.scope))
            z = made
        graph.values[z].sample = y  # lowering compares what is computed from it with what tracing gave
        instead[call.result] = z
    return graph.with_instructions(calls, instead)


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


@functools.cache
def tanh_is_faster() -> bool:
    """Whether a float32 tanh and two calls are faster here than an exponential and two others, measured once."""
    z = np.linspace(-6, 6, 1 << 16, dtype=np.float32)
    y, half, one = np.empty_like(z), np.float32(0.5), np.float32(1)

    def by_tanh() -> None:
        np.tanh(z, y)
        np.multiply(y, half, y)
        np.add(y, half, y)

    def by_exp() -> None:
        np.exp(z, y)
        np.add(y, one, y)
        np.divide(one, y, y)

    tanh, exp = best_times([by_tanh, by_exp])
    return tanh < 0.9 * exp


def scaled(graph: Graph) -> Graph:
    """Let the half of ``x w + b`` be that of a small w and b: exact, since a half is a power of two."""
    makers, uses = graph.makers(), graph.uses()

    def maker(a: Any, functions: tuple[Any, ...]) -> Instruction | None:
        call = makers.get(a) if isinstance(a, Variable) and uses[a] == 1 else None
        return call if call is not None and call.function in functions else None

    instead: dict[Variable, list[Instruction]] = {}
    renaming: dict[Variable, Variable] = {}
    for call in graph.instructions:
        if call.function is not np.multiply or call.args[1] is not HALF:
            continue
        add = maker(call.args[0], (np.add,))
        product = maker(add.args[0], PRODUCTS) if add is not None else None
        if add is None or product is None:
            continue
        (x, w), b = product.args, add.args[1]
        if (
            not isinstance(b, Variable)
            or 2 * (graph.sample(w).size + graph.sample(b).size) > graph.sample(call.result).size
        ):
            continue
        for of, small in ((product, w), (add, b)):
            half = graph.new("computed", np.multiply(graph.sample(small), HALF))
            other = x if of is product else product.result
            instead[of.result] = [
                Instruction(np.multiply, (small, HALF), {}, half, call.label, call.scope),
                Instruction(of.function, (other, half), {}, of.result, of.label, of.scope),
            ]
        instead[call.result] = []
        renaming[call.result] = add.result
    return graph.with_instructions(
        (new for call in graph.instructions for new in instead.get(call.result, [call])), renaming
    )
