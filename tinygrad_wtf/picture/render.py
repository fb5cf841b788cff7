"""From DOT text to an image: the system's `dot` where there is one, else the `graphviz-pure` package.

What the text says is decided in `digraph.py`. The programs are run here, one process per picture and without touching
the settings of the `graphviz` package, so threads can draw at the same time.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tinygrad_wtf.errors import TinygradError

__all__ = ["Renderer", "RendererError", "find_renderers"]

INSTALL = "no Graphviz renderer was found; install one with: pip install 'tinygrad_wtf[pictures]'"
NO_PDF = "PDF is drawn by the system's dot only, which was not found: install Graphviz, or save as .svg or .png"
PNG_DOTS_PER_INCH = 144  # sharp on a screen of today; SVG has no dots
LONGEST = 120  # seconds; a picture that takes longer has more boxes than anyone will look at


class RendererError(TinygradError, RuntimeError):
    """No program that draws DOT text was found, or none of them could draw this one.

    Examples
    --------
    >>> issubclass(RendererError, RuntimeError)
    True
    """


def find_renderers() -> list[str]:
    """Paths of the programs that can draw DOT text, the preferred one first.

    Examples
    --------
    >>> isinstance(find_renderers(), list)
    True
    """
    places = (
        shutil.which("dot"),
        shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")),
        shutil.which("graphviz-pure"),  # installed for the user, beside a virtual environment
    )
    return list(dict.fromkeys(place for place in places if place))


@dataclass(frozen=True)
class Renderer:
    """The programs that draw DOT text, and how long each may take.

    Parameters
    ----------
    programs : tuple of str or None
        Paths, the preferred one first; None for those that `find_renderers` finds when something is drawn.
    seconds : float
        After which a drawing is given up.

    Examples
    --------
    >>> Renderer(programs=()).is_there
    False
    """

    programs: tuple[str, ...] | None = None
    seconds: float = LONGEST

    @property
    def _programs(self) -> list[str]:
        return find_renderers() if self.programs is None else list(self.programs)

    @property
    def is_there(self) -> bool:
        """Whether there is any program."""
        return bool(self._programs)

    def render(self, source: str, image_format: str) -> bytes:
        """Draw DOT text.

        Parameters
        ----------
        source
            DOT text.
        image_format
            ``"svg"``, ``"png"``, or ``"pdf"``, which only the system's `dot` can draw.

        Returns
        -------
        bytes
            The image, as the content of a file.

        Raises
        ------
        RendererError
            If there is no renderer, or the renderer fails or takes minutes.
        """
        complaints = []
        programs = self._programs
        if image_format == "pdf":
            programs = [program for program in programs if "graphviz-pure" not in Path(program).name]
            if not programs:
                raise RendererError(NO_PDF)
        for program in programs:
            command = [program, "-Kdot", f"-T{image_format}"]
            if image_format == "png":
                command.append(f"-Gdpi={PNG_DOTS_PER_INCH}")
            try:
                # Warnings on standard error are kept from the user: they are about widths of letters, not the graph.
                done = subprocess.run(
                    command, input=source.encode(), capture_output=True, check=False, timeout=self.seconds
                )
            except subprocess.TimeoutExpired:
                raise RendererError(
                    f"the picture was not drawn within {self.seconds} seconds. Draw less of the graph: "
                    "collapse='auto', a smaller depth, or focus=tensor"
                ) from None
            except OSError as error:
                complaints.append(f"{program}: {error}")
                continue
            if done.returncode == 0 and done.stdout:
                return done.stdout
            last_words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no output"]
            complaints.append(f"{program}: {last_words[0]}")
        raise RendererError("the picture could not be drawn: " + "; ".join(complaints) if complaints else INSTALL)
