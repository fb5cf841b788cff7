"""What a program is made of before it is written down: values, and calls that make one from others.

The same form serves for traced rows and, after lowering, for NumPy calls. What changes it is in `passes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeGuard

import numpy as np

Kind = Literal["argument", "memory", "gradient", "cotangent", "constant", "partial", "share", "computed"]


class Ref(int):
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
class Call:
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
    result: Ref
    label: str = ""
    scope: tuple[str, ...] = ()
    effect: bool = False

    @property
    def reads(self) -> Iterator[Ref]:
        """The values that it reads."""
        return (a for a in self.args if isinstance(a, Ref))


class Makers(dict[Ref, Call]):
    """By value: the call that makes it. An argument that is a plain number has none, whatever value has that number."""

    def get(self, a: Any, default: Any = None) -> Any:
        """The call, or None."""
        return super().get(a, default) if isinstance(a, Ref) else default


@dataclass(slots=True)
class Code:
    """A straight line of calls, and what of it is seen from outside.

    Attributes
    ----------
    values : dict
        Every value, by its number.
    calls : list of Call
        In order.
    results : list of Ref
        What the function returns.
    stores : dict
        The new content of memory: the number of the memory, and that of the value.
    gradients : dict
        The new gradients: the leaf (or the number of the argument), and the value; None for a gradient taken away.
    """

    values: dict[int, Value] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    results: list[Ref] = field(default_factory=list)
    stores: dict[Ref, Ref] = field(default_factory=dict)
    gradients: dict[Any, Ref | None] = field(default_factory=dict)

    def copy(self) -> Code:
        """The same code, to be changed."""
        values = {number: Value(v.kind, v.sample, v.origin) for number, v in self.values.items()}
        return Code(values, list(self.calls), list(self.results), dict(self.stores), dict(self.gradients))

    def new(self, kind: Kind, sample: Any, origin: Any = None) -> Ref:
        """Add a value."""
        number = Ref(len(self.values))
        self.values[number] = Value(kind, sample, origin)
        return number

    def sample(self, a: Any) -> Any:
        """What an argument of a call was while tracing."""
        return self.values[a].sample if isinstance(a, Ref) else a

    @property
    def outputs(self) -> set[Ref]:
        """The values that are seen from outside."""
        gradients = (value for value in self.gradients.values() if value is not None)
        return {*self.results, *self.stores.values(), *gradients}

    @property
    def kept_gradients(self) -> set[Ref]:
        """New gradients of leaves whose old one is read: they must not overwrite it while that may still be wanted."""
        read = {a for call in self.calls for a in call.reads} | set(self.results)
        old = {v.origin for number, v in self.values.items() if v.kind == "gradient" and number in read}
        return {value for leaf, value in self.gradients.items() if value is not None and leaf in old}

    def with_calls(self, calls: Iterable[Call], instead: dict[Ref, Ref] | None = None) -> Code:
        """The same code with other calls; `instead` says which values stand in for which."""
        instead = instead or {}
        return Code(
            self.values,
            [renamed(call, instead) for call in calls],
            [final(value, instead) for value in self.results],
            {memory: final(value, instead) for memory, value in self.stores.items()},
            {leaf: None if value is None else final(value, instead) for leaf, value in self.gradients.items()},
        )

    def uses(self) -> dict[Ref, int]:
        """How often each value is read, once more for each way in which it is seen from outside."""
        count: dict[Ref, int] = {}
        for call in self.calls:
            for value in call.reads:
                count[value] = count.get(value, 0) + 1
        seen = [*self.results, *self.stores.values(), *(v for v in self.gradients.values() if v is not None)]
        for value in seen:
            count[value] = count.get(value, 0) + 1
        return count

    def users(self) -> dict[Ref, list[Call]]:
        """The calls that read each value."""
        found: dict[Ref, list[Call]] = {}
        for call in self.calls:
            for a in call.reads:
                found.setdefault(a, []).append(call)
        return found

    def makers(self) -> Makers:
        """The call that makes each value."""
        return Makers((call.result, call) for call in self.calls)


def is_transpose(call: Call | None) -> TypeGuard[Call]:
    """Whether a call is the transpose of a matrix: transposing can also leave the axes where they are."""
    return call is not None and call.function is np.transpose and call.args[1:] in ((None,), ((1, 0),), ())


def final(value: Ref, instead: dict[Ref, Ref]) -> Ref:
    """Who stands in for a value at last."""
    while value in instead:
        value = instead[value]
    return value


def renamed(call: Call, instead: dict[Ref, Ref]) -> Call:
    """The call, reading those that stand in."""
    if not any(a in instead for a in call.reads):
        return call
    args = tuple(final(a, instead) if isinstance(a, Ref) else a for a in call.args)
    return Call(call.function, args, call.settings, call.result, call.label, call.scope, call.effect)
