"""Gradients with respect to chosen tensors. How they are found is in `core.walk`."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core import walk
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.core.walk import owned, propagate
from tinygrad_wtf.errors import DTypeError, GraphError, ShapeError
from tinygrad_wtf.grad_mode import set_grad_enabled
from tinygrad_wtf.tensors.seeds import seeds_of
from tinygrad_wtf.tensors.tensor import Tensor


def _listed(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the outputs (their sum) with respect to the inputs; no `grad` attribute is touched.

    Parameters
    ----------
    outputs, inputs : Tensor or sequence of Tensor
        Any tensors of one graph; the inputs need not be leaves.
    grad_outputs : Tensor or sequence of Tensor or None, optional
        The cotangents of the outputs; 1 for outputs of one entry.
    retain_graph : bool, optional
        Keep the graph for another pass (by default as `create_graph`).
    create_graph : bool
        Record the pass, so that the results can be differentiated again.
    allow_unused : bool
        Give None for an input that the outputs do not depend on, instead of raising.

    Returns
    -------
    tuple of Tensor
        One for each input, of its shape and dtype.

    Raises
    ------
    GraphError
        If an input is not part of the graph (without `allow_unused`), or the graph was freed.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.Tensor(3.0, requires_grad=True)
    >>> (slope,) = tw.grad(x**3, x, create_graph=True)
    >>> (curvature,) = tw.grad(slope, x)
    >>> slope.item(), curvature.item()
    (27.0, 18.0)
    """
    outputs, inputs = _listed(outputs), _listed(inputs)
    for tensor in (*outputs, *inputs):
        if not isinstance(tensor, Tensor):
            raise DTypeError(f"grad takes Tensors, not {type(tensor).__name__}")
    gradients = (None,) * len(outputs) if grad_outputs is None else _listed(grad_outputs)
    if len(gradients) != len(outputs):
        raise ShapeError(f"{len(gradients)} grad_outputs were given for {len(outputs)} outputs", op="grad")
    for tensor in inputs:
        if not tensor.requires_grad:
            raise GraphError(
                "an input does not require gradients",
                op="grad",
                shapes=(tensor.shape,),
                hint="Create it with requires_grad=True",
            )
    wanted: dict[Node, Any] = dict.fromkeys((node_of(t) for t in inputs), None)

    def note(node: Node, g: Any) -> None:
        if node in wanted:
            wanted[node] = g

    propagate(seeds_of(outputs, gradients, create_graph), retain_graph, create_graph, note, towards=wanted)
    found = tuple(wanted[node_of(t)] for t in inputs)
    missing = [i for i, g in enumerate(found) if g is None]
    if missing and not allow_unused:
        raise GraphError(
            f"input {missing[0]} was not used to compute the outputs",
            op="grad",
            shapes=(inputs[missing[0]].shape,),
            hint="Pass allow_unused=True to get None for it",
        )
    handed_out = {id(getattr(gradient, "value", None)) for gradient in gradients}
    with set_grad_enabled(create_graph):
        return tuple(None if g is None else owned(g, handed_out) for g in found)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *,
    inputs: Any = None,
) -> None:
    """Add to every leaf's `grad` the gradient of these tensors (their sum) with respect to it.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensor
        Where the pass begins.
    grad_tensors : Tensor or sequence of Tensor or None, optional
        Their cotangents; 1 for tensors of one entry.
    retain_graph : bool, optional
        Keep the graph for another pass (by default as `create_graph`).
    create_graph : bool
        Record the pass, so that the gradients can be differentiated again.
    inputs : Tensor or sequence of Tensor, optional
        The tensors that get gradients; all leaves by default.

    Raises
    ------
    GraphError
        If nothing was recorded, the graph was freed, or one of the inputs is not part of it.
    ShapeError
        If there is not one cotangent for each tensor, or one has another shape.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.tensor([1.0, 2.0], requires_grad=True)
    >>> tw.autograd.backward([x * x, 3 * x], [tw.ones(2), tw.ones(2)])
    >>> x.grad.tolist()
    [5.0, 7.0]
    """
    outputs = _listed(tensors)
    gradients = (None,) * len(outputs) if grad_tensors is None else _listed(grad_tensors)
    if len(gradients) != len(outputs):
        raise ShapeError(f"{len(gradients)} grad_tensors were given for {len(outputs)} tensors", op="backward")
    if inputs is None:
        walk.backward(seeds_of(outputs, gradients, create_graph), retain_graph, create_graph)
        return
    wanted = _listed(inputs)
    found = grad(outputs, wanted, gradients, retain_graph, create_graph, allow_unused=True)
    for tensor, gradient in zip(wanted, found, strict=True):
        if gradient is not None:
            before = tensor.grad
            with set_grad_enabled(create_graph):
                tensor.grad = gradient if before is None else before + gradient
