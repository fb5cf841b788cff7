"""The recorded graph as a picture: `draw(loss)`, `draw(model, input_shape=...)`; and programs: `draw(compiled)`.

`reading` reads the nodes into plain boxes and edges (`model.py`), with `collapse.py` choosing what of a large graph is
shown and `numbers.py` finding the numbers; `digraph.py` gives it a look, `render.py` makes an image. Compiled programs
are drawn in `program`. This file holds what users call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

from tinygrad_wtf.compiler import Compiled, Program
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.errors import DTypeError, GraphError, SettingError
from tinygrad_wtf.picture.collapse import MOST_OPERATIONS
from tinygrad_wtf.picture.digraph import to_digraph
from tinygrad_wtf.picture.dry_run import Shapes, dry_run
from tinygrad_wtf.picture.image import IMAGE_ENDINGS, Image
from tinygrad_wtf.picture.mermaid import to_mermaid
from tinygrad_wtf.picture.model import Graph, View
from tinygrad_wtf.picture.page import to_page
from tinygrad_wtf.picture.program import ProgramPicture, draw_program
from tinygrad_wtf.picture.reading import read_graph
from tinygrad_wtf.picture.render import Renderer, RendererError
from tinygrad_wtf.tensors.tensor import Tensor

if TYPE_CHECKING:
    import os

    import graphviz
    from numpy.typing import DTypeLike

__all__ = ["Picture", "ProgramPicture", "RendererError", "draw"]

ENDINGS = (*IMAGE_ENDINGS, ".md", ".json", ".html")


class Model(Protocol):
    """What can be drawn without a loss."""

    def parameters(self) -> Iterable[Tensor]:
        """What learns."""
        ...

    def __call__(self, *inputs: Any) -> Any:
        """Compute."""
        ...


class Picture(Image):
    """A drawn graph: shown by Jupyter, written to a file by `save`.

    A picture keeps no tensor alive and does not change when the graph does.

    Attributes
    ----------
    graph
        The plain model: boxes, edges, clusters.
    digraph
        The same as a `graphviz.Digraph`, to restyle or combine.
    renderer
        What makes an image of it: by default the system's `dot` or `graphviz-pure`, whichever is found.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor(3.0, requires_grad=True, name="x")
    >>> tw.draw(x.exp())
    <Picture: Gradients flow from L to the leaves. 1 operation. 1 parameter: x.>
    """

    endings = ENDINGS

    def __init__(self, graph: Graph, digraph: graphviz.Digraph) -> None:
        title = ", ".join(said for said in (graph.title, graph.subtitle) if said)
        super().__init__(digraph, title, graph.description)
        self.graph = graph

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; the ending of the name says in which format.

        Parameters
        ----------
        path
            A name that ends in ``.svg`` or ``.png``; ``.pdf``, which needs a system `dot`; ``.dot`` or ``.gv`` (DOT
            text); ``.md`` (Markdown with a Mermaid picture); ``.json`` (the model: boxes, edges, formulas, numbers);
            ``.html`` (a page that steps through the forward and the backward pass).

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
        return super().save(path)

    def _content(self, ending: str) -> bytes:
        if ending == ".md":
            return to_mermaid(self.graph).encode()
        if ending == ".json":
            return (json.dumps(self.graph.as_dict(), ensure_ascii=False, indent=1) + "\n").encode()
        return to_page(self.graph, self.renderer).encode() if ending == ".html" else super()._content(ending)

    def __repr__(self) -> str:
        return f"<Picture: {self.graph.title}. {self.graph.description}>"


@overload
def draw(
    outputs: Compiled | Program, *, collapse: bool | Literal["auto"] | None = "auto", legend: bool = True
) -> ProgramPicture: ...
@overload
def draw(
    outputs: Tensor | Sequence[Tensor] | Model,
    *,
    view: View | None = None,
    depth: int | None = None,
    collapse: bool | Literal["auto"] | None = "auto",
    focus: Tensor | None = None,
    hops: int = 2,
    legend: bool = True,
    values: bool = True,
    input_shape: Shapes | None = None,
    input_dtype: DTypeLike | None = None,
) -> Picture: ...
def draw(
    outputs: Any,
    *,
    view: View | None = None,
    depth: int | None = None,
    collapse: bool | Literal["auto"] | None = "auto",
    focus: Tensor | None = None,
    hops: int = 2,
    legend: bool = True,
    values: bool = True,
    input_shape: Shapes | None = None,
    input_dtype: DTypeLike | None = None,
) -> Picture | ProgramPicture:
    """Draw the recorded graph behind a tensor: how gradients flow from the loss to the leaves, and by which formulas.

    Drawing changes nothing. It works before `backward`, after it, and on the graph of a gradient
    (``create_graph=True``), and the title says which of these it is. Values that backward did not keep are computed
    again where that is little work.

    Parameters
    ----------
    outputs : Tensor, list of Tensor, a model, or a compiled function
        The loss, or tensors whose graphs belong into one picture; or a model (anything with `parameters()` that can be
        called), which is run on zeros of `input_shape`. Of a function made by `compile` that has run, or its
        `.program`, the NumPy calls are drawn, with costs and buffers; `collapse` and `legend` are its only settings.
    view : {"backward", "forward", "both"}, optional
        What the arrows are: gradients, values, or both. Gradients for a loss, values for a model.
    depth : int, optional
        How many levels of layers are open: at 0 each outermost layer is one box. By default as `collapse` says.
    collapse : "auto", True or False
        "auto": above about forty operations, roll what repeats and close layers. True: close every layer. False: show
        every operation, which takes a renderer long above a thousand.
    focus : Tensor, optional
        Show only what is near this tensor.
    hops : int
        How many operations away from `focus`.
    legend : bool
        Whether the picture explains its outlines and lines.
    values : bool
        Whether it shows numbers: values, gradients, and how large each gradient is.
    input_shape : tuple of int, or list of them
        For a model, the shape of its input with the batch, such as ``(1, 2)``; a list for several inputs.
    input_dtype : dtype, optional
        For a model, the dtype of its input; by default the default dtype.

    Returns
    -------
    Picture or ProgramPicture
        Jupyter shows it; ``.save("graph.svg")`` writes it; ``.digraph`` is the `graphviz.Digraph`.

    Raises
    ------
    GraphError
        If a tensor does not need a gradient, for then nothing was recorded; if `focus` is not part of the graph; or if
        a compiled function has not run yet.
    DTypeError
        If something other than tensors is given.
    SettingError
        If a setting is none of those above.
    ValueError
        If the list is empty.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor(3.0, requires_grad=True, name="x")
    >>> picture = tw.draw(x * x)
    >>> [(edge.head, edge.formula) for edge in picture.graph.edges]  # one edge per argument
    [('op_v1', ''), ('leaf1', '× x'), ('leaf1', '× x')]
    """
    outputs = getattr(type(outputs), "_compiled", outputs)  # of a compiled module
    if isinstance(outputs, Compiled | Program):
        given = {"view": view, "depth": depth, "focus": focus, "input_shape": input_shape, "input_dtype": input_dtype}
        others = [name for name, value in given.items() if value is not None]
        others += [name for name, value, usual in (("hops", hops, 2), ("values", values, True)) if value != usual]
        if others:
            raise SettingError(f"{others[0]} is for recorded graphs; a program has no such thing", op="draw")
        _check("collapse", collapse, (None, "auto", True, False))
        return draw_program(outputs, legend=legend, collapse=collapse)
    subject, entries = "", None
    model = callable(outputs) and hasattr(outputs, "parameters")
    if model:
        outputs, subject, entries = dry_run(outputs, input_shape, input_dtype)
    elif input_shape is not None:
        raise SettingError("input_shape is for a model; a tensor has its graph already", op="draw")
    tensors = _tensors(outputs)
    view = view or ("forward" if model else "backward")
    _check("view", view, ("backward", "forward", "both"))
    _check("collapse", collapse, (None, "auto", True, False))
    if isinstance(depth, bool) or not isinstance(depth, int | None) or (depth is not None and depth < 0):
        raise SettingError(f"depth is a whole number from 0 on, or None, not {depth!r}", op="draw")
    if isinstance(hops, bool) or not isinstance(hops, int) or hops < 0:
        raise SettingError(f"hops is a whole number from 0 on, not {hops!r}", op="draw")
    graph = read_graph(
        {node_of(tensor): tensor.value for tensor in tensors},
        view=view,
        depth=depth,
        collapse=collapse,
        focus=None if focus is None else _focus(focus),
        hops=hops,
        values=values and not model,
        subject=subject,
        entries=entries,
    )
    return Picture(graph, to_digraph(graph, legend=legend))


def bundle(tensor: Tensor, renderer: Renderer | None = None) -> dict[str, str]:
    """For Jupyter: the picture of the graph behind a tensor, if it is small and there is a renderer; else nothing."""
    seen, stack = {tensor.node}, [tensor.node]
    while stack and len(seen) <= 4 * MOST_OPERATIONS:
        node = stack.pop()
        inside = [a for a in (node.inputs if node else ()) if hasattr(a, "inputs") and a not in seen]
        seen.update(inside)
        stack.extend(inside)
    if (
        stack
        or sum(node is not None and node.op is not None for node in seen) > MOST_OPERATIONS
        or any(node is not None and node.op is not None and node.op.name == "compiled" for node in seen)
        or not (renderer or Renderer()).is_there
    ):
        return {}
    return {"image/svg+xml": draw(tensor, legend=False).svg()}


def _tensors(outputs: Any) -> Sequence[Tensor]:
    tensors = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    if not tensors:
        raise ValueError("draw: no tensor was given")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise DTypeError(
                f"expected a Tensor or a model, got {type(tensor).__name__}",
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
    return tensors


def _focus(tensor: object) -> Any:
    if not isinstance(tensor, Tensor):
        raise DTypeError(f"focus is a Tensor, not {type(tensor).__name__}", op="draw")
    return node_of(tensor)


def _check(setting: str, given: object, known: tuple[object, ...]) -> None:
    if not any(given is choice or (isinstance(choice, str) and given == choice) for choice in known):
        listed = ", ".join(repr(choice) for choice in known if choice is not None)
        raise SettingError(f"{setting} is one of {listed}, not {given!r}", op="draw")
