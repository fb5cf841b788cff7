"""From the plain model to Graphviz: which shape, colour and line each kind of box and edge has.

Roles differ in outline as well as in colour (Okabe and Ito's colours, told apart by colour-blind readers), so the
picture survives a black-and-white printer. What is in the graph is decided in `model.py`; how the text becomes an
image, in `render.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as escape_html

import graphviz

from tinygrad_wtf.picture.model import Box, Cluster, Edge, Graph, OperationBox, Role, TensorBox, readable

__all__ = ["to_digraph"]

FONT = "Helvetica"  # every renderer knows its widths, so no text is clipped
INK, QUIET = "#222222", "#6b6b6b"
GRADIENT, NO_GRADIENT = "#c04a00", "#a8a8a8"

ROLE_STYLES: dict[Role, dict[str, str]] = {
    "loss": {"shape": "octagon", "style": "filled", "fillcolor": "#f9ddc9", "color": "#d55e00", "penwidth": "2"},
    "parameter": {"shape": "cylinder", "margin": "0.1", "style": "filled", "fillcolor": "#d3e6f3", "color": "#0072b2"},
    "input": {"shape": "parallelogram", "margin": "0", "style": "filled", "fillcolor": "#d5efe6", "color": "#009e73"},
    "intermediate": {"shape": "box", "style": "rounded,filled", "fillcolor": "#ffffff", "color": "#8c8c8c"},
    "constant": {"shape": "plaintext", "margin": "0.02"},
}
OPERATION_STYLE = {"shape": "circle", "style": "filled", "fillcolor": "#fbf6d5", "color": "#8a7a00", "margin": "0.02"}
GRADIENT_EDGE = {"color": GRADIENT, "penwidth": "1.5", "arrowsize": "0.7"}  # every edge, unless it says otherwise
PLAIN_EDGE = {"color": NO_GRADIENT, "penwidth": "0.7", "arrowhead": "none"}
LEGEND: dict[Role, tuple[str, ...]] = {
    "loss": ("loss",),
    "intermediate": ("result",),
    "parameter": ("parameter", "needs gradient"),
    "input": ("input", "no gradient"),
    "constant": ("constant",),
}


def to_digraph(graph: Graph, *, legend: bool = True) -> graphviz.Digraph:
    """Draw the model: the loss on top, gradients flowing down, one cluster per scope.

    Parameters
    ----------
    graph
        What `read_graph` returned.
    legend
        Whether to add the small graph that explains outlines and lines.
    """
    digraph = graphviz.Digraph(name="backward_graph")
    digraph.attr("graph", rankdir="TB", nodesep="0.3", ranksep="0.28", ordering="out", fontname=FONT, fontcolor=INK)
    digraph.attr("graph", label=_lines(_escape(graph.title)), labelloc="t", fontsize="15", pad="0.15")
    digraph.attr("node", fontname=FONT, fontsize="12", fontcolor=INK, margin="0.1,0.05", height="0.3", width="0.3")
    digraph.attr(
        "edge", fontname=FONT, fontsize="9", fontcolor=QUIET, labeldistance="1.9", labelangle="-40", **GRADIENT_EDGE
    )
    _add_cluster(digraph, graph.clusters(), numbers=iter(range(1, len(graph.boxes) + 1)))
    for edge in graph.edges:
        _add_edge(digraph, edge)
    if legend:
        _add_legend(digraph)
    return digraph


def _add_cluster(parent: graphviz.Digraph, cluster: Cluster, numbers: Iterator[int]) -> None:
    """Write the boxes of one scope, then its inner scopes (as deep as modules nest, never as deep as the graph)."""
    for box in cluster.boxes:
        parent.node(box.key, **_attributes(box))
    for inner in cluster.inner:
        child = graphviz.Digraph(name=f"cluster_{next(numbers)}")
        child.attr(label=_cluster_label(readable(inner.scope[-1])), labeljust="r", fontsize="12", fontcolor=QUIET)
        child.attr(style="rounded,filled", fillcolor=_cluster_fill(len(inner.scope)), color="#c4c4c4", margin="10")
        _add_cluster(child, inner, numbers)
        parent.subgraph(child)


def _cluster_label(text: str) -> str:
    """The name in the right half, so that edges, which mostly enter in the middle, do not run through the letters."""
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>'
        f'<TD WIDTH="{10 * len(text) + 16}"></TD><TD>{_escape(text)}</TD></TR></TABLE>>'
    )


def _cluster_fill(depth: int) -> str:
    """A cluster inside another one is a little darker."""
    return ("#f6f6f6", "#ededed", "#e4e4e4")[min(depth, 3) - 1]


def _attributes(box: Box) -> dict[str, str]:
    if isinstance(box, OperationBox):
        small = len(box.sign) <= 2 and not box.detail
        style = OPERATION_STYLE if small else OPERATION_STYLE | {"shape": "ellipse"}
        label = _lines(_sized(box.sign, 15), _small(box.detail))
        return style | {"label": label, "tooltip": _tooltip(f"{box.name} {box.detail}".strip())}
    return ROLE_STYLES[box.role] | {"label": _tensor_label(box), "tooltip": _tooltip(_tensor_facts(box))}


def _tensor_label(box: TensorBox) -> str:
    """Name, shape, dtype unless it is float32, and for leaves whether a gradient arrives."""
    name = _bold(box.label) if box.named else _escape(box.label)
    facts = [] if box.role == "constant" and not box.shape else [_shape(box)]
    if box.dtype != "float32":
        facts.append(box.dtype)
    return _lines(name, _small(" ".join(facts)), _small(_gradient_note(box)))


def _gradient_note(box: TensorBox) -> str:
    """Said where it is news: at leaves, and at a result that no gradient reaches."""
    if box.role == "constant":
        return ""
    if not box.needs_gradient:
        return "no gradient"
    return "needs gradient" if box.role == "parameter" else ""


def _tensor_facts(box: TensorBox) -> str:
    gradient = "needs a gradient" if box.needs_gradient else "no gradient"
    return f"{box.label}: {box.role}, {_shape(box)}, {box.dtype}, {gradient}"


def _shape(box: TensorBox) -> str:
    return str(box.shape) if box.shape else "scalar"


def _add_edge(digraph: graphviz.Digraph, edge: Edge) -> None:
    style = {} if edge.carries_gradient else PLAIN_EDGE
    if edge.order_matters and edge.argument is not None:
        style = style | {"taillabel": _ordinal(edge.argument + 1)}
    digraph.edge(edge.tail, edge.head, **style)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _add_legend(digraph: graphviz.Digraph) -> None:
    """A graph in small that shows every outline and both kinds of line."""
    legend = graphviz.Digraph(name="cluster_legend")
    legend.attr(label="legend", labeljust="l", fontsize="10", fontcolor=QUIET, style="rounded", color="#c4c4c4")
    for role, words in LEGEND.items():
        label, style = _lines(*(_sized(word, 9) for word in words)), ROLE_STYLES[role] | {"margin": "0.03"}
        legend.node(f"legend_{role}", label=label, tooltip=" ".join(words), **style)
    label, style = _lines(_sized("operation", 9)), OPERATION_STYLE | {"shape": "ellipse"}
    legend.node("legend_operation", label=label, tooltip="operation", **style)
    legend.edge("legend_loss", "legend_operation", label=" gradient", fontsize="9")
    legend.edge("legend_operation", "legend_intermediate")
    legend.edge("legend_operation", "legend_parameter")
    legend.edge("legend_operation", "legend_input", label=" none", fontsize="9", **PLAIN_EDGE)
    legend.edge("legend_operation", "legend_constant", **PLAIN_EDGE)
    digraph.subgraph(legend)


def _lines(*lines: str) -> str:
    """An HTML-like label of one or more lines; empty lines are left out."""
    return "<" + "<BR/>".join(line for line in lines if line) + ">"


def _bold(text: str) -> str:
    return f"<B>{_escape(text)}</B>"


def _sized(text: str, size: int) -> str:
    return f'<FONT POINT-SIZE="{size}">{_escape(text)}</FONT>'


def _small(text: str) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{QUIET}">{_escape(text)}</FONT>' if text else ""


def _escape(text: str) -> str:
    """For HTML-like labels, in which Graphviz still reads a backslash as the start of a code."""
    return escape_html(text.replace("\\", "\\\\"))


def _tooltip(text: str) -> str:
    """Text in which nothing has a meaning to Graphviz; it reads the backslashes of a tooltip twice."""
    return str(graphviz.escape(text.replace("&", "&amp;").replace("\\", "\\\\")))
