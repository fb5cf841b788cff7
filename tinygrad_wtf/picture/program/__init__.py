"""A compiled program as a picture: what runs, what it costs, and in which buffer each result lies.

`read.py` reads the program into plain boxes and edges (`model.py`), `collapse.py` closes what is too large, `style.py`
gives it a look. This file holds what users get from `draw`.
"""

from __future__ import annotations

from tinygrad_wtf.compiler import Compiled, Program
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.picture.image import Image
from tinygrad_wtf.picture.model import readable
from tinygrad_wtf.picture.program.collapse import collapsed
from tinygrad_wtf.picture.program.model import ProgramGraph
from tinygrad_wtf.picture.program.read import read_program
from tinygrad_wtf.picture.program.style import to_digraph

__all__ = ["ProgramPicture", "draw_program"]


class ProgramPicture(Image):
    """A drawn program: shown by Jupyter, written by `save` as ``.svg``, ``.png``, ``.pdf``, ``.dot`` or ``.gv``.

    Attributes
    ----------
    graph
        The plain model: boxes, edges, clusters, costs.
    digraph
        The same as a `graphviz.Digraph`, to restyle or combine.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> step = tw.compile(lambda x: (x * 2 + 1).sum())
    >>> step(tw.ones(3)).item()
    9.0
    >>> picture = tw.draw(step)
    >>> [(box.title, f"buffer {box.place}") for box in picture.graph.nodes if box.runs]
    [('multiply(·, 2)', 'buffer 1'), ('add(·, 1)', 'buffer 2'), ('dot(·, all 1)', 'buffer 3')]
    """

    def __init__(self, graph: ProgramGraph, legend: bool = True) -> None:
        super().__init__(to_digraph(graph, legend=legend), graph.title, graph.description)
        self.graph = graph

    def __repr__(self) -> str:
        return f"<ProgramPicture: {self.title}. {self.description}>"


def draw_program(
    compiled: Compiled | Program, *, legend: bool = True, collapse: bool | str | None = "auto"
) -> ProgramPicture:
    """Draw the program that ran last, or a given one.

    Parameters
    ----------
    compiled : Compiled or Program
        A compiled function that has run, or its `.program`.
    legend : bool
        Whether the picture explains its outlines and lines.
    collapse : "auto", True or False
        Whether the calls of a layer become one box; "auto": above 120 calls.

    Returns
    -------
    ProgramPicture

    Raises
    ------
    GraphError
        If the function has not run yet, so that there is no program.
    """
    program = compiled.program if isinstance(compiled, Compiled) else compiled
    traces = compiled.traces if isinstance(compiled, Compiled) else None
    if program is None:
        assert isinstance(compiled, Compiled)
        name = readable(getattr(compiled.function, "__name__", type(compiled.function).__name__))
        raise GraphError(
            f"the compiled function {name} has no program before it has run", op="draw", hint="Call it first"
        )
    graph = read_program(program, traces)
    if isinstance(compiled, Compiled) and len(compiled.programs) > 1:
        graph.notes.append(f"the program that ran last, of {len(compiled.programs)} that are kept")
    if collapse in ("auto", True):
        graph = collapsed(graph, always=collapse is True)
    return ProgramPicture(graph, legend)
