"""Random numbers: generators with seeds. Tensors of random numbers are made in `creation`."""

from __future__ import annotations

import copy
import functools
import operator
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from tinygrad_wtf import devices


class Starting(threading.local):
    """Who is told in this thread that a generator starts again, and how; and that somebody asks where it stands.

    It is a function that is being compiled, if there is one.
    """

    def __init__(self) -> None:
        self.told: Callable[[Generator, Callable[[], object]], None] = lambda generator, again: None
        self.asked: Callable[[Generator], None] = lambda generator: None


starting = Starting()


class Generator:
    """A source of random numbers with a seed of its own; without one it starts from a seed that nobody knows.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> g = tw.Generator().manual_seed(0)
    >>> h = tw.Generator().manual_seed(0)
    >>> tw.randn(2, generator=g).tolist() == tw.randn(2, generator=h).tolist()
    True
    """

    def __init__(self, seed: Any = None, *, device: Any = None) -> None:
        if isinstance(seed, str | devices.device):  # PyTorch's argument
            seed, device = None, seed
        devices.check_device("Generator", device)
        self._seed: int | None = None
        self._numpy: np.random.Generator | None = None
        if seed is not None:
            self.manual_seed(seed)

    @property
    def numpy(self) -> np.random.Generator:
        """The NumPy generator that draws."""
        if self._numpy is None:  # only now: importing numpy.random takes as long as the whole engine
            self._numpy = np.random.default_rng(self.initial_seed())
        return self._numpy

    def manual_seed(self, seed: int) -> Generator:
        """Start again from this seed; returns the generator itself. Negative seeds count from 2**64, as in PyTorch."""
        try:
            number = operator.index(seed)
        except TypeError:
            raise TypeError(f"a seed is an integer, not {seed!r}") from None
        if not -(2**63) <= number < 2**64:
            raise ValueError(f"a seed has at most 64 bits, and {number} has more")
        starting.told(self, functools.partial(self.manual_seed, number))
        self._seed, self._numpy = number % 2**64, None
        return self

    def seed(self) -> int:
        """Start again from a seed that nobody knows, and return it."""
        starting.told(self, self.seed)
        self._seed, self._numpy = int.from_bytes(os.urandom(8), "little"), None
        return self._seed

    def initial_seed(self) -> int:
        """The seed from which it was started."""
        if self._seed is None:
            self.seed()
        assert self._seed is not None
        return self._seed

    def get_state(self) -> dict[str, Any]:
        """Where it stands, for `set_state`: a dictionary that can be pickled (in PyTorch a tensor of bytes)."""
        starting.asked(self)
        return {"seed": self.initial_seed(), "numpy": copy.deepcopy(self.numpy.bit_generator.state)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where `get_state` was called."""
        if not isinstance(state, dict) or state.keys() != {"seed", "numpy"}:
            raise TypeError(f"a state is what get_state() returned, not {state!r}")
        starting.told(self, functools.partial(self.set_state, state))
        self._seed, self._numpy = state["seed"], None
        self.numpy.bit_generator.state = state["numpy"]


RandomSource: TypeAlias = Generator | int | None
default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default generator again from this seed, and return it."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the default generator again from a seed that nobody knows, and return it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed from which the default generator was started."""
    return default_generator.initial_seed()


def get_rng_state() -> dict[str, Any]:
    """Where the default generator stands, for `set_rng_state`."""
    return default_generator.get_state()


def set_rng_state(new_state: dict[str, Any]) -> None:
    """Let the default generator go on from where `get_rng_state` was called."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """Let the default generator go on after the block from where it stood before: what is drawn inside leaves no trace.

    Parameters
    ----------
    devices : optional
        GPUs whose generators PyTorch would keep as well; there are none.
    enabled : bool
        With False nothing is put back.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> _ = tw.manual_seed(0)
    >>> with tw.random.fork_rng():
    ...     inside = tw.rand(2).tolist()
    >>> tw.rand(2).tolist() == inside
    True
    """
    before = get_rng_state() if enabled else None
    try:
        yield
    finally:
        if before is not None:
            set_rng_state(before)


def as_generator(source: RandomSource = None) -> Generator:
    """A generator as it is, one started from an integer seed, or the default one for None."""
    if source is None:
        return default_generator
    if isinstance(source, Generator):
        return source
    if isinstance(source, bool) or not isinstance(source, int | np.integer):
        raise TypeError(f"a generator is a Generator, an integer seed or None, not {source!r}")
    return Generator(int(source))
