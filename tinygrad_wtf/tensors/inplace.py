"""Writing to the memory of a tensor: what all methods with a trailing ``_``, ``+=`` and ``t[i] = v`` have in common.

Where nothing is recorded, a write changes the memory, and every tensor on it sees that. Where it is recorded, it
changes the memory too, and the tensor takes on the history of the result, as in PyTorch. What that means for other
tensors on the same memory is in `views`; the methods by name are in `inplace_methods`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, Self

from numpy import ndarray

from tinygrad_wtf import dtypes
from tinygrad_wtf._aliases import OWN_FOLDERS
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.memory import clock
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import TensorBase, shows, wrap
from tinygrad_wtf.errors import DTypeError, GraphError, IndexRangeError, ShapeError, TinygradError
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.ops.functions.indexing import _in_two, _split, _write, getitem
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.ops.rows.choice import cast, where
from tinygrad_wtf.ops.rows.indexing import put
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.tensors import views
from tinygrad_wtf.tensors.data import NUMBER, array_from, check_fit, requires_grad_within
from tinygrad_wtf.tensors.gradients import Gradients


def line_of_user() -> tuple[CodeType, int]:
    """The place in the code, outside of this project, that a write was asked from."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OWN_FOLDERS):
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


class InPlace(Gradients):
    """Writes, recorded and not: at an index, or of the result of an operation."""

    __slots__ = ()

    def __setitem__(self, index: Any, value: Any) -> None:
        if not (isinstance(value, InPlace) and views.is_part(value, self, index)):  # `t[i] += 1` ends with t[i] = t[i]
            self._write(index, value, "t[i] = v")

    def _write(self, index: Any, value: Any, method: str) -> Self:
        """Overwrite the entries at an index with a value, which is broadcast to them and converted to their dtype."""
        if self._is_recorded(value):
            self._record_write(index, value, method)
        else:
            self._store(index, self._array(value, method), method)
        return self

    def _become(self, method: str, function: Callable[..., Any], *args: Any, **settings: Any) -> Self:
        """Overwrite all entries with what the function makes of this tensor and the arguments."""
        if self._is_recorded(*args, *settings.values()):
            return self._record(method, function, args, settings)
        with no_grad():
            y = function(self, *args, **settings)
        if y is not self:
            self._check_result(y, method)
            self._store(..., y.value, method)
        return self

    def _update(self, method: str, row: Op, other: Any, alpha: Any = 1) -> Self:
        """Overwrite the entries with the row's values of them and of ``alpha * other``."""
        if self._can_meet(other) and type(alpha) in NUMBER:
            asked = sys._getframe(2)  # what called the method; to look for the user's line would cost as much again
            mode.recorder.update(self, row, other, alpha, (asked.f_code, asked.f_lasti))
            return self
        return self._become(method, row, other if type(alpha) is int and alpha == 1 else rows.mul(other, alpha))

    def _can_meet(self, other: Any) -> bool:
        """Whether NumPy may change this memory by that of `other` directly, with nothing to convert or to refuse."""
        if not isinstance(other, Gradients):
            return False
        mine, theirs = self.value, other.value
        if not mine.__class__ is theirs.__class__ is ndarray or mine.shape != theirs.shape:
            return False
        dtype = mine.dtype
        return (
            theirs.dtype is dtype
            and dtype.kind == "f"
            and mine.flags.writeable
            and not (mode.__dict__["recording"] and self._is_recorded(other))
        )

    # -- what is not recorded ------------------------------------------------------------------

    def _array(self, value: Any, method: str) -> Any:
        """What is to be written, as an array; Python's numbers are rounded to this tensor's precision."""
        array = array_from(value, None, python_default=self.dtype if self.is_floating_point() else None)
        if not hasattr(value, "dtype"):
            check_fit(array, self.dtype, method)
        return array

    def _store(self, index: Any, array: Any, method: str) -> None:
        """Write to the memory."""
        try:
            mode.recorder.write(self, index, array, _write, line_of_user())
        except TinygradError:
            raise
        except IndexError as error:
            raise IndexRangeError(
                f"{error}, in a tensor of shape {self.shape}", op=method, shapes=(self.shape,)
            ) from None
        except ValueError as error:
            message, hint = str(error), "Broadcast, slice or reshape it"
            if self.value.__class__ is ndarray and not self.value.flags.writeable:
                message = "several entries lie in the same place of memory, or it cannot be written to"
                hint = "A tensor that was expanded must be cloned first"
            raise ShapeError(message, op=method, shapes=(array.shape, self.shape), hint=hint) from None

    def _take(self, y: Any, op: str) -> Self:
        """Take a result whose function was given this tensor as ``out=``; an empty one takes on its shape."""
        if mode.recording and (self.requires_grad or y.requires_grad):
            raise GraphError(
                "a function with out= is not recorded, and one of its arguments requires gradients",
                op=op,
                shapes=(self.shape,),
                hint="Write out.copy_(...), or do it under no_grad()",
            )
        if not self.value.size and y.dtype == self.dtype:
            mode.recorder.replace(self, y.value)
            return self
        self._check_result(y, op)
        self._store(..., y.value, op)
        return self

    def _check_result(self, y: Any, method: str) -> None:
        """Refuse a result that this memory cannot hold: of another shape, or of a higher kind of number."""
        if y.shape != self.shape:
            raise ShapeError(
                f"a result of shape {y.shape} does not fit into the tensor of shape {self.shape}, "
                "which cannot be stretched in place",
                op=method,
                shapes=(y.shape, self.shape),
                hint="Write t = t + other, which makes a new tensor",
            )
        if not dtypes.can_hold(self.dtype, y.dtype):
            raise DTypeError(
                f"the result type {y.dtype} can't be cast to {self.dtype}, which the tensor has",
                op=method,
                shapes=(self.shape,),
                hint="Convert the tensor first, for example with .float()",
            )

    # -- what is recorded ------------------------------------------------------------------

    def _is_recorded(self, *given: Any) -> bool:
        """Whether a write of this, made of what is given, is a step of the graph."""
        return mode.recording and (
            self.requires_grad
            or any(requires_grad_within(a) for a in given)
            or (hasattr(self, "_view") and views.root_of(self).requires_grad)
        )

    def _refuse_to_record(self, method: str) -> None:
        """Raise where PyTorch does: leaves that require gradients, and views that it cannot follow."""
        why = hint = ""
        shown = list(views.links(self))
        links = [view for _, view in shown]
        root = views.root_of(self)
        if root.is_leaf and (root.requires_grad or (links and self.requires_grad)):
            what = "a view of a leaf" if links else "a leaf"
            why = f"{what} that requires gradients is being used in an in-place operation"
            hint = "Change its numbers inside `with no_grad():`, or a copy that is recorded, .clone()"
        elif self.requires_grad and self.is_leaf:
            why = "a leaf that requires gradients is being used in an in-place operation"
            hint = "Change its numbers inside `with no_grad():`"
        elif any(view.is_one_of_several for view in links):
            why = "this is one of several views that were made at once, by iteration, split or unbind"
            hint = "Write at an index, as in x[i] += 1, or use an operation that is not in place"
        elif not all(view.is_recorded for view in links):
            why = "this view was made under no_grad(), and is written to where the write is recorded"
            hint = "Make the view and write to it in the same mode, or write to .detach() of it"
        elif any(view.op not in views.REPLACED for view in links):
            why = "this view cannot be written to where that is recorded"
            hint = "A tensor that was expanded must be cloned first"
        elif not all(views.can_be_made_again(tensor, view) for tensor, view in shown):
            why = "this view cannot be followed: what it shows was given another shape in place since it was made"
            hint = "Make the view anew"
        if why:
            raise GraphError(f"{why}: {self._label} of shape {self.shape}", op=method, shapes=(self.shape,), hint=hint)

    def _record(self, method: str, function: Callable[..., Any], args: tuple[Any, ...], settings: Any) -> Self:
        self._refuse_to_record(method)
        is_row = isinstance(function, Op)  # it reads this tensor once; what a composition keeps must not be overwritten
        node = self.node  # asked first: a view is made again, if need be
        old = wrap(self.value if is_row else _copy(self.value), node)
        y = function(old, *args, **settings)
        if y is old:
            return self
        self._check_result(y, method)
        if y.dtype != self.dtype:
            y = cast(y, dtype=self.dtype)
        if not y.requires_grad:  # the derivative with respect to what was there before is 0
            y = where(True, y, old)
        node = y.node
        if node is None:  # whole numbers, say, have no history
            self._store(..., y.value, method)
            return self
        _keep_copies(node, self.value, is_row)
        self._store(..., y.value, method)
        _keep_result(node, y.value, self.value)
        views.take_on(self, node, y.value)
        return self

    def _record_write(self, index: Any, value: Any, method: str) -> None:
        self._refuse_to_record(method)
        pattern, arrays = _split(index)
        if two := _in_two(pattern, arrays):
            getitem(self, two[0])._write(two[1], value, method)
            return
        if isinstance(value, list | tuple) and requires_grad_within(value):
            raise GraphError(
                "the tensors in the list require gradients, which a write in place of their numbers would cut",
                op=method,
                hint="Write stack([...]) of them",
            )
        if isinstance(value, TensorBase):
            new: Any = value.to(self.dtype)  # type: ignore[attr-defined]
        else:
            new = wrap(self._array(value, method), None).to(self.dtype)
        ndim = getitem(self.detach(), index).ndim if new.ndim else 0
        while new.ndim > ndim and new.shape[0] == 1:
            new = reshaped(new, new.shape[1:])
        before = self.node
        y = put(wrap(self.value, before), new, *arrays, index=pattern)
        self._store(index, new.value, method)
        if y.requires_grad:
            views.take_on(self, y.node, y.value)


def _copy(value: Any) -> Any:
    """The numbers in memory of their own; a compiler notes that as any other operation."""
    return cast(wrap(value, None), dtype=value.dtype).value


def _keep_copies(node: Node, memory: Any, is_row: bool) -> None:
    """Let a step keep a copy of what it reads of memory that is about to be overwritten by its own result.

    That is only its first argument. What it has read of the same memory in other ways, stays: backward will refuse it.
    """
    if not is_row or not node.keep or 1 not in node.keep:
        return
    around = list(node.around)
    at = len(around) - len(node.keep) + node.keep.index(1)
    if around[at] is memory:
        around[at] = _copy(memory)
        node.around = tuple(around)


def _keep_result(node: Node, result: Any, memory: Any) -> None:
    """Let a step keep the memory that its result was written to, so that a later write to it will be noticed."""
    if not node.keep or node.keep[0] != 0 or result.__class__ is not ndarray:
        return
    around = list(node.around)
    at = len(around) - len(node.keep)
    around[at] = memory
    node.around = tuple(around)
    if not any(isinstance(a, ndarray) and shows(a, memory) for a in around[at + 1 :]):
        node.time = clock.time
