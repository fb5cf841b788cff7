"""From the plain model of a program to Graphviz: values flow down, calls have the colour of the buffer they write.

Values from outside differ in outline as well as in colour, as in the pictures of graphs (`picture/digraph.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import graphviz

from tinygrad_wtf.picture.digraph import CLOSED_STYLE, FORWARD, GRADIENT, ROLE_STYLES
from tinygrad_wtf.picture.labels import FONT, INK, QUIET, bold, escaped, joined, sized, small, tooltip
from tinygrad_wtf.picture.model import readable
from tinygrad_wtf.picture.program.model import BACKWARD, Kind, Path, ProgramEdge, ProgramGraph, ProgramNode
from tinygrad_wtf.picture.text import shape_line

__all__ = ["to_digraph"]

FILLS = (
    "#fbe3a1", "#c9e4c5", "#e3d0ec", "#f6cdbf", "#c5e3e6", "#e6dcc3",
    "#d9e59f", "#f3cfe0", "#cfd4ec", "#f9d9a8", "#bfe3cf", "#dccabf",
)  # fmt: skip
LONGEST_NAME = 50  # characters of a cluster
IN_TENSOR = ROLE_STYLES["parameter"]["fillcolor"]
STYLES: dict[Kind, dict[str, str]] = {
    "call": {"shape": "box", "style": "filled", "fillcolor": "#ffffff", "color": "#8c8c8c"},
    "guard": {"shape": "hexagon", "style": "filled", "fillcolor": "#ffffff", "color": "#8c8c8c", "margin": "0.02"},
    "closed": CLOSED_STYLE,
    "shares": CLOSED_STYLE,
    "parameter": ROLE_STYLES["parameter"],
    "memory": {"shape": "cylinder", "margin": "0.1", "style": "dashed", "color": "#555555"},
    "argument": ROLE_STYLES["input"],
    "entry": {"shape": "house", "style": "dashed", "color": GRADIENT, "margin": "0.02"},
    "gradient": {"shape": "invhouse", "style": "filled", "fillcolor": "#fdeee4", "color": GRADIENT, "margin": "0.02"},
    "result": ROLE_STYLES["loss"],
    "kept": {"shape": "octagon", "style": "dashed", "color": "#555555"},
}  # fmt: skip
WORDS: dict[Kind, str] = {
    "argument": "argument",
    "parameter": "parameter",
    "memory": "other memory",
    "entry": "gradient before",
    "guard": "guard",
    "gradient": "gradient",
    "result": "result",
    "closed": "calls of a layer",
}
READ = {"color": "#777777", "penwidth": "1.1", "arrowsize": "0.6"}
VIEW = {"color": FORWARD, "penwidth": "0.7", "arrowsize": "0.6", "style": "dashed"}
WRITE = {"color": "#0072b2", "penwidth": "1.6", "arrowsize": "0.7"}


def to_digraph(graph: ProgramGraph, *, legend: bool = True) -> graphviz.Digraph:
    """Draw the model, one cluster for what runs when, and inside for each layer."""
    digraph = graphviz.Digraph(name="program")
    digraph.attr("graph", rankdir="TB", newrank="true", nodesep="0.25", ranksep="0.3", fontname=FONT, fontcolor=INK)
    digraph.attr("graph", label=_title(graph), labelloc="t", fontsize="15", pad="0.15")
    digraph.attr("node", fontname=FONT, fontsize="12", fontcolor=INK, margin="0.08,0.04", height="0.3", width="0.3")
    digraph.attr("edge", fontname=FONT, fontsize="9", fontcolor=QUIET, **READ)
    _cluster(digraph, graph.nodes, (), iter(range(1, 4 * len(graph.nodes) + 2)))
    for edge in graph.edges:
        digraph.edge(edge.tail, edge.head, **_edge(edge))
    for tail, head in _below(graph):
        digraph.edge(tail, head, style="invis")
    if legend:
        digraph.subgraph(_legend(graph))
    return digraph


def _below(graph: ProgramGraph) -> Iterator[tuple[str, str]]:
    """What has to lie above what, so that the layers of the backward pass come one below the other."""
    steps: dict[Path, list[ProgramNode]] = {}
    for node in graph.nodes:
        if BACKWARD in node.path[:-1]:
            steps.setdefault(node.path, []).append(node)
    for above, below in pairwise(steps.values()):
        ends = [node.key for node in above if node.kind == "gradient"]
        yield from ((tail, node.key) for tail in ends for node in below if node.kind == "call")


def _title(graph: ProgramGraph) -> str:
    return joined(escaped(graph.title), small(graph.subtitle, 12), *(small(note, 12) for note in graph.notes))


def _cluster(parent: graphviz.Digraph, nodes: list[ProgramNode], path: Path, numbers: Iterator[int]) -> None:
    """Write the boxes of one cluster, then the clusters inside."""
    inner: dict[str, list[ProgramNode]] = {}
    for node in nodes:
        if len(node.path) == len(path):
            parent.node(node.key, **_attributes(node))
        else:
            inner.setdefault(node.path[len(path)], []).append(node)
    for name, inside in inner.items():
        child = graphviz.Digraph(name=f"cluster_{next(numbers)}")
        fill = ("#f6f6f6", "#ededed", "#e4e4e4")[min(len(path), 2)]
        child.attr(label=joined(escaped(readable(name, LONGEST_NAME))), labeljust="l", fontsize="12", fontcolor=QUIET)
        child.attr(style="rounded,filled", fillcolor=fill, color="#c4c4c4", margin="10")
        _cluster(child, inside, (*path, name), numbers)
        parent.subgraph(child)


def _attributes(node: ProgramNode) -> dict[str, str]:
    style = dict(STYLES[node.kind])
    if node.kind == "call":
        if node.buffer:
            style["fillcolor"] = FILLS[(node.buffer - 1) % len(FILLS)]
        elif "in the tensor's memory" in node.facts:
            style["fillcolor"] = IN_TENSOR
    shape = "" if node.shape is None or node.kind in ("guard", "closed", "shares") else shape_line(node.shape)
    facts = ", ".join(fact for fact in node.facts if fact)
    said = f"{node.title} {shape}: {facts}" + (f", in buffer {node.place}" if node.place else "")
    style["tooltip"] = tooltip(said)
    if node.kind == "call":
        place = sized(f"buffer {node.place}", 10) if node.place else ""
        head = " ".join((bold(node.title), small(shape, 11)))
        style["label"] = joined(
            head, " ".join(text for text in (small(f"{facts}," if place else facts), place) if text)
        )
    elif node.kind in ("argument", "result"):
        style["label"] = joined(f"{bold(node.title)} {small(shape)}")
    else:
        style["label"] = joined(bold(node.title), small(shape), small(facts))
    return style


def _edge(edge: ProgramEdge) -> dict[str, str]:
    style: dict[str, str] = {}
    if edge.label:
        style |= VIEW | {"label": joined(f"&#160;{escaped(readable(edge.label))}&#160;")}
    if edge.flow == "both":
        style |= WRITE | {"dir": "both"}
    elif edge.flow == "write":
        style |= WRITE | {"constraint": "false"}
    return style


def _legend(graph: ProgramGraph) -> graphviz.Digraph:
    """A graph in small with the outlines and lines that occur."""
    legend = graphviz.Digraph(name="cluster_legend")
    legend.attr(label="legend", labeljust="l", fontsize="10", fontcolor=QUIET, style="rounded", color="#c4c4c4")
    found: list[Kind] = [kind for kind in WORDS if any(node.kind == kind for node in graph.nodes)]
    for kind in found:
        label = joined(sized(WORDS[kind], 9))
        legend.node(f"legend_{kind}", label=label, tooltip=WORDS[kind], **STYLES[kind] | {"margin": "0.03"})
    for at, kind in enumerate(found[3:]):  # three columns
        legend.edge(f"legend_{found[at]}", f"legend_{kind}", style="invis")
    if not any(node.kind == "call" for node in graph.nodes):
        return legend
    style = STYLES["call"] | {"margin": "0.05"}
    for order, words in enumerate((("a call", "writes buffer 1"), ("the next one", "writes over it"))):
        label = joined(*(sized(word, 9) for word in words))
        legend.node(f"legend_call{order}", label=label, tooltip=" ".join(words), **style | {"fillcolor": FILLS[0]})
    legend.edge("legend_call0", "legend_call1", label=" reads ", fontsize="9")
    if any(edge.label for edge in graph.edges):
        legend.node(
            "legend_other", label=joined(sized("a call", 9)), tooltip="a call", **style | {"fillcolor": FILLS[1]}
        )
        legend.edge("legend_call1", "legend_other", fontsize="9", **VIEW | {"label": " reads a view, \\n such as T "})
    return legend
