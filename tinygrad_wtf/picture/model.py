"""What a picture shows, as plain data: boxes, edges and clusters.

No colours, no shapes on paper and no Graphviz here (`digraph.py` has those), and no arrays: the model holds what was
true when it was read (`reading`) and keeps nothing of the graph alive.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypeAlias

from tinygrad_wtf.picture.numbers import Numbers

__all__ = [
    "Box",
    "ClosedBox",
    "Cluster",
    "Edge",
    "GradientState",
    "Graph",
    "OperationBox",
    "Role",
    "Scope",
    "TensorBox",
    "View",
    "counted",
    "readable",
]

Role: TypeAlias = Literal["loss", "parameter", "input", "intermediate", "constant"]
GradientState: TypeAlias = Literal["none", "not computed", "passed", "zero", "computed", "accumulated"]
Moment: TypeAlias = Literal["before", "kept", "freed"]
View: TypeAlias = Literal["backward", "forward", "both"]
Scope: TypeAlias = tuple[str, ...]

LONGEST_LABEL = 40  # characters for which a box still has room
MOMENTS: dict[Moment, str] = {
    "before": "before backward(): no gradient has been computed",
    "kept": "after backward(): the graph is kept",
    "freed": "after backward(): the graph is freed",
}


@dataclass(frozen=True, slots=True)
class TensorBox:
    """One tensor: who it is, what it holds, and what is known of its gradient.

    Attributes
    ----------
    state
        "none": no gradient flows here. "not computed": none yet. "passed": one flowed through and was not kept. "zero",
        "computed", "accumulated": what `.grad` holds, the last as the sum of several passes.
    passes
        How many passes have added to `.grad`.
    uses
        How many gradients flow in, to be added.
    """

    key: str
    role: Role
    label: str
    named: bool  # True where the label is the user's own name for the tensor
    shape: tuple[int, ...]
    dtype: str
    needs_gradient: bool
    scope: Scope
    state: GradientState = "none"
    passes: int = 0
    uses: int = 0
    value: Numbers | None = None
    gradient: Numbers | None = None


@dataclass(frozen=True, slots=True)
class OperationBox:
    """One recorded operation: its sign, its settings, and the whole of it as a formula."""

    key: str
    name: str
    sign: str
    detail: str
    scope: Scope
    expression: str = ""
    latex: str = ""


@dataclass(frozen=True, slots=True)
class ClosedBox:
    """Several operations as one: a layer, or what lies beyond the picture."""

    key: str
    label: str
    operations: int
    parameters: int  # entries of the parameters used inside and nowhere else
    shape: tuple[int, ...] | None  # of its result
    scope: Scope
    signs: str = ""  # what it computes, in short


Box: TypeAlias = TensorBox | OperationBox | ClosedBox


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of the gradient: from a result to its operation, or from an operation to one of its arguments.

    Attributes
    ----------
    formula, latex
        What becomes of the gradient on the way; empty between a result and its operation.
    local, local_latex
        The local derivative alone, with ȳ for the gradient from above where it is not a factor.
    whole, whole_latex
        The gradient from above and the local derivative together.
    entrywise
        Whether the operation works entry by entry, so that the local derivative is a factor of each entry.
    caption
        What happens to the shapes.
    shape
        Of the gradient that arrives.
    gradient
        The contribution that arrives, where it is known.
    factor
        The local derivative in numbers, of an operation that works entry by entry.
    total
        The gradient so far, with this contribution, where others arrived before.
    times
        How many edges this one stands for.
    """

    tail: str
    head: str
    carries_gradient: bool
    argument: int | None = None  # the argument's position; None between a result and its operation
    order_matters: bool = False  # a - b is not b - a
    formula: str = ""
    latex: str = ""
    local: str = ""
    local_latex: str = ""
    whole: str = ""
    whole_latex: str = ""
    entrywise: bool = False
    caption: str = ""
    shape: tuple[int, ...] | None = None
    gradient: Numbers | None = None
    factor: Numbers | None = None
    total: Numbers | None = None
    times: int = 1


