"""From recorded nodes to the plain model of a picture.

`placement` says what is shown and where, `boxes` and `edges` make those, `formulas` and `settings` what is written on
them. What is shown of a large graph is chosen in `collapse.py`, the numbers are found in `numbers.py`. Every box is
numbered by its place in the order of computation, never by its address, so equal graphs give equal models in every
process.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.walk import PASS
from tinygrad_wtf.picture.model import Graph, Moment, TensorBox, View
from tinygrad_wtf.picture.numbers import UNASKED, Array, Arrays, find_arrays
from tinygrad_wtf.picture.reading.boxes import Boxes
from tinygrad_wtf.picture.reading.edges import Edges
from tinygrad_wtf.picture.reading.placement import Placement

__all__ = ["read_graph"]


def read_graph(
    roots: Mapping[Node, Array],
    *,
    view: View = "backward",
    depth: int | None = None,
    collapse: bool | str | None = "auto",
    focus: Node | None = None,
    hops: int = 2,
    values: bool = True,
    subject: str = "",
    entries: int | None = None,
) -> Graph:
    """Read the graph recorded behind `roots`, without changing anything.

    Parameters
    ----------
    roots
        The nodes of the tensors at which backward would start, in the order in which to show them, and their values.
    view, depth, collapse, focus, hops, values
        As `draw` takes them.
    subject, entries
        What is drawn, if it is not a loss, and how many entries its parameters have.

    Returns
    -------
    Graph
        Boxes and edges in backward order.
    """
    at = Placement(tuple(roots), depth, collapse, focus, hops)
    arrays = find_arrays(at.order, roots) if values else Arrays(unknown=UNASKED)
    boxes = Boxes(at, arrays, _moment(at.roots), with_gradients=values, of_model=bool(subject))
    tensors = _boxes_in_order(at, boxes)
    edges = Edges(boxes)
    edges.connect()
    for position, node in tensors:  # how many gradients arrive is known only now
        box = boxes.found[position]
        assert isinstance(box, TensorBox)
        if boxes.arriving[box.key] > 1:
            boxes.found[position] = boxes.tensor(node, at.unit_of.get(node), box)
    by_key = {box.key: box for box in boxes.found}
    rooted = [by_key.get(at.keys[root]) for root in at.roots]
    if entries is None:
        entries = sum(node.size for node in at.order if boxes.role(node) == "parameter")
    return Graph(
        roots=tuple(
            box if isinstance(box, TensorBox) else boxes.tensor(root, None)
            for root, box in zip(at.roots, rooted, strict=True)
        ),
        boxes=tuple(boxes.found),
        edges=tuple(edges.found.values()),
        view=view,
        moment=boxes.moment,
        order=max((sum(part == PASS for part in node.scope) for node in at.order), default=0),
        subject=subject,
        notes=tuple(at.selection.notes),
        counts=(sum(node.op is not None for node in at.order), entries),
        repeats=tuple(at.repeats),
        unknown="the model was run on zeros only to see its graph" if subject else arrays.unknown,
    )


def _boxes_in_order(at: Placement, boxes: Boxes) -> list[tuple[int, Node]]:
    """Make the boxes from the loss down; where the tensors' boxes are in the list."""
    drawn: set[Node] = set()
    tensors: list[tuple[int, Node]] = []

    for unit in reversed(at.units):
        if unit.is_closed:
            boxes.found += [boxes.tensor(node, unit) for node in reversed(unit.members) if node in at.roots]
            boxes.closed(unit)
        else:
            (node,) = unit.members
            tensors.append((len(boxes.found), node))
            boxes.found.append(boxes.tensor(node, unit))
            boxes.operation(node, unit)
        for node in unit.members:
            grouped = boxes.crowded(node) if not unit.is_closed else {}
            for a in node.inputs:
                if isinstance(a, Node) and a in at.leaves and a not in drawn and a not in grouped:
                    drawn.add(a)
                    tensors.append((len(boxes.found), a))
                    boxes.found.append(boxes.tensor(a, unit))
    for root in at.roots:
        if root.op is None and root not in drawn:
            drawn.add(root)
            boxes.found.append(boxes.tensor(root, None))
    return tensors


def _moment(roots: tuple[Node, ...]) -> Moment:
    if any(root.op is not None and root.saved is None for root in roots):
        return "freed"
    return "kept" if any(root.passes for root in roots) else "before"
