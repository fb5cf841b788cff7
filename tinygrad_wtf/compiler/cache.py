"""The programs of one compiled function: which of them serves a call, and which gives way to a new one."""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_wtf.compiler.program import Program
    from tinygrad_wtf.tensors.tensor import Tensor

Key = tuple[Any, tuple[int, ...], int]


class Cache:
    """Programs by the form of the arguments and the identity of those that are part of a program, and a number.

    Several programs may have all but the number in common: they rely on other settings, as in training and evaluation.

    Parameters
    ----------
    size : int
        How many are kept; the one that was used longest ago gives way.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._programs: OrderedDict[Key, Program] = OrderedDict()
        self._bound: dict[Any, frozenset[int]] = {}  # by form: arguments whose identity a program depends on
        self._numbers = count()

    @property
    def programs(self) -> list[Program]:
        """All programs that are kept, the one used last at the end."""
        return list(self._programs.values())

    def clear(self) -> None:
        """Forget all."""
        self._programs.clear()
        self._bound.clear()

    def bound(self, form: Any) -> frozenset[int]:
        """The arguments that are part of programs of this form, by their numbers."""
        return self._bound.get(form, frozenset())

    def find(self, form: Any, tensors: list[Tensor]) -> Program | None:
        """The program for these arguments, if there is one and what it relies on still holds."""
        same = _identities(tensors, self.bound(form))
        for key in [key for key in reversed(self._programs) if key[0] == form]:
            program = self._programs[key]
            if not program.holds():
                del self._programs[key]
            elif key[1] == same and program.gradients_fit() and program.guards.hold():
                shared = program.found_among(tensors)
                if shared <= program.bound:
                    self._programs.move_to_end(key)
                    return program
                self._bound[form] = self.bound(form) | shared
                return None
        return None

    def keep(self, form: Any, tensors: list[Tensor], program: Program) -> None:
        """Keep a new program."""
        self._bound[form] = program.bound
        self._programs[form, _identities(tensors, program.bound), next(self._numbers)] = program
        while len(self._programs) > self.size:
            self._programs.popitem(last=False)
        kept = {known for known, *_ in self._programs}
        for gone in [known for known in self._bound if known not in kept]:
            del self._bound[gone]


def _identities(tensors: list[Tensor], bound: frozenset[int]) -> tuple[int, ...]:
    return tuple(id(tensors[i]) for i in sorted(bound))
