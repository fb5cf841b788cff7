"""A factor of each sample goes into the input, once: ``c (x w)`` is ``(c x) w``, and ``xᵀ (c d)`` is ``(c x)ᵀ d``.

A guard holds that |c| is at most 1, so that no term overflows which did not before, and that ``c x`` keeps its digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.compiler.hoist import held_variables
from tinygrad_wtf.compiler.inference import type_of
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Variable, is_product, is_transpose
from tinygrad_wtf.compiler.passes.dce import dce
from tinygrad_wtf.compiler.passes.fold_bias import FEW
from tinygrad_wtf.compiler.passes.stable_bce import is_near

UNSIGNED = (np.exp, is_near)  # to these, 0 and -0 are the same


class Factor(NamedTuple):
    """A number for each sample, what it is multiplied with, and the input that it can go into."""

    c: Any
    rest: Variable
    x: Variable


def keeps_digits(c: Any, x: Any) -> bool:
    """Whether |c| <= 1, and each product is as exact as its factors: x or -x, a normal number, or 0 as one of them."""
    size, scaled = np.abs(c), np.abs(c * x)
    normal = (scaled >= np.finfo(scaled.dtype).tiny) & (scaled < np.inf)
    zero = (scaled == 0) & ((c == 0) | (x == 0))
    return bool((size <= 1).all() and ((size == 1) | normal | zero).all())


def fold_factors(graph: Graph) -> Graph:
    """Scale small inputs that stay the same. Bound: eps of each term; exact where c is 1 or -1."""
    factors, edit = _Factors(graph), Builder(graph)
    for i in graph.instructions:
        found = factors.of_result(i) or factors.of_operand(i)
        if found is None:
            edit.keep(i)
            continue
        product = i if is_product(i, graph) else factors.makers[found.rest]
        edit.add(keeps_digits, found.c, found.x, like=product, label="guard", effect=True, sample=np.asarray(True))
        x = edit.add(np.multiply, found.c, found.x, like=product)
        if product is i:
            edit.keep(i.with_args(edit.add(np.transpose, x, (1, 0), like=i), found.rest))
        else:
            edit.keep(product.with_args(x, product.args[1], result=i.result))
    return dce(edit.build()) if len(edit.values) > len(graph.values) else graph


class _Factors:
    """What can be folded in a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.held = graph, held_variables(graph)
        self.makers, self.uses, self.users = graph.makers(), graph.uses(), graph.users()

    def of_result(self, i: Instruction) -> Factor | None:
        """That of ``c (x w)``, where nobody sees the sign of a zero."""
        users = self.users.get(i.result, [])
        if self.uses.get(i.result) != len(users) or any(user.function not in UNSIGNED for user in users):
            return None
        for c, z in self._ways(i):
            product = self.makers.get(z)
            if is_product(product, self.graph) and self.uses[z] == 1 and self._is_input(product.args[0]):
                return Factor(c, z, product.args[0])
        return None

    def of_operand(self, i: Instruction) -> Factor | None:
        """That of ``xᵀ (c d)``."""
        turned, column = map(self.makers.get, i.args) if is_product(i, self.graph) else (None, None)
        if not is_transpose(turned) or column is None or self.uses[column.result] > 1:
            return None
        x = Variable(turned.args[0])
        return next((Factor(c, d, x) for c, d in self._ways(column)), None) if self._is_input(x) else None

    def _ways(self, i: Instruction) -> Iterator[tuple[Any, Variable]]:
        """A factor of each sample that stays the same, and what it is multiplied with."""
        if i.function is np.negative:
            yield -1, i.args[0]
        if i.function is np.multiply:
            made = self.graph.sample(i.result)
            for c, rest in (i.args, i.args[::-1]):
                if not (isinstance(c, Variable) and isinstance(rest, Variable) and c in self.held):
                    continue
                if self.graph.sample(c).shape == (*made.shape[:1], 1) and type_of(self.graph.sample(rest)) == made:
                    yield c, rest

    def _is_input(self, x: Variable) -> bool:
        return x in self.held and self.graph.sample(x).size <= FEW
