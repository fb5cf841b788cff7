"""Losses that are minus the log-likelihood of counts and of measured values."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class PoissonNLLLoss(Loss):
    """Minus the log-likelihood of counts, `nn.functional.poisson_nll_loss`.

    Parameters
    ----------
    log_input : bool
        Whether predictions are logarithms of the means.
    full : bool
        Add Stirling's approximation of the part that depends on the counts alone.
    eps : float
        Keeps the logarithm finite without `log_input`.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    _settings = ("log_input", "full", "eps")

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Any) -> Tensor:
        """Compute the loss of the means' logarithms against counts `target` of the same shape."""
        return functional.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(Loss):
    """Minus the log-likelihood under normal laws, `nn.functional.gaussian_nll_loss`.

    Parameters
    ----------
    full : bool
        Add the constant ``log(2 π) / 2``.
    eps : float
        The least variance.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    _settings = ("full", "eps")

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Any, var: Any) -> Tensor:
        """Compute the loss of means `input` and variances `var` against values `target`."""
        return functional.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)
