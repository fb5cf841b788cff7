"""The edges of a picture: along which gradients flow, by which formula, and how much."""

from __future__ import annotations

from dataclasses import replace

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.picture.collapse import Unit
from tinygrad_wtf.picture.model import ClosedBox, Edge
from tinygrad_wtf.picture.numbers import summary
from tinygrad_wtf.picture.reading.boxes import Boxes
from tinygrad_wtf.picture.reading.formulas import formulas

__all__ = ["Edges"]


class Edges:
    """The edges made so far, in `found`; making them adds boxes for what only an edge needs.

    Parameters
    ----------
    boxes : Boxes
        Between which they lead.
    """

    def __init__(self, boxes: Boxes) -> None:
        self.boxes, self.at = boxes, boxes.at
        self.found: dict[tuple[object, ...], Edge] = {}
        self.linked: set[tuple[str, str]] = set()

    def connect(self) -> None:
        """Make all edges, from the loss down."""
        for unit in reversed(self.at.units):
            for node in unit.members:
                if not unit.is_closed:
                    key = f"op_{self.at.keys[node]}"
                    gradient = summary(self.boxes.passing(node))
                    self._add(Edge(self.at.keys[node], key, node.requires_grad, shape=node.shape, gradient=gradient))
                elif node in self.at.roots:
                    self._add(Edge(self.at.keys[node], self.at.closed_key(unit), node.requires_grad, shape=node.shape))
                self._connect_arguments(node, unit, hidden=False)
        for hidden, node in self.at.selection.stands_for.items():
            self._connect_arguments(hidden, self.at.unit_of[node], hidden=True)
        if self.at.selection.beyond:
            self._connect_beyond()

    def _connect_arguments(self, node: Node, unit: Unit, *, hidden: bool) -> None:
        """The edges of one operation; those of a hidden one only where they lead out of its repetition."""
        assert node.op is not None
        shown = self.at.selection.stands_for.get(node, node)
        tail = self.at.closed_key(unit) if unit.is_closed else f"op_{self.at.keys[shown]}"
        order_matters = len(set(map(id, node.inputs))) > 1 and "commutative" not in node.op.traits
        grouped = self.boxes.crowded(node) if not unit.is_closed and not hidden else {}
        for i, a in enumerate(node.inputs):
            flows = isinstance(a, Node) and a.requires_grad and node.op.vjp(i) is not None
            if a in grouped if isinstance(a, Node) else False:
                self._add(Edge(tail, grouped[a], flows), merge=True)
                continue
            head = self._head(a, unit, f"{tail}_{i}", hidden)
            if head is None:
                continue
            merged = hidden or unit.is_closed or (isinstance(a, Node) and a in self.at.selection.stands_for)
            if hidden and (tail, head) in self.linked:
                if a not in self.at.selection.stands_for:  # each occurrence uses the same tensor
                    self._again(tail, head, i)
                continue
            again = merged and (tail, head) in self.linked
            formula = formulas(self.at.names, shown, i) if flows and not unit.is_closed and not again else {}
            self._add(
                Edge(
                    tail,
                    head,
                    flows,
                    i if not unit.is_closed else None,
                    order_matters and not unit.is_closed,
                    shape=a.shape if isinstance(a, Node) else None,
                    gradient=summary(self.boxes.arrays.contributions.get((node, i))) if flows and not hidden else None,
                    factor=summary(self.boxes.arrays.factors.get((node, i))) if formula else None,
                    total=summary(self.boxes.arrays.totals.get((node, i))) if formula else None,
                    **formula,
                ),
                merge=merged,
            )

    def _head(self, a: object, unit: Unit, key: str, hidden: bool) -> str | None:
        """The box that an argument is seen in; None without one, or if it lies in the same or a later one."""
        if not isinstance(a, Node):
            return None if hidden or unit.is_closed else self.boxes.constant(key, a, unit)
        if a.op is None:
            return self.at.keys[a] if a in self.at.leaves else None
        target = self.at.shown(a)
        if target is None or self.at.place[target] >= self.at.place[unit]:
            return None
        return self.at.closed_key(target) if target.is_closed else self.at.keys[self.at.selection.stands_for.get(a, a)]

    def _connect_beyond(self) -> None:
        """Dots where the graph goes on outside of the picture."""
        for node in self.at.order:
            for a in node.inputs:
                if not isinstance(a, Node) or (a.op is None and a not in self.at.leaves):
                    continue
                flows = a.requires_grad and node.op is not None
                if node in self.at.selection.beyond and (a in self.at.leaves or a in self.at.unit_of):
                    self._dots(f"{self.at.keys[a]}_above", (None, self.at.keys[a]), flows)
                elif node in self.at.unit_of and a in self.at.selection.beyond:
                    self._dots(f"op_{self.at.keys[node]}_below", (f"op_{self.at.keys[node]}", None), flows)

    def _dots(self, key: str, ends: tuple[str | None, str | None], flows: bool) -> None:
        if not any(box.key == key for box in self.boxes.found):
            self.boxes.found.append(ClosedBox(key, "…", 0, 0, None, ()))
        tail, head = ends
        self._add(Edge(tail or key, head or key, flows), merge=True)

    def _add(self, edge: Edge, merge: bool = False) -> None:
        """Note an edge; a merged one is counted with the one that is there already."""
        key: tuple[object, ...] = (edge.tail, edge.head) if merge else (edge.tail, edge.head, edge.argument)
        before = self.found.get(key)
        if before is not None:
            edge = replace(
                before,
                carries_gradient=before.carries_gradient or edge.carries_gradient,
                gradient=None,
                total=None,
                times=before.times + edge.times,
            )
        elif (edge.carries_gradient and edge.argument is not None) or (merge and edge.carries_gradient):
            self.boxes.arriving[edge.head] += 1
        self.found[key] = edge
        self.linked.add((edge.tail, edge.head))

    def _again(self, tail: str, head: str, argument: int) -> None:
        """Count a hidden use of a tensor with the one that is shown."""
        for key in ((tail, head, argument), (tail, head)):
            if key in self.found:
                self.found[key] = replace(self.found[key], times=self.found[key].times + 1, gradient=None, total=None)
                return
