"""The intermediate representation: variables, and instructions that make one from others.

The same form serves for traced rows and, after lowering, for NumPy calls. A `Graph` is never changed: a pass makes
another one with a `Builder`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeGuard, TypeVar

import numpy as np

from tinygrad_wtf.compiler.inference import PRODUCTS, inferred, type_of

Kind = Literal["argument", "memory", "gradient", "cotangent", "constant", "partial", "share", "computed"]


class Variable(int):
    """The number of a value, where an instruction's argument could also be a plain number."""

    def __repr__(self) -> str:
        return f"v{int(self)}"


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a variable.

    Attributes
    ----------
    kind : str
        Where it comes from: an argument of the call, memory that the function found (a parameter), the gradient that
        a leaf had before, the cotangent of a result, a constant that nobody can change, memory that changes
        unseen from run to run ("partial"), the sum of a share, which becomes that, or an instruction.
    sample : ndarray or ArrayType
        Shape and dtype, the same in every run; until lowering also the numbers of the trace, of a constant always.
    origin : object
        The number of the argument or result, the array itself, the leaf, or the numbers of a share and its sum.
    """

    kind: Kind
    sample: Any
    origin: Any = None


@dataclass(frozen=True, slots=True)
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
    alias : int or None
        Which argument the result may lie in the memory of, for functions that do not tell by themselves.
    reads : tuple of Variable
        The variables among the arguments.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    settings: Mapping[str, Any]
    result: Variable
    label: str = ""
    scope: tuple[str, ...] = ()
    effect: bool = False
    alias: int | None = None
    reads: tuple[Variable, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", tuple([a for a in self.args if isinstance(a, Variable)]))

    def with_args(self, *args: Any, **facts: Any) -> Instruction:
        """The same call on other arguments."""
        return replace(self, args=args, **facts)

    @property
    def base(self) -> Variable | None:
        """The variable in whose memory the result lies, if it may."""
        if is_view(self.function):
            return self.args[0] if isinstance(self.args[0], Variable) else None
        return None if self.alias is None else self.args[self.alias]


VIEWS = frozenset(
    (np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to, np.ravel, np.flip,
     operator.getitem)
)  # fmt: skip


T = TypeVar("T")


def reached(starts: Iterable[T], following: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """These and all that follows, each once; what follows something is asked for when the next one is wanted."""
    seen, waiting = set(), list(starts)
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            yield found
            waiting += following(found)


def is_view(function: Any) -> bool:
    """Whether a function gives a view of its first argument, where NumPy can."""
    return function in VIEWS or getattr(function, "is_view", False)


def is_transpose(instruction: Instruction | None) -> TypeGuard[Instruction]:
    """Whether it is the transpose of a matrix: transposing can also leave the axes where they are."""
    return (
        instruction is not None
        and instruction.function is np.transpose
        and instruction.args[1:] in ((None,), ((1, 0),), ())
    )


def is_elementwise(instruction: Instruction) -> bool:
    """Whether it is a ufunc of numbers with one result, without settings."""
    function = instruction.function
    return (
        isinstance(function, np.ufunc)
        and function.signature is None
        and function.nout == 1
        and len(instruction.args) == function.nin
        and not instruction.settings
    )


def multiplies(instruction: Instruction) -> bool:
    """Whether it is a product of any shapes, or a sum that is computed as one."""
    return instruction.function in PRODUCTS or getattr(instruction.function, "is_product", False)


def is_product(instruction: Instruction | None, graph: Graph | Builder) -> TypeGuard[Instruction]:
    """Whether it multiplies two matrices."""
    if instruction is None or instruction.function not in PRODUCTS or instruction.settings:
        return False
    args = instruction.args
    return len(args) == 2 and all(isinstance(a, Variable) and graph.sample(a).ndim == 2 for a in args)


class Makers(dict[Variable, Instruction]):
    """By variable: the instruction that makes it. A plain number has none, whatever variable has that number."""

    def get(self, a: Any, default: Any = None) -> Any:
        """The instruction, or None."""
        return super().get(a, default) if isinstance(a, Variable) else default


class Move(NamedTuple):
    """That a tensor's numbers go to another place, when the program is ready."""

    tensor: Any
    place: np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Graph:
    """A straight line of instructions, and what of it is seen from outside. Nothing of it is ever changed.

    Attributes
    ----------
    values : mapping
        What is known of each variable.
    instructions : tuple of Instruction
        In order.
    results : tuple of Variable
        What the function returns.
    stores : mapping
        The new content of memory: the variable of the memory, and that of the content.
    gradients : mapping
        The new gradients: the leaf (or the number of the argument), and the variable; None for one taken away.
    homes : mapping
        The tensors whose memory is written and may be moved, by the variable of the memory.
    moves : tuple of Move
        What `bind` is to move.
    """

    values: Mapping[Variable, Value] = field(default_factory=dict)
    instructions: tuple[Instruction, ...] = ()
    results: tuple[Variable, ...] = ()
    stores: Mapping[Variable, Variable] = field(default_factory=dict)
    gradients: Mapping[Any, Variable | None] = field(default_factory=dict)
    homes: Mapping[Variable, Any] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()

    def sample(self, a: Any) -> Any:
        """What is known of an argument of an instruction."""
        return self.values[a].sample if isinstance(a, Variable) else a

    @property
    def outputs(self) -> set[Variable]:
        """The variables that are seen from outside."""
        return set(self._seen())

    def _seen(self) -> Iterator[Variable]:
        yield from self.results
        yield from self.stores.values()
        yield from (value for value in self.gradients.values() if value is not None)

    @property
    def kept_gradients(self) -> set[Variable]:
        """New gradients of leaves whose old one is read: they must not overwrite it while that may still be wanted."""
        read = {a for i in self.instructions for a in i.reads} | set(self.results)
        old = {v.origin for number, v in self.values.items() if v.kind == "gradient" and number in read}
        return {value for leaf, value in self.gradients.items() if value is not None and leaf in old}

    def uses(self) -> dict[Variable, int]:
        """How often each variable is read, once more for each way in which it is seen from outside."""
        count: dict[Variable, int] = {}
        for instruction in self.instructions:
            for a in instruction.reads:
                count[a] = count.get(a, 0) + 1
        for a in self._seen():
            count[a] = count.get(a, 0) + 1
        return count

    def users(self) -> dict[Variable, list[Instruction]]:
        """The instructions that read each variable."""
        found: dict[Variable, list[Instruction]] = {}
        for instruction in self.instructions:
            for a in instruction.reads:
                found.setdefault(a, []).append(instruction)
        return found

    def makers(self) -> Makers:
        """The instruction that makes each variable."""
        return Makers((i.result, i) for i in self.instructions)

    def __str__(self) -> str:
        lines = [f"{v}: {x.kind} {x.sample.shape}" for v, x in self.values.items() if x.kind != "computed"]
        for i in self.instructions:
            args = [*map(repr, i.args), *(f"{name}={a!r}" for name, a in i.settings.items())]
            made = self.values[i.result].sample
            name = getattr(i.function, "__name__", type(i.function).__name__)
            lines.append(f"{i.result} = {name}({', '.join(args)})  # {i.label} {made.shape} {made.dtype}")
        lines += [f"store {memory} = {content}" for memory, content in self.stores.items()]
        lines += [f"gradient {value}" for value in self.gradients.values()]
        return "\n".join([*lines, f"return {', '.join(map(str, self.results))}"])


