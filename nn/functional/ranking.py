"""Losses that compare vectors with each other."""

from __future__ import annotations

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor

from . import checks
from .reduced import reduced


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin + d(anchor, positive) - d(anchor, negative))``: like nearer than unlike (Balntas et al., 2016).

    The distance of two vectors, in the last dimension, is the `p`-norm of their difference plus `eps`; with `swap` the
    negative's distance is that from the positive, where it is smaller.

    Parameters
    ----------
    anchor, positive, negative : Tensor of shape (..., D)
        Vectors, and others that should be near to them or far away.
    margin : float
        By how much nearer, above 0.
    p : float
        The norm that measures distances.
    eps : float
        Added to differences.
    swap : bool
        Whether the smaller of the negative's distances counts.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the three shapes differ.
    ValueError
        When the margin is not positive.
    """
    op = "triplet_margin_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    if margin <= 0:
        raise SettingError(f"margin must be positive, got {margin}", op=op)
    a, like, unlike = as_tensor(anchor), as_tensor(positive), as_tensor(negative)
    if not a.shape == like.shape == unlike.shape:
        raise ShapeError(
            f"anchor {a.shape}, positive {like.shape} and negative {unlike.shape} must have one shape",
            op=op,
            shapes=(a.shape, like.shape, unlike.shape),
        )

    def distance(x: Tensor, other: Tensor) -> Tensor:
        length: Tensor = tw.norm(x - other + eps, p, dim=-1)
        return length

    far = distance(a, unlike)
    if swap:
        far = tw.minimum(far, distance(like, unlike))
    return reduced(op, tw.clamp(margin + distance(a, like) - far, min=0), None, reduction)
