"""Gradients with respect to chosen tensors. How they are found is in `core.walk`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinygrad_wtf.core import walk
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.core.walk import owned, propagate
from tinygrad_wtf.errors import DTypeError, GraphError, ShapeError
from tinygrad_wtf.grad_mode import set_grad_enabled
from tinygrad_wtf.ops.functions.joining import stack
from tinygrad_wtf.tensors.seeds import seeds_of, wanted_nodes
from tinygrad_wtf.tensors.tensor import Tensor


def _listed(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
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
    only_inputs : bool
        Other tensors get no gradients in any case; False is deprecated, as in PyTorch.
    allow_unused : bool, optional
        Give None for an input that the outputs do not depend on, instead of raising; by default as `materialize_grads`.
    is_grads_batched : bool
        Whether `grad_outputs` have one dimension more, the first: a pass for each of its entries, and so the results.
    materialize_grads : bool
        Give zeros for an input that the outputs do not depend on.

    Returns
    -------
    tuple of Tensor
        One for each input, of its shape and dtype.

    Raises
    ------
    GraphError
        If an input is not part of the graph (without `allow_unused`), or the graph was freed.
    ValueError
        If `materialize_grads` is given with ``allow_unused=False``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> x = tw.Tensor(3.0, requires_grad=True)
    >>> (slope,) = tw.grad(x**3, x, create_graph=True)
    >>> (curvature,) = tw.grad(slope, x)
    >>> slope.item(), curvature.item()
    (27.0, 18.0)
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs is deprecated, and nothing but the inputs has gradients", FutureWarning, stacklevel=2
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "grad: zeros for unused inputs (materialize_grads) and allow_unused=False contradict each other"
        )
    outputs, inputs = _listed(outputs), _listed(inputs)
    for tensor in outputs:
        if not isinstance(tensor, Tensor):
            raise DTypeError(f"grad takes Tensors, not {type(tensor).__name__}")
    gradients = (None,) * len(outputs) if grad_outputs is None else _listed(grad_outputs)
    if len(gradients) != len(outputs):
        raise ShapeError(f"{len(gradients)} grad_outputs were given for {len(outputs)} outputs", op="grad")
    if is_grads_batched:
        settings = {"create_graph": create_graph, "allow_unused": allow_unused, "materialize_grads": materialize_grads}
        return _for_each(outputs, inputs, gradients, retain_graph, settings)
    wanted: dict[Node, Any] = dict.fromkeys(wanted_nodes("grad", inputs))
    seeds = seeds_of(outputs, gradients, create_graph)
    propagate(seeds, retain_graph, create_graph, wanted.__setitem__, towards=wanted)
    found = tuple(wanted[node_of(t)] for t in inputs)
    missing = [i for i, g in enumerate(found) if g is None]
    if materialize_grads:
        found = tuple(np.zeros(t.shape, t.dtype) if g is None else g for g, t in zip(found, inputs, strict=True))
    elif missing and not allow_unused:
        raise GraphError(
            f"input {missing[0]} was not used to compute the outputs",
            op="grad",
            shapes=(inputs[missing[0]].shape,),
            hint="Pass allow_unused=True to get None for it",
        )
    handed_out = {id(getattr(gradient, "value", None)) for gradient in gradients}
    with set_grad_enabled(create_graph):
        return tuple(None if g is None else owned(g, handed_out) for g in found)


def _for_each(outputs: Any, inputs: Any, batches: Any, retain_graph: bool | None, settings: Any) -> tuple[Any, ...]:
    """`grad` for each entry of the first dimension of all cotangents, one pass after the other."""
    sizes = {batch.shape[0] if isinstance(batch, Tensor) and batch.ndim else 0 for batch in batches}
    if len(sizes) != 1 or 0 in sizes:
        raise ShapeError(
            "is_grads_batched takes a tensor for each output, all with one first dimension that is not empty", op="grad"
        )
    (count,) = sizes
    keep = settings["create_graph"] if retain_graph is None else retain_graph
    passes = [
        grad(outputs, inputs, [batch[k] for batch in batches], keep or k + 1 < count, **settings) for k in range(count)
    ]
    return tuple(None if parts[0] is None else stack(parts) for parts in zip(*passes, strict=True))


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
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
    grad_variables : Tensor or sequence of Tensor or None, optional
        PyTorch's older word for `grad_tensors`, deprecated there.
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
    if grad_variables is not None:
        warnings.warn("grad_variables is deprecated; write grad_tensors", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise ValueError("backward: give grad_tensors, and not grad_variables beside it")
        grad_tensors = grad_variables
    outputs = _listed(tensors)
    gradients = (None,) * len(outputs) if grad_tensors is None else _listed(grad_tensors)
    if len(gradients) != len(outputs):
        raise ShapeError(f"{len(gradients)} grad_tensors were given for {len(outputs)} tensors", op="backward")
    wanted = None if inputs is None else wanted_nodes("backward", inputs)
    walk.backward(seeds_of(outputs, gradients, create_graph), retain_graph, create_graph, wanted)
