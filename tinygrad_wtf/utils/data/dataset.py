"""Data sets: anything with samples, by number or one after the other; their sums, parts and splits."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.random import RandomSource, as_generator
from tinygrad_wtf.tensors.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """Samples by number: a subclass has ``__getitem__``, and ``__len__`` for loaders.

    A class with a method ``__getitems__(numbers)`` gives the samples of a whole batch at once.

    Examples
    --------
    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, number):
    ...         return number, number**2
    >>> (Squares() + Squares())[5]
    (1, 1)
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError(f"{type(self).__name__} needs a method __getitem__(self, number)")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Samples one after the other: a subclass has ``__iter__``.

    With several workers each iterates over it, and `get_worker_info` says which part is whose.

    Examples
    --------
    >>> class Count(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(3))
    >>> list(Count() + Count())
    [0, 1, 2, 0, 1, 2]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} needs a method __iter__(self)")

    def __add__(self, other: Dataset[Any]) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors whose first axis is the samples'.

    Parameters
    ----------
    *tensors : Tensor
        Of shapes (m, ...), with one m.

    Attributes
    ----------
    tensors : tuple of Tensor
        These tensors.

    Raises
    ------
    ShapeError
        When their numbers of samples differ.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> data = TensorDataset(tw.tensor([[1.0], [2.0]]), tw.tensor([0, 1]))
    >>> len(data), data[1][0].tolist(), data[1][1].item()
    (2, [2.0], 1)
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(f"TensorDataset takes Tensors, not a {type(tensor).__name__}: use tensor(...)")
        shapes = [tensor.shape for tensor in tensors]
        if not shapes or not all(shape and shape[0] == shapes[0][0] for shape in shapes):
            raise ShapeError(
                "the tensors must have the same number of samples",
                op="TensorDataset",
                shapes=shapes,
                hint="Samples are along the first axis",
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Data sets side by side: a sample is a tuple of theirs, or a dict with keyword arguments.

    Parameters
    ----------
    *args, **kwargs : Dataset
        Of equal lengths; either without names, or with.

    Raises
    ------
    ValueError
        When lengths differ, none is given, or some have names and others none.

    Examples
    --------
    >>> StackDataset(image=[10, 20], label=[0, 1])[1]
    {'image': 20, 'label': 1}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset takes data sets without names, or with: one of the two")
        self.datasets: Any = args or kwargs
        lengths = [len(part) for part in (args or kwargs.values())]
        if len(set(lengths)) > 1:
            raise ValueError(f"StackDataset: the data sets have different lengths, {lengths}")

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: part[index] for name, part in self.datasets.items()}
        return tuple(part[index] for part in self.datasets)

    def __len__(self) -> int:
        parts = self.datasets.values() if isinstance(self.datasets, dict) else self.datasets
        return len(next(iter(parts)))


class ConcatDataset(Dataset[T_co]):
    """Data sets one after the other.

    Parameters
    ----------
    datasets : iterable of Dataset
        With samples by number.

    Attributes
    ----------
    datasets : list of Dataset
        These.
    cumulative_sizes : list of int
        Where each ends.

    Raises
    ------
    ValueError
        When there is none.
    TypeError
        When one is an `IterableDataset`.

    Examples
    --------
    >>> both = ConcatDataset(["ab", "cde"])
    >>> len(both), both[3], both[-1]
    (5, 'd', 'e')
    """

    datasets: list[Any]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset needs at least one data set")
        if any(isinstance(part, IterableDataset) for part in self.datasets):
            raise TypeError("ConcatDataset takes samples by number; chain an IterableDataset with ChainDataset")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of a data set with {len(self)}")
        place = index % len(self)
        part = bisect_right(self.cumulative_sizes, place)
        found: T_co = self.datasets[part][place - (self.cumulative_sizes[part - 1] if part else 0)]
        return found


class ChainDataset(IterableDataset[Any]):
    """Iterable data sets one after the other.

    Parameters
    ----------
    datasets : iterable of IterableDataset
        Each is iterated over when the one before is at its end.

    Examples
    --------
    >>> list(ChainDataset([range(2), range(3)]))
    [0, 1, 0, 1, 2]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for part in self.datasets:
            yield from part

    def __len__(self) -> int:
        return sum(len(part) for part in self.datasets)


class Subset(Dataset[T_co]):
    """Some samples of a data set.

    Parameters
    ----------
    dataset : Dataset
        The whole.
    indices : sequence of int
        Their numbers.

    Examples
    --------
    >>> part = Subset("abcdef", [5, 0])
    >>> list(part)
    ['f', 'a']
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> T_co:
        if isinstance(index, list):
            many: T_co = self.dataset[[self.indices[i] for i in index]]
            return many
        found: T_co = self.dataset[self.indices[index]]
        return found

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        """Give several samples."""
        numbers = [self.indices[i] for i in indices]
        if callable(getattr(self.dataset, "__getitems__", None)):
            found: list[T_co] = self.dataset.__getitems__(numbers)
            return found
        return [self.dataset[number] for number in numbers]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[float], generator: RandomSource = None) -> list[Subset[Any]]:
    """Split a data set at random into parts that do not overlap.

    Parameters
    ----------
    dataset : Dataset
        The whole.
    lengths : sequence of int, or of float
        How many samples each part gets; or which parts of the whole, with sum 1. What is left by rounding down goes to
        the first parts, one each.
    generator : Generator, optional
        Where the order is drawn from; the global one by default.

    Returns
    -------
    list of Subset
        The parts.

    Raises
    ------
    ValueError
        When the lengths do not make up the whole.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> train, test = random_split(range(10), [0.75, 0.25], generator=tw.Generator(0))
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    size = len(dataset)
    if all(0 <= part <= 1 for part in lengths) and math.isclose(sum(lengths), 1):
        counts = [math.floor(size * part) for part in lengths]
        for i in range(size - sum(counts)):
            counts[i % len(counts)] += 1
    else:
        if any(part != int(part) or part < 0 for part in lengths) or sum(lengths) != size:
            raise ValueError(
                f"random_split: lengths {list(lengths)} make up {sum(lengths)}, and the data set has {size} samples. "
                "Give whole numbers with that sum, or parts with sum 1"
            )
        counts = [int(part) for part in lengths]
    order = as_generator(generator).numpy.permutation(size).tolist()
    ends = list(itertools.accumulate(counts))
    return [Subset(dataset, order[end - count : end]) for end, count in zip(ends, counts, strict=True)]
