"""From the plain model to Graphviz: which shape, colour and line each kind of box and edge has.

Roles differ in outline as well as in colour (Okabe and Ito's colours, told apart by colour-blind readers), so the
picture survives a black-and-white printer. What is in the graph is decided in `reading`; how the text becomes an
image, in `render.py`; how numbers are written, in `text.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import graphviz

from tinygrad_wtf.picture.labels import FONT, INK, QUIET, bold, escaped, joined, sized, small, tooltip
from tinygrad_wtf.picture.model import (
    Box,
    ClosedBox,
    Cluster,
    Edge,
    Graph,
    OperationBox,
    Role,
    TensorBox,
    counted,
    readable,
)
from tinygrad_wtf.picture.numbers import Numbers
from tinygrad_wtf.picture.text import (
    gradient_line,
    number,
    operation_lines,
    shape_line,
    tensor_facts,
    value_line,
)

__all__ = ["to_digraph"]

GRADIENT, NO_GRADIENT, FORWARD, WRONG = "#c04a00", "#a8a8a8", "#9a9a9a", "#b0007d"
NEGATIVE, POSITIVE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)
CELLS = 12  # of a heat strip, also where there are fewer numbers
DECADES = 4  # of gradient sizes between the thinnest line and the widest
LONGEST_FORMULA = 30  # characters on an edge; the whole is in its tooltip

ROLE_STYLES: dict[Role, dict[str, str]] = {
    "loss": {"shape": "octagon", "style": "filled", "fillcolor": "#f9ddc9", "color": "#d55e00", "penwidth": "2"},
    "parameter": {"shape": "cylinder", "margin": "0.1", "style": "filled", "fillcolor": "#d3e6f3", "color": "#0072b2"},
    "input": {"shape": "parallelogram", "margin": "0", "style": "filled", "fillcolor": "#d5efe6", "color": "#009e73"},
    "intermediate": {"shape": "box", "style": "rounded,filled", "fillcolor": "#ffffff", "color": "#8c8c8c"},
    "constant": {"shape": "plaintext", "margin": "0.02"},
}
OPERATION_STYLE = {"shape": "ellipse", "style": "filled", "fillcolor": "#fbf6d5", "color": "#8a7a00", "margin": "0.04"}
CLOSED_STYLE = {"shape": "box3d", "style": "filled", "fillcolor": "#ececec", "color": "#555555", "margin": "0.14,0.08"}
DOTS_STYLE = {"shape": "plaintext", "margin": "0.02"}
SUM_STYLE = {
    "shape": "circle", "style": "filled", "fillcolor": GRADIENT, "fontcolor": "#ffffff", "color": GRADIENT,
    "width": "0.2", "height": "0.2", "margin": "0", "fixedsize": "true", "fontsize": "13", "label": "+",
}  # fmt: skip
GRADIENT_EDGE = {"color": GRADIENT, "penwidth": "1.5", "arrowsize": "0.7"}  # every edge, unless it says otherwise
PLAIN_EDGE = {"color": NO_GRADIENT, "penwidth": "0.7", "arrowhead": "none"}
FORWARD_EDGE = {"color": FORWARD, "penwidth": "0.7", "arrowsize": "0.5"}
ZERO, BROKEN = {"style": "dashed", "penwidth": "1"}, {"color": WRONG, "fontcolor": WRONG, "penwidth": "2.5"}
LEGEND: dict[Role, tuple[str, ...]] = {
    "loss": ("loss",),
    "intermediate": ("result",),
    "parameter": ("parameter", "needs gradient"),
    "input": ("input", "no gradient"),
}


def to_digraph(graph: Graph, *, legend: bool = True, title: bool = True) -> graphviz.Digraph:
    """Draw the model, one cluster per scope: the loss on top and gradients flowing down, or values flowing down to it.

    Parameters
    ----------
    graph
        What `read_graph` returned.
    legend
        Whether to add the small graph that explains outlines and lines.
    title
        Whether it says above what it is.
    """
    return _Drawing(graph).digraph(legend, title)


class _Drawing:
    """One picture in the making."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.backward = graph.view != "forward"
        self.passed = graph.moment != "before"  # sizes of gradients are shown once there are any
        norms = [edge.gradient.norm for edge in graph.edges if edge.gradient is not None and edge.gradient.norm > 0]
        self.greatest = max(norms, default=1.0)
        self.summed = {box.key for box in graph.tensors if box.uses > 1 and self.backward}

    def digraph(self, legend: bool, title: bool) -> graphviz.Digraph:
        digraph = graphviz.Digraph(name=f"{self.graph.view}_graph")
        digraph.attr("graph", rankdir="TB", nodesep="0.3", ranksep="0.28", ordering="out" if self.backward else None)
        label = self._title() if title else ""
        digraph.attr("graph", fontname=FONT, fontcolor=INK, label=label, labelloc="t", fontsize="15", pad="0.15")
        digraph.attr("node", fontname=FONT, fontsize="12", fontcolor=INK, margin="0.1,0.05", height="0.3", width="0.3")
        edges = GRADIENT_EDGE if self.backward else FORWARD_EDGE | {"penwidth": "1.2", "color": QUIET}
        digraph.attr("edge", fontname=FONT, fontsize="10", fontcolor=INK, **edges)
        self._cluster(digraph, self.graph.clusters(), iter(range(1, len(self.graph.boxes) * 8 + 1)))
        for edge in self.graph.edges:
            self._edge(digraph, edge)
        for box in self.graph.tensors:
            if box.key in self.summed:
                digraph.edge(f"sum_{box.key}", box.key, **self._size(box.gradient))
        if legend:
            (_add_legend if self.backward else _add_forward_legend)(digraph, self.graph.view == "both")
        return digraph

    def _title(self) -> str:
        said = [escaped(self.graph.title)]
        if self.graph.subtitle and (self.backward or self.graph.order):
            said.append(small(self.graph.subtitle, 12))
        said += [small(note, 12) for note in self.graph.notes]
        return joined(*said)

    # -- boxes

    def _cluster(self, parent: graphviz.Digraph, cluster: Cluster, numbers: Iterator[int]) -> None:
        """Write the boxes of one scope, then its inner scopes (as deep as modules nest, never as deep as the graph)."""
        for box in cluster.boxes:
            parent.node(box.key, **self._attributes(box))
            if box.key in self.summed:
                assert isinstance(box, TensorBox)
                said = f"the gradient of {box.label} is the sum of {box.uses}"
                parent.node(f"sum_{box.key}", tooltip=tooltip(said), **SUM_STYLE)
        repeated = dict(self.graph.repeats)
        for inner in cluster.inner:
            child = graphviz.Digraph(name=f"cluster_{next(numbers)}")
            child.attr(label=self._cluster_label(inner), labeljust="r", fontsize="12", fontcolor=QUIET)
            child.attr(style="rounded,filled", fillcolor=_cluster_fill(len(inner.scope)), color="#c4c4c4", margin="10")
            if inner.scope in repeated:
                child.attr(style="rounded,dashed", color=INK, fontcolor=INK, fontsize="14")
            self._cluster(child, inner, numbers)
            parent.subgraph(child)

    def _cluster_label(self, cluster: Cluster) -> str:
        """The name in the right half: edges mostly enter in the middle, and would run through the letters."""
        text = readable(cluster.scope[-1])
        entries = _parameters(cluster) if self.graph.subject else 0
        if entries:
            text += f": {counted(entries, 'parameter')}"
        return (
            '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>'
            f'<TD WIDTH="{7 * len(text) + 16}"></TD><TD>{escaped(text)}</TD></TR></TABLE>>'
        )

    def _attributes(self, box: Box) -> dict[str, str]:
        if isinstance(box, OperationBox):
            label = joined(*(sized(line, 13 if at == 0 else 10) for at, line in enumerate(operation_lines(box))))
            return OPERATION_STYLE | {"label": label, "tooltip": tooltip(f"{box.name} {box.detail}".strip())}
        if isinstance(box, ClosedBox):
            return self._closed(box)
        tip = {"label": self._tensor_label(box), "tooltip": tooltip(tensor_facts(box))}
        return ROLE_STYLES[box.role] | tip

    def _closed(self, box: ClosedBox) -> dict[str, str]:
        if box.label == "…":
            return DOTS_STYLE | {"label": "…", "tooltip": "the graph goes on"}
        said = [counted(box.operations, "operation")] if box.operations else []
        if box.parameters:
            said.append(counted(box.parameters, "parameter"))
        facts = ", ".join(said)
        shape = f"gives {shape_line(box.shape)}" if box.shape is not None else ""
        label = joined(bold(box.label), small(box.signs), small(facts), small(shape))
        return CLOSED_STYLE | {"label": label, "tooltip": tooltip(f"{box.label}: {facts}")}

    def _tensor_label(self, box: TensorBox) -> str:
        """Name, shape, dtype unless it is float32, the value, and what is known of the gradient."""
        name = bold(box.label) if box.named else escaped(box.label)
        facts = [] if not box.shape and value_line(box) else [shape_line(box.shape)]
        if box.dtype != "float32":
            facts.append(box.dtype)
        lines = [name, small(" ".join(facts)), small(value_line(box))]
        if box.role == "input":  # its outline is wide and leaves no room for many lines
            lines = [f"{name} {lines[1]}".strip(), lines[2]]
        strip = _strip(box.value)
        after = [small(gradient_line(box, self.passed))] if self.backward else []
        if not strip:
            return joined(*lines, *after)
        rows = [f"<TR><TD>{line}</TD></TR>" for line in lines if line] + [f"<TR><TD>{strip}</TD></TR>"]
        rows += [f"<TR><TD>{line}</TD></TR>" for line in after if line]
        return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>>'

    # -- edges

    def _edge(self, digraph: graphviz.Digraph, edge: Edge) -> None:
        if not self.backward:
            digraph.edge(edge.head, edge.tail, **({"label": _said_often(edge)} if edge.times > 1 else {}))
            return
        both = self.graph.view == "both"
        if not edge.carries_gradient:
            style = FORWARD_EDGE | {"dir": "back"} if both else PLAIN_EDGE
            digraph.edge(edge.tail, edge.head, **style)
            return
        summed = edge.head in self.summed and not edge.head.startswith("op_")
        style = self._size(edge.gradient) | self._edge_label(edge)
        digraph.edge(edge.tail, f"sum_{edge.head}" if summed else edge.head, **style)
        if both:
            digraph.edge(edge.tail, edge.head, dir="back", constraint="false", **FORWARD_EDGE)

    def _edge_label(self, edge: Edge) -> dict[str, str]:
        """The formula, below it the gradient's shape, or the number that arrives."""
        formula = edge.formula if len(edge.formula) <= LONGEST_FORMULA else edge.formula[: LONGEST_FORMULA - 1] + "…"
        below = []
        if edge.argument is not None or edge.times > 1 or not edge.tail.startswith(("v", "op_")):
            if edge.shape:
                below.append(shape_line(edge.shape))
            elif edge.gradient is not None and self.passed and edge.gradient.kind == "ordinary":
                below.append(f"gives {number(edge.gradient.mean)}")
        if edge.times > 1:
            below.append(_said_often(edge))
        if edge.gradient is not None and self.passed and edge.gradient.kind != "ordinary":
            below.append({"zero": "zero", "nan": "NaN", "infinite": "infinite"}[edge.gradient.kind])
        if not formula and not below:
            return {}
        label = joined(*(f"&#160;{line}&#160;" for line in (escaped(formula), small(", ".join(below), 9)) if line))
        tip = {"edgetooltip": tooltip(edge.formula), "labeltooltip": tooltip(edge.formula)} if edge.formula else {}
        return {"label": label} | tip

    def _size(self, gradient: Numbers | None) -> dict[str, str]:
        """A wide line for a large gradient: one more step for each factor of ten."""
        if gradient is None or not self.passed:
            return {}
        if gradient.kind in ("nan", "infinite"):
            return BROKEN
        if gradient.kind == "zero" or not gradient.norm:
            return ZERO
        share = 1 + math.log10(gradient.norm / self.greatest) / DECADES
        return {"penwidth": f"{0.8 + 3.2 * min(max(share, 0.0), 1.0):.1f}"}


