"""What memory holds after a write, and where memory lies in other memory: the instructions of writes in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tinygrad_wtf.compiler.ir import Variable
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.ops.functions.indexing import _split, _write
from tinygrad_wtf.ops.rows.indexing import HOLE, _filled
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.trace import Trace
    from tinygrad_wtf.compiler.tracer import Tracer


def refuse_shared(one: Any, other: Any) -> NoReturn:
    """Refuse a write to memory that others share."""
    raise TraceError(
        "memory that several tensors share cannot be changed in place in a compiled function",
        shapes=(one.shape, other.shape),
        hint="Make the view inside, or read a copy (.clone())",
    )


def place_in(whole: Any, part: Any) -> dict[str, Any] | None:
    """Where a part lies in an array that lies row after row; None if it is not inside."""
    low, high = np.lib.array_utils.byte_bounds(part)
    start, end = np.lib.array_utils.byte_bounds(whole)
    if not whole.flags.c_contiguous or low < start or high > end or min(part.strides, default=0) < 0:
        return None
    return {"shape": part.shape, "dtype": part.dtype, "offset": low - start, "strides": part.strides}


def shown(whole: Any, **place: Any) -> Any:
    """The part of an array at a place."""
    return np.ndarray(buffer=np.ascontiguousarray(whole), **place).copy()


def merged(whole: Any, part: Any, **place: Any) -> Any:
    """The array with another part at a place."""
    made = whole.copy(order="C")
    np.ndarray(buffer=made, **place)[...] = part
    return made


def order_of(array: Any) -> list[int]:
    """How far apart the entries lie along each axis that has several."""
    return [step for step, size in zip(array.strides, array.shape, strict=True) if size > 1] if array.size else []


def laid_out(old: Any, new: Any) -> Any:
    """The numbers that were written, in the order of the memory: whether a reshape of it is a view depends on that."""
    made = np.empty_like(old)
    made[...] = new
    return made


def overwrite(old: Any, new: Any) -> Any:
    """What memory holds after all of it was written."""
    while new.ndim > old.ndim:  # the first sizes are 1
        new = new[0]
    return np.broadcast_to(new, old.shape).astype(old.dtype)


def choose(old: Any, new: Any, mask: Any) -> Any:
    """What memory holds after the entries that a mask selects were written."""
    rest = old.ndim - mask.ndim
    new = new.reshape(new.shape[1:]) if new.ndim > rest else new
    return np.where(mask.reshape(mask.shape + (1,) * rest), new.astype(old.dtype), old)


def write_entries(old: Any, new: Any, *arrays: Any, index: Any) -> Any:
    """What memory holds after ``old[index] = new``."""
    made = old.copy(order="K")
    _write(made, _filled(index, arrays), new)
    return made


def written(trace: Trace, old: Tracer, index: Any, new: Any) -> Tracer:
    """What memory holds after ``old[index] = new``, in its order."""
    made = _with_entries(trace, old, index, new)
    return made if order_of(made.sample) == order_of(old.sample) else trace.step(laid_out, (old, made), {}, "write")


def _with_entries(trace: Trace, old: Tracer, index: Any, new: Any) -> Tracer:
    if index is Ellipsis:
        return trace.step(overwrite, (old, new), {}, "write")
    pattern, arrays = _split(index)
    arrays = tuple(a.value if isinstance(a, Tensor) else a for a in arrays)
    masks = [a for a in arrays if a.dtype == bool]
    if masks:
        mask, rest = masks[0], old.ndim - masks[0].ndim
        length = 1 if new.ndim <= rest else new.shape[0] if new.ndim == rest + 1 else 0
        if pattern == (HOLE,) and length == 1 and mask.shape == old.shape[: mask.ndim]:
            return trace.step(choose, (old, new, mask), {}, "write")
        for a in masks:
            trace.lengths.depend_on(trace.ref(a), "how many entries a mask selects to be written")
    return trace.step(write_entries, (old, new, *arrays), {"index": pattern}, "write")


def shared_with(sample: np.ndarray[Any, Any], refs: tuple[Any, ...], samples: list[Any]) -> int | None:
    """The argument in whose memory a result lies."""
    if sample.base is None and id(sample) not in map(id, samples):
        return None
    shared = (at for at, a in enumerate(refs) if isinstance(a, Variable) and np.may_share_memory(samples[at], sample))
    return next(shared, None)


def forget_history(tensor: Tensor | None, node: Node | None) -> None:
    """Give a tensor the history back that it had before a trace."""
    if tensor is not None:
        tensor.node = node
