"""What can be done to a constant input once, instead of to what is computed from it in every run.

A bias becomes one more row of the weights, against a column of ones; signs and factors of a product move into its
constant operand. Bounds: a sum of products in another order, and one more rounding of each product, but for signs and
powers of two.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import getitem
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.allocate import held_calls
from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable, is_transpose
from tinygrad_wtf.compiler.passes.exact import PRODUCTS, is_product
from tinygrad_wtf.compiler.passes.pack_parameters import Gather, Part
from tinygrad_wtf.compiler.passes.rewriting import LOG_LOSS
from tinygrad_wtf.core.unbroadcast import sum_to

FEW = 1 << 16  # entries: an input as small as this may have copies


def with_ones(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The matrix with one more column, of ones."""
    return np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)


# -- biases ------------------------------------------------------------------


def weights(graph: Graph) -> set[Variable]:
    """The weights in memory that `with_biases` wants to lie column after column, so that the bias can follow them."""
    constant, stored = held_calls(graph)[2], set(graph.stores)
    layers = (_layer(graph, call, constant) for call in graph.instructions)
    return {layer.weight for layer in layers if layer is not None and {layer.weight, layer.bias} <= stored}


def with_biases(graph: Graph, steady: bool) -> Graph:
    """Let the biases of layers that read a constant input, and their gradients, come out of the products.

    The weight and the bias have to lie side by side in memory, as `updates` puts them. `steady` says that the arguments
    are the same in every run.
    """
    constant = held_calls(graph, arguments=steady)[2]
    for call in graph.instructions:
        layer = _layer(graph, call, constant)
        if layer is not None and (matrix := _matrix(graph, layer)) is not None:
            graph = matrix.gradients(matrix.output(graph, call))
    return graph


class _Layer(NamedTuple):
    """x Wᵀ + b, for a constant input."""

    x: Variable
    weight: Variable
    bias: Variable


def _layer(graph: Graph, add: Instruction, constant: set[Variable]) -> _Layer | None:
    """The layer whose output a call is."""
    makers = graph.makers()
    product = makers.get(add.args[0]) if add.function is np.add else None
    if product is None or not is_product(graph, product) or graph.uses()[product.result] > 1:
        return None
    turned, (x, bias) = makers.get(product.args[1]), (product.args[0], add.args[1])
    if not is_transpose(turned) or x not in constant or graph.sample(x).size > FEW:
        return None
    weight = Variable(turned.args[0])
    of_weight, of_bias = graph.sample(weight), graph.sample(bias)
    if np.shape(of_bias) != of_weight.shape[:1]:
        return None
    return _Layer(x, weight, bias)


def _matrix(graph: Graph, layer: _Layer) -> _Matrix | None:
    """The weight and the bias of a layer as one matrix, if they lie side by side."""
    makers = graph.makers()
    weight, bias = makers.get(layer.weight), makers.get(layer.bias)
    if weight is None or bias is None or weight.args[0] != bias.args[0]:
        return None
    of_weight, of_bias = weight.function, bias.function
    if not (isinstance(of_weight, Part) and isinstance(of_bias, Part)) or of_bias.start != of_weight.stop:
        return None
    if of_weight.order != "F" and 1 not in of_weight.shape:
        return None
    return _Matrix(layer.x, Variable(weight.args[0]), (of_weight, of_bias))


