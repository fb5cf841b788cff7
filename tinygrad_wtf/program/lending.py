"""Gradients, lent: a program writes them into the same memory in every run, unless somebody holds the last ones."""

from __future__ import annotations

from operator import gt
from sys import getrefcount
from typing import Any

from tinygrad_wtf.node import Node
from tinygrad_wtf.tensor import Tensor, wrap


class Loan:
    """The gradients that leaves get from a program.

    Attributes
    ----------
    gradients : list of (Node, Tensor)
        Each leaf and its gradient, over the program's memory.
    lending : bool
        False when every run hands out copies.
    """

    def __init__(self, places: dict[Node, Any], additions: dict[Node, int], lending: bool) -> None:
        self.gradients: list[tuple[Node, Tensor]] = [(leaf, wrap(array, None)) for leaf, array in places.items()]
        self.additions = additions
        self.lending = lending
        self.lent: list[Any] = []
        if lending:
            owners = {id(_owner(array)): _owner(array) for array in places.values()}
            self.lent = [*(t for _, t in self.gradients), *(t.value for _, t in self.gradients), *owners.values()]
            del owners
        self.places = list(places.values())  # every reference that is ours exists from now on
        self.counts = list(map(getrefcount, self.lent))
        for i in range(len(self.gradients) if lending else 0):
            self.counts[i] += 1  # the leaf's

    def is_held(self) -> bool:
        """Whether somebody besides the leaves knows of what was lent: the tensors, their arrays, or the memory."""
        return any(map(gt, map(getrefcount, self.lent), self.counts))

    def hand_out(self) -> None:
        """Give every leaf its gradient."""
        for leaf, gradient in self.gradients:
            if leaf.grad is not gradient:
                leaf.grad = gradient if self.lending else wrap(gradient.value.copy(), None)
                leaf.additions = self.additions[leaf]


def _owner(array: Any) -> Any:
    """Who owns the memory of a view."""
    while array.base is not None:
        array = array.base
    return array
