"""The picture as it stands in the page: the renderer's SVG, with marks by which a step finds its boxes and lines.

No step is known here. Colours stay those of `digraph.py`; in the dark, `page.css` turns each of them into another one.
"""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree

from tinygrad_wtf.picture.digraph import to_digraph
from tinygrad_wtf.picture.model import Graph
from tinygrad_wtf.picture.render import Renderer

__all__ = ["drawing"]

POINTS_TO_PIXELS = 4 / 3


def drawing(graph: Graph, renderer: Renderer) -> str:
    """Draw the graph for the page: boxes carry `data-box`, and lines `data-line`, their place in `Graph.edges`.

    Raises
    ------
    RendererError
        If there is no renderer.
    """
    root = ElementTree.fromstring(renderer.render(to_digraph(graph, legend=False, title=False).source, "svg"))
    groups: dict[str, list[ElementTree.Element]] = defaultdict(list)
    for part in root.iter():
        part.tag = part.tag.rpartition("}")[2]
        for name in [name for name in part.attrib if name.startswith("{")]:
            part.set(("xml:" if "XML" in name else "xlink:") + name.rpartition("}")[2], part.attrib.pop(name))
    for part in root.iter("g"):
        title = part.find("title")
        if title is not None and part.get("class") in ("node", "edge"):
            groups[title.text or ""].append(part)
            part.remove(title)  # its tooltip, a number of ours, would hide the one about the graph
            if part.get("class") == "node":
                part.set("data-box", title.text or "")
        elif title is not None:
            part.remove(title)
    _number_lines(graph, groups)
    whole = root.find("g")
    background = None if whole is None else whole.find("polygon")
    if whole is not None and background is not None:
        whole.remove(background)
    for part in root.iter():
        part.attrib.pop("id", None)
    width, height = (float((root.get(side) or "0").removesuffix("pt")) for side in ("width", "height"))
    root.set("width", f"{width * POINTS_TO_PIXELS:.0f}")
    root.set("height", f"{height * POINTS_TO_PIXELS:.0f}")
    root.set("role", "img")
    for tag, text in (("desc", graph.description), ("title", graph.title)):
        told = ElementTree.Element(tag)
        told.text = text
        root.insert(0, told)
    return ElementTree.tostring(root, encoding="unicode")


def _number_lines(graph: Graph, groups: dict[str, list[ElementTree.Element]]) -> None:
    """Lines between the same two boxes are drawn in the order of the edges, each as often as the view wants it."""
    forward = graph.view == "forward"
    wanted: dict[str, list[int]] = defaultdict(list)
    for place, edge in enumerate(graph.edges):
        title = f"{edge.head}->{edge.tail}" if forward else f"{edge.tail}->{edge.head}"
        if title not in groups:
            title = f"{edge.tail}->sum_{edge.head}"
        wanted[title].append(place)
        if f"{edge.tail}->sum_{edge.head}" in groups and title != f"{edge.tail}->sum_{edge.head}":
            wanted[f"{edge.tail}->sum_{edge.head}"].append(place)
        if f"sum_{edge.head}->{edge.head}" in groups and edge.carries_gradient:
            wanted[f"sum_{edge.head}->{edge.head}"] = [place]  # the sum flows on with the last that arrives
    for title, places in wanted.items():
        drawn = sorted(groups[title], key=lambda part: int((part.get("id") or "edge0").removeprefix("edge")))
        each = max(len(drawn) // len(places), 1)
        for at, part in enumerate(drawn):
            part.set("data-line", str(places[min(at // each, len(places) - 1)]))