class _Matrix:
    """The transposed weight above the bias, which multiplies the input with a column of ones."""

    def __init__(self, x: Variable, memory: Variable, parts: tuple[Part, Part]) -> None:
        self.x, self.memory, self.parts = x, memory, parts
        outputs, inputs = parts[0].shape
        self.both = Part(parts[0].start, (inputs + 1, outputs), members=parts)

    def output(self, graph: Graph, add: Instruction) -> Graph:
        """The layer's output as one product."""
        calls: list[Instruction] = []
        self.wide = _called(graph, calls, add, with_ones, self.x)
        matrix = _called(graph, calls, add, self.both, self.memory)
        product = graph.makers()[add.args[0]]
        calls.append(Instruction(np.dot, (self.wide, matrix), {}, add.result, product.label, add.scope))
        return _replaced(graph, {add.result: calls})

    def gradients(self, graph: Graph) -> Graph:
        """The gradients of both as one product, if these go nowhere but side by side into an update."""
        makers, uses = graph.makers(), graph.uses()
        gradients = list(graph.gradients.values())
        for gather in graph.instructions:
            if not isinstance(gather.function, Gather):
                continue
            at = next((i for i, p in enumerate(gather.function.parts) if p is self.parts[0]), -1)
            members, parts = list(gather.args), list(gather.function.parts)
            pair = members[at : at + 2]
            cotangent = _cotangent(graph, makers, self.x, pair)
            if at < 0 or cotangent is None or any(uses[g] > 1 + gradients.count(g) for g in pair):
                continue
            if not graph.kept_gradients.isdisjoint(pair):
                continue
            calls: list[Instruction] = []
            of_weight = makers[pair[0]]
            turned = _called(graph, calls, of_weight, np.transpose, self.wide, (1, 0))
            both = _called(graph, calls, of_weight, np.dot, turned, cotangent)
            members[at : at + 2], parts[at : at + 2] = [both], [self.both]
            if len(parts) == 1:
                all_of_them = Instruction(
                    np.reshape, (both, graph.sample(gather.result).shape), {}, gather.result, gather.label
                )
            else:
                all_of_them = Instruction(Gather(parts), tuple(members), {}, gather.result, gather.label)
            calls.append(all_of_them)
            calls += [
                Instruction(part, (gather.result,), {}, g, makers[g].label, makers[g].scope)
                for part, g in zip(self.parts, pair, strict=True)
            ]
            return _replaced(graph, {gather.result: calls, pair[0]: [], pair[1]: []})
        return graph


def _cotangent(graph: Graph, makers: dict[Variable, Instruction], x: Variable, pair: list[Any]) -> Variable | None:
    """The cotangent of the layer's output, if these are the gradients of its weight and its bias."""
    if len(pair) != 2:
        return None
    of_weight, of_bias = (makers.get(g) for g in pair)
    if of_weight is None or of_bias is None or not is_product(graph, of_weight) or of_weight.args[1] != x:
        return None
    turned = makers.get(of_weight.args[0])
    if not is_transpose(turned):
        return None
    z = Variable(turned.args[0])
    return z if _adds_up(graph, makers, of_bias, z) else None


def _adds_up(graph: Graph, makers: dict[Variable, Instruction], call: Instruction, z: Variable) -> bool:
    """Whether a call gives the sums over the rows of `z`."""
    if call.function == np.add.reduce:
        return call.args == (z, 0) and not call.settings
    if call.function is sum_to.forward:
        return call.args == (z,) and graph.sample(z).ndim == 2 and call.settings["shape"] == graph.sample(z).shape[1:]
    if call.function in PRODUCTS:
        return call.args[1] == z and _is_ones(graph, call.args[0])
    total = makers.get(call.args[0]) if call.function is np.reshape else None  # of a single column, taken as a row
    if total is None or total.function not in PRODUCTS or not _is_ones(graph, total.args[1]):
        return False
    row = makers.get(total.args[0])
    return row is not None and row.function is np.reshape and row.args[0] == z and graph.sample(z).shape[1] == 1


def _is_ones(graph: Graph, a: Variable) -> bool:
    return graph.values[a].kind == "constant" and bool((graph.values[a].sample == 1).all())


# -- signs and factors ------------------------------------------------------------------


def with_factors(graph: Graph, steady: bool) -> Graph:
    """``-(x w)``, ``c (x w)`` and ``xᵀ (c d)`` as products of another input; x and the column c are constant."""
    constant = held_calls(graph, arguments=steady)[2]
    for call in graph.instructions:
        made = _factor_of_result(graph, call, constant) or _factor_of_operand(graph, call, constant)
        if made:
            graph = _replaced(graph, {call.result: made})
    return graph


