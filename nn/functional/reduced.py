"""How the single losses become one."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from . import checks


def reduced(op: str, losses: Tensor, weight: Any, reduction: str) -> Tensor:
    """Return the losses times their weights, or the mean or the sum of these."""
    if weight is not None:
        losses = checks.fitting_weight(op, "weight", losses, weight) * losses
    if reduction == "none":
        return losses
    total: Tensor = losses.mean() if reduction == "mean" else losses.sum()
    return total
