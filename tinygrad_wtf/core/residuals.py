"""What a rule reads: the arrays worth keeping for backward, found by running the rule once and watching.

So a step of `add` keeps nothing and one of `sigmoid` only its output, and no row has to say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.mode import mode
from tinygrad_wtf.tensors.operators import Mathematics


class Watched(Mathematics):
    """An argument of a rule, or a value made from them, that notes when an operation reads it."""

    __slots__ = ("position", "read", "value")

    def __init__(self, value: Any, position: int | None, read: set[int]) -> None:
        # Another reading nested inside is not disturbed: an array of its shape stands in for it.
        self.value = _stand_in(value) if hasattr(value, "record") else np.asarray(value)
        self.position = position
        self.read = read

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

    def seen(self) -> Any:
        """The value, noted as read."""
        if self.position is not None:
            self.read.add(self.position)
        return self.value

    def record(self, op: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Watched:
        values = [a.seen() if isinstance(a, Watched) else a for a in args]
        return Watched(op(*values, **params), None, self.read)


def _stand_in(value: Any) -> np.ndarray[Any, Any]:
    if hasattr(value, "sample"):  # it has an example of its numbers: a mask selects as many entries as it did
        return value.sample  # type: ignore[no-any-return]
    return (np.zeros if value.dtype.kind in "iu" else np.ones)(value.shape, value.dtype)  # 0 is a place in any array


def positions_read(op: Any, i: int, y: Any, args: tuple[Any, ...], params: dict[str, Any]) -> frozenset[int]:
    """Which of ``(y, *args)`` the rule of argument `i` reads; asked once for each rule of a row.

    A row must therefore read the same arguments at every shape; one that did not would meet a node in an array's
    place and fail loudly.
    """
    known: frozenset[int] | None = op.reads.get((i, len(args)))
    if known is None:
        read: set[int] = set()
        shown = [Watched(value, position, read) for position, value in enumerate((y, *args))]
        g = Watched(np.ones(shown[0].shape, shown[i + 1].dtype), None, read)
        with np.errstate(all="ignore"), mode.recorder.aside():
            result = op.vjp(i)(g, *shown, **params)
        if isinstance(result, Watched):
            result.seen()
        known = op.reads[i, len(args)] = frozenset(read)
    return known
