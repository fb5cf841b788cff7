"""Dropout: entries or channels left out at random in training."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tinygrad_wtf import Generator, Tensor, as_generator

from .. import functional
from ..module import Module


class _Dropout(Module):
    """What they share: everything but the function."""

    _function: ClassVar[Callable[..., Tensor]]

    def __init__(self, p: float = 0.5, inplace: bool = False, *, generator: Generator | int | None = None) -> None:
        super().__init__()
        if not (isinstance(p, int | float) and 0 <= p <= 1):
            raise ValueError(f"{type(self).__name__}: p is a probability, from 0 to 1, not {p!r}")
        self.p = p
        self.inplace = inplace
        self.generator = None if generator is None else as_generator(generator)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return type(self)._function(input, self.p, self.training, self.inplace, generator=self.generator)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"p={self.p}" + (", inplace=True" if self.inplace else "")


class Dropout(_Dropout):
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

    _function = staticmethod(functional.dropout)


class Dropout1d(_Dropout):
    """Whole channels of signals (N, C, L) or (C, L), `nn.functional.dropout1d`; the parameters are `Dropout`'s."""

    _function = staticmethod(functional.dropout1d)


class Dropout2d(_Dropout):
    """Whole channels of images (N, C, H, W) or (C, H, W), `nn.functional.dropout2d`; the parameters are `Dropout`'s."""

    _function = staticmethod(functional.dropout2d)


class Dropout3d(_Dropout):
    """Whole channels of volumes (N, C, D, H, W) or (C, D, H, W); the parameters are `Dropout`'s."""

    _function = staticmethod(functional.dropout3d)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for SELU: `nn.functional.alpha_dropout`; the parameters are `Dropout`'s."""

    _function = staticmethod(functional.alpha_dropout)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels of (N, C, ...); the parameters are `Dropout`'s."""

    _function = staticmethod(functional.feature_alpha_dropout)
