"""The exact passes: the same numbers, bit for bit, by fewer calls. Each takes a graph and gives a graph.

Those that round differently, within a stated bound, are in `rewriting`, `inputs` and `sigmoids`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Graph, Instruction, Variable, is_transpose, renamed
from tinygrad_wtf.compiler.lower import astype, lies_in


def with_constants(graph: Graph) -> Graph:
    """Memory that nobody else holds can never change: it becomes a constant."""
    for value in graph.values.values():
        if value.kind in ("memory", "partial"):
            array, value.origin = value.origin, None
            known = sys.getrefcount(array)  # by `array` and the argument of getrefcount; the sample is a copy
            if array.base is not None:  # a view: by itself and the argument
                known = max(known, sys.getrefcount(array.base))
            if known > 2 or getattr(array.base, "base", None) is not None:
                value.origin = array
            else:
                value.kind = "constant"
    stored = {memory for memory in graph.stores if graph.values[memory].kind == "constant"}
    graph.stores = {memory: value for memory, value in graph.stores.items() if memory not in stored}
    return graph


def folded(graph: Graph) -> Graph:
    """A call on constants alone is made now."""
    calls = []
    for call in graph.instructions:
        if not call.effect and all(graph.values[a].kind == "constant" for a in call.reads):
            graph.values[call.result].kind = "constant"
        else:
            calls.append(call)
    return graph.with_instructions(calls)


def shared(graph: Graph) -> Graph:
    """A call that was made before, on the same values, is not made again."""
    known: dict[Any, Variable] = {}
    instead: dict[Variable, Variable] = {}
    calls = []
    for given in graph.instructions:
        call = renamed(given, instead)
        key = None if call.effect else _key(graph, call)
        if key is not None and key in known:
            instead[call.result] = known[key]
        else:
            calls.append(call)
            if key is not None:
                known[key] = call.result
    return graph.with_instructions(calls, instead)


def _key(graph: Graph, call: Instruction) -> Any:
    parts = [_part(graph, a) for a in call.args] + [
        (name, _part(graph, a)) for name, a in sorted(call.settings.items())
    ]
    return None if any(part is None for part in parts) else (call.function, *parts)


def _part(graph: Graph, a: Any) -> Any:
    if isinstance(a, Variable):
        value = graph.values[a]
        if value.kind == "constant" and value.sample.size <= 16:  # the same small constant under two numbers
            return ("constant", value.sample.dtype.str, value.sample.shape, value.sample.tobytes())
        return ("value", int(a))
    if isinstance(a, bool | int | float | str | type(None) | np.dtype | type(Ellipsis)):
        return (type(a), repr(a))
    if isinstance(a, tuple | slice):
        return (type(a), repr(a))
    return None


def without_units(graph: Graph) -> Graph:
    """A product with one, a cast or a reshape to what is there already: the value itself."""
    instead: dict[Variable, Variable] = {}
    calls = []
    for given in graph.instructions:
        call = renamed(given, instead)
        same = None if call.effect else _unchanged(graph, call)
        if same is None:
            calls.append(call)
        else:
            instead[call.result] = same
    return graph.with_instructions(calls, instead)


def _unchanged(graph: Graph, call: Instruction) -> Variable | None:
    """The argument that the result is equal to, bit for bit."""
    result = graph.values[call.result].sample
    candidates: list[Any] = []
    if call.function in (np.multiply, np.true_divide):
        a, b = call.args[:2]
        if _is_one(graph, b):
            candidates.append(a)
        elif call.function is np.multiply and _is_one(graph, a):
            candidates.append(b)
    elif call.function in (np.reshape, np.broadcast_to, astype, np.positive, np.copy, np.array):
        candidates.append(call.args[0])
    elif call.function is np.transpose and call.args[1] in (None, tuple(range(result.ndim))):
        candidates += [call.args[0]] if result.ndim < 2 or call.args[1] is not None else []
    for a in candidates:
        if isinstance(a, Variable):
            sample = graph.values[a].sample
            if sample.shape == result.shape and sample.dtype == result.dtype:
                return a
    return None


def _is_one(graph: Graph, a: Any) -> bool:
    if isinstance(a, Variable):
        value = graph.values[a]
        return value.kind == "constant" and value.sample.size > 0 and bool((value.sample == 1).all())
    return isinstance(a, int | float) and a == 1


def alive(graph: Graph) -> Graph:
    """Only the calls that something outside depends on."""
    wanted: set[Variable] = set(graph.outputs)
    calls = []
    for call in reversed(graph.instructions):
        if call.effect or call.result in wanted:
            calls.append(call)
            wanted.update(call.reads)
    return graph.with_instructions(reversed(calls))


def with_scalars(graph: Graph) -> Graph:
    """An array of one number over and over, in an elementwise call that has the full shape without it: the number."""
    calls = []
    small: dict[Variable, Variable] = {}
    for call in graph.instructions:
        if isinstance(call.function, np.ufunc) and call.function.signature is None:
            args = list(call.args)
            for i, a in enumerate(args):
                others = [
                    graph.values[b].sample.shape for j, b in enumerate(args) if j != i and isinstance(b, Variable)
                ]
                if (
                    isinstance(a, Variable)
                    and graph.values[a].kind == "constant"
                    and graph.values[a].sample.size > 1
                    and others
                    and np.broadcast_shapes(*others) == graph.values[call.result].sample.shape
                    and _uniform(graph.values[a].sample)
                ):
                    if a not in small:
                        small[a] = graph.new("constant", graph.values[a].sample.reshape(-1)[0].copy().reshape(()))
                    args[i] = small[a]
            call = Instruction(
                call.function, tuple(args), call.settings, call.result, call.label, call.scope, call.effect
            )
        calls.append(call)
    return graph.with_instructions(calls)


def _uniform(a: np.ndarray[Any, Any]) -> bool:
    """Whether all entries have the same bits: 0 and -0 are two numbers."""
    first = a.reshape(-1)[:1]
    if a.size > 4096 and not (a == first).all():
        return False
    return a.tobytes() == np.broadcast_to(first, a.size).tobytes()


def untransposed(graph: Graph) -> Graph:
    """The transpose of a product of which nothing else is read: the product of the transposes, in the other order."""
    uses, makers = graph.uses(), graph.makers()
    calls: list[Instruction] = []
    gone: set[Variable] = set()
    for call in graph.instructions:
        product = makers.get(call.args[0]) if is_transpose(call) else None
        if product is not None and is_product(graph, product) and uses[product.result] == 1:
            calls.remove(product)
            gone.add(product.result)
            turned = []
            for a in reversed(product.args):
                before = makers.get(a)
                if is_transpose(before) and before.args[0] not in gone:
                    turned.append(before.args[0])  # transposed twice
                    continue
                number = graph.new("computed", graph.values[a].sample.T)
                calls.append(Instruction(np.transpose, (a, (1, 0)), {}, number, "permute", product.scope))
                turned.append(number)
            call = Instruction(product.function, tuple(turned), {}, call.result, product.label, product.scope)
        calls.append(call)
    return graph.with_instructions(calls)


def subtracted(graph: Graph) -> Graph:
    """The exponential of ``-(a + b)`` for a small b, such as a bias, as that of ``(-b) - a``: one pass over a less."""
    makers, uses = graph.makers(), graph.uses()

    def maker(a: Any, function: Any) -> Instruction | None:
        """The call that makes a value for a single reader, if it is one of this function."""
        call = makers.get(a) if isinstance(a, Variable) and uses[a] == 1 else None
        return call if call is not None and call.function is function else None

    instead: dict[Variable, list[Instruction]] = {}
    for call in graph.instructions:
        minus = maker(call.args[0], np.negative) if call.function is np.exp else None  # which sign 0 has, is lost in it
        plus = maker(minus.args[0], np.add) if minus is not None else None
        if minus is None or plus is None or not all(isinstance(a, Variable) for a in plus.args):
            continue
        b, a = sorted(plus.args, key=lambda x: int(graph.sample(x).size))
        if 4 * graph.sample(b).size < graph.sample(a).size:
            turned = graph.new("computed", np.negative(graph.sample(b)))
            instead[plus.result] = [Instruction(np.negative, (b,), {}, turned, plus.label, plus.scope)]
            instead[minus.result] = [Instruction(np.subtract, (turned, a), {}, minus.result, plus.label, plus.scope)]
    return graph.with_instructions(new for call in graph.instructions for new in instead.get(call.result, [call]))


PRODUCTS = (np.matmul, np.dot)


def is_product(graph: Graph, call: Instruction) -> bool:
    """Whether a call multiplies two matrices."""
    if call.function not in PRODUCTS or call.settings or not all(isinstance(a, Variable) for a in call.args):
        return False
    return len(call.args) == 2 and all(graph.sample(a).ndim == 2 for a in call.args)


def outputs_apart(graph: Graph) -> Graph:
    """What is given out and lies in memory that is written to, is copied before."""
    roots: dict[Variable, Variable] = {}
    for call in graph.instructions:
        for a in call.reads:
            if lies_in(graph, call, a):
                roots[call.result] = roots.get(a, a)
                break
    early: list[Instruction] = []
    late: list[Instruction] = []
    instead: dict[Variable, Variable] = {}
    for value in sorted(graph.outputs):
        if roots.get(value, value) in graph.stores:
            number = graph.new("computed", graph.values[value].sample.copy())
            (early if value in graph.stores else late).append(Instruction(np.copy, (value,), {}, number, "copy"))
            instead[value] = number
    memories = dict(graph.stores)
    apart = Graph(graph.values, [*early, *graph.instructions, *late], graph.results, memories, graph.gradients)
    apart.results = [instead.get(v, v) for v in graph.results]
    apart.stores = {memory: instead.get(v, v) for memory, v in memories.items()}
    apart.gradients = {leaf: None if v is None else instead.get(v, v) for leaf, v in graph.gradients.items()}
    return apart
