"""The activation functions whose arguments differ from the engine's: the others are exported as they are."""

from __future__ import annotations

import warnings
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, as_tensor


def sigmoid(input: Tensor) -> Tensor:
    """``σ(x) = 1 / (1 + exp(-x))``, finite and silent for every x.

    Parameters
    ----------
    input : Tensor
        Of any shape.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.sigmoid(tw.tensor([0.0, 1000.0])).tolist()
    [0.5, 1.0]
    """
    return as_tensor(input).sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Return ``tanh x``.

    Parameters
    ----------
    input : Tensor
        Of any shape.
    """
    return as_tensor(input).tanh()


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(0, x)``; its slope at 0 is 0.

    Parameters
    ----------
    input : Tensor
        Of any shape.
    inplace : bool, default False
        Whether `input` itself is overwritten.

    Raises
    ------
    GraphError
        With ``inplace=True``, if `input` is a leaf that requires gradients.
    """
    return input.relu_() if inplace else as_tensor(input).relu()


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + exp(beta x)) / beta``; where ``beta x > threshold``, x itself, which it equals to rounding.

    Parameters
    ----------
    input : Tensor
        Of any shape.
    beta : float, default 1
        How sharp the bend is.
    threshold : float, default 20
        Where the line begins.

    Raises
    ------
    ValueError
        When `beta` is zero.
    """
    y: Tensor = tw.softplus(as_tensor(input), beta, threshold)
    return y


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``exp(x) / Σ exp(x)`` along `dim`: positive numbers with the sum 1.

    Parameters
    ----------
    input : Tensor
        The numbers, any.
    dim : int
        Along which the results add up to 1. Without it, PyTorch's old choice, with a warning: 0 for a tensor of 0, 1
        or 3 dimensions, else 1.
    dtype : dtype, optional
        In which to compute; by default the input's.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.softmax(tw.tensor([0.0, 1000.0]), dim=0).tolist()
    [0.0, 1.0]
    """
    y: Tensor = tw.softmax(input, _chosen("softmax", input, dim, _stacklevel), dtype)
    return y


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Logarithm of `softmax`, ``x - log Σ exp(x)``, without rounding to 0 on the way.

    Parameters
    ----------
    input, dim, dtype
        As in `softmax`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.log_softmax(tw.tensor([0.0, 1000.0]), dim=0).tolist()
    [-1000.0, 0.0]
    """
    y: Tensor = tw.log_softmax(input, _chosen("log_softmax", input, dim, _stacklevel), dtype)
    return y


def _chosen(op: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(f"{op}: give dim; what is chosen without it depends on the shape", stacklevel=stacklevel)
    return 0 if input.ndim in (0, 1, 3) else 1
