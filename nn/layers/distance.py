"""`CosineSimilarity` and `PairwiseDistance`: how alike two vectors are."""

from __future__ import annotations

from tinygrad_wtf import Tensor

from .. import functional
from ..module import Module


class CosineSimilarity(Module):
    """The cosine of the angle between vectors, `nn.functional.cosine_similarity`.

    Parameters
    ----------
    dim : int, default 1
        Along which the vectors lie.
    eps : float, default 1e-8
        The least length by which is divided.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.CosineSimilarity(dim=0)(tw.tensor([1.0, 0.0]), tw.tensor([2.0, 0.0])).item()
    1.0
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compare vectors of shapes that broadcast."""
        y: Tensor = functional.cosine_similarity(x1, x2, self.dim, self.eps)
        return y

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"dim={self.dim}, eps={self.eps}"


class PairwiseDistance(Module):
    """The distance of vectors in the last dimension, `nn.functional.pairwise_distance`.

    Parameters
    ----------
    p : float, default 2
        The order of the norm.
    eps : float, default 1e-6
        Added to differences.
    keepdim : bool, default False
        Whether the last dimension stays, with size 1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.PairwiseDistance()(tw.tensor([[3.0, 4.0]]), tw.zeros(1, 2)).item(), 4)
    5.0
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compare vectors of shapes that broadcast."""
        return functional.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"p={self.norm}, eps={self.eps}, keepdim={self.keepdim}"
