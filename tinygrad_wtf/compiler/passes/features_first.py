"""A wide input, with many more features than the layer has neurons, is read feature after feature by its gradient.

The gradient of the weight is the product of the cotangents with the input, sample by sample. Multiplying the transposed
input, which is one long row for each feature, takes less time; where the input stays the same it is copied once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.compiler.hoist import held_variables
from tinygrad_wtf.compiler.inference import ArrayType
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Makers, Variable, is_product, is_transpose
from tinygrad_wtf.compiler.passes.dce import dce

WIDE = 8  # features for each neuron
LARGE = 1 << 20  # products of numbers: below this, the overhead of calls is what counts
BLOCK = 64  # rows and columns that are transposed at once: they stay in the cache


class _FeaturesFirst:
    """A copy of the transpose, row after row."""

    __name__ = "features_first"

    def __call__(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        turned = np.empty(x.shape[::-1], x.dtype)
        for i in range(0, x.shape[0], BLOCK):
            for j in range(0, x.shape[1], BLOCK):
                turned[j : j + BLOCK, i : i + BLOCK] = x[i : i + BLOCK, j : j + BLOCK].T
        return turned

    def infer(self, x: ArrayType) -> ArrayType:
        """Shape and dtype of the copy."""
        return ArrayType(x.shape[::-1], x.dtype)


features_first_copy = _FeaturesFirst()


def wide_weights(graph: Graph) -> set[Variable]:
    """The weights in memory of layers with wide inputs: their gradients come out transposed, so they lie so."""
    held, makers = held_variables(graph), graph.makers()
    found = set()
    for product in graph.instructions:
        turned = makers.get(product.args[1]) if is_product(product, graph) else None
        if is_transpose(turned) and product.args[0] in held and turned.args[0] in graph.stores:
            neurons, features = graph.sample(turned.args[0]).shape
            if features >= WIDE * neurons:
                found.add(turned.args[0])
    return found


def features_first(graph: Graph, wide: float = WIDE) -> Graph:
    """Let the gradients of weights read a copy of a wide input that stays the same. Bound: sums in another order."""
    held, makers = held_variables(graph), graph.makers()
    edit = Builder(graph)
    copies: dict[Variable, Variable] = {}
    for instruction in graph.instructions:
        z = _cotangent(graph, makers, held, instruction, wide)
        if z is None:
            edit.instructions.append(instruction)
            continue
        x = instruction.args[1]
        if x not in copies:
            copies[x] = edit.add(features_first_copy, x, like=instruction)
        product = edit.add(np.dot, copies[x], z, like=instruction)
        about = (instruction.label, instruction.scope)
        edit.instructions.append(Instruction(np.transpose, (product, (1, 0)), {}, instruction.result, *about))
    return dce(edit.build()) if copies else graph


def _cotangent(
    graph: Graph, makers: Makers, held: set[Variable], instruction: Instruction, wide: float
) -> Variable | None:
    """What a wide input is multiplied with, transposed, to give the gradient of a weight."""
    if not is_product(instruction, graph) or instruction.args[1] not in held:
        return None
    turned = makers.get(instruction.args[0])
    neurons, features = graph.sample(instruction.result).shape
    samples = graph.sample(instruction.args[1]).shape[0]
    if not is_transpose(turned) or features < wide * neurons or samples * features * neurons < LARGE:
        return None
    if neurons == 1:  # a product with one column reads either order equally fast, and two copies take twice the cache
        return None
    return Variable(turned.args[0])
