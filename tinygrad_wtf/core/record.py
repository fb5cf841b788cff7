"""How a tensor is read by an operation: it is computed, and its step is recorded.

What is done with tensors goes through the recorder of the thread. The one here does it at once. A compiler puts its
own in the place (`mode.recorder`), which notes what is done instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np
from numpy import ndarray

from tinygrad_wtf._state import is_silent, mode
from tinygrad_wtf.core.memory import clock, owner_of, rebased
from tinygrad_wtf.core.node import Node, leaf
from tinygrad_wtf.core.op import NO_SETTINGS, Op, Operand
from tinygrad_wtf.core.residuals import positions_kept
from tinygrad_wtf.dtypes import float32
from tinygrad_wtf.errors import TinygradError

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor

_new: Callable[[Any], Any] = object.__new__


class TensorBase(Operand):
    """A value and the node that made it: what recording needs of a tensor.

    Attributes
    ----------
    value : ndarray or Operand
        The numbers, or what stands for them while another reading is nested inside.
    node : Node or None
        None for a tensor that has no part in a graph yet.
    _view : tuple
        Only of a tensor that shows another's memory: how it was made and when, see `tensors.views`.
    """

    __slots__ = ("__weakref__", "_node", "_view", "value")

    made: ClassVar[Any] = None  # the class of what is recorded; `tensors` says which, and the functions below
    _refresh: ClassVar[Any]  # lets the views among some arguments show what their memory is made of now
    _promoted: ClassVar[Any]  # gives an operation's arguments in the dtype where they meet
    _refuse: ClassVar[Callable[..., NoReturn]]  # says what was wrong with the arguments

    value: Any
    _node: Node | None
    _view: tuple[Op, tuple[Any, ...], dict[str, Any], int, bool]

    @property
    def node(self) -> Node | None:
        """The step that made what the tensor holds now."""
        if rebased:
            self._refresh((self,))
        return self._node

    @node.setter
    def node(self, node: Node | None) -> None:
        self._node = node

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        """Compute the operation on the arguments' values and, where a gradient will be wanted, note the step."""
        if rebased:
            self._refresh(args)
        plain = len(args) == op.arity and not (params and op.bare)  # nothing that the operation itself must look at
        settled = known = True  # all dtypes agree; every tensor has its node
        wanted, bit = 0, 1  # one bit for each argument that requires a gradient
        source: Any = None  # the node of the last such argument
        dtype: Any = None
        values: list[Any] = []
        around: list[Any] = []  # the arguments' nodes, and numbers as they are
        for a in args:
            if isinstance(a, TensorBase):
                value, node = a.value, a._node
                values.append(value)
                around.append(node)
                if value.__class__ is not ndarray:
                    plain = False  # another reading is nested inside
                if (own := value.dtype) is not dtype:
                    settled = settled and dtype is None
                    dtype = own
                if node is None:
                    known = False
                elif node.requires_grad:
                    wanted += bit
                    source = node
            else:
                values.append(a)
                around.append(a)
                if a.__class__ is not float and a.__class__ is not int:
                    settled = False
            bit += bit
        if not settled or not (dtype is float32 or dtype.kind == "f" or op.takes == "anything"):
            converted = self._promoted(op, args)
            if any(a is not b for a, b in zip(args, converted, strict=True)):
                return self.record(op, converted, params)
        here = mode.__dict__  # what holds for this thread, looked up once
        try:
            if not plain:
                y = op(*values, **params)
            elif params:
                y = here["recorder"].compute(op.forward, *values, **params)
            else:
                y = here["recorder"].compute(op.forward, *values)
        except TinygradError:
            raise
        except RuntimeError:
            if not is_silent():
                raise
            y = op.forward(*values, **params)  # a destructor, say, that computes while another operation does
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            self._refuse(op, values, params, error)
        if y.__class__ is not ndarray and isinstance(y, np.generic):
            y = np.asarray(y)
        tensor: Tensor = _new(TensorBase.made)
        tensor.value, tensor._node = y, None
        if op.takes == "anything" and (y.__class__ is not ndarray or y.base is not None) and shows(y, values[0]):
            tensor._view = op, args, params, clock.time, here["recording"]
        if not wanted or not op.vjps or not here["recording"]:
            return tensor
        if not known:
            around = [node_of(a) if isinstance(a, TensorBase) else a for a in args]
        keep = op.keeps.get(wanted + bit)  # a bit above all arguments: the same op on more of them has another key
        if keep is None:
            keep = op.keeps[wanted + bit] = positions_kept(op, wanted, y, values, params)
        for position in keep:
            around.append(values[position - 1] if position else y)
        step = tensor._node = Node()  # filled in from here: a constructor would cost as much as that
        step.op, step.params = op, params or NO_SETTINGS
        step.around, step.keep = tuple(around), keep
        shape = y.shape
        step.shape = source.shape if source.shape == shape else shape  # one tuple for a whole chain of steps
        step.dtype, step.requires_grad = y.dtype, True
        step.scope, step.time = here["scope"], clock.time
        return tensor

    def as_leaf(self, requires_grad: bool = False) -> Node:
        """Become a leaf: from here on gradients are for this tensor, wherever it came from."""
        node = self._node = leaf(self.value.shape, self.value.dtype, requires_grad)
        return node


def wrap(value: Any, node: Node | None) -> Tensor:
    """A tensor with this value and node, without copying or checking anything."""
    tensor: Tensor = _new(TensorBase.made)
    tensor.value, tensor._node = value, node
    return tensor


def node_of(tensor: TensorBase) -> Node:
    """The tensor's node; one that was never recorded becomes a leaf."""
    return tensor.node or tensor.as_leaf()


def shows(array: Any, other: Any) -> bool:
    """Whether an array lies in the memory of another."""
    if array.__class__ is not ndarray:
        return array.shows(other)  # type: ignore[no-any-return]
    return array.base is other or (isinstance(other, ndarray) and owner_of(array) is owner_of(other))
