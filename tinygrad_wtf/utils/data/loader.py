"""`DataLoader`: a data set in batches, in some order, fetched ahead by threads if wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from copy import deepcopy
from itertools import cycle, islice
from typing import Any

import numpy as np

from tinygrad_wtf.errors import UnsupportedError
from tinygrad_wtf.random import RandomSource, as_generator
from tinygrad_wtf.utils.data.collate import default_collate, default_convert
from tinygrad_wtf.utils.data.dataset import IterableDataset, Subset, TensorDataset
from tinygrad_wtf.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler
from tinygrad_wtf.utils.data.worker import Worker, WorkerInfo

END = object()  # of an iterable data set
FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader:
    """Goes over a data set in batches; each ``for batch in loader`` is one pass.

    Parameters
    ----------
    dataset : Dataset
        Samples by number, or an `IterableDataset`; anything with ``__getitem__`` and ``__len__`` will do.
    batch_size : int or None, default 1
        How many samples make a batch; None gives single samples, without an axis for them.
    shuffle : bool, optional
        Whether the order is drawn anew for each pass.
    sampler : iterable of int, optional
        Gives the order instead.
    batch_sampler : iterable of list of int, optional
        Gives the batches instead; then `batch_size`, `shuffle`, `sampler` and `drop_last` are not given.
    num_workers : int, default 0
        How many threads fetch batches ahead, while the caller computes. Batches come in the same order as without.
    collate_fn : callable, optional
        Makes a batch of a list of samples; `default_collate` by default.
    pin_memory : bool, default False
        Taken as PyTorch's; there is only one memory.
    drop_last : bool, default False
        Whether a last batch that is smaller is left out.
    timeout : float, default 0
        How many seconds to wait for a batch of a worker; 0 waits for ever.
    worker_init_fn : callable, optional
        Is called in each worker with its number.
    generator : Generator, optional
        Where the order is drawn from; the global one by default.
    prefetch_factor : int, optional
        How many batches each worker fetches ahead; 2 by default.
    persistent_workers : bool, default False
        Whether the threads stay for the next pass.

    Raises
    ------
    ValueError
        When arguments exclude each other, or a number is not one that makes sense.
    TypeError
        When the data set has no samples by number.

    Notes
    -----
    Workers are threads: what a data set reads from files and computes with NumPy runs beside the training, Python code
    takes turns with it. Where samples are drawn at random in several workers, draw from a generator of their own
    (`get_worker_info`): who comes first is chance. An error in a sample is raised in the loop, with a note of which
    sample it was. A `TensorDataset` is indexed once for the whole batch.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.utils.data import DataLoader, TensorDataset
    >>> data = TensorDataset(tw.arange(5.0), tw.arange(5))
    >>> for x, y in DataLoader(data, batch_size=2):
    ...     print(x.tolist(), y.tolist())
    [0.0, 1.0] [0, 1]
    [2.0, 3.0] [2, 3]
    [4.0] [4]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: RandomSource = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        self.is_iterable = isinstance(dataset, IterableDataset)
        _check_kind(dataset, self.is_iterable, shuffle, sampler, batch_sampler)
        if multiprocessing_context is not None:
            raise UnsupportedError("DataLoader: workers are threads, so there is no multiprocessing_context")
        if isinstance(num_workers, bool) or not isinstance(num_workers, int) or num_workers < 0:
            raise ValueError(f"DataLoader: num_workers is a whole number of at least 0, not {num_workers!r}")
        if timeout < 0:
            raise ValueError(f"DataLoader: timeout is a number of seconds of at least 0, not {timeout}")
        if num_workers == 0 and (prefetch_factor is not None or persistent_workers):
            raise ValueError("DataLoader: prefetch_factor and persistent_workers need num_workers above 0")
        if prefetch_factor is not None and prefetch_factor < 1:
            raise ValueError(f"DataLoader: prefetch_factor is at least 1, not {prefetch_factor}")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: a sampler gives the order, so shuffle cannot be asked for too")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("DataLoader: batch_sampler excludes batch_size, shuffle, sampler and drop_last")
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("DataLoader: without batches (batch_size=None) there is none to drop")
        self.dataset, self.num_workers, self.generator = dataset, num_workers, generator
        self.pin_memory, self.drop_last, self.timeout = pin_memory, drop_last, timeout
        self.pin_memory_device, self.in_order = pin_memory_device, in_order
        self.worker_init_fn, self.persistent_workers = worker_init_fn, persistent_workers
        self.prefetch_factor = prefetch_factor or (2 if num_workers else None)
        if sampler is None and not self.is_iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.sampler = sampler
        if batch_size is not None and batch_sampler is None and not self.is_iterable:
            assert sampler is not None
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        elif batch_size is not None and batch_size < 1:
            raise ValueError(f"DataLoader: batch_size is at least 1, not {batch_size}")
        self.batch_size, self.batch_sampler = batch_size, batch_sampler
        self.is_batched = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if self.is_batched else default_convert)
        self._workers: list[Worker] = []
        self._passes = 0

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; those that the order of the batches was made of are refused."""
        if name in FIXED and "_passes" in self.__dict__:
            raise ValueError(f"DataLoader: {name} cannot be set any more; make another loader")
        super().__setattr__(name, value)

    def __len__(self) -> int:
        """How many batches a pass has."""
        if self.is_iterable:
            size = len(self.dataset)
            if self.batch_size is None:
                return size
            return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
        return len(self._order())  # type: ignore[arg-type]

    def _order(self) -> Iterable[Any]:
        order = self.batch_sampler if self.batch_sampler is not None else self.sampler
        assert order is not None
        return order

    def __iter__(self) -> Iterator[Any]:
        if self.num_workers:
            return self._by_workers()
        return self._in_turn(iter(self.dataset)) if self.is_iterable else map(self._fetched, self._order())

    # ---------------------------------------------------------------- one batch

    def _fetched(self, numbers: Any) -> Any:
        """The batch of these numbers, or the sample of this one."""
        if not self.is_batched:
            return self.collate_fn(_sample(self.dataset, numbers))
        whole = _tensors_of(self.dataset) if self.collate_fn is default_collate and numbers else None
        if whole is not None:
            tensors, chosen = whole
            index = np.asarray(numbers if chosen is None else [chosen[i] for i in numbers], np.intp)
            return [tensor[index] for tensor in tensors]
        if callable(getattr(self.dataset, "__getitems__", None)):
            samples = self.dataset.__getitems__(numbers)
        else:
            samples = [_sample(self.dataset, number) for number in numbers]
        return self._collated(samples, f"of samples {numbers}")

    def _collated(self, samples: list[Any], which: str) -> Any:
        try:
            return self.collate_fn(samples)
        except Exception as error:
            error.add_note(f"DataLoader: while a batch {which} was made")
            raise

    def _in_turn(self, samples: Iterator[Any]) -> Iterator[Any]:
        """The batches of an iterable data set."""
        while (batch := self._next_of(samples)) is not END:
            yield batch

    def _next_of(self, samples: Iterator[Any]) -> Any:
        if self.batch_size is None:
            sample: Any = next(samples, END)
            return END if sample is END else self.collate_fn(sample)
        batch = list(islice(samples, self.batch_size))
        if not batch or (self.drop_last and len(batch) < self.batch_size):
            return END
        return self._collated(batch, f"of {len(batch)} samples")

    # ---------------------------------------------------------------- workers

    def _started(self) -> list[Worker]:
        # A copy draws the seed, so that orders are those without workers; passes count, so that no two draw the same.
        seed = int(deepcopy(as_generator(self.generator).numpy).integers(2**62))
        count = self.num_workers
        seed += self._passes * count
        self._passes += 1
        about = [WorkerInfo(i, count, seed + i, self.dataset) for i in range(count)]
        if self._workers:
            workers, self._workers = self._workers, []
            for worker, info in zip(workers, about, strict=True):
                worker.again(info)
            return workers
        return [Worker(info, self.worker_init_fn) for info in about]

    def _by_workers(self) -> Iterator[Any]:
        """Let each worker in turn fetch a batch, and hand them out in that order."""
        assert self.prefetch_factor is not None
        workers = self._started()
        waiting: deque[tuple[Worker, Future[Any]]] = deque()
        try:
            ahead = self.num_workers * self.prefetch_factor
            tasks = self._tasks(workers)
            for worker, future in islice(tasks, ahead):
                waiting.append((worker, future))
            while waiting:
                worker, future = waiting.popleft()
                batch = self._waited_for(future)
                if batch is END:
                    worker.samples = END
                    continue
                following = next(tasks, None)
                if following is not None:
                    waiting.append(following)
                yield batch
        finally:
            for _, future in waiting:
                future.cancel()
            if self.persistent_workers and not self._workers:
                self._workers = workers
            else:
                for worker in workers:
                    worker.stop()

    def _tasks(self, workers: list[Worker]) -> Iterator[tuple[Worker, Future[Any]]]:
        """Give out the work of a pass, to one worker after the other."""
        if not self.is_iterable:
            for worker, numbers in zip(cycle(workers), self._order(), strict=False):
                yield worker, worker.submit(self._fetched, numbers)
            return
        while any(worker.samples is not END for worker in workers):
            for worker in workers:
                if worker.samples is not END:
                    yield worker, worker.submit(self._next_of_worker, worker)

    def _next_of_worker(self, worker: Worker) -> Any:
        if worker.samples is None:
            worker.samples = iter(self.dataset)
        return END if worker.samples is END else self._next_of(worker.samples)

    def _waited_for(self, future: Future[Any]) -> Any:
        try:
            return future.result(self.timeout or None)
        except TimeoutError:
            if future.done():
                raise  # the data set's own
            raise RuntimeError(f"DataLoader: a worker has not given a batch after {self.timeout} s") from None


def _check_kind(dataset: Any, is_iterable: bool, shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    """Refuse what has no samples, and an order for what has its own."""
    if is_iterable:
        if shuffle or sampler is not None or batch_sampler is not None:
            raise ValueError("DataLoader: an IterableDataset has its own order, so there is no shuffle and no sampler")
    elif not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
        raise TypeError(
            f"DataLoader: a {type(dataset).__name__} has no samples by number: give it __getitem__ and __len__, or "
            "derive it from IterableDataset"
        )


def _sample(dataset: Any, number: Any) -> Any:
    try:
        return dataset[number]
    except Exception as error:
        error.add_note(f"DataLoader: in sample {number} of a {type(dataset).__name__}")
        raise


def _tensors_of(dataset: Any) -> tuple[tuple[Any, ...], Any] | None:
    """The tensors of a data set that is nothing else, and which of their samples it has."""
    chosen = None
    if type(dataset) is Subset:
        dataset, chosen = dataset.dataset, dataset.indices
    return (dataset.tensors, chosen) if type(dataset) is TensorDataset else None
