"""`CTCLoss`: labels of sequences without knowing when each is said."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class CTCLoss(Loss):
    """The loss of all alignments of labels with steps, `nn.functional.ctc_loss`.

    Parameters
    ----------
    blank : int, default 0
        The class that says nothing.
    reduction : {"mean", "sum", "none"}
        How the single losses become one; for "mean" each is divided by its number of labels first.
    zero_infinity : bool, default False
        Whether sequences that are too short for their labels give 0 instead of infinity.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> steps = nn.functional.log_softmax(tw.zeros(3, 1, 2), 2)
    >>> round(nn.CTCLoss()(steps, tw.tensor([[1]]), [3], [1]).item(), 4)
    0.2877
    """

    _settings = ("blank", "zero_infinity")

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """Compute the loss of log_probs (T, N, C) against labels (N, S) or one after another."""
        return functional.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            blank=self.blank,
            reduction=self.reduction,
            zero_infinity=self.zero_infinity,
        )
