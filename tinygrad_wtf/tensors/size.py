"""Shapes as PyTorch's `Size`: tuples that count entries."""

from __future__ import annotations

import math
from typing import Any


class Size(tuple[int, ...]):
    """A tuple of sizes with `numel`. ``t.size()`` gives one; ``t.shape`` is a plain tuple, since it is asked often.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.zeros(2, 3).size().numel(), tw.Size([2, 3]) == tw.zeros(2, 3).shape
    (6, True)
    """

    __slots__ = ()

    def numel(self) -> int:
        """How many entries a tensor of this shape has."""
        return math.prod(self)

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return Size(found) if isinstance(at, slice) else found

    def __add__(self, other: Any) -> Any:
        return Size(super().__add__(tuple(other)))
