"""Shapes and dtypes: what a call gives, without its numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

PRODUCTS = (np.matmul, np.dot)


class ArrayType(NamedTuple):
    """What is known of an array before a program runs."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes of all entries."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]


def type_of(a: Any) -> ArrayType:
    """Shape and dtype of a sample."""
    return a if isinstance(a, ArrayType) else ArrayType(a.shape, a.dtype)


def inferred(function: Any, *samples: Any, **settings: Any) -> Any:
    """What a function gives for such samples: an array if all are known by their numbers, else shape and dtype."""
    arrays = [a for a in samples if isinstance(a, ArrayType | np.ndarray)]
    shapes = [a.shape for a in arrays]
    with np.errstate(all="ignore"):
        if not any(isinstance(a, ArrayType) for a in arrays):
            return np.asarray(function(*samples, **settings))
        if hasattr(function, "infer"):
            return function.infer(*samples)
        if function is np.where or (isinstance(function, np.ufunc) and function.signature is None):
            ones = (np.ones((), a.dtype) if isinstance(a, ArrayType | np.ndarray) else a for a in samples)
            return ArrayType(np.broadcast_shapes(*shapes), function(*ones, **settings).dtype)
        if function in PRODUCTS and len(arrays) == 2:
            (left, right), dtype = shapes, np.result_type(*(a.dtype for a in arrays))
            if max(map(len, shapes)) <= 2:
                return ArrayType(left[:-1] + right[1:], dtype)
            if function is np.matmul and min(map(len, shapes)) >= 2:
                return ArrayType((*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1]), dtype)
        if getattr(function, "__name__", "") == "reduce":
            first = type_of(samples[0])
            axis = samples[1] if len(samples) > 1 else settings.get("axis", 0)
            over = {a % first.ndim for a in (range(first.ndim) if axis is None else np.ravel(axis))}
            sizes = [1 if a in over else n for a, n in enumerate(first.shape)]
            made = function(np.ones((1,) * first.ndim, first.dtype), *samples[1:], **settings)
            kept = made.ndim == first.ndim
            return ArrayType(tuple(n for a, n in enumerate(sizes) if kept or a not in over), made.dtype)
        views = (np.broadcast_to(np.empty((), a.dtype), a.shape) if isinstance(a, ArrayType) else a for a in samples)
        return type_of(np.asarray(function(*views, **settings)))  # they take no memory
