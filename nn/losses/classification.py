"""Losses of several classes, and of distributions over them."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class CrossEntropyLoss(Loss):
    """Log-loss of several classes from logits, `nn.functional.cross_entropy`: for a network without a last softmax.

    Parameters
    ----------
    weight : array_like of shape (C,), optional
        A factor for each class.
    ignore_index : int
        A class that does not count.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    label_smoothing : float
        The part of each target that is shared out to all classes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.CrossEntropyLoss()(tw.zeros(5, 4), [0, 1, 2, 3, 0]).item(), 4)
    1.3863
    """

    reads = "classes"

    _settings = ("ignore_index", "label_smoothing")
    weight: Tensor | None

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits (N, C, ...) against classes (N, ...) or probabilities (N, C, ...)."""
        return functional.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(Loss):
    """Log-loss of several classes from logarithms of probabilities, `nn.functional.nll_loss`: after `LogSoftmax`.

    Parameters
    ----------
    weight : array_like of shape (C,), optional
        A factor for each class.
    ignore_index : int
        A class that does not count.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.NLLLoss()(tw.tensor([[-1.0, -2.0], [-3.0, -4.0]]), [0, 1]).item()
    2.5
    """

    reads = "classes"

    _settings = ("ignore_index",)
    weight: Tensor | None

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logarithms (N, C, ...) against classes (N, ...)."""
        return functional.nll_loss(
            input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class KLDivLoss(Loss):
    """Kullback and Leibler's divergence, `nn.functional.kl_div`; ``reduction="batchmean"`` is the mathematical one.

    Parameters
    ----------
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"batchmean", "mean", "sum", "none"}
        How the single losses become one; "batchmean" divides the sum by the number of samples.
    log_target : bool
        Whether the targets are logarithms too.
    """

    _settings = ("log_target",)
    _reductions = ("batchmean",)

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the divergence of logarithms of probabilities `input` from `target` of the same shape."""
        return functional.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
