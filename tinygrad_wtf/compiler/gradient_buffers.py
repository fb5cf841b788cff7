"""Gradient buffers: a program writes gradients into the same memory in every run, unless somebody holds the last."""

from __future__ import annotations

from operator import gt
from sys import getrefcount
from typing import Any

from tinygrad_wtf.core.memory import owner_of
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.tensors.tensor import Tensor


class Watch:
    """Whether somebody has asked for a gradient: apart from the buffers, which know their leaves, as those know this.

    Attributes
    ----------
    is_seen : bool
        Whether a leaf was asked for a gradient that a program wrote, or given another one, since it was last known that
        nobody holds one.
    """

    __slots__ = ("__weakref__", "is_seen")

    def __init__(self) -> None:
        self.is_seen = False


class GradientBuffers:
    """The gradients that leaves get from a program.

    Attributes
    ----------
    gradients : list of (Node, Tensor)
        Each leaf and its gradient, over the program's memory.
    reuses : bool
        False when every run hands out copies.
    watch : Watch
        Tells whether it is worth asking if a gradient is held.
    """

    def __init__(self, places: dict[Node, Any], additions: dict[Node, int], reuses: bool) -> None:
        self.gradients: list[tuple[Node, Tensor]] = [(leaf, wrap(array, None)) for leaf, array in places.items()]
        self.additions = additions
        self.reuses = reuses
        self.watch = Watch()
        self.counted: list[Any] = []
        if reuses:
            owners = {id(owner_of(array)): owner_of(array) for array in places.values()}
            self.counted = [*(t for _, t in self.gradients), *(t.value for _, t in self.gradients), *owners.values()]
            del owners
        self.places = list(places.values())  # every reference that is ours exists from now on
        self.counts = list(map(getrefcount, self.counted))

    def is_held(self) -> bool:
        """Whether somebody besides the leaves knows of what was given out: the tensors, their arrays, or the memory."""
        self.watch.is_seen = False  # first: who asks from now on is not overlooked
        counts = list(map(getrefcount, self.counted))
        for i, (leaf, gradient) in enumerate(self.gradients if self.reuses else ()):
            counts[i] -= leaf.grad is gradient  # but not if the leaf was given another one, or None
        return any(map(gt, counts, self.counts))

    def hand_out(self) -> None:
        """Give every leaf its gradient."""
        for leaf, gradient in self.gradients:
            if leaf.grad is not gradient:
                leaf.grad = gradient if self.reuses else wrap(gradient.value.copy(), None)
                leaf.additions = self.additions[leaf]
            if leaf.watch is not self.watch:
                if leaf.watch is not None:
                    leaf.watch.is_seen = True  # another program's gradient was here, and is not any more
                leaf.watch = self.watch
