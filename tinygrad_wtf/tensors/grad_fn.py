"""`grad_fn`: the recorded graph as PyTorch shows it, made from the nodes when it is asked for."""

from __future__ import annotations

import functools
from typing import Any

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.tensors import leaves


class GradFn:
    """A step of the graph: what made a tensor, and where its gradient goes on.

    Each operation has a class of its own, named as PyTorch names it: of ``a * b`` it is ``MulBackward0``. PyTorch has
    other operations underneath in places, so that a few names differ (``linear`` is ``AddmmBackward0`` there).

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> w = tw.tensor(2.0, requires_grad=True)
    >>> step = (w * w).exp().grad_fn
    >>> step.name(), step.next_functions[0][0].name()
    ('ExpBackward0', 'MulBackward0')
    """

    def __init__(self, node: Node) -> None:
        self._node = node

    def name(self) -> str:
        """``"MulBackward0"``."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """For each argument its step and the number of that step's output, 0; None for one without a gradient."""
        return tuple((grad_fn_of(a) if isinstance(a, Node) and a.requires_grad else None, 0) for a in self._node.inputs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and other._node is self._node

    def __hash__(self) -> int:
        return hash(self._node)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


class AccumulateGrad(GradFn):
    """Where a gradient ends: it is added to the `grad` of a leaf.

    Attributes
    ----------
    variable : Tensor or None
        The leaf, as long as it lives.
    """

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """None: a leaf was made of nothing."""
        return ()

    @property
    def variable(self) -> Any:
        """The leaf."""
        return leaves.tensor_of(self._node)


@functools.cache
def _class_of(op: str) -> type[GradFn]:
    name = "".join(part[:1].upper() + part[1:] for part in op.split("_")) + "Backward0"
    return type(name, (GradFn,), {"__doc__": f"A step that `{op}` made.", "__module__": __name__})


def grad_fn_of(node: Node) -> GradFn:
    """The step of a node, or the end of a gradient for a leaf."""
    return AccumulateGrad(node) if node.op is None else _class_of(node.op.name)(node)
