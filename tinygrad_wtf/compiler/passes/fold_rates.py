"""A rate goes into the input as factors of samples do: ``r (xᵀ d)`` is ``(r x)ᵀ d``, one product with the gradient.

That is so where an update changes one layer alone. The rate stays an input: when it changes, ``r x`` is made anew.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.hoist import hoist
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, is_product
from tinygrad_wtf.compiler.passes.fold_bias import FEW
from tinygrad_wtf.compiler.passes.fold_factors import keeps_digits
from tinygrad_wtf.compiler.passes.slices import Pack, Slice


class Rate(NamedTuple):
    """The product that is a gradient, the gradient in a row, the update, and its rate."""

    product: Instruction
    row: Instruction
    update: Instruction
    rate: Any


def fold_rates(graph: Graph) -> Graph:
    """Compute a gradient and its update in one product. Bound: eps of each term."""
    hoisted = hoist(graph)
    found = next((rate for i in hoisted.body if (rate := _rate(graph, i, hoisted.held)) is not None), None)
    if found is None:
        return graph
    edit, n = Builder(graph), graph.sample(found.product.result).size
    flat: Any = None
    for i in (*hoisted.prepare, *hoisted.body):
        if i is found.product:
            x, d = i.args
            shape = graph.sample(x).shape
            edit.add(keeps_digits, found.rate, x, like=i, label="guard", effect=True, sample=np.asarray(True))
            pack = Pack([Slice(0, shape), Slice(graph.sample(x).size, shape)])
            both = edit.add(pack, x, edit.add(np.multiply, found.rate, x, like=i), like=i)
            made = edit.add(np.dot, edit.add(np.reshape, both, (2 * n, shape[1]), like=i), d, like=i)
            flat = edit.add(np.reshape, made, (2 * n,), like=i)
        elif i is found.row or i is found.update:
            at = 0 if i is found.row else n
            edit.keep(Instruction(Slice(at, (n,)), (flat,), {}, i.result, i.label, i.scope))
        else:
            edit.keep(i)
    return edit.build()


def _rate(graph: Graph, update: Instruction, held: set[Any]) -> Rate | None:
    """What `update` scales, if that is the gradient of one column of weights of a small input."""
    if update.function is not np.multiply:
        return None
    makers, uses = graph.makers(), graph.uses()
    for rate, g in (update.args, update.args[::-1]):
        row = makers.get(g)
        if row is None or row.function is not np.reshape:
            continue
        product = makers.get(row.args[0])
        if product is None or not is_product(product, graph) or rate not in held or uses[product.result] > 1:
            continue
        x, made = product.args[0], graph.sample(product.result).shape
        small = x in held and 2 * graph.sample(x).size <= FEW and made[1:] == (1,)
        if small and graph.sample(row.result).shape == made[:1] and _is_at_most_one(graph, rate):
            return Rate(product, row, update, rate)
    return None


def _is_at_most_one(graph: Graph, rate: Any) -> bool:
    """Whether it is so while this is compiled: the guard would fail at once otherwise."""
    made = graph.makers().get(rate)
    value = graph.values[made.args[0] if made is not None and made.label == "cast" else rate]
    return value.kind in ("memory", "constant") and np.ndim(value.origin) == 0 and bool(np.abs(value.origin) <= 1)
