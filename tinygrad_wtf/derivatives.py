"""Derivatives of functions of tensors: Jacobians, Hessians, and their products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.backward import grad
from tinygrad_wtf.creation import as_tensor, zeros, zeros_like
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.mode import enable_grad
from tinygrad_wtf.ops.shape import reshape, stack
from tinygrad_wtf.tensor import Tensor

Function = Callable[..., Any]


def _as_inputs(inputs: Any, create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs as tensors that require gradients: views of the user's own, or leaves of this call."""
    given = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    made = []
    for x in given:
        x = as_tensor(x)
        if create_graph and x.requires_grad:
            made.append(x.clone())
        else:
            made.append(x.detach().requires_grad_())
    return tuple(made)


def _one_output(function: Function, inputs: tuple[Tensor, ...]) -> Tensor:
    output = function(*inputs)
    if not isinstance(output, Tensor):
        raise DTypeError(f"the function must return one Tensor, not {type(output).__name__}")
    return output


def _rows(output: Tensor, inputs: tuple[Tensor, ...], create_graph: bool) -> list[Tensor]:
    """For each input the derivatives of every entry of the output, stacked in front."""
    if not output.requires_grad:
        return [zeros(*output.shape, *x.shape, dtype=x.dtype) for x in inputs]
    columns: list[list[Tensor]] = [[] for _ in inputs]
    for i in range(output.numel()):
        unit = np.zeros(output.numel(), output.dtype)
        unit[i] = 1
        found = grad(
            output,
            inputs,
            Tensor(unit.reshape(output.shape)),
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
        )
        for column, x, g in zip(columns, inputs, found, strict=True):
            column.append(zeros_like(x) if g is None else g)
    return [
        reshape(stack(column), (*output.shape, *x.shape)) if column else zeros(*output.shape, *x.shape, dtype=x.dtype)
        for column, x in zip(columns, inputs, strict=True)
    ]


def jacobian(func: Function, inputs: Any, create_graph: bool = False) -> Any:
    """All partial derivatives of a function's output with respect to its inputs.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns one Tensor.
    inputs : Tensor or tuple of Tensor
        Where to differentiate.
    create_graph : bool
        Record the computation, so that the result can be differentiated.

    Returns
    -------
    Tensor or tuple of Tensor
        Of shape ``output.shape + input.shape``; a tuple when `inputs` is one.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.jacobian(lambda x: x * x, tw.Tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    with enable_grad():
        xs = _as_inputs(inputs, create_graph)
        rows = _rows(_one_output(func, xs), xs, create_graph)
    return tuple(rows) if isinstance(inputs, list | tuple) else rows[0]


def hessian(func: Function, inputs: Any, create_graph: bool = False) -> Any:
    """All second derivatives of a function with one number as output.

    Returns
    -------
    Tensor or tuple of tuples of Tensor
        Of shape ``input.shape + input.shape``; for a tuple of inputs, entry [i][j] belongs to inputs i and j.

    Raises
    ------
    ShapeError
        If the output has more than one entry.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.hessian(lambda x: (x**3).sum(), tw.Tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    with enable_grad():
        xs = _as_inputs(inputs, create_graph)
        slopes = _slopes(func, xs)
        blocks = [tuple(_rows(slope, xs, create_graph)) for slope in slopes]
    return tuple(blocks) if isinstance(inputs, list | tuple) else blocks[0][0]


def _slopes(func: Function, xs: tuple[Tensor, ...]) -> list[Tensor]:
    output = _one_output(func, xs)
    if output.numel() != 1:
        raise ShapeError(
            f"the function must return one number, not a tensor of shape {output.shape}",
            shapes=(output.shape,),
            hint="Reduce it with .sum() or .mean()",
        )
    if not output.requires_grad:
        return [zeros_like(x) for x in xs]
    found = grad(output, xs, create_graph=True, allow_unused=True)
    return [zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)]


def hvp(func: Function, inputs: Any, v: Any) -> tuple[Tensor, Any]:
    """The function's value and the product of its Hessian with `v`, without forming the Hessian.

    Returns
    -------
    (Tensor, Tensor or tuple of Tensor)

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> value, product = tw.hvp(lambda x: (x**3).sum(), tw.Tensor([1.0, 2.0]), tw.Tensor([1.0, 1.0]))
    >>> product.tolist()
    [6.0, 12.0]
    """
    vectors = tuple(as_tensor(u) for u in (v if isinstance(v, list | tuple) else (v,)))
    with enable_grad():
        xs = _as_inputs(inputs, create_graph=False)
        if len(vectors) != len(xs):
            raise ShapeError(f"{len(vectors)} vectors were given for {len(xs)} inputs", op="hvp")
        for u, x in zip(vectors, xs, strict=True):
            if u.shape != x.shape:
                raise ShapeError(
                    f"a vector of {u.shape} does not fit an input of {x.shape}", op="hvp", shapes=(u.shape, x.shape)
                )
        slopes = _slopes(func, xs)
        linked = [(s, u) for s, u in zip(slopes, vectors, strict=True) if s.requires_grad]
        found: tuple[Any, ...] = (None,) * len(xs)
        if linked:
            found = grad([s for s, _ in linked], xs, [u for _, u in linked], allow_unused=True)
    products = tuple(zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True))
    value = _one_output(func, tuple(x.detach() for x in xs))
    return value, products if isinstance(inputs, list | tuple) else products[0]
