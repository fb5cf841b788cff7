"""`Tracer`: the program reading. What flows through a traced function in the place of numbers.

A tracer knows shape and dtype and the trace that it belongs to. It refuses to tell its numbers: a program is made
once for all numbers. How a trace goes on is in `trace`.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler.ir import Variable
from tinygrad_wtf.compiler.lower import LARGE, Sampled, astype
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import TraceError, caller
from tinygrad_wtf.tensors.operators import Mathematics
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.trace import Trace


def _refusing(asked: str) -> Any:
    return lambda self, *_, **__: refuse(asked, self.shape)


class Tracer(Sampled, Mathematics):
    """A value of a program that is being traced."""

    __slots__ = ("__weakref__", "into", "number", "sample", "shown")

    def __init__(self, into: Trace, number: Variable, sample: np.ndarray[Any, Any], shown: Any = None) -> None:
        self.into, self.number, self.sample = into, number, sample
        self.shown = shown  # in whose memory it lies: another tracer or an array, if it was made as a view
        graph = into.graph
        graph.hold(number)
        into.tracers.append(weakref.ref(self, lambda _: graph.release(number, LARGE)))

    @property
    def flags(self) -> Any:
        """How it lies in memory."""
        return self.sample.flags

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Note one call of the row's forward function."""
        if any(isinstance(a, Tensor) for a in args):  # a tracer among tensors is what a tensor holds
            return op(*(wrap(a, None) if isinstance(a, Tracer) else a for a in args), **params)
        return self.into.step(op.forward, args, params, op.name)

    def shows(self, other: Any) -> bool:
        """Whether it is a view of `other`."""
        return self.shown is other and other is not None

    def copy(self) -> Any:
        """The same numbers in memory of their own."""
        return self.into.step(np.copy, (self,), {}, "copy")

    def astype(self, dtype: Any) -> Any:
        """The same numbers in another dtype."""
        return self.into.step(astype, (self,), {"dtype": np.dtype(dtype)}, "cast")

    # -- what a program cannot know ------------------------------------------------------------------

    item = _refusing("item()")
    tolist = _refusing("tolist()")
    __array__ = _refusing("turning it into a NumPy array, or printing it,")
    __bool__ = _refusing("`if`, `while`, `and` or `bool()`")
    __float__ = _refusing("float()")
    __int__ = _refusing("int()")
    __index__ = _refusing("using it as an index or a count")
    __contains__ = _refusing("`in`")
    __dlpack_device__ = _refusing("DLPack")

    def view(self, *shape: Any) -> Any:  # type: ignore[override]
        """Another shape, as for tensors; the bare view of NumPy's arrays is refused."""
        if not shape:
            refuse("numpy()", self.shape)
        return self.reshape(*shape)

    def __repr__(self) -> str:
        return f"<tracer {self.number!r}: {self.shape} {self.dtype}>"


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


class Aside:
    """Inside the block, arrays are just computed with.

    No generator: one that an interrupt has kept from its end would come to it later, after the trace.
    """

    def __enter__(self) -> None:
        self._before = mode.recorder
        mode.recorder = mode.eager

    def __exit__(self, *problem: object) -> None:
        mode.recorder = self._before


def effect_of(function: Callable[..., object]) -> Callable[..., Any]:
    """The function as an instruction that is made for what it does."""

    def effect(*values: Any) -> Any:
        function(*values)
        return np.zeros(())

    effect.__name__ = getattr(function, "__name__", "effect")
    return effect
