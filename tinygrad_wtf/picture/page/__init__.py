"""The stepping page: one HTML file in which a reader steps through a graph, forward and then backward.

`steps.py` lists the steps, `narration.py` writes what each one says, `arrays.py` how numbers look, `drawing.py` how the
picture is marked. Here everything becomes one file that loads nothing: `page.html` around `page.css` and `page.js`.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from string import Template

from tinygrad_wtf.picture.model import Graph
from tinygrad_wtf.picture.page.drawing import drawing
from tinygrad_wtf.picture.page.markup import Markup, element
from tinygrad_wtf.picture.page.narration import Narrator
from tinygrad_wtf.picture.page.steps import Step, Walkthrough
from tinygrad_wtf.picture.render import Renderer

__all__ = ["to_page"]


def to_page(graph: Graph, renderer: Renderer | None = None) -> str:
    """Write the page.

    Parameters
    ----------
    graph
        What `read_graph` returned.
    renderer
        What draws the picture in it.

    Returns
    -------
    str
        A complete HTML document. It works without a network, and its security policy forbids one.

    Raises
    ------
    RendererError
        If there is no program that draws the picture.
    """
    steps = Walkthrough(graph).steps()
    narrator = Narrator(graph)
    style, script = _shipped("page.css"), _shipped("page.js")
    said = [f"{note[0].upper()}{note[1:]}." for note in (graph.subtitle, *graph.notes) if note]
    if graph.unknown:
        said.append(f"{'No numbers' if narrator.without_numbers else 'Some numbers are missing'}: {graph.unknown}.")
    return Template(_shipped("page.html")).substitute(
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        title=element("title", f"{graph.title}, step by step"),
        heading=element("h1", graph.title),
        facts=element("p", " ".join(said), class_="facts"),
        style=style,
        script=script,
        drawing=drawing(graph, renderer or Renderer()),
        last=len(steps) - 1,
        turn=next(place for place, step in enumerate(steps) if step.phase == "backward"),
        steps="\n".join(_section(place, steps, narrator) for place, step in enumerate(steps)),
    )


def _section(place: int, steps: list[Step], narrator: Narrator) -> Markup:
    """One step: hidden and shown by the script, and in a row with all others without it."""
    step = steps[place]
    panel, said = narrator.panel(step)
    same = [other for other in steps if other.phase == step.phase]
    where = f"{step.phase.capitalize()}, step {same.index(step) + 1} of {len(same)}"
    return element(
        "section",
        element("p", where, class_="where"),
        panel,
        class_=f"step {step.phase}",
        id=f"step-{place}",
        data_now=" ".join(step.now),
        data_near=" ".join(step.near),
        data_lines=" ".join(map(str, step.lines)),
        data_said=f"{where}. {said}",
    )


def _shipped(name: str) -> str:
    return (files("tinygrad_wtf.picture.page") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a browser compares the text of an element with before it obeys it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
