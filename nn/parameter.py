"""`Parameter`: a tensor that a module learns. How modules hold parameters lives in `nn.module`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf import Tensor, zeros_like


class Parameter(Tensor):
    """A tensor that is learnt: assigned to a `Module`, it becomes one of the module's parameters.

    Parameters
    ----------
    data : array_like
        The initial values; they are copied.
    requires_grad : bool, default True
        Whether `backward` computes its gradient. A frozen parameter has False.
    name : str, optional
        What pictures and explanations call it. A module gives an unnamed parameter the attribute's name.

    Examples
    --------
    >>> from tinygrad_wtf.nn import Parameter
    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: object, requires_grad: bool = True, name: str | None = None) -> None:
        super().__init__(data, requires_grad=requires_grad, name=name)


def clear_gradient(parameter: Tensor, set_to_none: bool) -> None:
    """Forget the gradient of one tensor: to None (not computed), or to zeros in the memory it already has."""
    if set_to_none:
        parameter.grad = None
        return
    gradient = parameter.grad
    if gradient is None:
        return
    if gradient.requires_grad:  # made with create_graph=True: its graph may still be wanted by its owner
        parameter.grad = zeros_like(parameter)
    else:
        gradient.zero_()
        parameter.grad = gradient  # what is added from now on is counted from zero


def convert(parameter: Parameter, dtype: np.dtype[Any]) -> None:
    """Give the same parameter its values and gradient in another dtype: optimizers that hold it go on knowing it."""
    gradient = parameter.grad
    Parameter.__init__(parameter, parameter.detach().to(dtype), parameter.requires_grad, parameter.name)
    if gradient is not None:
        parameter.grad = gradient.detach().to(dtype)
