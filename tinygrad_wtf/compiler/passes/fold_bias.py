"""A bias as one more row of the weights, against a column of ones, in a layer that reads an input of the program.

The layer is one product then, and the gradients of weight and bias are one. Bound: sums of products in another order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.hoist import held_variables
from tinygrad_wtf.compiler.inference import PRODUCTS, ArrayType
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Makers, Variable, is_product, is_transpose
from tinygrad_wtf.compiler.passes.slices import Pack, Slice
from tinygrad_wtf.compiler.passes.sums_as_dots import Total
from tinygrad_wtf.core.unbroadcast import sum_to

FEW = 1 << 16  # entries: an input as small as this may be copied
NARROW = 4  # features for each neuron: copying more takes longer than adding the bias


class _WithOnes:
    """The matrix with one more column, of ones."""

    __name__ = "with_ones"

    def __call__(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)

    def infer(self, x: ArrayType) -> ArrayType:
        """Shape and dtype of the matrix."""
        return ArrayType((x.shape[0], x.shape[1] + 1), x.dtype)


with_ones = _WithOnes()


class Layer(NamedTuple):
    """The sum x Wᵀ + b, and the product in it, for an input x."""

    add: Instruction
    product: Instruction
    x: Variable
    weight: Variable
    bias: Variable


def layers(graph: Graph) -> Iterator[Layer]:
    """The layers of which the bias can be folded, if it follows the weight in memory."""
    held = held_variables(graph)
    makers, uses = graph.makers(), graph.uses()
    for add in graph.instructions:
        product = makers.get(add.args[0]) if add.function is np.add else None
        if not is_product(product, graph) or uses[product.result] > 1:
            continue
        turned, (x, bias) = makers.get(product.args[1]), (product.args[0], add.args[1])
        if not is_transpose(turned) or x not in held or not isinstance(bias, Variable):
            continue
        neurons, features = graph.sample(turned.args[0]).shape
        is_small = graph.sample(x).size <= FEW and features <= NARROW * neurons
        if is_small and graph.sample(bias).shape == (neurons,):
            yield Layer(add, product, x, turned.args[0], bias)


def fold_bias(graph: Graph) -> Graph:
    """Let the biases of layers that read an input, and their gradients, come out of the products."""
    makers = graph.makers()
    for layer in layers(graph):
        slices = _side_by_side(makers, layer)
        if slices is not None:
            graph = _folded(graph, layer, Variable(makers[layer.weight].args[0]), slices)
    return graph


def _side_by_side(makers: Makers, layer: Layer) -> tuple[Slice, Slice] | None:
    """Where weight and bias lie in common memory, if the bias follows the weight, which lies column after column."""
    weight, bias = makers.get(layer.weight), makers.get(layer.bias)
    if weight is None or bias is None or weight.args[0] != bias.args[0]:
        return None
    of_weight, of_bias = weight.function, bias.function
    if not (isinstance(of_weight, Slice) and isinstance(of_bias, Slice)) or of_bias.start != of_weight.stop:
        return None
    return (of_weight, of_bias) if of_weight.order == "F" or 1 in of_weight.shape else None


def _folded(graph: Graph, layer: Layer, memory: Variable, slices: tuple[Slice, Slice]) -> Graph:
    """The graph with one product for the layer, and one for its gradients if these are packed into an update."""
    edit = Builder(graph)
    outputs, inputs = slices[0].shape
    both = Slice(slices[0].start, (inputs + 1, outputs), members=slices)
    packing = _packed_gradients(graph, layer.x, slices)
    wide: Variable | None = None
    for instruction in graph.instructions:
        if instruction is layer.add:
            wide = edit.add(with_ones, layer.x, like=instruction)
            matrix = edit.add(both, memory, like=instruction)
            about = layer.product
            edit.keep(Instruction(np.dot, (wide, matrix), {}, instruction.result, about.label, about.scope))
        elif packing is not None and wide is not None and instruction is packing.pack:
            _pack_both(edit, packing, wide, both, slices)
        elif packing is None or instruction.result not in packing.pair:
            edit.keep(instruction)
    return edit.build()


class _Packing(NamedTuple):
    """The gradients of weight and bias, where they are packed, and the cotangent of the layer's output."""

    pack: Instruction
    at: int
    pair: tuple[Variable, Variable]
    makers: tuple[Instruction, Instruction]
    cotangent: Variable


