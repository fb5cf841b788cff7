"""What a tensor has to do with gradients: whether it requires them, its own, its hooks, and backward."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from numpy import ndarray

from tinygrad_wtf._changes import changes
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.memory import rebased
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import TensorBase, node_of, wrap
from tinygrad_wtf.core.walk import backward
from tinygrad_wtf.errors import DTypeError, GraphError, ShapeError
from tinygrad_wtf.tensors import leaves
from tinygrad_wtf.tensors.attributes import Attributes
from tinygrad_wtf.tensors.data import array_from
from tinygrad_wtf.tensors.seeds import seeds_of, wanted_nodes
from tinygrad_wtf.tensors.views import view_of

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


class Hook:
    """The handle of a registered hook."""

    def __init__(self, node: Node, hook: Callable[..., Any]) -> None:
        self._node, self._hook = weakref.ref(node), hook

    def __call__(self, gradient: Tensor) -> Tensor | None:
        """Call the function that was registered."""
        return self._hook(gradient)  # type: ignore[no-any-return]

    def remove(self) -> None:
        """Take the hook away; another registration of the same function stays."""
        node = self._node()
        if node is not None:
            node.hooks = tuple(h for h in node.hooks if h is not self)
            changes.note()


class Gradients(Attributes):
    """The attributes and methods that are about gradients."""

    __slots__ = ()

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded."""
        node = self.node if rebased else self._node
        return node is not None and node.requires_grad

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Record operations on this tensor from now on, or stop; returns the tensor itself."""
        if not self.is_leaf:
            if requires_grad:
                return self
            raise GraphError(
                "only a leaf can stop requiring gradients",
                op=self._maker,
                hint="Use .detach() for a copy without history",
            )
        if requires_grad and self.value.dtype.kind != "f":
            raise DTypeError(
                f"a tensor of dtype {self.value.dtype} cannot require gradients",
                shapes=(self.shape,),
                hint="Only floating-point numbers have derivatives: convert it with .float() first",
            )
        before = self.node
        if requires_grad == self.requires_grad:
            return self
        # Another leaf from now on: what was recorded before goes on as it was recorded.
        node = self._node = leaves.before_freezing(before) or self.as_leaf(requires_grad)
        leaves.belongs(node, self)
        if before is not None:
            node.name, node.grad = before.name, before.grad
            if not requires_grad:
                leaves.frozen(node, before)
        changes.note()
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` has added up here, or None."""
        node = self.node if rebased else self._node
        if node is None:
            return None
        mode.recorder.grad_read(node)
        gradient = node.grad
        if gradient is None and node.op is not None and not node.retains_grad:
            warnings.warn(
                "the gradient of a tensor that an operation made is not kept; call .retain_grad() before backward()",
                stacklevel=2,
            )
        if node.watch is not None:
            node.watch.is_seen = True  # when it is already held here, so that who counts its holders now counts this
        return gradient

    @grad.setter
    def grad(self, gradient: Tensor | None) -> None:
        if gradient is not None:
            if not isinstance(gradient, TensorBase):
                raise DTypeError(f"a gradient is a Tensor or None, not {type(gradient).__name__}")
            if gradient.shape != self.shape or gradient.dtype != self.dtype:
                raise ShapeError(
                    f"a gradient of {gradient.shape} {gradient.dtype} does not fit {self.shape} {self.dtype}",
                    shapes=(gradient.shape, self.shape),
                    hint="A gradient has the shape and dtype of its tensor",
                )
        node = self._node or self.as_leaf()
        mode.recorder.grad_set(node)
        node.grad, node.additions = gradient, 0

    @property
    def grad_fn(self) -> Any:
        """The step of the graph that made it (see `tensors.grad_fn.GradFn`); None for a leaf, as in PyTorch."""
        if self.node is None or self.node.op is None:
            return None
        from tinygrad_wtf.tensors.grad_fn import grad_fn_of  # seldom asked for

        return grad_fn_of(self.node)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor too when `backward` passes, though an operation made it."""
        if not self.requires_grad:
            raise GraphError("a tensor that does not require gradients has none to retain")
        if not self.is_leaf:
            node_of(self).retains_grad = True

    @property
    def retains_grad(self) -> bool:
        """Whether an operation made it and its gradient will be kept."""
        return self.node is not None and self.node.retains_grad

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Hook:
        """Call `hook` with this tensor's gradient when it is complete; what it returns takes the gradient's place.

        Returns
        -------
        Hook
            Its ``remove()`` takes the hook away again.
        """
        if not self.requires_grad:
            raise GraphError("a tensor that does not require gradients cannot have a hook")
        node = node_of(self)
        handle = Hook(node, hook)
        node.hooks = (*node.hooks, handle)
        changes.note()
        return handle

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add to every leaf's `grad` the gradient of this tensor with respect to it.

        Parameters
        ----------
        gradient : Tensor, optional
            The cotangent to start from, of this tensor's shape; 1 for a tensor of one entry.
        retain_graph : bool, optional
            Keep the graph for another pass (by default as `create_graph`).
        create_graph : bool
            Record the pass itself, so that its results can be differentiated again.
        inputs : Tensor or sequence of Tensor, optional
            The tensors that get gradients; all leaves by default.

        Raises
        ------
        GraphError
            If nothing was recorded, if the graph was freed by an earlier pass (the message says where), or if a
            tensor that a derivative needs was changed in place.
        ShapeError
            If the tensor has several entries and no `gradient` is given, or one of another shape.
        """
        wanted = None if inputs is None else wanted_nodes("backward", inputs)
        backward(seeds_of([self], [gradient], create_graph), retain_graph, create_graph, wanted)

    def detach(self) -> Tensor:
        """The same memory without the history."""
        if rebased and self.value.__class__ is not ndarray:  # an array shows the memory as it is
            self._refresh((self,))
        return wrap(self.value, None)

    def detach_(self) -> Self:
        """Forget the history of this tensor: it is a leaf from now on, which requires no gradients."""
        if view_of(self) is not None:
            raise GraphError(
                "a view cannot be detached in place", op="detach_", shapes=(self.shape,), hint="Use .detach()"
            )
        if self.is_leaf:
            return self.requires_grad_(False)
        before = self.node
        if before is not None and before.requires_grad:
            node = self.as_leaf()
            node.name, node.grad = before.name, before.grad
            changes.note()
        return self

    @property
    def data(self) -> Tensor:
        """The same memory without the history; assigning gives the tensor other memory."""
        return self.detach()

    @data.setter
    def data(self, data: Any) -> None:
        value = data.value if isinstance(data, TensorBase) else array_from(data, self.dtype)
        if value.shape != self.shape or value.dtype != self.dtype:
            raise ShapeError(
                f"data of {value.shape} {value.dtype} cannot replace {self.shape} {self.dtype}",
                shapes=(value.shape, self.shape),
            )
        mode.recorder.replace(self, value)

    def as_leaf(self, requires_grad: bool = False) -> Node:
        """Become a leaf, and let it be known whose that is."""
        node = super().as_leaf(requires_grad)
        leaves.belongs(node, self)
        return node
