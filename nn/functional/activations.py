"""The activation functions whose arguments differ from the engine's: the others are exported as they are."""

from __future__ import annotations

import warnings
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import Generator, SettingError, Tensor, as_tensor


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


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | int | None = None,
) -> Tensor:
    """``x`` above 0, else x times a slope: drawn for each entry in training, else the middle one (Xu et al., 2015).

    Parameters
    ----------
    input : Tensor
        Of any shape.
    lower, upper : float, default 1/8 and 1/3
        Between which slopes are drawn.
    training : bool, default False
        Whether they are drawn.
    inplace : bool, default False
        Write the result into the input.
    generator : Generator or int, optional
        Where they are drawn from; an int is a seed.

    Raises
    ------
    SettingError
        When `lower` is above `upper`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.rrelu(tw.tensor([-1.0, 2.0]), 0.5, 0.5).tolist()
    [-0.5, 2.0]
    """
    if lower > upper:
        raise SettingError(f"lower {lower} is above upper {upper}", op="rrelu", hint="Exchange them")
    x = as_tensor(input)
    slope: Any = (lower + upper) / 2
    if training:
        slope = lower + (upper - lower) * tw.rand(x.shape, dtype=x.dtype, generator=generator)
    y: Tensor = tw.where(x > 0, x, slope * tw.where(x > 0, 0, x))
    return input.copy_(y) if inplace else y