def _said_often(edge: Edge) -> str:
    return f"{edge.times:,} times"


def _parameters(cluster: Cluster) -> int:
    """The entries of all parameters in a cluster and the clusters inside."""
    own = sum(
        box.parameters if isinstance(box, ClosedBox) else math.prod(box.shape)
        for box in cluster.boxes
        if isinstance(box, ClosedBox) or (isinstance(box, TensorBox) and box.role == "parameter")
    )
    return own + sum(_parameters(inner) for inner in cluster.inner)


def _cluster_fill(depth: int) -> str:
    """A cluster inside another one is a little darker."""
    return ("#f6f6f6", "#ededed", "#e4e4e4")[min(depth, 3) - 1]


def _strip(numbers: Numbers | None) -> str:
    """The heat strip: one coloured cell for each part of the array, blue below zero, orange above."""
    if numbers is None or not numbers.strip:
        return ""
    each = max(CELLS // len(numbers.strip), 1)
    cells = "".join(f'<TD BGCOLOR="{_heat(share)}" WIDTH="7" HEIGHT="6"></TD>' * each for share in numbers.strip)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cells}</TR></TABLE>'


def _heat(share: float) -> str:
    """From white to the colour of the sign."""
    strength = round(min(abs(share), 1.0) * 16) / 16
    colour = POSITIVE if share > 0 else NEGATIVE
    return "#" + "".join(f"{round(238 + (part - 238) * strength):02x}" for part in colour)


