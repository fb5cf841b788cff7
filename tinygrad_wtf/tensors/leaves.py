"""Whose leaf a node is. The graph does not know: pictures and compiled functions ask here."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import TensorBase

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor

SMALL = 4096  # entries of data that are held on to, so that a picture may be drawn after backward

_tensors: weakref.WeakKeyDictionary[Node, weakref.ref[Any]] = weakref.WeakKeyDictionary()
_small: weakref.WeakKeyDictionary[Node, Any] = weakref.WeakKeyDictionary()
_frozen: weakref.WeakKeyDictionary[Node, Node] = weakref.WeakKeyDictionary()


def belongs(node: Node, tensor: TensorBase) -> None:
    """Note that the leaf is this tensor's."""
    _tensors[node] = weakref.ref(tensor)
    if not node.requires_grad and node.size <= SMALL:
        _small[node] = tensor.value


def tensor_of(node: Any) -> Tensor | None:
    """The tensor of a leaf, as long as it lives."""
    found = _tensors.get(node) if isinstance(node, Node) else None
    return None if found is None else found()


def array_of(node: Node) -> Any:
    """The numbers of a leaf, if they are still there."""
    tensor = tensor_of(node)
    return tensor.value if tensor is not None and tensor.node is node else _small.get(node)


def frozen(node: Node, before: Node) -> None:
    """Note that a tensor stopped requiring gradients: its leaf is `node` now, and was `before`."""
    _frozen[node] = before


def before_freezing(node: Node | None) -> Node | None:
    """The leaf that the tensor of this one had when it required gradients."""
    return None if node is None else _frozen.get(node)
