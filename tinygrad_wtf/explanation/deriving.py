"""The gradients of a recorded graph as equations, made short: the derivation that one would write by hand.

The walk of `backward` carries expressions. At the results of linear steps and at the leaves an expression gets a name
and becomes an equation; in between, expressions are multiplied together and simplified.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.core.walk import walk
from tinygrad_wtf.errors import GraphError, SettingError
from tinygrad_wtf.explanation.derivation import Derivation, Equation, Layout, Mean, in_columns, names_in, only
from tinygrad_wtf.explanation.facts import Facts, names_and_facts
from tinygrad_wtf.explanation.naming import TRANSPOSED, Roles, computation_order, is_parameter
from tinygrad_wtf.explanation.simplify import Simplifier
from tinygrad_wtf.explanation.steps import gradient_name, nodes_of
from tinygrad_wtf.explanation.symbol import Symbol, constant, named
from tinygrad_wtf.tensors.tensor import Tensor

__all__ = ["derive"]

LONGEST_VALUE, LONGEST_GRADIENT = 50, 120  # characters of an expression that still stands inside another


def derive(loss: Tensor, wrt: Tensor | None = None, layout: Layout = "rows", mean: Mean = "dW") -> Derivation:
    """Derive the gradients of a loss as short equations, from its recorded graph alone.

    Parameters
    ----------
    loss : Tensor
        One number, with a recorded graph; a graph that a backward pass has freed will do.
    wrt : Tensor, optional
        The only tensor of interest; by default every leaf.
    layout : {"rows", "columns"}
        Whether samples are rows, as in the tensors themselves, or columns, as in the guide from theory 02 on. In
        columns every tensor that holds samples stands for its transpose; parameters stay as they are.
    mean : {"dW", "dZ"}
        Where the 1/m of a mean is written: in the gradients of the parameters, as in the guide, whose dZ is m times
        the gradient; or in dZ, which then is the gradient itself.

    Returns
    -------
    Derivation
        Printed by `str`; `markdown()` and `latex()` give it typeset, `equations` gives the expressions.

    Raises
    ------
    GraphError
        If the loss has no recorded graph or is not one number, or does not depend on `wrt`.
    SettingError
        If `layout` or `mean` is none of the choices.

    Examples
    --------
    The guide's equations of one layer (theory 02, ``dZ = A - y``), in the guide's layout:

    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> X, y = tw.zeros(5, 2), tw.ones(5, 1)
    >>> loss = nn.BCELoss()(nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())(X), y)
    >>> for line in tw.derive(loss, layout="columns").lines():
    ...     print(line)
    dZ1 = A1 − y
    dW1 = 1/m dZ1 Xᵀ
    db1 = 1/m Σ dZ1
    """
    for name, given, choices in (("layout", layout, ("rows", "columns")), ("mean", mean, ("dW", "dZ"))):
        if given not in choices:
            raise SettingError(f"{name} is {choices[0]!r} or {choices[1]!r}, not {given!r}", op="derive")
    (root,) = nodes_of("derive", [loss])
    if root.size != 1:
        raise GraphError(
            f"the tensor of shape {root.shape} is not one number",
            op="derive",
            shapes=(root.shape,),
            hint="Reduce it with .mean() or .sum()",
        )
    found = _Deriver(root, mean).derived()
    found = in_columns(found) if layout == "columns" else found
    return found if wrt is None else only(found, node_of(wrt))


class _Deriver:
    """The walk that carries expressions, and what it needs to know of the graph."""

    def __init__(self, root: Node, mean: Mean) -> None:
        self.root = root
        order = computation_order([root])
        self.roles = Roles(order, [root])
        self.names, facts = names_and_facts(order, [root], self.roles)
        self.stops = frozenset(self.roles.results)
        self.counts: dict[int, Symbol] = {}
        self.means = self._means(order, facts)
        self.values: dict[Node, Symbol] = {}
        keep = self.stops | frozenset(self.roles.activations)
        for node in order:
            self.values[node] = facts.values.get(node) or self._value(node, keep)
        known = [
            (node.op(*self._arguments(node), **node.params), self.values[node])
            for node in self.roles.activations
            if node.op is not None and len(node.inputs) == 1
        ]
        inside = [self.names[n] for n in order if n.op is not None and "probability" in n.op.traits]
        self.simplify = Simplifier(inside, [*known, *facts.sums])
        self.facts = facts
        self.mean: Mean = mean
        self.scale = next(iter(self.counts.values())) if mean == "dW" and len(self.counts) == 1 else None

    def _letters(self) -> dict[str, int]:
        return {str(letter): number for number, letter in self.counts.items()}

    def _means(self, order: list[Node], facts: Facts) -> dict[Node, list[Any]]:
        """For each sum divided by the number of its entries, or of samples: the arguments, with a letter for it."""
        taken = set(self.names.values())
        letters = [letter for letter in ("m", "n", "M", "N") if letter not in taken]
        found: dict[Node, list[Any]] = {}
        for node in order:
            if node.op is None or node.op.name not in ("div", "mul"):
                continue
            args = [facts.numbers.get(a, a) if isinstance(a, Node) else a for a in node.inputs]
            for i, number in enumerate(args):
                other = args[1 - i]
                if isinstance(number, Node | np.ndarray) or not number or not isinstance(other, Node):
                    continue
                total = _summed(other)
                count = number if node.op.name == "div" else 1 / number
                if total is None or (node.op.name == "div" and i == 0) or abs(round(count) - count) > 1e-6 * abs(count):
                    continue
                x, count = total.inputs[0], round(count)
                if abs(count) not in (x.size // max(total.size, 1), x.shape[0]) or abs(count) == 1:
                    continue
                if abs(count) not in self.counts and not letters:
                    continue
                if abs(count) not in self.counts:
                    self.counts[abs(count)] = named(letters.pop(0), (), node.dtype)
                m = self.counts[abs(count)] if count > 0 else -self.counts[abs(count)]
                args[i] = m if node.op.name == "div" else 1 / m
                found[node] = args
        return found

    def _arguments(self, node: Node) -> list[Any]:
        args = [self.values[a] if isinstance(a, Node) else a for a in self.means.get(node, node.inputs)]
        return [constant(a) if isinstance(a, np.ndarray) else a for a in args]

    def _value(self, node: Node, keep: frozenset[Node]) -> Symbol:
        """A tensor as the equations show it: by name, or by what it is made of, if that is short."""
        name = self.names[node]
        plain = named(name, node.shape, node.dtype)
        if node.op is None:
            return plain
        rearranged = node.op.name == "permute" and name.endswith(TRANSPOSED)
        if node in keep or (node.name and not rearranged):
            return plain
        made = node.op(*self._arguments(node), **node.params)
        return made if rearranged or len(made.unicode()) <= LONGEST_VALUE else plain

    def _shown(self, node: Node) -> tuple[Any, ...]:
        return (self.values[node], *self._arguments(node))

    def derived(self) -> Derivation:
        equations: list[Equation] = []

        def complete(node: Node, g: Symbol) -> Symbol:
            if node is self.root:
                return g
            stop = node in self.stops or is_parameter(node)
            name = gradient_name(self.names[node])
            scaled = self.scale is not None and not is_parameter(node)
            short = self.simplify(g)
            if not stop and len(short.unicode()) <= LONGEST_GRADIENT:
                return self.simplify.remember(short.like(node.shape, node.dtype), g)
            if scaled:
                short = self.simplify(g * self.scale)
            equations.append(Equation(name, short, node))
            passed = named(name, node.shape, node.dtype)
            return (passed / self.scale).like(node.shape, node.dtype) if scaled else passed

        seed = constant(np.ones(self.root.shape, self.root.dtype))
        for _ in walk([(self.root, seed)], self._shown, None, complete):
            pass
        equations = _weights_first(equations)
        meanings = self._meanings(equations)
        return Derivation(tuple(equations), meanings, self._letters(), self._notes(equations), "rows", self.mean)

    def _meanings(self, equations: list[Equation]) -> tuple[Equation, ...]:
        """What the names stand for that neither the user nor a layer gave."""
        by_name = {self.names[node]: node for node in self.values if node.op is not None}
        told = {self.names[node] for node in (*self.roles.results, *self.roles.activations)}
        found: dict[str, Equation] = {}
        pending = [name for e in equations for name in names_in(e.symbol)]
        while pending:
            name = pending.pop(0)
            node = by_name.get(name)
            if node is None or node.op is None or name in told or name in found or node.name:
                continue
            made = self.simplify(node.op(*self._arguments(node), **node.params))
            found[name] = Equation(name, made, node, gradient=False)
            pending += names_in(made)
        return tuple(found.values())

    def _notes(self, equations: list[Equation]) -> tuple[str, ...]:
        notes = [
            f"{letter} = {number}, the number that the mean is taken over."
            for letter, number in self._letters().items()
        ]
        if self.scale is not None:
            notes.append(
                f"dZ, of whatever is no parameter, is {self.scale} times the gradient here: the 1/{self.scale} of the "
                'mean is in the gradients of the parameters. mean="dZ" leaves it where it comes from.'
            )
        used = {name for e in equations for name in names_in(e.symbol)}
        return (*notes, *self.facts.notes(used), *self.simplify.notes)


def _weights_first(equations: list[Equation]) -> list[Equation]:
    """The equations with a layer's weight before its bias, as one writes them."""
    found: list[Equation] = []
    for _, group in itertools.groupby(equations, key=lambda e: is_parameter(e.node)):
        run = list(group)
        found += sorted(run, key=lambda e: -len(e.node.shape)) if is_parameter(run[0].node) else run
    return found


def _summed(node: Node) -> Node | None:
    """The sum of which this is a rearrangement, if it is one; its sign does not matter."""
    while node.op is not None and node.op.name in ("reshape", "cast", "neg") and isinstance(node.inputs[0], Node):
        node = node.inputs[0]
    return node if node.op is not None and node.op.name == "sum" else None
