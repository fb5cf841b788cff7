"""Losses of numbers: how far predictions are from the values that they should have."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class MSELoss(Loss):
    """Mean squared error, `nn.functional.mse_loss`.

    Parameters
    ----------
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.mse_loss(input, target, reduction=self.reduction)


class L1Loss(Loss):
    """Mean absolute error, `nn.functional.l1_loss`.

    Parameters
    ----------
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Loss):
    """Squares near 0, absolute values beyond `beta`: `nn.functional.smooth_l1_loss`.

    Parameters
    ----------
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    beta : float
        Up to which difference the loss is a square; 0 gives `L1Loss`.
    """

    _settings = ("beta",)

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        self.beta = beta

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Loss):
    """Squares near 0, `delta` times absolute values beyond: `nn.functional.huber_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    delta : float
        Up to which difference the loss is a square, above 0.
    """

    _settings = ("delta",)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.huber_loss(input, target, reduction=self.reduction, delta=self.delta)
