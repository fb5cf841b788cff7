"""Shapes that depend on numbers: a program is made once for all numbers, so such a function is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_wtf.compiler.ir import Builder, Instruction, Variable, reached
from tinygrad_wtf.errors import TraceError, caller

COUNTED = {  # by the operations whose result has as many entries
    "nonzero": "how many entries are not 0",
    "unique": "how many different entries there are",
    "unique_consecutive": "how many different entries there are",
    "bincount": "how large the entries are",
}
GIVEN = ("argument", "gradient", "cotangent")  # values that are others in another run


class Lengths:
    """The values that shapes depend on.

    Attributes
    ----------
    made : dict
        The instruction that makes each value.
    """

    def __init__(self, graph: Builder) -> None:
        self.graph = graph
        self.made: dict[Variable, Instruction] = {}
        self._found: list[tuple[Variable, str]] = []  # with what to say if another run may have another value

    def of_result(self, name: str, args: tuple[Any, ...]) -> None:
        """Note an operation whose result has as many entries as a condition holds for."""
        if name in COUNTED:
            self.depend_on(args[0], COUNTED[name])
        elif name == "getitem":
            for a in args[1:]:
                if self.graph.values[a].sample.dtype == bool:
                    self.depend_on(a, "how many entries a mask selects")

    def depend_on(self, a: Variable, what: str) -> None:
        """Note that a shape depends on this value; refuse it if another run has another one."""
        file, line = caller("numpy")
        message = (
            f"the shape of a result depends on {what}, at {file}, line {line}, and a compiled function is traced once "
            "for all numbers"
        )
        self._found.append((a, message))
        self.check(GIVEN)

    def check(self, kinds: tuple[str, ...], guarded: Callable[[Any], bool] = lambda array: False) -> None:
        """Refuse shapes that depend on values which come from these kinds, but for arrays whose content is guarded."""
        for a, message in self._found:
            if self._comes_from(a, kinds, guarded):
                raise TraceError(
                    message,
                    shapes=(self.graph.values[a].sample.shape,),
                    hint="Compute with all entries and choose with where(mask, x, 0), or do not compile this function",
                )

    def _comes_from(self, a: Variable, kinds: tuple[str, ...], guarded: Callable[[Any], bool]) -> bool:
        """Whether a value is computed from values of these kinds, or from a random draw."""
        for v in reached([a], lambda v: self.made[v].reads if v in self.made else ()):
            value = self.graph.values[v]
            if value.kind in kinds and not (value.kind == "memory" and guarded(value.origin)):
                return True
            if v in self.made and self.made[v].effect:
                return True
        return False
