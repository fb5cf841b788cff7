"""The methods through which the memory of a tensor changes; what is recorded is not changed in place."""

from __future__ import annotations

from typing import Any, Self

from numpy import ndarray

from tinygrad_wtf._state import mode
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.errors import DTypeError, GraphError, IndexRangeError, ShapeError, TinygradError
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.ops.functions.indexing import _write
from tinygrad_wtf.ops.rows import arithmetic as rows
from tinygrad_wtf.tensors.data import NUMBER, array_from, check_fit, requires_grad_within
from tinygrad_wtf.tensors.gradients import Gradients


class InPlace(Gradients):
    """Writing at an index, and arithmetic in place."""

    __slots__ = ()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._write(index, value, "t[i] = v", "t.index_put((i,), v)` or `where(mask, v, t)")

    def copy_(self, other: Any) -> Self:
        """Overwrite the entries with those of `other`, broadcast to this shape."""
        return self._write(..., other, "copy_", "t = other")

    def fill_(self, number: Any) -> Self:
        """Overwrite every entry with a number."""
        return self._write(..., number, "fill_", "t = full_like(t, number)")

    def zero_(self) -> Self:
        """Overwrite every entry with 0."""
        return self._write(..., 0, "zero_", "t = zeros_like(t)")

    def add_(self, other: Any, alpha: Any = 1) -> Self:
        """Add in place."""
        return self._update(rows.add, other, "add_", "t = t + other", alpha)

    def sub_(self, other: Any, alpha: Any = 1) -> Self:
        """Subtract in place."""
        return self._update(rows.sub, other, "sub_", "t = t - other", alpha)

    def mul_(self, other: Any) -> Self:
        """Multiply in place."""
        return self._update(rows.mul, other, "mul_", "t = t * other")

    def div_(self, other: Any) -> Self:
        """Divide in place."""
        return self._update(rows.div, other, "div_", "t = t / other")

    def __iadd__(self, other: Any) -> Self:
        return self.add_(other) if self._is_updated else rows.add(self, other)

    def __isub__(self, other: Any) -> Self:
        return self.sub_(other) if self._is_updated else rows.sub(self, other)

    def __imul__(self, other: Any) -> Self:
        return self.mul_(other) if self._is_updated else rows.mul(self, other)

    def __itruediv__(self, other: Any) -> Self:
        return self.div_(other) if self._is_updated else rows.div(self, other)

    @property
    def _is_updated(self) -> bool:
        """Whether ``t += ...`` is an update by hand: a leaf that requires gradients, while nothing is recorded.

        Everywhere else ``t += ...`` makes a new tensor of that name, as Python does with numbers.
        """
        return not mode.recording and self.requires_grad and self.is_leaf

    def _update(self, row: Op, other: Any, method: str, functional: str, alpha: Any = 1) -> Self:
        """Overwrite the entries with the row's values of them and of ``alpha * other``."""
        if self._can_meet(other) and type(alpha) in NUMBER:
            mode.recorder.update(self, row, other, alpha)
            return self
        with no_grad():
            scaled = other if alpha == 1 else other * alpha
            updated = row(self.detach(), scaled.detach() if isinstance(scaled, Gradients) else scaled)
        return self._write(..., updated, method, functional)

    def _can_meet(self, other: Any) -> bool:
        """Whether NumPy may change this memory by that of `other` directly, with nothing to convert or to refuse."""
        if not isinstance(other, Gradients):
            return False
        mine, theirs = self.value, other.value
        if not mine.__class__ is theirs.__class__ is ndarray or mine.shape != theirs.shape:
            return False
        dtype, here = mine.dtype, mode.__dict__
        return (
            theirs.dtype is dtype
            and dtype.kind == "f"
            and mine.flags.writeable
            and not (here["recording"] and (self.requires_grad or other.requires_grad))
        )

    def _write(self, index: Any, value: Any, method: str, functional: str) -> Self:
        if mode.recording and (self.requires_grad or requires_grad_within(value)):
            raise GraphError(
                f"{method} would change {self._label} of shape {self.shape} in place, which the graph cannot follow",
                op=method,
                shapes=(self.shape,),
                hint=f"Write `{functional}`, or change it inside `with no_grad():`",
            )
        # Python's numbers are rounded to this tensor's precision, not to the default one.
        array = array_from(value, None, python_default=self.dtype if self.is_floating_point() else None)
        if not hasattr(value, "dtype"):
            check_fit(array, self.dtype, method)
        if array.dtype.kind == "f" and self.value.dtype.kind != "f":
            raise DTypeError(
                f"{array.dtype} values cannot be written into a tensor of {self.dtype}",
                op=method,
                hint="Convert with .to()",
            )
        try:
            mode.recorder.write(self, index, array, _write)
        except TinygradError:
            raise
        except IndexError as error:
            raise IndexRangeError(
                f"{error}, in a tensor of shape {self.shape}", op=method, shapes=(self.shape,)
            ) from None
        except ValueError as error:
            raise ShapeError(
                f"{error}",
                op=method,
                shapes=(array.shape, self.shape),
                hint="A tensor that was expanded must be cloned first",
            ) from None
        return self
