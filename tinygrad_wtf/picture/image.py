"""What every picture can do: show itself in Jupyter, and write itself to a file.

What is in a picture is decided by those who make one: `draw` for a graph, `program` for a compiled function.
"""

from __future__ import annotations

import re
from collections.abc import Container
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_wtf.picture.labels import ALIKE, FONT
from tinygrad_wtf.picture.render import Renderer, RendererError

if TYPE_CHECKING:
    import os

    import graphviz

__all__ = ["IMAGE_ENDINGS", "Image"]

IMAGE_ENDINGS = (".svg", ".png", ".pdf", ".dot", ".gv")


class Image:
    """A `graphviz.Digraph` with what is said about it.

    Attributes
    ----------
    digraph
        To restyle or combine.
    title, description
        For readers who cannot see the picture.
    renderer
        What makes an image of it.
    """

    endings: tuple[str, ...] = IMAGE_ENDINGS

    def __init__(self, digraph: graphviz.Digraph, title: str, description: str) -> None:
        self.renderer = Renderer()
        self.digraph = digraph
        self.title = title
        self.description = description

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
        drawn = self.renderer.render(self.source, "svg").decode()
        drawn = re.sub(f'font-family="{FONT}[^"]*"', f'font-family="{ALIKE}"', drawn)
        spoken = f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>"
        return re.sub(r"<svg\b([^>]*)>", lambda found: f'<svg role="img"{found[1]}>\n{spoken}', drawn, count=1)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the ending of the name says in which format.

        Parameters
        ----------
        path
            A name that ends in ``.svg`` or ``.png``; ``.pdf``, which needs a system `dot`; ``.dot`` or ``.gv`` (DOT
            text).

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
        if ending not in self.endings:
            said = f"ends in {ending!r}" if ending else "has no ending"
            raise ValueError(f"save: the name {target.name!r} {said}. Known endings: {', '.join(self.endings)}")
        _write_whole(target, self._content(ending))
        return target

    def _content(self, ending: str) -> bytes:
        """The content of a file with this ending."""
        if ending in (".dot", ".gv"):
            return self.source.encode()
        return self.svg().encode() if ending == ".svg" else self.renderer.render(self.source, ending.removeprefix("."))

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
