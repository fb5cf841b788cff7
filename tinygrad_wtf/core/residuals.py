"""What a rule reads: the arrays worth keeping for backward, found by running the rule once and watching.

So a step of `add` keeps nothing and one of `sigmoid` only its output, and no row has to say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import _refusals
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.op import Op, Operand


class Probe(Operand):
    """An argument of a rule, or a value made from them, that notes when an operation reads it.

    Rules use operators and methods, which are not defined in the core: `tensors` sets `made` to a subclass with them.
    """

    made: ClassVar[Any] = None

    __slots__ = ("position", "read", "value")

    def __init__(self, value: Any, position: int | None, read: set[int]) -> None:
        # Another reading nested inside is not disturbed: an array of its shape stands in for it.
        self.value = _stand_in(value) if hasattr(value, "record") else np.asarray(value)
        self.position = position
        self.read = read

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)

    def seen(self) -> Any:
        """The value, noted as read."""
        if self.position is not None:
            self.read.add(self.position)
        return self.value

    def record(self, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        values = [a.seen() if isinstance(a, Probe) else a for a in args]
        return Probe.made(op(*values, **params), None, self.read)


def _stand_in(value: Any) -> np.ndarray[Any, Any]:
    if hasattr(value, "sample"):  # it has an example of its numbers: a mask selects as many entries as it did
        return value.sample  # type: ignore[no-any-return]
    return (np.zeros if value.dtype.kind in "iu" else np.ones)(value.shape, value.dtype)  # 0 is a place in any array


def positions_kept(op: Op, wanted: int, y: Any, args: Sequence[Any], params: dict[str, Any]) -> tuple[int, ...]:
    """Which of ``(y, *args)`` the rules of the wanted arguments read; `wanted` has a bit for each."""
    read = frozenset[int]()
    for i in range(len(args)):
        if wanted >> i & 1 and op.vjp(i):
            read |= positions_read(op, i, y, args, params)
    return tuple(sorted(read))


def positions_read(op: Op, i: int, y: Any, args: Sequence[Any], params: dict[str, Any]) -> frozenset[int]:
    """Which of ``(y, *args)`` the rule of argument `i` reads; asked once for each rule of a row.

    A row must therefore read the same arguments at every shape; one that did not would meet a node in an array's
    place and fail loudly.
    """
    known: frozenset[int] | None = op.reads.get((i, len(args)))
    if known is None:
        rule: Any = op.vjp(i)
        read: set[int] = set()
        shown = [Probe.made(value, position, read) for position, value in enumerate((y, *args))]
        g = Probe.made(np.ones(shown[0].shape, shown[i + 1].dtype), None, read)
        with np.errstate(all="ignore"), mode.recorder.aside():
            try:
                result = rule(g, *shown, **params)
            except TypeError as error:
                if "does not support ufuncs" not in str(error):
                    raise
                raise _refusals.numpy_in_rule(op, i) from None
        if isinstance(result, Probe):
            result.seen()
        known = op.reads[i, len(args)] = frozenset(read)
    return known
