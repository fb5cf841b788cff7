"""Workers: threads that fetch batches ahead, each knowing which one it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself.

    Attributes
    ----------
    id : int
        Which worker it is, from 0 on.
    num_workers : int
        How many there are.
    seed : int
        A seed of its own, another in each pass over the data.
    dataset : Dataset
        The data set.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


class _Here(threading.local):
    info: WorkerInfo | None = None


_here = _Here()


def get_worker_info() -> WorkerInfo | None:
    """Tell which worker of a `DataLoader` this runs in; None outside of workers.

    Examples
    --------
    >>> get_worker_info() is None
    True
    """
    return _here.info


class Worker:
    """A thread that does what it is given, one after the other.

    Parameters
    ----------
    info : WorkerInfo
        What it knows of itself.
    begin : callable, optional
        Is called with its number first, in the thread.
    """

    def __init__(self, info: WorkerInfo, begin: Callable[[int], Any] | None) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"DataLoader worker {info.id}")
        self.samples: Any = None  # of an iterable data set
        self._begun = self._threads.submit(self._begin, info, begin)

    @staticmethod
    def _begin(info: WorkerInfo, begin: Callable[[int], Any] | None) -> None:
        _here.info = info
        if begin is not None:
            begin(info.id)

    def again(self, info: WorkerInfo) -> None:
        """Begin another pass over the data."""
        self.samples = None
        self._threads.submit(self._begin, info, None)

    def submit(self, task: Callable[..., Any], *args: Any) -> Future[Any]:
        """Do this when all before is done."""
        return self._threads.submit(self._after_beginning, task, *args)

    def _after_beginning(self, task: Callable[..., Any], *args: Any) -> Any:
        self._begun.result()  # an error of `begin` is told with the first batch
        return task(*args)

    def stop(self) -> None:
        """Do nothing more, and wait until the thread is gone."""
        self._threads.shutdown(wait=True, cancel_futures=True)
