"""The activation functions that networks name; the mathematics of each is a row of the engine's table."""

from __future__ import annotations

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, as_tensor

__all__ = ["relu", "sigmoid", "softplus", "tanh"]


def sigmoid(input: Tensor) -> Tensor:
    """``σ(x) = 1 / (1 + exp(-x))``, finite and silent for every x."""
    return as_tensor(input).sigmoid()


def tanh(input: Tensor) -> Tensor:
    """Return ``tanh x``."""
    return as_tensor(input).tanh()


def relu(input: Tensor) -> Tensor:
    """``max(0, x)``; its slope at 0 is 0."""
    return as_tensor(input).relu()


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + exp(beta x)) / beta``; where ``beta x > threshold``, x itself, which it equals to rounding.

    Raises
    ------
    ValueError
        When `beta` is zero.
    """
    if beta == 0:
        raise ValueError("softplus: beta cannot be zero, the result is divided by it")
    x = as_tensor(input)
    y: Tensor = tw.where(x * beta > threshold, x, tw.softplus(x * beta) / beta)
    return y
