"""What a rule reads: the arrays worth keeping for backward, found by running the rule once and watching.

So a step of `add` keeps nothing and one of `sigmoid` only its output, and no row has to say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.operand import Mathematics


class Watched(Mathematics):
    """A value that remembers which of the rule's arguments it was made from."""

    __slots__ = ("sources", "value")

    def __init__(self, value: Any, sources: frozenset[int]) -> None:
        self.value = np.asarray(value)
        self.sources = sources

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def size(self) -> int:
        return self.value.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.value.dtype

    def record(self, op: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Watched:
        sources = frozenset[int]().union(*(a.sources for a in args if isinstance(a, Watched)))
        return Watched(op(*(a.value if isinstance(a, Watched) else a for a in args), **params), sources)


def positions_read(op: Any, i: int, y: Any, args: tuple[Any, ...], params: dict[str, Any]) -> frozenset[int]:
    """Which of ``(y, *args)`` the rule of argument `i` reads; asked once for each rule of a row."""
    known = op.reads.get(i)
    if known is None:
        watched = [Watched(value, frozenset((position,))) for position, value in enumerate((y, *args))]
        g = Watched(np.ones(np.shape(y), watched[i + 1].dtype), frozenset())
        with np.errstate(all="ignore"):
            result = op.vjp(i)(g, *watched, **params)
        known = op.reads[i] = result.sources if isinstance(result, Watched) else frozenset()
    return known