def _factor_of_result(graph: Graph, call: Instruction, constant: set[Variable]) -> list[Instruction]:
    if call.function is np.negative:
        ways: list[tuple[tuple[Any, ...], Any]] = [((), call.args[0])]
    elif call.function is np.multiply:
        a, b = call.args
        ways = [((a,), b), ((b,), a)]
    else:
        return []
    makers, uses = graph.makers(), graph.uses()
    for factor, z in ways:
        product = makers.get(z)
        if product is None or not is_product(graph, product) or uses[z] > 1:
            continue
        x, w = product.args
        if x in constant and _may_scale(graph, call, factor, x, constant):
            calls: list[Instruction] = []
            scaled = _called(graph, calls, call, call.function, *factor, x)
            return [*calls, Instruction(product.function, (scaled, w), {}, call.result, product.label, product.scope)]
    return []


def _factor_of_operand(graph: Graph, call: Instruction, constant: set[Variable]) -> list[Instruction]:
    makers, uses = graph.makers(), graph.uses()
    turned, column = (makers.get(a) for a in call.args) if is_product(graph, call) else (None, None)
    if not is_transpose(turned) or column is None or column.function is not np.multiply:
        return []
    x = Variable(turned.args[0])
    for factor, rest in (column.args, column.args[::-1]):
        whole = isinstance(rest, Variable) and graph.sample(rest).shape == graph.sample(column.result).shape
        if x in constant and whole and uses[column.result] == 1 and _may_scale(graph, column, (factor,), x, constant):
            calls: list[Instruction] = []
            scaled = _called(graph, calls, column, np.multiply, factor, x)
            left = _called(graph, calls, column, np.transpose, scaled, (1, 0))
            return [*calls, Instruction(call.function, (left, rest), {}, call.result, call.label, call.scope)]
    return []


def _may_scale(graph: Graph, of: Instruction, factor: tuple[Any, ...], x: Variable, constant: set[Variable]) -> bool:
    """Whether a small input may be multiplied beforehand: by a moderate number, or as the log-loss has it.

    With factors of any size the products could overflow where their sum does not.
    """
    for f in factor:
        if isinstance(f, Variable):
            if f not in constant or of.label != LOG_LOSS or graph.sample(f).shape != (len(graph.sample(x)), 1):
                return False
        elif not (type(f) is float and 1e-3 < abs(f) < 1e3):
            return False
    return int(graph.sample(x).size) <= FEW


def with_rates(graph: Graph, steady: bool) -> Graph:
    """The update ``r g`` of all gradients, if these are one product ``x d``: the second half of ``(x, r x) d``."""
    constant = held_calls(graph, arguments=steady)[2]
    makers = graph.makers()
    for call in graph.instructions:
        if call.function is not np.multiply or call.label != "update":
            continue
        flat, rate = makers.get(call.args[0]), call.args[1]
        product = makers.get(flat.args[0]) if flat is not None and flat.function is np.reshape else None
        if isinstance(rate, Variable) or product is None or not is_product(graph, product):
            continue
        x, d = product.args
        if x in constant and graph.sample(x).size <= FEW:
            rows, calls = len(graph.sample(x)), list[Instruction]()
            scaled = _called(graph, calls, call, np.multiply, x, rate)
            stacked = _called(graph, calls, product, _above, x, scaled)
            both = _called(graph, calls, product, np.dot, stacked, d)
            calls.append(Instruction(getitem, (both, slice(0, rows)), {}, product.result, product.label, product.scope))
            half = _called(graph, [], call, getitem, both, slice(rows, 2 * rows))
            end = [Instruction(getitem, (both, slice(rows, 2 * rows)), {}, half, call.label, call.scope)]
            end.append(
                Instruction(
                    np.reshape, (half, graph.sample(call.result).shape), {}, call.result, call.label, call.scope
                )
            )
            return _replaced(graph, {product.result: calls, call.result: end})
    return graph


def _above(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The rows of a matrix above those of another."""
    return np.concatenate([a, b])


# -- writing ------------------------------------------------------------------


def _called(
    graph: Graph, calls: list[Instruction], about: Instruction, function: Callable[..., Any], *args: Any
) -> Variable:
    """One more call; its result."""
    made = graph.new("computed", np.asarray(function(*(graph.sample(a) for a in args))))
    calls.append(Instruction(function, args, {}, made, about.label, about.scope))
    return made


def _replaced(graph: Graph, calls: dict[Variable, list[Instruction]]) -> Graph:
    """The graph with other calls in the place of those with these results."""
    return graph.with_instructions(new for call in graph.instructions for new in calls.get(call.result, [call]))
