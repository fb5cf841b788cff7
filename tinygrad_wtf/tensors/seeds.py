"""What a pass starts with: the cotangents of its outputs, given or 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import TensorBase, node_of, wrap
from tinygrad_wtf.errors import DTypeError, GraphError, ShapeError


def seeds_of(outputs: Sequence[Any], gradients: Sequence[Any], create_graph: bool) -> list[tuple[Node, Any]]:
    """The nodes of the outputs with their cotangents: arrays, or tensors for a pass that is recorded."""
    seeds: list[tuple[Node, Any]] = []
    for output, gradient in zip(outputs, gradients, strict=True):
        if not output.requires_grad:
            raise GraphError(
                "there is nothing to differentiate: no tensor that it was computed from requires gradients",
                shapes=(output.shape,),
                hint="Create the parameters with requires_grad=True, and do not compute the loss under no_grad()",
            )
        seed = _seed(output, gradient)
        if create_graph:
            if not isinstance(seed, TensorBase.made):
                seed = wrap(seed, None)
                seed.name = "1"
        elif isinstance(seed, TensorBase.made):
            seed = seed.value
        seeds.append((node_of(output), seed))
    if mode.recorder.look_ahead is not None:
        mode.recorder.look_ahead(seeds)
    return seeds


def _seed(output: Any, given: Any) -> Any:
    """The cotangent that a pass from this output starts with."""
    if given is None:
        if output.value.size != 1:
            raise GraphError(
                f"the gradient of a tensor of shape {output.shape} needs a direction",
                shapes=(output.shape,),
                hint="Reduce it to one number (.mean(), .sum()), or pass gradient= of its shape",
            )
        return np.array(1, output.dtype, ndmin=output.ndim)
    if not isinstance(given, TensorBase.made):
        if not isinstance(given, np.ndarray | int | float):
            raise DTypeError(f"a gradient must be a Tensor, not {type(given).__name__}")
        given = TensorBase.made(given, dtype=output.dtype)
    if given.shape != output.shape:
        raise ShapeError(
            f"a gradient of shape {given.shape} was given for a tensor of shape {output.shape}",
            op="backward",
            shapes=(given.shape, output.shape),
            hint="They must be the same",
        )
    return given if given.dtype == output.dtype else given.to(output.dtype)


def wanted_nodes(op: str, inputs: Any) -> list[Node]:
    """The nodes of the tensors whose gradients are asked for."""
    tensors = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    if not tensors and op == "backward":
        raise GraphError("inputs is empty", op=op, hint="Leave it out to give every leaf its gradient")
    for tensor in tensors:
        if not isinstance(tensor, TensorBase.made):
            raise DTypeError(f"{op} takes Tensors, not {type(tensor).__name__}")
        if not tensor.requires_grad:
            raise GraphError(
                "an input does not require gradients",
                op=op,
                shapes=(tensor.shape,),
                hint="Create it with requires_grad=True",
            )
    return [node_of(tensor) for tensor in tensors]
