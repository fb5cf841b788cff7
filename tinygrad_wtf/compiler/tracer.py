"""`Tracer`: the program reading. What flows through a traced function in the place of numbers.

A tracer knows shape and dtype and the trace that it belongs to. It refuses to tell its numbers: a program is made
once for all numbers. How a trace goes on is in `trace`.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_wtf.compiler.ir import Variable
from tinygrad_wtf.compiler.lower import LARGE
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import TraceError, caller
from tinygrad_wtf.tensors.operators import Mathematics
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.trace import Trace


class Tracer(Mathematics):
    """A value of a program that is being traced."""

    __slots__ = ("__weakref__", "into", "number", "sample")

    def __init__(self, into: Trace, number: Variable, sample: np.ndarray[Any, Any]) -> None:
        self.into, self.number, self.sample = into, number, sample
        graph = into.graph
        graph.hold(number)
        into.tracers.append(weakref.ref(self, lambda _: graph.release(number, LARGE)))

    @property
    def shape(self) -> Any:
        """The sizes of the dimensions."""
        return self.sample.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.sample.ndim

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.sample.size

    @property
    def dtype(self) -> Any:
        """The kind of number."""
        return self.sample.dtype

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Note one call of the row's forward function."""
        if any(isinstance(a, Tensor) for a in args):  # a tracer among tensors is what a tensor holds
            return op(*(wrap(a, None) if isinstance(a, Tracer) else a for a in args), **params)
        return self.into.step(op.forward, args, params, op.name)

    def copy(self) -> Any:
        """The same numbers in memory of their own."""
        return self.into.step(np.copy, (self,), {}, "copy")

    def astype(self, dtype: Any) -> Any:
        """The same numbers in another dtype."""
        return self.into.step(_as_type, (self,), {"dtype": np.dtype(dtype)}, "cast")

    def __len__(self) -> int:
        return len(self.sample)

    # -- what a program cannot know ------------------------------------------------------------------

    def _refuse(self, asked: str) -> NoReturn:
        refuse(asked, self.shape)

    def item(self) -> Any:
        """Refuse to tell the number."""
        self._refuse("item()")

    def tolist(self) -> Any:
        """Refuse to tell the numbers."""
        self._refuse("tolist()")

    def view(self, *shape: Any) -> Any:  # type: ignore[override]
        """Another shape, as for tensors; the bare view of NumPy's arrays is refused."""
        if not shape:
            self._refuse("numpy()")
        return self.reshape(*shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._refuse("turning it into a NumPy array, or printing it,")

    def __bool__(self) -> bool:
        self._refuse("`if`, `while`, `and` or `bool()`")

    def __float__(self) -> float:
        self._refuse("float()")

    def __int__(self) -> int:
        self._refuse("int()")

    def __index__(self) -> int:
        self._refuse("using it as an index or a count")

    def __contains__(self, entry: Any) -> bool:
        self._refuse("`in`")

    def __dlpack_device__(self) -> Any:
        self._refuse("DLPack")

    def __repr__(self) -> str:
        return f"<tracer {self.number!r}: {self.shape} {self.dtype}>"


def _as_type(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


def give_numbers(tracers: Iterable[weakref.ref[Tracer]]) -> None:
    """Give the tensors of a trace that failed the numbers that they had in it: a cache may have kept them."""
    kept = [tracer for reference in tracers if (tracer := reference()) is not None]
    for holder in gc.get_referrers(*kept) if kept else ():
        if isinstance(holder, Tensor) and isinstance(holder.value, Tracer):
            holder.value = holder.value.sample


def refuse(asked: str, shape: tuple[int, ...]) -> NoReturn:
    """Say that a traced function asks for numbers, and where."""
    file, line = caller("numpy")
    raise TraceError(
        f"{asked} asks for the numbers of a tensor of shape {shape}, at {file}, line {line}, and a compiled "
        "function is traced once for all numbers",
        shapes=(shape,),
        hint="Return the tensor and look at it outside; choose between values with where(...)",
    )
