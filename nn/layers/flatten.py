"""`Flatten`: images to rows of pixels."""

from __future__ import annotations

from tinygrad_wtf import Tensor, as_tensor

from ..module import Module


class Flatten(Module):
    """Join the dimensions from `start_dim` to `end_dim` into one; by default all but the samples'.

    Parameters
    ----------
    start_dim, end_dim : int
        The first and the last of the dimensions that are joined.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Flatten()(tw.zeros(10, 64, 64)).shape
    (10, 4096)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Flatten `input`."""
        flat: Tensor = as_tensor(input).flatten(self.start_dim, self.end_dim)
        return flat

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
