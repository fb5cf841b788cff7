"""From the plain model to Mermaid: a picture that GitHub and many editors draw from text."""

from __future__ import annotations

from collections.abc import Iterator

from tinygrad_wtf.picture.model import Box, ClosedBox, Cluster, Edge, Graph, OperationBox, Role, counted, readable
from tinygrad_wtf.picture.text import gradient_line, operation_lines, shape_line, value_line

__all__ = ["to_mermaid"]

OUTLINES: dict[Role, tuple[str, str]] = {
    "loss": ("{{", "}}"),
    "parameter": ("[(", ")]"),
    "input": ("[/", "/]"),
    "intermediate": ("(", ")"),
    "constant": ("[", "]"),
}
COLOURS = (
    "classDef loss fill:#f9ddc9,stroke:#d55e00,color:#222",
    "classDef parameter fill:#d3e6f3,stroke:#0072b2,color:#222",
    "classDef input fill:#d5efe6,stroke:#009e73,color:#222",
    "classDef intermediate fill:#fff,stroke:#8c8c8c,color:#222",
    "classDef constant fill:#fff,stroke:#fff,color:#222",
    "classDef operation fill:#fbf6d5,stroke:#8a7a00,color:#222",
    "classDef closed fill:#ececec,stroke:#555,color:#222",
)


def to_mermaid(graph: Graph) -> str:
    """A Markdown page: the title, the picture as a fenced block, and what it shows in words.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor(3.0, requires_grad=True, name="x")
    >>> print(to_mermaid(tw.draw(x.exp()).graph).splitlines()[4])
    ```mermaid
    """
    lines = ["flowchart TD", *(f"  {line}" for line in _cluster(graph.clusters(), graph, iter(range(1, 10**9))))]
    lines += [f"  {_edge(edge, graph)}" for edge in graph.edges]
    lines += [f"  {colour}" for colour in COLOURS]
    heading = [f"# {_markdown(graph.title)}", "", _markdown(graph.subtitle), ""]
    return "\n".join([*heading, "```mermaid", *lines, "```", "", _markdown(graph.description), ""])


def _cluster(cluster: Cluster, graph: Graph, numbers: Iterator[int]) -> Iterator[str]:
    for box in cluster.boxes:
        yield _box(box, graph)
    for inner in cluster.inner:
        yield f'subgraph scope{next(numbers)} ["{_quoted(readable(inner.scope[-1]))}"]'
        for line in _cluster(inner, graph, numbers):
            yield f"  {line}"
        yield "end"


def _box(box: Box, graph: Graph) -> str:
    if isinstance(box, OperationBox):
        return f'{box.key}(["{_joined(operation_lines(box))}"]):::operation'
    if isinstance(box, ClosedBox):
        facts = [counted(box.operations, "operation")] if box.operations else []
        facts += [counted(box.parameters, "parameter")] if box.parameters else []
        return f'{box.key}[["{_joined([box.label, *facts])}"]]:::closed'
    left, right = OUTLINES[box.role]
    gradient = gradient_line(box, graph.moment != "before") if graph.view != "forward" else ""
    said = [box.label, f"{shape_line(box.shape)} {box.dtype}", value_line(box), gradient]
    return f'{box.key}{left}"{_joined(said)}"{right}:::{box.role}'


def _edge(edge: Edge, graph: Graph) -> str:
    if graph.view == "forward":
        return f"{edge.head} --> {edge.tail}"
    if not edge.carries_gradient:
        return f"{edge.tail} -.- {edge.head}"
    said = [edge.formula, str(edge.shape) if edge.shape and edge.argument is not None else ""]
    said.append(f"{edge.times:,} times" if edge.times > 1 else "")
    label = _joined(said)
    return f'{edge.tail} -- "{label}" --> {edge.head}' if label else f"{edge.tail} --> {edge.head}"


def _joined(lines: list[str]) -> str:
    return "<br/>".join(_quoted(line) for line in lines if line)


def _quoted(text: str) -> str:
    """As entities, what Mermaid or a browser would take for its own; letters, digits and mathematics stay."""
    return "".join(f"#{ord(sign)};" if sign in "\"'`#;&<>\\{}[]|*_$" else sign for sign in text)


def _markdown(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|$" else sign for sign in text)
