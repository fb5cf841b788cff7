"""How a tensor is read by an operation: it is computed, and its step is recorded.

What is done with tensors goes through the recorder of the thread. The one here does it at once. A compiler puts its
own in the place (`mode.recorder`), which notes what is done instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn

import numpy as np
from numpy import ndarray

from tinygrad_wtf._state import is_silent, mode
from tinygrad_wtf.core.memory import clock, owner_of
from tinygrad_wtf.core.node import Node, leaf
from tinygrad_wtf.core.op import NO_SETTINGS, Op, Operand
from tinygrad_wtf.core.residuals import positions_kept
from tinygrad_wtf.dtypes import float32
from tinygrad_wtf.errors import TinygradError

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor

_new: Callable[[Any], Any] = object.__new__
_view: Callable[..., Any] = tuple.__new__  # at a third of the cost of `View(...)`


class View(NamedTuple):
    """How a tensor that shows another's memory was made: ``op(*args, **params)`` shows it again."""

    op: Op
    args: tuple[Any, ...]
    params: dict[str, Any]

    @property
    def base(self) -> TensorBase:
        """The tensor whose memory is shown; it may be a view itself."""
        return next(a for a in self.args if isinstance(a, TensorBase))


class TensorBase(Operand):
    """A value and the node that made it: what recording needs of a tensor.

    Attributes
    ----------
    value : ndarray or Operand
        The numbers, or what stands for them while another reading is nested inside.
    node : Node or None
        None for a tensor that has no part in a graph yet.
    _view : View
        Only of a tensor that was recorded and shows another's memory.
    """

    __slots__ = ("__weakref__", "_view", "node", "value")

    made: ClassVar[Any] = None  # the class of what is recorded; `tensors` says which

    value: Any
    node: Node | None
    _view: View

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        """Compute the operation on the arguments' values and, where a gradient will be wanted, note the step."""
        plain = len(args) == op.arity and not (params and op.bare)  # nothing that the operation itself must look at
        settled = known = True  # all dtypes agree; every tensor has its node
        wanted, bit = 0, 1  # one bit for each argument that requires a gradient
        source: Any = None  # the node of the last such argument
        dtype: Any = None
        values: list[Any] = []
        around: list[Any] = []  # the arguments' nodes, and numbers as they are
        for a in args:
            if isinstance(a, TensorBase):
                value, node = a.value, a.node
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
        tensor.value, tensor.node = y, None
        if not here["recording"]:
            return tensor
        if op.takes == "anything" and y.__class__ is ndarray and y.base is not None and shows(y, values[0]):
            tensor._view = _view(View, (op, args, params))
        if not wanted or not op.vjps:
            return tensor
        if not known:
            around = [node_of(a) if isinstance(a, TensorBase) else a for a in args]
        keep = op.keeps.get(wanted + bit)  # a bit above all arguments: the same op on more of them has another key
        if keep is None:
            keep = op.keeps[wanted + bit] = positions_kept(op, wanted, y, values, params)
        for position in keep:
            around.append(values[position - 1] if position else y)
        step = tensor.node = Node()  # filled in from here: a constructor would cost as much as that
        step.op, step.params = op, params or NO_SETTINGS
        step.around, step.keep = tuple(around), keep
        shape = y.shape
        step.shape = source.shape if source.shape == shape else shape  # one tuple for a whole chain of steps
        step.dtype, step.requires_grad = y.dtype, True
        step.scope, step.time = here["scope"], clock.time
        return tensor

    def as_leaf(self, requires_grad: bool = False) -> Node:
        """Become a leaf: from here on gradients are for this tensor, wherever it came from."""
        node = self.node = leaf(self.value.shape, self.value.dtype, requires_grad)
        return node

    @staticmethod
    def _promoted(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments as tensors and numbers that the operation takes, in the dtype where they meet."""
        raise NotImplementedError

    @staticmethod
    def _refuse(op: Op, values: list[Any], params: dict[str, Any], error: Exception) -> NoReturn:
        """Say what was wrong with the arguments."""
        raise NotImplementedError


def wrap(value: Any, node: Node | None) -> Tensor:
    """A tensor with this value and node, without copying or checking anything."""
    tensor: Tensor = _new(TensorBase.made)
    tensor.value, tensor.node = value, node
    return tensor


def node_of(tensor: TensorBase) -> Node:
    """The tensor's node; one that was never recorded becomes a leaf."""
    return tensor.node or tensor.as_leaf()


def shows(array: Any, other: Any) -> bool:
    """Whether two arrays lie in the same memory."""
    return array.base is other or (isinstance(other, ndarray) and owner_of(array) is owner_of(other))
