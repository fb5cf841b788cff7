"""Activations as modules: each applies one function of `nn.functional`, entry by entry, and learns nothing."""

from __future__ import annotations

from nn import functional
from nn.module import Module
from tinygrad_wtf import Tensor

__all__ = ["Identity", "ReLU", "Sigmoid", "Softplus", "Tanh"]


class Identity(Module):
    """The input, unchanged: a place holder for a layer."""

    def forward(self, input: Tensor) -> Tensor:
        """Return `input`."""
        return input


class Sigmoid(Module):
    """``σ(x) = 1 / (1 + exp(-x))``: the activation of the guide's neurons (chapter "a single neuron").

    Examples
    --------
    >>> import nn, tinygrad_wtf as tw
    >>> round(nn.Sigmoid()(tw.tensor(2.0)).item(), 4)
    0.8808
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.sigmoid`."""
        return functional.sigmoid(input)


class Tanh(Module):
    """``tanh x``, between -1 and 1."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.tanh`."""
        return functional.tanh(input)


class ReLU(Module):
    """``max(0, x)``, with slope 0 at 0."""

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.relu`."""
        return functional.relu(input)


class Softplus(Module):
    """``log(1 + exp(beta x)) / beta``: a smooth ReLU, and the straight line x where ``beta x > threshold``."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.softplus`."""
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"beta={self.beta}, threshold={self.threshold}"
