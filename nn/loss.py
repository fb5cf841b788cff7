"""Losses as modules: they keep the settings, and `nn.functional` does the computing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import functional
from nn.functional.checks import known_reduction
from nn.module import Module
from tinygrad_wtf import Tensor, as_tensor

__all__ = ["BCELoss", "BCEWithLogitsLoss", "MSELoss"]


class _Loss(Module):
    """What the losses share: how the single losses become one, and weights that follow the module's dtype."""

    def __init__(self, reduction: str, **weights: Any) -> None:
        super().__init__()
        known_reduction(type(self).__name__, reduction)
        self.reduction = reduction
        for name, weight in weights.items():
            if weight is not None and not isinstance(weight, Tensor):
                weight = as_tensor(np.asarray(weight))  # NumPy keeps Python's numbers exact; the loss rounds them
            # not part of the saved state: a weight is a setting, as the reduction is
            self.register_buffer(name, weight, persistent=False)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"reduction={self.reduction!r}"


class BCELoss(_Loss):
    """Log-loss of probabilities, `nn.functional.binary_cross_entropy`: finite at 0 and 1.

    Parameters
    ----------
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    eps : float, optional
        The guide's epsilon inside both logarithms, in the place of PyTorch's bound at -100.

    Examples
    --------
    >>> import nn, tinygrad_wtf as tw
    >>> a, y = tw.tensor([[0.0], [0.0]]), tw.tensor([[0.0], [1.0]])
    >>> nn.BCELoss(reduction="none")(a, y).tolist()
    [[0.0], [100.0]]
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean", eps: float | None = None) -> None:
        super().__init__(reduction, weight=weight)
        self.eps = eps

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of probabilities `input` against labels `target` of the same shape."""
        return functional.binary_cross_entropy(input, target, self.weight, self.reduction, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return super().extra_repr() + (f", eps={self.eps}" if self.eps is not None else "")


class BCEWithLogitsLoss(_Loss):
    """Log-loss of logits, `nn.functional.binary_cross_entropy_with_logits`: for a network without a last sigmoid.

    Parameters
    ----------
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    pos_weight : array_like, optional
        A factor of the positive labels' part.
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction, weight=weight, pos_weight=pos_weight)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits `input` against labels `target` of the same shape."""
        return functional.binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class MSELoss(_Loss):
    """Mean squared error, `nn.functional.mse_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.mse_loss(input, target, self.reduction)
