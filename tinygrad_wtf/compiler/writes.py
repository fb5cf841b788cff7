"""What memory holds after a write, and where memory lies in other memory: the instructions of writes in place."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tinygrad_wtf.errors import TraceError
from tinygrad_wtf.ops.functions.indexing import _write
from tinygrad_wtf.ops.rows.indexing import _filled


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