@dataclass(slots=True)
class Cluster:
    """The boxes of one scope, and the scopes inside it."""

    scope: Scope
    boxes: list[Box] = field(default_factory=list)
    inner: list[Cluster] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Graph:
    """A recorded graph, seen from the tensors at which backward would start; boxes are in backward order.

    Attributes
    ----------
    subject
        What is drawn: "" for a loss, or words such as "Sequential on input (1, 2)".
    order
        0 for an ordinary graph, n for one in which gradients of the n-th order were recorded.
    notes
        What was left out or taken together, in words.
    counts
        The number of all operations, and of all entries of parameters, drawn or not.
    repeats
        The scopes that stand for a repetition, and for how many.
    unknown
        Why numbers are missing, in words; empty if none should be.
    """

    roots: tuple[TensorBox, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    view: View = "backward"
    moment: Moment = "before"
    order: int = 0
    subject: str = ""
    notes: tuple[str, ...] = ()
    counts: tuple[int, int] = (0, 0)
    repeats: tuple[tuple[Scope, int], ...] = ()
    unknown: str = ""

    @property
    def tensors(self) -> tuple[TensorBox, ...]:
        """The tensors, the loss first."""
        return tuple(box for box in self.boxes if isinstance(box, TensorBox))

    @property
    def operations(self) -> tuple[OperationBox, ...]:
        """The operations that are shown, the last computed first."""
        return tuple(box for box in self.boxes if isinstance(box, OperationBox))

    @property
    def closed(self) -> tuple[ClosedBox, ...]:
        """What is shown as one box for several operations."""
        return tuple(box for box in self.boxes if isinstance(box, ClosedBox))

    @property
    def title(self) -> str:
        """One line that says what flows where."""
        names = _listed(box.label for box in self.roots)
        if self.subject:
            return f"{self.subject}: {counted(self.counts[1], 'parameter')}"
        if self.view == "forward":
            return f"How {names} was computed"
        flow = f"Gradients flow from {names} to the leaves"
        return flow if self.view == "backward" else f"{flow}, values the other way"

    @property
    def subtitle(self) -> str:
        """One line that says which graph this is, and at which moment."""
        kinds = ("", "the graph of a gradient", "the graph of a second gradient")
        kind = kinds[self.order] if self.order < 3 else f"the graph of a gradient of order {self.order}"
        moment = "" if self.subject else MOMENTS[self.moment]
        return "; ".join(part for part in (kind, moment) if part)

    @property
    def description(self) -> str:
        """A few sentences for a reader who cannot see the picture."""
        sentences = [counted(self.counts[0], "operation") + "."]
        for role in ("parameter", "input"):
            labels = [box.label for box in reversed(self.tensors) if box.role == role]
            if labels:
                sentences.append(f"{counted(len(labels), role)}: {_listed(labels)}.")
        scopes = dict.fromkeys(box.scope for box in self.boxes if not isinstance(box, TensorBox))
        layers = [readable(scope[-1]) for scope in scopes if scope]
        if layers:
            sentences.append(f"Layers, from the loss down: {_listed(layers)}.")
        sentences += [f"{note[0].upper()}{note[1:]}." for note in self.notes]
        return " ".join(sentences)

    def clusters(self) -> Cluster:
        """Sort the boxes into one cluster per scope, nested as the scopes were."""
        outermost = Cluster(())
        found: dict[Scope, Cluster] = {(): outermost}
        for box in self.boxes:
            for depth in range(1, len(box.scope) + 1):
                scope = box.scope[:depth]
                if scope not in found:
                    found[scope] = Cluster(scope)
                    found[scope[:-1]].inner.append(found[scope])
            found[box.scope].boxes.append(box)
        return outermost

    def as_dict(self) -> dict[str, Any]:
        """The whole model in lists, dicts, numbers and strings, for JSON; a number that JSON lacks as a string."""
        said: dict[str, Any] = {"title": self.title, "subtitle": self.subtitle, "description": self.description}
        said |= _plain(self)
        for written, box in zip(said["boxes"], self.boxes, strict=True):
            written["kind"] = KINDS[type(box)]
        said["roots"] = [box.key for box in self.roots]
        return said


KINDS: dict[type[Box], str] = {TensorBox: "tensor", OperationBox: "operation", ClosedBox: "closed"}


def _plain(value: Any) -> Any:
    """Dataclasses and tuples as dicts and lists."""
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def readable(text: str, longest: int = LONGEST_LABEL) -> str:
    r"""Names come from users: show what cannot be printed as an escape, and cut what is too long for a box.

    Examples
    --------
    >>> print(readable("two\nlines"))
    two\nlines
    """
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "operation"), counted(1200, "operation")
    ('1 operation', '1,200 operations')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _listed(labels: Iterable[str]) -> str:
    """Like "a", "a and b", "a, b and c", and no more than eight of them."""
    every = list(labels)
    if len(every) > 8:
        every = [*every[:7], f"{len(every) - 7:,} more"]
    return " and ".join(part for part in (", ".join(every[:-1]), every[-1]) if part)
