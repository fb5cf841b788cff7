"""One step of the recorded graph: what made a tensor, and what backward needs to know of it.

A tensor is its value and its node. The node never points back to the tensor, so that a result that
nobody holds any more is freed at once, with the arrays that no derivative reads.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tinygrad_wtf.op import Op
    from tinygrad_wtf.tensor import Tensor

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
    saved : tuple or None
        ``(y, *args)`` as the rules will see them; an array that no rule reads is replaced by its node (None for
        `y`), which still knows its shape. None once the graph was freed.
    shape, dtype
        Of the value.
    scope : tuple of str
        The layer it was recorded in.
    time : int
        When it was recorded, on the clock of in-place writes.
    """

    __slots__ = ("__dict__", "__weakref__", "dtype", "inputs", "op", "params", "saved", "scope", "shape", "time")

    # What few nodes have costs the others nothing: these are set on the instance when they are needed.
    requires_grad = True
    name: str | None = None
    grad: Tensor | None = None
    retains_grad = False
    thawed: Node | None = None  # of a leaf that stopped requiring gradients: the one that it was
    hooks: tuple[Callable[[Any], Any], ...] = ()
    freed_at: Place | None = None
    holder: weakref.ref[Tensor] | None = None  # of a leaf: its tensor, as long as it lives
    additions = 0  # how many passes have added to `grad` since it was last set
    passes = 0  # how many passes have begun here

    def __init__(
        self,
        op: Op | None,
        inputs: tuple[Any, ...],
        params: dict[str, Any],
        saved: tuple[Any, ...] | None,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        scope: tuple[str, ...],
        time: int,
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.params = params
        self.saved = saved
        self.shape = shape
        self.dtype = dtype
        self.scope = scope
        self.time = time

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    @property
    def is_leaf(self) -> bool:
        """Whether nothing was recorded before it."""
        return self.op is None

    def __repr__(self) -> str:
        made = "leaf" if self.op is None else self.op.name
        return f"<node {self.name or made} {self.shape} {self.dtype}>"


def leaf(shape: tuple[int, ...], dtype: np.dtype[Any], requires_grad: bool) -> Node:
    """A node that nothing led to."""
    node = Node(None, (), {}, None, shape, dtype, (), 0)
    node.requires_grad = requires_grad
    return node
