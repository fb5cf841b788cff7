"""The steps of the page, in their order: what is given, each operation, the turn, each way back, what was found.

A step says which boxes and lines of the picture it is about; what it tells is written in `narration.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tinygrad_wtf.picture.model import Box, ClosedBox, Edge, Graph, OperationBox, TensorBox

__all__ = ["Back", "Forward", "Pause", "Step", "Walkthrough"]

Phase: TypeAlias = Literal["forward", "backward"]
Station: TypeAlias = Literal["given", "turn", "found"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the page.

    Attributes
    ----------
    now, near
        The keys of the box that the step is about, and of those that it touches.
    lines
        The edges along which something flows, by their places in `Graph.edges`.
    """

    phase: Phase
    now: tuple[str, ...]
    near: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pause(Step):
    """Before, between and after the passes."""

    station: Station


@dataclass(frozen=True, slots=True)
class Forward(Step):
    """An operation, or a closed box, computes."""

    box: OperationBox | ClosedBox
    result: TensorBox | None
    arguments: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Back(Step):
    """A gradient flows through an operation, or a closed box, to one argument.

    Attributes
    ----------
    above, edge
        On which the gradient arrives, and flows on.
    number, count
        Which of the contributions to the argument's gradient this is.
    before
        The contribution that came before this one.
    """

    box: OperationBox | ClosedBox
    result: TensorBox | None
    above: Edge | None
    edge: Edge
    target: Box
    number: int
    count: int
    before: Edge | None


class Walkthrough:
    """All steps through a graph.

    Parameters
    ----------
    graph
        What is drawn. What it does not show has no step.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.boxes: dict[str, Box] = {box.key: box for box in graph.boxes}
        self.tails = {edge.tail for edge in graph.edges}
        self.into: dict[str, list[int]] = defaultdict(list)  # the results whose gradients arrive at an operation
        self.out: dict[str, list[int]] = defaultdict(list)  # the arguments of an operation
        self.arriving: dict[str, list[int]] = defaultdict(list)  # what flows back to a tensor or a closed box
        for place, edge in enumerate(graph.edges):
            head, tail = self.boxes.get(edge.head), self.boxes.get(edge.tail)
            if head is None or tail is None or _is_beyond(head) or _is_beyond(tail):
                continue
            if isinstance(tail, TensorBox):
                self.into[edge.head].append(place)
                continue
            self.out[edge.tail].append(place)
            if isinstance(head, ClosedBox) and head.operations:
                self.into[edge.head].append(place)
            if edge.carries_gradient:
                self.arriving[edge.head].append(place)

    @property
    def given(self) -> list[Box]:
        """What nothing here computed: inputs, parameters, constants."""
        return [
            box
            for box in reversed(self.graph.boxes)
            if not self._is_computed(box) and not _is_beyond(box) and not isinstance(box, OperationBox)
            if not (isinstance(box, ClosedBox) and box.operations)
        ]

    @property
    def found(self) -> list[Box]:
        """What the gradients flow to."""
        return [box for box in self.given if self.arriving[box.key]]

    def steps(self) -> list[Step]:
        """From what is given to the gradients of what can learn."""
        working = [box for box in self.graph.boxes if isinstance(box, OperationBox | ClosedBox) and self.into[box.key]]
        roots = tuple(box.key for box in self.graph.roots)
        given, found = self.given, self.found
        return [
            Pause("forward", (), tuple(box.key for box in given), (), "given"),
            *(self._forward(box) for box in reversed(working)),
            Pause("backward", roots, (), (), "turn"),
            *(self._back(box, place) for box in working for place in self.out[box.key] if self._flows(place)),
            Pause("backward", (), tuple(box.key for box in found), (), "found"),
        ]

    def _flows(self, place: int) -> bool:
        return self.graph.edges[place].carries_gradient

    def _is_computed(self, box: Box) -> bool:
        return isinstance(box, TensorBox) and box.key in self.tails

    def _result(self, box: Box) -> TensorBox | None:
        for place in self.into[box.key]:
            tensor = self.boxes[self.graph.edges[place].tail]
            if isinstance(tensor, TensorBox):
                return tensor
        return None

    def _forward(self, box: OperationBox | ClosedBox) -> Forward:
        result = self._result(box)
        arguments = tuple(self.boxes[self.graph.edges[place].head] for place in self.out[box.key])
        near = (*(a.key for a in arguments), *((result.key,) if result else ()))
        lines = (*self.out[box.key], *(self.into[box.key] if result else ()))
        return Forward("forward", (box.key,), _once(near), lines, box, result, tuple(dict.fromkeys(arguments)))

    def _back(self, box: OperationBox | ClosedBox, place: int) -> Back:
        edge = self.graph.edges[place]
        arriving = self.arriving[edge.head]
        number = arriving.index(place)
        result = self._result(box)
        near = (*((result.key,) if result else ()), edge.head, f"sum_{edge.head}")
        above = self.into[box.key]
        return Back(
            "backward",
            (box.key,),
            _once(near),
            (*above, place),
            box,
            result,
            self.graph.edges[above[0]] if len(above) == 1 else None,
            edge,
            self.boxes[edge.head],
            number + 1,
            len(arriving),
            self.graph.edges[arriving[number - 1]] if number else None,
        )


def _once(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))


def _is_beyond(box: Box) -> bool:
    return isinstance(box, ClosedBox) and not box.operations and box.label == "…"
