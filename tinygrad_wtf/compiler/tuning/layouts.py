"""Which way matrices lie in memory: row after row ("C") or column after column ("F"), chosen by measuring products.

The same product can take twice as long with an operand the other way round, when it is tall and skinny. Elementwise
calls do not mind as long as all their arrays lie alike, so a whole chain of them is one choice.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.hoist import held_variables
from tinygrad_wtf.compiler.ir import PRODUCTS, Builder, Graph, Instruction, Variable, is_elementwise, is_transpose
from tinygrad_wtf.compiler.lower import astype
from tinygrad_wtf.compiler.passes.fold_bias import layers
from tinygrad_wtf.compiler.passes.slices import Pack, Slice
from tinygrad_wtf.compiler.tuning.blocked_matmul import Forms, is_worth_it, shape_of

_stretching: dict[Any, list[float]] = {}  # seconds row after row, and column after column, by shape and dtype


def lay_out_memory(graph: Graph, forms: Forms) -> Graph:
    """Say how the memory that may be moved lies best, when the inputs stay the same; `pack_updates` lays it so."""
    movable = {memory: "" for memory, tensor in graph.homes.items() if tensor.value.base is None}
    movable |= dict.fromkeys({layer.weight for layer in layers(graph)} & movable.keys(), "F")
    if not movable:
        return graph
    orders = chosen(graph, movable, held_variables(graph), forms)
    edit = Builder(graph)
    for memory in movable:
        edit.update(memory, order=orders.get(memory, "C"))
    return edit.build(graph.instructions)


def lay_out(graph: Graph, forms: Forms, static: bool) -> Graph:
    """Say how all values lie best."""
    orders = chosen(graph, {}, held_variables(graph, arguments=static), forms)
    edit = Builder(graph)
    for variable, value in graph.values.items():
        if value.order != (order := orders.get(variable, "C")):
            edit.update(variable, order=order)
    return edit.build(graph.instructions)


class _Choices:
    """Sets of values that lie alike, or just the other way round: one choice each."""

    def __init__(self) -> None:
        self.parent: dict[Variable, tuple[Variable, int]] = {}
        self.fixed: dict[Variable, int] = {}  # by representative

    def find(self, a: Variable) -> tuple[Variable, int]:
        """The representative, and whether `a` lies the other way round than it."""
        up, turned = self.parent.setdefault(a, (a, 0))
        if up == a:
            return a, 0
        top, more = self.find(up)
        self.parent[a] = top, turned ^ more
        return self.parent[a]

    def tie(self, a: Variable, b: Variable, turned: int = 0) -> None:
        """Let `a` and `b` lie alike, or (`turned`) the other way round."""
        (top_a, turn_a), (top_b, turn_b) = self.find(a), self.find(b)
        turn = turn_a ^ turn_b ^ turned
        if top_a == top_b:
            if turn:
                self.fixed.setdefault(top_a, 0)
            return
        fixed = self.fixed.pop(top_a, None)
        self.parent[top_a] = top_b, turn
        if fixed is not None:
            self.fixed.setdefault(top_b, fixed ^ turn)

    def fix(self, a: Variable, layout: int) -> None:
        """Say how `a` lies."""
        top, turned = self.find(a)
        self.fixed.setdefault(top, layout ^ turned)


def chosen(graph: Graph, movable: dict[Variable, str], copied: set[Variable], forms: Forms) -> dict[Variable, str]:
    """The values that lie column after column.

    `movable` is the memory whose layout may be changed, with the one it is to have if that is known already ("" if
    not); `copied` are the values that a product may copy for itself.
    """
    products = [call for call in graph.instructions if is_worth_it(graph, call, forms.least)]
    choices = _choices(graph, movable)
    if not products and not any(choices.fixed.values()):
        return {}
    prices = [_of_product(graph, call, copied, forms) for call in products]
    prices += [
        _of_stretching(graph, call, forms) for call in graph.instructions if _stretches(graph, call, forms.least)
    ]
    tops = sorted({choices.find(v)[0] for price in prices for v in price.values})
    for call in graph.instructions:  # where nothing speaks for one layout or the other, results lie row after row
        if not is_transpose(call) and choices.find(call.result)[0] not in tops:
            choices.fix(call.result, 0)
    best = _best(choices, prices, [top for top in tops if top not in choices.fixed])
    layouts: dict[Variable, str] = {}
    for number, value in graph.values.items():
        a = number
        if value.sample.ndim == 2 and a in choices.parent:
            top, turned = choices.find(a)
            if best.get(top, 0) ^ turned:
                layouts[a] = "F"
    return layouts


@dataclass
class _Price:
    """How long a call takes, in seconds, by the layouts of these values (0 and 1 for C and F)."""

    values: tuple[Variable, ...]
    seconds: dict[tuple[int, ...], float]


def _choices(graph: Graph, movable: dict[Variable, str]) -> _Choices:
    choices = _Choices()
    for call in graph.instructions:
        result = graph.sample(call.result)
        if is_elementwise(call) or call.function in (np.copy, astype):
            for a in call.reads:
                if graph.sample(a).shape == result.shape:
                    choices.tie(a, call.result)
        elif is_transpose(call) and result.ndim == 2:
            choices.tie(call.args[0], call.result, 1)
        elif isinstance(call.function, Slice) and result.ndim == 2:
            choices.fix(call.result, int(call.function.order == "F"))
        elif isinstance(call.function, Pack):
            for a, part in zip(call.reads, call.function.parts, strict=True):
                choices.fix(a, int(part.order == "F"))
        elif call.function not in PRODUCTS and call.function != np.add.reduce:
            for a in (*call.reads, call.result):
                choices.fix(a, 0)
    for memory, content in graph.stores.items():
        choices.tie(memory, content)
    for memory, order in movable.items():
        if order:
            choices.fix(memory, int(order == "F"))
    for number, value in graph.values.items():
        if value.kind not in ("computed", "constant") and value.sample.ndim == 2 and movable.get(number) != "":
            where = value.origin if value.kind == "memory" else value.sample
            flags = getattr(where, "flags", None)  # arguments are taken to lie row after row
            choices.fix(number, int(flags is not None and flags.f_contiguous and not flags.c_contiguous))
    return choices


def _stretches(graph: Graph, call: Instruction, least: int) -> bool:
    """Whether it is an elementwise call on a large matrix and a row, such as the addition of a bias."""
    result = graph.sample(call.result)
    if not is_elementwise(call) or result.ndim != 2 or result.size * 8 < least or len(call.args) != 2:
        return False
    return any(graph.sample(a).shape in ((result.shape[1],), (1, result.shape[1])) for a in call.reads)


def _of_product(graph: Graph, call: Instruction, copied: set[Variable], forms: Forms) -> _Price:
    values = (*call.reads, call.result)
    seconds = {}
    for ways in itertools.product((0, 1), repeat=3):
        shape = shape_of(graph, call, {v: "CF"[way] for v, way in zip(values, ways, strict=True)})
        left = call.args[ways[2]]
        seconds[ways] = forms.fastest(shape.turned if ways[2] else shape, left in copied)[1]
    return _Price(values, seconds)


def _of_stretching(graph: Graph, call: Instruction, forms: Forms) -> _Price:
    """The time to add a row to every row of a matrix."""
    result = graph.sample(call.result)
    key = (result.shape, result.dtype.char)
    if key not in _stretching:
        row = np.zeros(result.shape[1], result.dtype)
        matrices = [np.zeros(result.shape, result.dtype, order=order) for order in "CF"]  # type: ignore[call-overload]
        _stretching[key] = forms.times([functools.partial(np.add, x, row, x) for x in matrices])
    return _Price((call.result,), {(layout,): seconds for layout, seconds in enumerate(_stretching[key])})


def _best(choices: _Choices, prices: list[_Price], free: list[Variable]) -> dict[Variable, int]:
    """The layouts with which the calls take the least time together."""
    found = [[choices.find(v) for v in price.values] for price in prices]

    def cost(layout: dict[Variable, int]) -> float:
        return sum(
            price.seconds[tuple([layout[top] ^ turned for top, turned in ways])]
            for price, ways in zip(prices, found, strict=True)
        )

    fixed = dict(choices.fixed)
    if len(free) <= 10:
        every = (fixed | dict(zip(free, ways, strict=True)) for ways in itertools.product((0, 1), repeat=len(free)))
        return min(every, key=cost)
    layout = fixed | dict.fromkeys(free, 0)
    for _ in range(4):  # one choice after the other, until none is better alone
        before = dict(layout)
        for top in free:
            layout = min((layout, layout | {top: 1 - layout[top]}), key=cost)
        if layout == before:
            break
    return layout
