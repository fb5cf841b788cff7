"""Random numbers: generators with seeds. Tensors of random numbers are made in `creation`."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np


class Generator:
    """A source of random numbers with a seed of its own.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> g = tw.Generator().manual_seed(0)
    >>> h = tw.Generator().manual_seed(0)
    >>> tw.randn(2, generator=g).tolist() == tw.randn(2, generator=h).tolist()
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        self.numpy = np.random.default_rng(seed)
        """The NumPy generator that draws."""

    def manual_seed(self, seed: int) -> Generator:
        """Start again from this seed; returns the generator itself."""
        self.numpy = np.random.default_rng(seed)
        return self


RandomSource: TypeAlias = Generator | int | None
default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default generator again from this seed, and return it."""
    return default_generator.manual_seed(seed)


def as_generator(source: RandomSource = None) -> Generator:
    """A generator as it is, one started from an integer seed, or the default one for None."""
    if source is None:
        return default_generator
    if isinstance(source, Generator):
        return source
    if isinstance(source, bool) or not isinstance(source, int | np.integer):
        raise TypeError(f"a generator is a Generator, an integer seed or None, not {source!r}")
    return Generator(int(source))
