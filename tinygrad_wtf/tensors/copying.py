"""Copies of a tensor, and tensors in files. Only a leaf is copied: what was recorded belongs to its graph."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf._state import mode
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.tensors.data import exactly
from tinygrad_wtf.tensors.gradients import Gradients

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


class Copying(Gradients):
    """`copy.copy` gives a tensor over the same memory, without the gradient; `copy.deepcopy` and `pickle` copy both."""

    __slots__ = ()

    def __copy__(self) -> Any:
        self._refuse_history(
            "copied", "To plot it, or for its numbers alone, use .detach(); for a copy with its history .clone()"
        )
        twin = _made(type(self), self.value, self.requires_grad, self.name, None)
        twin._take_over(self._attributes)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        self._refuse_history("copied deeply", "Use .detach().clone() or .clone()")
        gradient = None if self.grad is None else self.grad.detach().clone()
        twin = memo[id(self)] = _made(type(self), self.value.copy(), self.requires_grad, self.name, gradient)
        twin._take_over(copy.deepcopy(self._attributes, memo))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        self._refuse_history("pickled", "Pickle .detach()")
        value = np.asarray(mode.recorder.read(self, "pickling it"))
        return _unpickled, (type(self), value, self.requires_grad, self.name, self.grad), self._attributes or None

    @property
    def _attributes(self) -> dict[str, Any]:
        """What an instance of a subclass holds besides; a Tensor has no place for it."""
        return getattr(self, "__dict__", {})

    def _take_over(self, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def _refuse_history(self, done: str, hint: str) -> None:
        if not self.is_leaf:
            raise GraphError(f"only a leaf can be {done}", op=self._maker, hint=hint)


def _made(kind: type[Any], value: Any, requires_grad: bool, name: str | None, grad: Tensor | None) -> Any:
    tensor = object.__new__(kind)
    tensor.value, tensor._node = value, None
    if requires_grad:
        tensor.requires_grad_()
    if name is not None:
        tensor.name = name
    if grad is not None:
        tensor.grad = grad
    return tensor


def _unpickled(kind: type[Any], value: Any, requires_grad: bool, name: str | None, grad: Tensor | None) -> Any:
    dtype = dtypes.checked(value.dtype)
    kept = getattr(value, "base", None) is None and value.dtype is dtype  # a buffer may be somebody else's
    return _made(kind, value if kept else exactly(value, dtype), requires_grad, name, grad)
