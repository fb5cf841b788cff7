"""`Dropout`: entries left out at random in training."""

from __future__ import annotations

from tinygrad_wtf import Generator, Tensor, as_generator

from .. import functional
from ..module import Module


class Dropout(Module):
    """In training, set each entry to 0 with probability `p` and divide the others by ``1 - p``; else do nothing.

    Parameters
    ----------
    p : float
        The probability.
    inplace : bool
        Whether the input is overwritten.
    generator : Generator or int, optional
        Where it is drawn from; an int is a seed. By default the one that `tinygrad_wtf.manual_seed` starts.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.Dropout(0.5, generator=0)
    >>> sorted(set(layer(tw.ones(100)).tolist()))
    [0.0, 2.0]
    >>> layer.eval()(tw.ones(2)).tolist()
    [1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, generator: Generator | int | None = None) -> None:
        super().__init__()
        if not (isinstance(p, int | float) and 0 <= p <= 1):
            raise ValueError(f"Dropout: p is a probability, from 0 to 1, not {p!r}")
        self.p, self.inplace = p, inplace
        self.generator = None if generator is None else as_generator(generator)

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.dropout`."""
        y: Tensor = functional.dropout(input, self.p, self.training, self.inplace, generator=self.generator)
        return y

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"p={self.p}" + ", inplace=True" * self.inplace
