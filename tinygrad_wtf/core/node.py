"""One step of the recorded graph: what made a tensor, and what backward needs to know of it.

A tensor is its value and its node. The node never points back to the tensor, so that a result that
nobody holds any more is freed at once, with the arrays that no derivative reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import _refusals
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.op import NO_SETTINGS

if TYPE_CHECKING:
    from tinygrad_wtf.core.op import Op
    from tinygrad_wtf.tensors.tensor import Tensor

Place = tuple[str, int]


class Node:
    """A step of the graph.

    Attributes
    ----------
    op : Op or None
        What was computed; None for a leaf.
    inputs : tuple
        One entry for each argument, in order: the argument's node, or the array or number itself.
    params : dict
        The operation's settings, such as `dim`.
    keep : tuple of int or None
        Which of ``(y, *args)`` were kept, because a rule reads them. None once the graph was freed.
    around : tuple
        The inputs and then what was kept, in one tuple: Python's cyclic collector looks at every object of a long
        graph again and again, so a step is made of as few as possible.
    saved : tuple or None
        ``(y, *args)``; an array that no rule reads is replaced by its node, which still knows its shape (here None
        for `y`; `arrays` shows the node there too). None once the graph was freed.
    shape, dtype
        Of the value.
    scope : tuple of str
        The layer it was recorded in.
    time : int
        When it was recorded, on the clock of in-place writes.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_freed_at",
        "around",
        "dtype",
        "keep",
        "op",
        "params",
        "requires_grad",
        "scope",
        "shape",
        "time",
    )

    if TYPE_CHECKING:

        def __init__(self) -> None:  # a node is made empty, and filled by who makes it: that is twice as fast
            self.op: Op | None
            self.params: dict[str, Any]
            self.around: tuple[Any, ...]
            self.keep: tuple[int, ...] | None
            self.shape: tuple[int, ...]
            self.dtype: np.dtype[Any]
            self.scope: tuple[str, ...]
            self.time: int
            self.requires_grad: bool
            self._freed_at: Place

    # What few nodes have costs the others nothing: these are set on the instance when they are needed.
    name: str | None = None
    grad: Tensor | None = None
    watch: Any = None  # of a program that lends `grad`, and must know whether somebody has seen it
    retains_grad = False
    hooks: tuple[Callable[[Any], Any], ...] = ()
    additions = 0  # how many passes have added to `grad` since it was last set
    passes = 0  # how many passes have begun here

    @property
    def inputs(self) -> tuple[Any, ...]:
        """One entry for each argument."""
        return self.around[: -len(self.keep)] if self.keep else self.around

    @property
    def saved(self) -> tuple[Any, ...] | None:
        """What the rules see of ``(y, *args)``."""
        if self.keep is None:
            return None
        shown = [None, *self.inputs]
        for position, value in zip(self.keep, self.around[len(shown) - 1 :], strict=True):
            shown[position] = value
        return tuple(shown)

    @property
    def freed_at(self) -> Place | None:
        """Where the backward pass was asked for that let go of what was kept."""
        return getattr(self, "_freed_at", None)

    def let_go(self, place: Place) -> None:
        """Free what was kept, in a backward pass asked for at this place."""
        if self.keep:
            self.around = self.around[: -len(self.keep)]
        self.keep = None
        self._freed_at = place

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))
    is_leaf = property(lambda self: self.op is None)

    def __repr__(self) -> str:
        made = "leaf" if self.op is None else self.op.name
        return f"<node {self.name or made} {self.shape} {self.dtype}>"


def leaf(shape: tuple[int, ...], dtype: np.dtype[Any], requires_grad: bool) -> Node:
    """A node that nothing led to."""
    node = Node()
    node.op, node.params, node.around, node.keep = None, NO_SETTINGS, (), None
    node.shape, node.dtype, node.requires_grad = shape, dtype, requires_grad
    node.scope, node.time = (), 0
    return node


def arrays(node: Node) -> Sequence[Any]:
    """Show the rules plain arrays; what no rule reads is shown by its node, which knows its shape."""
    keep, around = node.keep, node.around
    if keep is None:
        raise _refusals.freed(node)
    if clock.time != node.time:
        for array, source in changed(node):
            raise _refusals.changed(node, array, source, clock.place(array))
    shown = [node, *around]
    for position in reversed(keep):
        shown[position] = shown.pop()
    return shown


def changed(node: Node) -> Iterator[tuple[np.ndarray[Any, Any], Any]]:
    """The arrays that this step holds and that were written to since, each with what it came from."""
    assert node.saved is not None
    for a, source in zip(node.saved, (node, *node.inputs), strict=True):
        if isinstance(a, np.ndarray) and clock.changed_since(a, node.time):
            yield a, source
