"""What a program is made of before it is written down: values, and calls that make one from others.

The same form serves for traced rows and, after lowering, for NumPy calls. What changes it is in `passes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeGuard

import numpy as np

Kind = Literal["argument", "memory", "gradient", "cotangent", "constant", "partial", "share", "computed"]


class Variable(int):
    """The number of a value, where a call's argument could also be a number."""

    def __repr__(self) -> str:
        return f"v{int(self)}"


@dataclass(slots=True)
class Value:
    """One value of a program.

    Attributes
    ----------
    kind : str
        Where it comes from: an argument of the call, memory that the function found (a parameter), the gradient that
        a leaf had before, the cotangent of a result, a constant that nobody can change, memory that changes
        unseen from run to run ("partial"), the sum of a share, which becomes that, or a call.
    sample : ndarray
        What it was while tracing; its shape and dtype are those of every run.
    origin : object
        The number of the argument or result, the array itself, the leaf, or the numbers of a share and its sum.
    """

    kind: Kind
    sample: np.ndarray[Any, Any]
    origin: Any = None


@dataclass(slots=True)
class Instruction:
    """One call: ``result = function(*args, **settings)``.

    Attributes
    ----------
    effect : bool
        Whether it has to be made even when nobody reads its result: a random draw, a check of values.
    label : str
        The operation that it belongs to.
    scope : tuple of str
        The layer.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    settings: dict[str, Any]
    result: Variable
    label: str = ""
    scope: tuple[str, ...] = ()
    effect: bool = False

    @property
    def reads(self) -> Iterator[Variable]:
        """The values that it reads."""
        return (a for a in self.args if isinstance(a, Variable))


class Makers(dict[Variable, Instruction]):
    """By value: the call that makes it. An argument that is a plain number has none, whatever value has that number."""

    def get(self, a: Any, default: Any = None) -> Any:
        """The call, or None."""
        return super().get(a, default) if isinstance(a, Variable) else default


@dataclass(slots=True)
class Graph:
    """A straight line of calls, and what of it is seen from outside.

    Attributes
    ----------
    values : dict
        Every value, by its number.
    instructions : list of Instruction
        In order.
    results : list of Variable
        What the function returns.
    stores : dict
        The new content of memory: the number of the memory, and that of the value.
    gradients : dict
        The new gradients: the leaf (or the number of the argument), and the value; None for a gradient taken away.
    """

    values: dict[int, Value] = field(default_factory=dict)
    instructions: list[Instruction] = field(default_factory=list)
    results: list[Variable] = field(default_factory=list)
    stores: dict[Variable, Variable] = field(default_factory=dict)
    gradients: dict[Any, Variable | None] = field(default_factory=dict)

    def copy(self) -> Graph:
        """The same graph, to be changed."""
        values = {number: Value(v.kind, v.sample, v.origin) for number, v in self.values.items()}
        return Graph(values, list(self.instructions), list(self.results), dict(self.stores), dict(self.gradients))

    def new(self, kind: Kind, sample: Any, origin: Any = None) -> Variable:
        """Add a value."""
        number = Variable(len(self.values))
        self.values[number] = Value(kind, sample, origin)
        return number

    def sample(self, a: Any) -> Any:
        """What an argument of a call was while tracing."""
        return self.values[a].sample if isinstance(a, Variable) else a

    @property
    def outputs(self) -> set[Variable]:
        """The values that are seen from outside."""
        gradients = (value for value in self.gradients.values() if value is not None)
        return {*self.results, *self.stores.values(), *gradients}

    @property
    def kept_gradients(self) -> set[Variable]:
        """New gradients of leaves whose old one is read: they must not overwrite it while that may still be wanted."""
        read = {a for call in self.instructions for a in call.reads} | set(self.results)
        old = {v.origin for number, v in self.values.items() if v.kind == "gradient" and number in read}
        return {value for leaf, value in self.gradients.items() if value is not None and leaf in old}

    def with_instructions(
        self, instructions: Iterable[Instruction], instead: dict[Variable, Variable] | None = None
    ) -> Graph:
        """The same graph with other calls; `instead` says which values stand in for which."""
        instead = instead or {}
        return Graph(
            self.values,
            [renamed(call, instead) for call in instructions],
            [final(value, instead) for value in self.results],
            {memory: final(value, instead) for memory, value in self.stores.items()},
            {leaf: None if value is None else final(value, instead) for leaf, value in self.gradients.items()},
        )

    def uses(self) -> dict[Variable, int]:
        """How often each value is read, once more for each way in which it is seen from outside."""
        count: dict[Variable, int] = {}
        for call in self.instructions:
            for value in call.reads:
                count[value] = count.get(value, 0) + 1
        seen = [*self.results, *self.stores.values(), *(v for v in self.gradients.values() if v is not None)]
        for value in seen:
            count[value] = count.get(value, 0) + 1
        return count

    def users(self) -> dict[Variable, list[Instruction]]:
        """The calls that read each value."""
        found: dict[Variable, list[Instruction]] = {}
        for call in self.instructions:
            for a in call.reads:
                found.setdefault(a, []).append(call)
        return found

    def makers(self) -> Makers:
        """The call that makes each value."""
        return Makers((call.result, call) for call in self.instructions)


def is_transpose(call: Instruction | None) -> TypeGuard[Instruction]:
    """Whether a call is the transpose of a matrix: transposing can also leave the axes where they are."""
    return call is not None and call.function is np.transpose and call.args[1:] in ((None,), ((1, 0),), ())


def final(value: Variable, instead: dict[Variable, Variable]) -> Variable:
    """Who stands in for a value at last."""
    while value in instead:
        value = instead[value]
    return value


def renamed(call: Instruction, instead: dict[Variable, Variable]) -> Instruction:
    """The call, reading those that stand in."""
    if not any(a in instead for a in call.reads):
        return call
    args = tuple(final(a, instead) if isinstance(a, Variable) else a for a in call.args)
    return Instruction(call.function, args, call.settings, call.result, call.label, call.scope, call.effect)
