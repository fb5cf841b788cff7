"""The order in which samples are taken: by number, at random, by weights; and in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np

from tinygrad_wtf.random import RandomSource, as_generator
from tinygrad_wtf.tensors.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)


class Sampler(Generic[T_co]):
    """Numbers of samples in an order: a subclass has ``__iter__``, and ``__len__`` for loaders that have a length.

    Examples
    --------
    >>> class Backwards(Sampler):
    ...     def __init__(self, data):
    ...         self.data = data
    ...     def __iter__(self):
    ...         return iter(range(len(self.data) - 1, -1, -1))
    >>> list(Backwards("abc"))
    [2, 1, 0]
    """

    def __init__(self, data_source: Sized | None = None) -> None:
        """Take the data set, as samplers written for PyTorch hand it over; nothing is done with it."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} needs a method __iter__(self)")


def _positive(kind: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{kind}: {name} is a whole number of at least 1, not {value!r}")
    return int(value)


class SequentialSampler(Sampler[int]):
    """All samples in their order.

    Parameters
    ----------
    data_source : sized
        The data set.

    Examples
    --------
    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """All samples in random order, or draws from them.

    Parameters
    ----------
    data_source : sized
        The data set.
    replacement : bool, default False
        Whether a sample can be drawn again before all others were.
    num_samples : int, optional
        How many are drawn; as many as there are by default. Without replacement, all are drawn before any comes again.
    generator : Generator, optional
        Where the order is drawn from; the global one by default.

    Raises
    ------
    ValueError
        When `num_samples` is not positive.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> sorted(RandomSampler(range(5), generator=tw.Generator(0)))
    [0, 1, 2, 3, 4]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: RandomSource = None,
    ) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self._num_samples = None if num_samples is None else _positive("RandomSampler", "num_samples", num_samples)

    @property
    def num_samples(self) -> int:
        """How many samples are drawn."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        size, draw = len(self.data_source), as_generator(self.generator).numpy
        if size == 0:
            return
        if self.replacement:
            yield from draw.integers(size, size=self.num_samples).tolist()
            return
        left = self.num_samples
        while left > 0:
            yield from draw.permutation(size)[:left].tolist()
            left -= size

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Some samples in random order.

    Parameters
    ----------
    indices : sequence of int
        Their numbers.
    generator : Generator, optional
        Where the order is drawn from; the global one by default.

    Examples
    --------
    >>> sorted(SubsetRandomSampler([7, 3, 5]))
    [3, 5, 7]
    """

    def __init__(self, indices: Sequence[int], generator: RandomSource = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for i in as_generator(self.generator).numpy.permutation(len(self.indices)).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Samples drawn with probabilities in proportion to weights.

    Parameters
    ----------
    weights : sequence of float
        One for each sample, not negative; their sum may be anything.
    num_samples : int
        How many are drawn.
    replacement : bool, default True
        Whether a sample can be drawn again.
    generator : Generator, optional
        Where they are drawn from; the global one by default.

    Raises
    ------
    ValueError
        When weights are negative, not finite, all 0 or no list; or without replacement, when fewer than `num_samples`
        are above 0.

    Examples
    --------
    >>> set(WeightedRandomSampler([0.0, 3.0, 0.0], num_samples=5))
    {1}
    """

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: RandomSource = None
    ) -> None:
        values = weights.numpy() if isinstance(weights, Tensor) else weights
        array = np.asarray([float(w) for w in values] if not isinstance(values, np.ndarray) else values, np.float64)
        if array.ndim != 1 or not np.isfinite(array).all() or (array < 0).any() or not array.any():
            raise ValueError("WeightedRandomSampler: weights are a list of finite numbers of at least 0, not all 0")
        self.num_samples = _positive("WeightedRandomSampler", "num_samples", num_samples)
        if not replacement and np.count_nonzero(array) < self.num_samples:
            raise ValueError(
                f"WeightedRandomSampler: {self.num_samples} samples without replacement from "
                f"{np.count_nonzero(array)} with weights above 0"
            )
        self.weights, self.replacement, self.generator = array, replacement, generator

    def __iter__(self) -> Iterator[int]:
        draw = as_generator(self.generator).numpy
        chances = self.weights / self.weights.sum()
        yield from draw.choice(len(chances), self.num_samples, self.replacement, chances).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The numbers of another sampler in lists.

    Parameters
    ----------
    sampler : iterable of int
        The numbers.
    batch_size : int
        How many make a batch.
    drop_last : bool
        Whether the last batch is left out when it is smaller.

    Raises
    ------
    ValueError
        When the size is not positive, or `drop_last` is no bool.

    Examples
    --------
    >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(drop_last, bool):
            raise ValueError(f"BatchSampler: drop_last is True or False, not {drop_last!r}")
        self.sampler, self.drop_last = sampler, drop_last
        self.batch_size = _positive("BatchSampler", "batch_size", batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for number in self.sampler:
            batch.append(number)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        size = len(self.sampler)  # type: ignore[arg-type]
        return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
