"""Losses that compare vectors with each other."""

from __future__ import annotations

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class TripletMarginLoss(Loss):
    """Similar samples nearer than different ones by a margin, `nn.functional.triplet_margin_loss`.

    Parameters
    ----------
    margin : float
        By how much the positive should be nearer, above 0.
    p : float
        The norm that measures distances.
    eps : float
        Added to differences.
    swap : bool
        Whether the negative's distance from the positive counts where it is smaller.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ValueError
        When the margin is not positive.
    """

    _settings = ("margin", "p", "eps", "swap")

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: margin must be positive, got {margin}")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute the loss of triplets of vectors."""
        return functional.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )
