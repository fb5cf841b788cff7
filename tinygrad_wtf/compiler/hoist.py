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
from tinygrad_wtf.compiler.ir import Call, Code, Ref, is_transpose
from tinygrad_wtf.compiler.passes.exact import PRODUCTS, is_product
from tinygrad_wtf.compiler.passes.pack_parameters import Gather, Part
from tinygrad_wtf.compiler.passes.rewriting import LOG_LOSS

FEW = 1 << 16  # entries: an input as small as this may have copies


def with_ones(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The matrix with one more column, of ones."""
    return np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)


# -- biases ------------------------------------------------------------------


def weights(code: Code) -> set[Ref]:
    """The weights in memory that `with_biases` wants to lie column after column, so that the bias can follow them."""
    constant, stored = held_calls(code)[2], set(code.stores)
    layers = (_layer(code, call, constant) for call in code.calls)
    return {layer.weight for layer in layers if layer is not None and {layer.weight, layer.bias} <= stored}


def with_biases(code: Code, steady: bool) -> Code:
    """Let the biases of layers that read a constant input, and their gradients, come out of the products.

    The weight and the bias have to lie side by side in memory, as `updates` puts them. `steady` says that the arguments
    are the same in every run.
    """
    constant = held_calls(code, arguments=steady)[2]
    for call in code.calls:
        layer = _layer(code, call, constant)
        if layer is not None and (matrix := _matrix(code, layer)) is not None:
            code = matrix.gradients(matrix.output(code, call))
    return code


class _Layer(NamedTuple):
    """x Wᵀ + b, for a constant input."""

    x: Ref
    weight: Ref
    bias: Ref


def _layer(code: Code, add: Call, constant: set[Ref]) -> _Layer | None:
    """The layer whose output a call is."""
    makers = code.makers()
    product = makers.get(add.args[0]) if add.function is np.add else None
    if product is None or not is_product(code, product) or code.uses()[product.result] > 1:
        return None
    turned, (x, bias) = makers.get(product.args[1]), (product.args[0], add.args[1])
    if not is_transpose(turned) or x not in constant or code.sample(x).size > FEW:
        return None
    weight = Ref(turned.args[0])
    of_weight, of_bias = code.sample(weight), code.sample(bias)
    if np.shape(of_bias) != of_weight.shape[:1]:
        return None
    return _Layer(x, weight, bias)


def _matrix(code: Code, layer: _Layer) -> _Matrix | None:
    """The weight and the bias of a layer as one matrix, if they lie side by side."""
    makers = code.makers()
    weight, bias = makers.get(layer.weight), makers.get(layer.bias)
    if weight is None or bias is None or weight.args[0] != bias.args[0]:
        return None
    of_weight, of_bias = weight.function, bias.function
    if not (isinstance(of_weight, Part) and isinstance(of_bias, Part)) or of_bias.start != of_weight.stop:
        return None
    if of_weight.order != "F" and 1 not in of_weight.shape:
        return None
    return _Matrix(layer.x, Ref(weight.args[0]), (of_weight, of_bias))


class _Matrix:
    """The transposed weight above the bias, which multiplies the input with a column of ones."""

    def __init__(self, x: Ref, memory: Ref, parts: tuple[Part, Part]) -> None:
        self.x, self.memory, self.parts = x, memory, parts
        outputs, inputs = parts[0].shape
        self.both = Part(parts[0].start, (inputs + 1, outputs), members=parts)

    def output(self, code: Code, add: Call) -> Code:
        """The layer's output as one product."""
        calls: list[Call] = []
        self.wide = _called(code, calls, add, with_ones, self.x)
        matrix = _called(code, calls, add, self.both, self.memory)
        product = code.makers()[add.args[0]]
        calls.append(Call(np.dot, (self.wide, matrix), {}, add.result, product.label, add.scope))
        return _replaced(code, {add.result: calls})

    def gradients(self, code: Code) -> Code:
        """The gradients of both as one product, if these go nowhere but side by side into an update."""
        makers, uses = code.makers(), code.uses()
        gradients = list(code.gradients.values())
        for gather in code.calls:
            if not isinstance(gather.function, Gather):
                continue
            at = next((i for i, p in enumerate(gather.function.parts) if p is self.parts[0]), -1)
            members, parts = list(gather.args), list(gather.function.parts)
            pair = members[at : at + 2]
            cotangent = _cotangent(code, makers, self.x, pair)
            if at < 0 or cotangent is None or any(uses[g] > 1 + gradients.count(g) for g in pair):
                continue
            if not code.kept_gradients.isdisjoint(pair):
                continue
            calls: list[Call] = []
            of_weight = makers[pair[0]]
            turned = _called(code, calls, of_weight, np.transpose, self.wide, (1, 0))
            both = _called(code, calls, of_weight, np.dot, turned, cotangent)
            members[at : at + 2], parts[at : at + 2] = [both], [self.both]
            if len(parts) == 1:
                all_of_them = Call(
                    np.reshape, (both, code.sample(gather.result).shape), {}, gather.result, gather.label
                )
            else:
                all_of_them = Call(Gather(parts), tuple(members), {}, gather.result, gather.label)
            calls.append(all_of_them)
            calls += [
                Call(part, (gather.result,), {}, g, makers[g].label, makers[g].scope)
                for part, g in zip(self.parts, pair, strict=True)
            ]
            return _replaced(code, {gather.result: calls, pair[0]: [], pair[1]: []})
        return code


def _cotangent(code: Code, makers: dict[Ref, Call], x: Ref, pair: list[Any]) -> Ref | None:
    """The cotangent of the layer's output, if these are the gradients of its weight and its bias."""
    if len(pair) != 2:
        return None
    of_weight, of_bias = (makers.get(g) for g in pair)
    if of_weight is None or of_bias is None or not is_product(code, of_weight) or of_weight.args[1] != x:
        return None
    turned = makers.get(of_weight.args[0])
    if not is_transpose(turned):
        return None
    z = Ref(turned.args[0])
    return z if _adds_up(code, makers, of_bias, z) else None


def _adds_up(code: Code, makers: dict[Ref, Call], call: Call, z: Ref) -> bool:
    """Whether a call gives the sums over the rows of `z`."""
    if call.function == np.add.reduce:
        return call.args == (z, 0) and not call.settings
    if call.function in PRODUCTS:
        return call.args[1] == z and _is_ones(code, call.args[0])
    total = makers.get(call.args[0]) if call.function is np.reshape else None  # of a single column, taken as a row
    if total is None or total.function not in PRODUCTS or not _is_ones(code, total.args[1]):
        return False
    row = makers.get(total.args[0])
    return row is not None and row.function is np.reshape and row.args[0] == z and code.sample(z).shape[1] == 1


def _is_ones(code: Code, a: Ref) -> bool:
    return code.values[a].kind == "constant" and bool((code.values[a].sample == 1).all())


# -- signs and factors ------------------------------------------------------------------


def with_factors(code: Code, steady: bool) -> Code:
    """``-(x w)``, ``c (x w)`` and ``xᵀ (c d)`` as products of another input; x and the column c are constant."""
    constant = held_calls(code, arguments=steady)[2]
    for call in code.calls:
        made = _factor_of_result(code, call, constant) or _factor_of_operand(code, call, constant)
        if made:
            code = _replaced(code, {call.result: made})
    return code


def _factor_of_result(code: Code, call: Call, constant: set[Ref]) -> list[Call]:
    if call.function is np.negative:
        ways: list[tuple[tuple[Any, ...], Any]] = [((), call.args[0])]
    elif call.function is np.multiply:
        a, b = call.args
        ways = [((a,), b), ((b,), a)]
    else:
        return []
    makers, uses = code.makers(), code.uses()
    for factor, z in ways:
        product = makers.get(z)
        if product is None or not is_product(code, product) or uses[z] > 1:
            continue
        x, w = product.args
        if x in constant and _may_scale(code, call, factor, x, constant):
            calls: list[Call] = []
            scaled = _called(code, calls, call, call.function, *factor, x)
            return [*calls, Call(product.function, (scaled, w), {}, call.result, product.label, product.scope)]
    return []


def _factor_of_operand(code: Code, call: Call, constant: set[Ref]) -> list[Call]:
    makers, uses = code.makers(), code.uses()
    turned, column = (makers.get(a) for a in call.args) if is_product(code, call) else (None, None)
    if not is_transpose(turned) or column is None or column.function is not np.multiply:
        return []
    x = Ref(turned.args[0])
    for factor, rest in (column.args, column.args[::-1]):
        whole = isinstance(rest, Ref) and code.sample(rest).shape == code.sample(column.result).shape
        if x in constant and whole and uses[column.result] == 1 and _may_scale(code, column, (factor,), x, constant):
            calls: list[Call] = []
            scaled = _called(code, calls, column, np.multiply, factor, x)
            left = _called(code, calls, column, np.transpose, scaled, (1, 0))
            return [*calls, Call(call.function, (left, rest), {}, call.result, call.label, call.scope)]
    return []


def _may_scale(code: Code, of: Call, factor: tuple[Any, ...], x: Ref, constant: set[Ref]) -> bool:
    """Whether a small input may be multiplied beforehand: by a moderate number, or as the log-loss has it.

    With factors of any size the products could overflow where their sum does not.
    """
    for f in factor:
        if isinstance(f, Ref):
            if f not in constant or of.label != LOG_LOSS or code.sample(f).shape != (len(code.sample(x)), 1):
                return False
        elif not (type(f) is float and 1e-3 < abs(f) < 1e3):
            return False
    return int(code.sample(x).size) <= FEW


def with_rates(code: Code, steady: bool) -> Code:
    """The update ``r g`` of all gradients, if these are one product ``x d``: the second half of ``(x, r x) d``."""
    constant = held_calls(code, arguments=steady)[2]
    makers = code.makers()
    for call in code.calls:
        if call.function is not np.multiply or call.label != "update":
            continue
        flat, rate = makers.get(call.args[0]), call.args[1]
        product = makers.get(flat.args[0]) if flat is not None and flat.function is np.reshape else None
        if isinstance(rate, Ref) or product is None or not is_product(code, product):
            continue
        x, d = product.args
        if x in constant and code.sample(x).size <= FEW:
            rows, calls = len(code.sample(x)), list[Call]()
            scaled = _called(code, calls, call, np.multiply, x, rate)
            stacked = _called(code, calls, product, _above, x, scaled)
            both = _called(code, calls, product, np.dot, stacked, d)
            calls.append(Call(getitem, (both, slice(0, rows)), {}, product.result, product.label, product.scope))
            half = _called(code, [], call, getitem, both, slice(rows, 2 * rows))
            end = [Call(getitem, (both, slice(rows, 2 * rows)), {}, half, call.label, call.scope)]
            end.append(
                Call(np.reshape, (half, code.sample(call.result).shape), {}, call.result, call.label, call.scope)
            )
            return _replaced(code, {product.result: calls, call.result: end})
    return code


def _above(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The rows of a matrix above those of another."""
    return np.concatenate([a, b])


# -- writing ------------------------------------------------------------------


def _called(code: Code, calls: list[Call], about: Call, function: Callable[..., Any], *args: Any) -> Ref:
    """One more call; its result."""
    made = code.new("computed", np.asarray(function(*(code.sample(a) for a in args))))
    calls.append(Call(function, args, {}, made, about.label, about.scope))
    return made


def _replaced(code: Code, calls: dict[Ref, list[Call]]) -> Code:
    """The code with other calls in the place of those with these results."""
    return code.with_calls(new for call in code.calls for new in calls.get(call.result, [call]))
