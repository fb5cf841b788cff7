"""Rewritings that round differently, each with its bound: the log-loss of a sigmoid, and totals.

They work on traced rows, before lowering. The exact passes are in `passes`.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable
from tinygrad_wtf.compiler.passes.pack_parameters import Gather, Part
from tinygrad_wtf.ops.rows.elementary import sigmoid
from tinygrad_wtf.ops.rows.loss import binary_cross_entropy, binary_cross_entropy_slope

LOG_LOSS = "log-loss of σ"  # how the calls of the rewritten loss are labelled
FAR = 10.0  # a logit as wrong as this: from here on the rounding of 1 - a shows in the log-loss


def is_near(u: Any) -> bool:
    """Whether no number is above `FAR` (nor NaN); what a program with the rewritten loss asks before it goes on."""
    return bool(u.item(u.argmax()) <= FAR)


def is_near_by_sum(u: Any, sums: Any, most: float) -> bool:
    """The same, where a sum that is at hand already shows it mostly: that of e^u + 1."""
    return bool(sums.item(1) <= most) or is_near(u)


def is_binary(y: Any) -> bool:
    """Whether every label is exactly 0 or 1."""
    return bool(((y == 0) | (y == 1)).all())


def with_logits(graph: Graph) -> Graph:
    """The log-loss of a = σ(z) for labels 0 and 1, by way of u = ∓z: log(1 + e^u), and dz = ∓g e^u / (1 + e^u).

    With u = (1 - 2y) z both are exact mathematics for y in {0, 1}. In rounding they differ from the loss of `a` by
    that of 1 - a: a sample's loss by at most eps (2 + e^u), its gradient by 4 eps. Two guards see to it that it is
    used only where that holds: labels of 0 and 1, and u at most `FAR`; else the program that was not rewritten runs.
    """
    makers = graph.makers()
    if any(call.label == "draw" for call in graph.instructions):  # another program would have to draw again
        return graph
    for loss in graph.instructions:
        if loss.function is not binary_cross_entropy.forward or not all(isinstance(a, Variable) for a in loss.args):
            continue
        a, y = loss.args
        made = makers.get(a)
        if made is not None and made.function is sigmoid.forward and _is_given(graph, makers, y):
            graph = _rewritten(graph, loss, made, y)
            makers = graph.makers()
    return graph


def _is_given(graph: Graph, makers: dict[Variable, Instruction], value: Variable) -> bool:
    """Whether a value depends on arguments, constants and untouched memory only."""
    call = makers.get(value)
    if call is not None:
        return not call.effect and all(_is_given(graph, makers, a) for a in call.reads)
    kind = graph.values[value].kind
    return kind in ("argument", "constant") or (kind == "memory" and value not in graph.stores)


def _rewritten(graph: Graph, loss: Instruction, made: Instruction, y: Variable) -> Graph:
    a, z = made.result, made.args[0]
    if graph.values[y].sample.shape != graph.values[z].sample.shape or not graph.values[z].sample.size:
        return graph
    dtype = graph.values[z].sample.dtype
    if graph.values[y].sample.dtype != dtype or dtype.itemsize < 4:
        return graph
    slopes = [c for c in graph.instructions if c.function is binary_cross_entropy_slope.forward and c.args == (a, y)]
    one = graph.new("constant", np.ones((), dtype))
    two = graph.new("constant", np.full((), 2, dtype))
    new: list[Instruction] = []

    def call(function: Any, *args: Variable, label: str = LOG_LOSS, effect: bool = False) -> Variable:
        sample = np.asarray(function(*(graph.values[x].sample for x in args)))
        result = graph.new("computed", sample)
        new.append(Instruction(function, args, {}, result, label, loss.scope, effect))
        return result

    call(is_binary, y, label="guard", effect=True)
    side = call(np.subtract, one, call(np.multiply, two, y))
    u = call(np.multiply, side, z)
    call(is_near, u, label="guard", effect=True)
    e = call(np.exp, u)
    q = call(np.add, e, one)
    instead = {loss.result: call(np.log, q)}
    forward, new = new, []
    products: dict[Variable, list[Instruction]] = {}
    for slope in slopes:
        for end, g in _ends(graph, a, slope):
            wrong = call(np.true_divide, e, q)
            turned = call(np.multiply, g, side)
            instead[end.result] = call(np.multiply, turned, wrong)
            products[end.result], new = new, []
    for before, after in instead.items():  # lowering compares each row with what tracing gave, on the same samples
        graph.values[after].sample = graph.values[before].sample
    calls: list[Instruction] = []
    for old in graph.instructions:
        if old is loss:
            calls += forward
        elif old.result in products:
            calls += products[old.result]
        else:
            calls.append(old)
    return graph.with_instructions(calls, instead)


def _ends(graph: Graph, a: Variable, slope: Instruction) -> list[tuple[Instruction, Variable]]:
    """The cotangents of z: products (g · slope) · (a · (1 - a)), each with its g."""
    found = []
    by_result = graph.makers()
    for end in graph.instructions:
        if end.function is not np.multiply or len(end.args) != 2:
            continue
        first, second = (by_result.get(x) if isinstance(x, Variable) else None for x in end.args)
        if first is None or second is None or first.function is not np.multiply or second.function is not np.multiply:
            continue
        if slope.result not in first.args or second.args[0] != a:
            continue
        rest = by_result.get(second.args[1]) if isinstance(second.args[1], Variable) else None
        if rest is None or rest.function is not np.subtract or rest.args != (1, a):
            continue
        g = first.args[0] if first.args[1] == slope.result else first.args[1]
        if isinstance(g, Variable):
            found.append((end, g))
    return found


def guarded_by_sums(graph: Graph) -> Graph:
    """Have the guard of `with_logits` look at Σ (e^u + 1), which comes with the total of the loss in one product.

    While the sum is at most e^FAR, so is every term of it, and no u is above `FAR`. Exact, but for the total: a product
    of two rows with a vector instead of one.
    """

    def then(a: Variable | None, function: Any) -> Instruction | None:
        return next((call for call in users.get(a, []) if call.function is function), None)  # type: ignore[arg-type]

    for guard in graph.instructions:
        if guard.function is not is_near:
            continue
        users = graph.users()  # as they are now: one total serves one guard
        found: Instruction | None = guard
        u = a = Variable(guard.args[0])
        chain = []
        for function in (np.exp, np.add, np.log, np.reshape, np.dot):
            found = then(a, function)
            if found is None:
                break
            a = found.result
            chain.append(found)
        else:
            graph = _with_sum(graph, guard, u, *chain[1:])
    return graph


def _with_sum(
    graph: Graph,
    guard: Instruction,
    u: Variable,
    add: Instruction,
    log: Instruction,
    flat: Instruction,
    total: Instruction,
) -> Graph:
    weights = total.args[1]
    weight = graph.sample(weights).reshape(-1)
    if total.args[0] != flat.result or graph.values[weights].kind != "constant" or (weight != weight[0]).any():
        return graph
    if not 1e-20 < weight[0] < 1e20:  # only of positive terms is none above the sum
        return graph
    count = weight.size
    calls: list[Instruction] = []

    def call(function: Any, *args: Any, like: Instruction = total) -> Variable:
        made = graph.new("computed", np.asarray(function(*(graph.sample(a) for a in args))))
        calls.append(Instruction(function, args, {}, made, like.label, like.scope))
        return made

    shape = graph.sample(u).shape
    both = call(Gather([Part(0, shape), Part(count, shape)]), log.result, add.result)
    vector = graph.new("constant", weight)
    sums = call(np.dot, call(np.reshape, both, (2, count)), vector)
    one = call(np.reshape, call(operator.getitem, sums, slice(0, 1)), graph.sample(total.result).shape)
    most = float(weight[0]) * math.exp(FAR)
    calls.append(Instruction(is_near_by_sum, (u, sums, most), {}, guard.result, guard.label, guard.scope, True))
    kept = [other for other in graph.instructions if other is not guard and other is not flat]
    at = kept.index(total)
    return graph.with_instructions([*kept[:at], *calls, *kept[at + 1 :]], {total.result: one})


def totals(graph: Graph) -> Graph:
    """The sum of all entries, or their mean, as a product with a vector: one call of BLAS; bound: n eps of Σ |x|."""
    makers, uses = graph.makers(), graph.uses()
    calls = []
    for call in graph.instructions:
        factor = 1.0
        total = call
        if call.function is np.true_divide and isinstance(call.args[0], Variable) and uses[call.args[0]] == 1:
            count = graph.sample(call.args[1])
            before = makers.get(call.args[0])
            constant = not isinstance(call.args[1], Variable) or graph.values[call.args[1]].kind == "constant"
            if before is not None and np.ndim(count) == 0 and constant and 1e-20 < abs(float(count)) < 1e20:
                total, factor = before, 1 / float(count)
        if total.function == np.add.reduce and _adds_all(graph, total):
            x = graph.values[total.args[0]].sample
            kept = graph.values[call.result].sample.ndim
            flat = graph.new("computed", x.reshape((1,) * (kept > 0) + (x.size,)))
            weights = graph.new("constant", np.full((x.size, 1) if kept == 2 else x.size, factor, x.dtype))
            calls.append(Instruction(np.reshape, (total.args[0], graph.values[flat].sample.shape), {}, flat, "reshape"))
            calls.append(Instruction(np.dot, (flat, weights), {}, call.result, total.label, total.scope))
        else:
            calls.append(call)
    return graph.with_instructions(calls)


def _adds_all(graph: Graph, call: Instruction) -> bool:
    result = graph.values[call.result].sample
    if not isinstance(call.args[0], Variable) or result.size != 1 or result.ndim > 2:
        return False
    x = graph.values[call.args[0]].sample
    return x.dtype.kind == "f" and x.dtype.itemsize >= 4 and 0 < x.size <= 1 << 16
