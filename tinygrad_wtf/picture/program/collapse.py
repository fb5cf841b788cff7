"""Large programs: the calls of one layer become one box.

Only neighbours in the order of running are put together, so no picture gets a circle.
"""

from __future__ import annotations

from itertools import groupby

from tinygrad_wtf.picture.model import counted
from tinygrad_wtf.picture.program.model import Path, ProgramEdge, ProgramGraph, ProgramNode

__all__ = ["MOST_CALLS", "collapsed"]

MOST_CALLS = 120  # of which a picture can still be followed


def collapsed(graph: ProgramGraph, always: bool = False, most: int = MOST_CALLS) -> ProgramGraph:
    """The graph with a box for each layer, or for each group of layers; one of few calls as it is, unless `always`."""
    calls = [node for node in graph.nodes if node.runs]
    if not calls or (len(calls) <= most and not always):
        return graph
    depth = max(len(node.path) for node in calls)
    while depth > 1 and len(_groups(calls, depth)) > most:
        depth -= 1
    groups = _groups(calls, depth)
    home = {node.key: f"closed_{order}" for order, group in enumerate(groups) for node in group}
    absorbed = _absorbed(graph, home)
    home |= absorbed
    nodes = {node.key: node for node in graph.nodes}
    boxes = {f"closed_{order}": _box(f"closed_{order}", group, depth) for order, group in enumerate(groups)}
    for key, into in absorbed.items():
        boxes[into].parameters += max(nodes[key].parameters, int(nodes[key].kind == "parameter"))
    made: dict[str, ProgramNode] = {}
    for node in graph.nodes:
        key = home.get(node.key, node.key)
        made.setdefault(key, boxes.get(key, node))
    for box in boxes.values():
        said = [f"{counted(box.calls, 'call')}", f"{box.flops:,} flops" if box.flops else f"{box.bytes:,} bytes"]
        if box.parameters:
            said.append(counted(box.parameters, "parameter"))
        box.facts = tuple(said)
    edges: dict[tuple[str, str], ProgramEdge] = {}
    for edge in graph.edges:
        tail, head = home.get(edge.tail, edge.tail), home.get(edge.head, edge.head)
        if tail != head:
            edges.setdefault((tail, head), ProgramEdge(tail, head, "", edge.flow))
    notes = [*graph.notes, "the calls of one layer are one box"]
    return ProgramGraph(
        graph.name, list(made.values()), list(edges.values()), graph.views, graph.flops, graph.buffer_bytes,
        graph.traces, notes,
    )  # fmt: skip


def _groups(calls: list[ProgramNode], depth: int) -> list[list[ProgramNode]]:
    """Neighbours in the same cluster."""
    return [list(group) for _, group in groupby(calls, lambda node: node.path[:depth])]


def _absorbed(graph: ProgramGraph, home: dict[str, str]) -> dict[str, str]:
    """Parameters go where they are read first, gradients where they are made."""
    found: dict[str, str] = {}
    kinds = {node.key: node.kind for node in graph.nodes}
    for edge in graph.edges:
        if kinds[edge.tail] in ("parameter", "memory", "entry") and edge.head in home and edge.flow != "write":
            found.setdefault(edge.tail, home[edge.head])
        if kinds[edge.head] == "gradient" and edge.tail in home:
            found.setdefault(edge.head, home[edge.tail])
    return found


def _box(key: str, group: list[ProgramNode], depth: int) -> ProgramNode:
    path: Path = group[0].path[:depth]
    title = path[-1] if len(path) > 1 else "outside of layers"
    box = ProgramNode(key, "closed", title, group[-1].shape, path=path[:-1] if len(path) > 1 else path)
    box.calls = len(group)
    box.flops, box.bytes = sum(node.flops for node in group), sum(node.bytes for node in group)
    return box
