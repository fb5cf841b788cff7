"""What the numbers of a graph's inputs say about them, where the graph still has them.

How labels were prepared is not recorded: ``1 - y`` is an array like any other. But two arrays of which one is exactly
1 minus the other may be called y and 1 − y. Tensors that learn are left out: their numbers change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.explanation.naming import Roles, unique
from tinygrad_wtf.explanation.symbol import Symbol, constant, named

MOST = 12  # inputs that are compared with each other


class Facts:
    """How a graph's inputs depend on each other, read from their numbers.

    Attributes
    ----------
    values : dict of Node to Symbol
        Inputs that equal an expression in another one, and that expression.
    sums : list of (Symbol, Symbol)
        Sums over the classes of a label that are all 1.
    numbers : dict of Node to float
        Inputs that are one number.
    """

    def __init__(self, order: list[Node], names: dict[Node, str]) -> None:
        self.values: dict[Node, Symbol] = {}
        self.sums: list[tuple[Symbol, Symbol]] = []
        self.numbers: dict[Node, float] = {}
        self._notes: dict[str, str] = {}
        for node in order:  # the 1 with which a recorded pass begins
            if node.op is None and not node.requires_grad and names[node] == "1":
                self.values[node] = constant(np.broadcast_to(np.ones((), node.dtype), node.shape))
        arrays = {node: array for node, array in known_arrays(order).items() if node not in self.values}
        plain: list[tuple[Node, np.ndarray]] = []
        for node, array in arrays.items():
            name = named(names[node], node.shape, node.dtype)
            if array.dtype.kind == "b":
                self._of_mask(node, name, array)
            elif array.dtype.kind in "iu":
                self._of_places(node, name, array)
            elif not array.ndim:
                self.numbers[node] = array.item()
            elif array.size > 1 and len(plain) < MOST:
                self._of_numbers(node, name, array, plain, names)

    def _of_places(self, node: Node, name: Symbol, array: np.ndarray) -> None:
        """Indices; 0, 1, 2, ... are only a count, and have no name."""
        counted = array.ndim > 0 and np.array_equal(array.reshape(-1), np.arange(array.size))
        self.values[node] = constant(array) if counted and array.size > 1 else Symbol(name.name, array)

    def _of_mask(self, node: Node, name: Symbol, array: np.ndarray) -> None:
        if array.size and np.all(array == array.flat[0]):
            self.values[node] = constant(np.broadcast_to(array.flat[0], array.shape))
            self._notes[str(name)] = f"{name} is {'true' if array.flat[0] else 'false'} everywhere."
        else:
            self.values[node] = Symbol(name.name, array)

    def _of_numbers(
        self, node: Node, name: Symbol, array: np.ndarray, plain: list[tuple[Node, np.ndarray]], names: dict[Node, str]
    ) -> None:
        for other, theirs in plain:
            if theirs.shape != array.shape:
                continue
            base = named(names[other], other.shape, other.dtype)
            for like, what in ((theirs, base), (1 - theirs, 1 - base), (-theirs, -base), (theirs - 1, base - 1)):
                if np.array_equal(array, like):
                    self.values[node] = what
                    return
        plain.append((node, array))
        if array.ndim == 2 and np.all(array >= 0) and np.all(np.abs(array.sum(axis=1) - 1) < 1e-6):
            for keepdim in (False, True):
                self.sums.append((name.sum(1, keepdim), constant(1)))
            self._notes[str(name)] = f"Each row of {name} adds up to 1."

    def notes(self, used: set[str]) -> list[str]:
        """What was read from numbers, of these tensors."""
        return [note for name, note in self._notes.items() if name in used or "everywhere" in note]


def names_and_facts(order: list[Node], roots: Sequence[Node], roles: Roles) -> tuple[dict[Node, str], Facts]:
    """Names for all nodes, and what is known of the inputs; labels that differ in form only share one name."""
    names = unique(order, roots, roles.names)
    facts = Facts(order, names)
    for letter in ("y", "X"):
        same = [node for node, name in roles.names.items() if name.rstrip("0123456789") == letter and node.op is None]
        own = [node for node in same if node not in facts.values or facts.values[node].name == names[node]]
        if len(same) > len(own) == 1 and names[own[0]] == roles.names[own[0]] and letter not in names.values():
            roles.names[own[0]] = letter
            return names_and_facts(order, roots, roles)
    return names, facts


def known_arrays(order: list[Node]) -> dict[Node, np.ndarray]:
    """The numbers of the inputs that do not learn, as far as some step keeps them."""
    found: dict[Node, np.ndarray] = {}
    for node in order:
        for source, array in zip(node.inputs, (node.saved or ())[1:], strict=False):
            if not isinstance(source, Node) or source.op is not None or source.requires_grad:
                continue
            if isinstance(array, np.ndarray):
                found.setdefault(source, array)
    return found