class Builder:
    """Writes a graph: from nothing, or as another one with some instructions replaced.

    Parameters
    ----------
    graph : Graph, optional
        The one whose values, outputs and homes the new one has; its instructions are taken over one by one with `keep`.
    """

    def __init__(self, graph: Graph | None = None) -> None:
        graph = graph or Graph()
        self.values = dict(graph.values)
        self.instructions: list[Instruction] = []
        self.results, self.stores, self.gradients = list(graph.results), dict(graph.stores), dict(graph.gradients)
        self.homes, self.moves = dict(graph.homes), list(graph.moves)
        self._next = max(self.values, default=-1) + 1
        self._holders: dict[Variable, int] = {}  # by variable: who may still ask for its sample
        self._instead: dict[Variable, Variable] = {}

    def new(self, kind: Kind, sample: Any, origin: Any = None) -> Variable:
        """Add a variable."""
        variable = Variable(self._next)
        self._next += 1
        self.values[variable] = Value(kind, sample, origin)
        return variable

    def hold(self, variable: Variable) -> None:
        """Keep a sample until it is released as often."""
        self._holders[variable] = self._holders.get(variable, 0) + 1

    def release(self, variable: Variable, least: int) -> None:
        """Forget the numbers of a large sample that nobody holds any more: its shape and dtype stay."""
        self._holders[variable] -= 1
        value = self.values[variable]
        if self._holders[variable] == 0 and value.kind == "computed" and value.sample.size > least:
            self.update(variable, sample=type_of(value.sample))

    def update(self, variable: Variable, **facts: Any) -> None:
        """Say something else of a variable."""
        self.values[variable] = replace(self.values[variable], **facts)

    def sample(self, a: Any) -> Any:
        """What is known of an argument of an instruction."""
        return self.values[a].sample if isinstance(a, Variable) else a

    def add(
        self, function: Callable[..., Any], *args: Any, like: Instruction, sample: Any = None, **facts: Any
    ) -> Variable:
        """Write one more instruction, for the operation and layer of `like`; the result.

        Without a `sample`, it is inferred from those of the arguments. Other facts are `label`, `effect` and `alias`.
        """
        if sample is None:
            sample = inferred(function, *(self.sample(a) for a in args))
        result = self.new("computed", sample)
        facts = {"label": like.label, "scope": like.scope, **facts}
        self.instructions.append(Instruction(function, args, {}, result, **facts))
        return result

    def keep(self, instruction: Instruction) -> Instruction:
        """Take an instruction over; what it reads may have been replaced."""
        instruction = self.renamed(instruction)
        self.instructions.append(instruction)
        return instruction

    def replace(self, old: Variable, new: Variable) -> None:
        """Let a variable stand for another one from now on."""
        new = self.final(new)
        if new != old:
            self._instead[old] = new

    def final(self, a: Any) -> Any:
        """What stands for an argument."""
        if not isinstance(a, Variable):
            return a
        path = []
        while a in self._instead:
            path.append(a)
            a = self._instead[a]
        for passed in path[:-1]:
            self._instead[passed] = a
        return a

    def renamed(self, instruction: Instruction) -> Instruction:
        """The instruction, reading what stands for its arguments now."""
        if self._instead.keys().isdisjoint(instruction.reads):
            return instruction
        i = instruction  # written out, since `replace` takes three times as long, and this is most of what passes do
        args = tuple([self.final(a) for a in i.args])
        return Instruction(i.function, args, i.settings, i.result, i.label, i.scope, i.effect, i.alias)

    def build(self, instructions: Iterable[Instruction] | None = None) -> Graph:
        """The graph."""
        chosen = self.instructions if instructions is None else instructions
        stores = {memory: self.final(content) for memory, content in self.stores.items()}
        gradients = {leaf: self.final(value) for leaf, value in self.gradients.items()}
        return Graph(
            self.values,
            tuple([self.renamed(i) for i in chosen] if self._instead else chosen),
            tuple(self.final(v) for v in self.results),
            stores,
            gradients,
            self.homes,
            tuple(self.moves),
        )
