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


class Unflatten(Module):
    """Take one dimension apart into several, the inverse of `Flatten`.

    Parameters
    ----------
    dim : int
        The dimension.
    unflattened_size : tuple of int
        Its sizes afterwards; one may be -1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Unflatten(1, (2, 5))(tw.zeros(3, 10)).shape
    (3, 2, 5)
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...]) -> None:
        super().__init__()
        if not isinstance(dim, int) or not isinstance(unflattened_size, tuple | list):
            raise TypeError(f"Unflatten takes a dimension and its sizes, not {dim!r} and {unflattened_size!r}")
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)

    def forward(self, input: Tensor) -> Tensor:
        """Unflatten `input`."""
        y: Tensor = as_tensor(input).unflatten(self.dim, self.unflattened_size)
        return y

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