def _packed_gradients(graph: Graph, x: Variable, slices: tuple[Slice, Slice]) -> _Packing | None:
    """The gradients, if these go nowhere but side by side into an update."""
    makers, uses = graph.makers(), graph.uses()
    gradients = list(graph.gradients.values())
    for pack in graph.instructions:
        if not isinstance(pack.function, Pack):
            continue
        at = next((i for i, part in enumerate(pack.function.parts) if part is slices[0]), -1)
        pair = pack.args[at : at + 2]
        if at < 0 or len(pair) != 2 or any(uses[g] > 1 + gradients.count(g) for g in pair):
            continue
        of_weight, of_bias = (makers.get(g) for g in pair)
        cotangent = _cotangent(graph, makers, x, of_weight, of_bias)
        if cotangent is not None and graph.kept_gradients.isdisjoint(pair):
            assert of_weight is not None
            assert of_bias is not None
            return _Packing(pack, at, pair, (of_weight, of_bias), cotangent)
    return None


def _pack_both(edit: Builder, packing: _Packing, wide: Variable, both: Slice, slices: tuple[Slice, Slice]) -> None:
    """Write the product that gives both gradients, into the pack; each of them is a view of that."""
    pack, at = packing.pack, packing.at
    about = packing.makers[0]
    turned = edit.add(np.transpose, wide, (1, 0), like=about)
    product = edit.add(np.dot, turned, edit.final(packing.cotangent), like=about)
    members, parts = list(pack.args), list(pack.function.parts)  # type: ignore[attr-defined]
    members[at : at + 2], parts[at : at + 2] = [product], [both]
    if len(parts) == 1:
        shape = edit.sample(pack.result).shape
        edit.keep(Instruction(np.reshape, (product, shape), {}, pack.result, pack.label))
    else:
        edit.keep(Instruction(Pack(parts), tuple(members), {}, pack.result, pack.label))
    for part, g, maker in zip(slices, packing.pair, packing.makers, strict=True):
        edit.keep(Instruction(part, (pack.result,), {}, g, maker.label, maker.scope))


def _cotangent(
    graph: Graph, makers: Makers, x: Variable, of_weight: Instruction | None, of_bias: Instruction | None
) -> Variable | None:
    """The cotangent of the layer's output, if these make the gradients of its weight and its bias."""
    if of_bias is None or not is_product(of_weight, graph) or of_weight.args[1] != x:
        return None
    turned = makers.get(of_weight.args[0])
    if not is_transpose(turned):
        return None
    z: Variable = turned.args[0]
    return z if _adds_up(graph, makers, of_bias, z) else None


def _adds_up(graph: Graph, makers: Makers, instruction: Instruction, z: Variable) -> bool:
    """Whether an instruction gives the sums over the rows of `z`."""
    if instruction.function == np.add.reduce:
        return instruction.args == (z, 0) and not instruction.settings
    if instruction.function is sum_to.forward:
        shape = graph.sample(z).shape
        return instruction.args == (z,) and len(shape) == 2 and instruction.settings["shape"] == shape[1:]
    if instruction.function in PRODUCTS:
        return instruction.args[1] == z and _is_ones(graph, instruction.args[0])
    total = makers.get(instruction.args[0]) if instruction.function is np.reshape else instruction
    if total is None or not isinstance(total.function, Total) or total.function.count != 1:
        return False
    row = makers.get(total.args[0])  # of a single column, taken as a row
    return row is not None and row.function is np.reshape and row.args[0] == z and graph.sample(z).shape[1] == 1


def _is_ones(graph: Graph, a: Any) -> bool:
    return isinstance(a, Variable) and graph.values[a].kind == "constant" and bool((graph.sample(a) == 1).all())
