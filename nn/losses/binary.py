"""Losses of two classes: log-loss of probabilities and of logits."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class BCELoss(Loss):
    """Log-loss of probabilities, `nn.functional.binary_cross_entropy`: finite at 0 and 1.

    Parameters
    ----------
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    eps : float, optional
        The guide's epsilon inside both logarithms, in the place of PyTorch's bound at -100.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> a, y = tw.tensor([[0.0], [0.0]]), tw.tensor([[0.0], [1.0]])
    >>> nn.BCELoss(reduction="none")(a, y).tolist()
    [[0.0], [100.0]]
    """

    reads = "probabilities"

    weight: Tensor | None

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        eps: float | None = None,
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)
        self.eps = eps

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of probabilities `input` against labels `target` of the same shape."""
        own = self._buffers  # where the attribute is found in the end, a microsecond sooner
        weight = own["weight"] if "weight" in own else self.weight  # noqa: SIM401 - asked only where it is needed
        return functional.binary_cross_entropy(input, target, weight=weight, reduction=self.reduction, eps=self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return super().extra_repr() + (f", eps={self.eps}" if self.eps is not None else "")


class BCEWithLogitsLoss(Loss):
    """Log-loss of logits, `nn.functional.binary_cross_entropy_with_logits`: for a network without a last sigmoid.

    Parameters
    ----------
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    pos_weight : array_like, optional
        A factor of the positive labels' part.
    """

    reads = "logits"

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Any = None,
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight, pos_weight=pos_weight)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits `input` against labels `target` of the same shape."""
        return functional.binary_cross_entropy_with_logits(
            input, target, weight=self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class SoftMarginLoss(Loss):
    """Log-loss of logits with labels of -1 and 1, `nn.functional.soft_margin_loss`.

    Parameters
    ----------
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    reads = "signs"

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits `input` against labels `target` of the same shape."""
        return functional.soft_margin_loss(input, target, reduction=self.reduction)
