"""Distances of vectors."""

from __future__ import annotations

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, as_tensor


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The `p`-norm of ``x1 - x2 + eps`` along the last dimension.

    Parameters
    ----------
    x1, x2 : Tensor of shape (..., D)
        The vectors; they are broadcast.
    p : float, default 2
        The order of the norm.
    eps : float, default 1e-6
        Added to differences, so that the distance of equal vectors has a gradient.
    keepdim : bool, default False
        Whether the last dimension stays, with size 1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.functional.pairwise_distance(tw.tensor([3.0, 4.0]), tw.zeros(2)).item(), 4)
    5.0
    """
    distance: Tensor = tw.norm(as_tensor(x1) - as_tensor(x2) + eps, p, dim=-1, keepdim=keepdim)
    return distance
