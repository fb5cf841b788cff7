"""Pack and Slice: several arrays one after the other in one, and the view of a part of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.inference import ArrayType


class Slice:
    """A view function: the entries from `start` on, in this shape; `members` are the slices of which it consists."""

    is_view = True

    def __init__(self, start: int, shape: tuple[int, ...], order: str = "C", members: tuple[Slice, ...] = ()) -> None:
        self.start, self.shape, self.order = start, shape, order
        self.stop = start + math.prod(shape)
        self.members = members or (self,)

    def __call__(self, flat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """View them."""
        return flat[self.start : self.stop].reshape(self.shape, order=self.order)  # type: ignore[call-overload,no-any-return]

    def infer(self, flat: ArrayType) -> ArrayType:
        """Shape and dtype of the view."""
        return ArrayType(self.shape, flat.dtype)


class Pack:
    """All entries of several arrays one after the other. Allocation lets them be made where they belong."""

    def __init__(self, parts: list[Slice]) -> None:
        self.parts = parts

    def index(self, part: Slice) -> int:
        """Which of its arrays a slice lies in."""
        return next(i for i, own in enumerate(self.parts) if own.start <= part.start < own.stop)

    def __call__(self, *arrays: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Copy them into one array."""
        return np.concatenate(
            [a.reshape(-1, order=part.order) for part, a in zip(self.parts, arrays, strict=True)]  # type: ignore[call-overload]
        )

    def infer(self, *arrays: ArrayType) -> ArrayType:
        """Shape and dtype of the array."""
        return ArrayType((sum(a.size for a in arrays),), arrays[0].dtype)