def _add_legend(digraph: graphviz.Digraph, both: bool) -> None:
    """A graph in small that shows every outline and every kind of line."""
    legend = _legend()
    legend.edge("legend_loss", "legend_operation", label="   gradient ", fontsize="9", penwidth="3")
    legend.edge("legend_operation", "legend_intermediate", label=" × local\\n derivative ", fontsize="9")
    legend.edge("legend_operation", "legend_parameter", style="dashed", penwidth="1", label="  zero ", fontsize="9")
    style = FORWARD_EDGE | {"dir": "back"} if both else PLAIN_EDGE
    legend.edge("legend_operation", "legend_input", label="  value " if both else "  none ", fontsize="9", **style)
    digraph.subgraph(legend)


def _add_forward_legend(digraph: graphviz.Digraph, both: bool) -> None:
    legend = _legend(loss="output")
    legend.edge("legend_input", "legend_operation")
    legend.edge("legend_parameter", "legend_operation")
    legend.edge("legend_operation", "legend_intermediate")
    legend.edge("legend_operation", "legend_loss")
    digraph.subgraph(legend)


def _legend(loss: str = "loss") -> graphviz.Digraph:
    legend = graphviz.Digraph(name="cluster_legend")
    legend.attr(label="legend", labeljust="l", fontsize="10", fontcolor=QUIET, style="rounded", color="#c4c4c4")
    for role, known in LEGEND.items():
        words = (loss,) if role == "loss" else known
        label, style = joined(*(sized(word, 9) for word in words)), ROLE_STYLES[role] | {"margin": "0.03"}
        legend.node(f"legend_{role}", label=label, tooltip=" ".join(words), **style)
    label, style = joined(sized("operation", 9)), OPERATION_STYLE
    legend.node("legend_operation", label=label, tooltip="operation", **style)
    return legend
