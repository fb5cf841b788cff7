"""The recorded graph as a picture: `draw(loss)`.

`model.py` reads the nodes into plain boxes and edges, `digraph.py` gives them their look, `render.py` makes an image.
This file holds what users call.
"""

from __future__ import annotations

import re
from collections.abc import Container
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_wtf.errors import DTypeError, GraphError
from tinygrad_wtf.picture.digraph import to_digraph
from tinygrad_wtf.picture.model import Graph, read_graph
from tinygrad_wtf.picture.render import RendererError, render_dot
from tinygrad_wtf.tensor import Tensor, node_of

if TYPE_CHECKING:
    import os

    import graphviz

__all__ = ["Picture", "RendererError", "draw"]


class Picture:
    """A drawn graph: shown by Jupyter, written to a file by `save`.

    A picture keeps no tensor alive and does not change when the graph does.

    Attributes
    ----------
    graph
        The plain model: boxes, edges, clusters.
    digraph
        The same as a `graphviz.Digraph`, to restyle or combine.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor(3.0, requires_grad=True, name="x")
    >>> tw.draw(x.exp())
    <Picture: Gradients flow from loss to the leaves. 1 operation. 1 parameter: x.>
    """

    def __init__(self, graph: Graph, digraph: graphviz.Digraph) -> None:
        self.graph = graph
        self.digraph = digraph

    @property
    def source(self) -> str:
        """The DOT text; it needs no renderer."""
        return str(self.digraph.source)

    def svg(self) -> str:
        """Draw as SVG text, with a title and a description for screen readers.

        Raises
        ------
        RendererError
            If there is no renderer.
        """
        drawn = render_dot(self.source, "svg").decode()
        spoken = f"<title>{escape(self.graph.title)}</title>\n<desc>{escape(self.graph.description)}</desc>"
        return re.sub(r"<svg\b([^>]*)>", lambda found: f'<svg role="img"{found[1]}>\n{spoken}', drawn, count=1)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the ending of the name says in which format.

        Parameters
        ----------
        path
            A name that ends in ``.svg``, ``.png``, ``.dot`` or ``.gv`` (the last two are DOT text).

        Returns
        -------
        pathlib.Path
            The path written.

        Raises
        ------
        ValueError
            If the ending is none of these.
        RendererError
            If an image is asked for and there is no renderer. No file is left behind.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending in (".dot", ".gv"):
            content = self.source.encode()
        elif ending == ".svg":
            content = self.svg().encode()
        elif ending == ".png":
            content = render_dot(self.source, "png")
        else:
            said = f"ends in {ending!r}" if ending else "has no ending"
            raise ValueError(f"save: the name {target.name!r} {said}. Known endings: .svg, .png, .dot, .gv")
        _write_whole(target, content)
        return target

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except RendererError:
            return {"text/plain": self.source}

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except RendererError:
            return None

    def __repr__(self) -> str:
        return f"<Picture: {self.graph.title}. {self.graph.description}>"


def draw(outputs: Tensor | list[Tensor] | tuple[Tensor, ...], *, legend: bool = True) -> Picture:
    """Draw the recorded graph behind a tensor: how gradients flow from the loss to the leaves.

    Drawing runs nothing and changes nothing. It works before `backward`, after it, and on the graph of a gradient
    (``create_graph=True``).

    Parameters
    ----------
    outputs
        The loss, or a list of tensors whose graphs belong into one picture.
    legend
        Whether the picture explains its outlines and lines.

    Returns
    -------
    Picture
        Jupyter shows it; ``.save("graph.svg")`` writes it; ``.digraph`` is the `graphviz.Digraph`.

    Raises
    ------
    GraphError
        If a tensor does not need a gradient, for then nothing was recorded.
    DTypeError
        If something other than tensors is given.
    ValueError
        If the list is empty.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor(3.0, requires_grad=True, name="x")
    >>> picture = tw.draw(x * x)
    >>> [edge.head for edge in picture.graph.edges]  # one edge per argument
    ['op_v1', 'leaf1', 'leaf1']
    """
    tensors = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    if not tensors:
        raise ValueError("draw: no tensor was given")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise DTypeError(
                f"expected a Tensor, got {type(tensor).__name__}",
                op="draw",
                hint="Draw the loss itself, not its number",
            )
        if not tensor.requires_grad:
            named = f"the tensor {tensor.name!r}" if tensor.name else f"the tensor of shape {tensor.shape}"
            raise GraphError(
                f"{named} has no recorded graph",
                op="draw",
                hint="Draw a loss that was computed from tensors with requires_grad=True, outside no_grad()",
            )
    graph = read_graph([node_of(tensor) for tensor in tensors])
    return Picture(graph, to_digraph(graph, legend=legend))


def _write_whole(target: Path, content: bytes) -> None:
    """All of it or nothing: written beside the target, then moved into its place."""
    if not target.parent.is_dir():
        raise FileNotFoundError(f"save: there is no folder {str(target.parent)!r}")
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
