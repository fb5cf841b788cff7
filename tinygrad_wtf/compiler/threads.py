"""Threads: how many a program uses, and who runs the shares. What a share is, is said by `splitting`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tinygrad_wtf._changes import settings_changed
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler.allocate import Plan, Pool, plan
from tinygrad_wtf.compiler.finish import finished
from tinygrad_wtf.compiler.ir import Graph, Variable
from tinygrad_wtf.compiler.passes.exact import PRODUCTS
from tinygrad_wtf.compiler.shard import Split
from tinygrad_wtf.compiler.tuning.blocked_matmul import is_divided
from tinygrad_wtf.errors import SettingError

_count = 1
_workers: list[_Worker] = []
_pool = threading.Lock()


def set_num_threads(count: int) -> None:
    """Let compiled functions share out the samples of a batch among so many threads, where that pays.

    NumPy computes in several threads at once; each has one BLAS thread then, because those of BLAS lose far more than
    they gain when another program needs a core. Sums over the shares are added in a fixed order, whichever thread ends
    first. Whether there are shares, and how many, is measured once for each program; small work is never shared out.

    Parameters
    ----------
    count : int
        At least 1. At first it is 1, and BLAS uses the threads that its environment variables allow.

    Raises
    ------
    SettingError
        If it is not a whole number from 1 on.
    ModuleNotFoundError
        Without threadpoolctl (the extra "threads"), which tells BLAS how many threads to use.
    """
    global _count
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise SettingError(f"a number of threads is a whole number from 1 on, not {count!r}", op="set_num_threads")
    try:
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "set_num_threads needs threadpoolctl to give BLAS one thread: pip install 'tinygrad_wtf[threads]'"
        ) from error
    threadpool_limits(1, user_api="blas")
    _count = count
    settings_changed()


def get_num_threads() -> int:
    """How many threads a compiled function may use."""
    return _count


class _Worker(threading.Thread):
    """A thread that waits for one task after another.

    Attributes
    ----------
    is_done : bool
        Whether the last task has ended. This alone decides; the locks only wake who waits.
    result : object
        What the last task gave.
    problem : BaseException or None
        What the last task raised.
    """

    def __init__(self) -> None:
        super().__init__(name="tinygrad_wtf share", daemon=True)
        self._begin, self._end = threading.Lock(), threading.Lock()
        self._begin.acquire()
        self.is_done, self.result = True, None
        self.problem: BaseException | None = None
        self.start()

    def begin(self, task: Callable[..., Any], *args: Any) -> None:
        """Run the task beside the caller."""
        self._end.acquire(blocking=False)
        self._task, self._args = task, args
        self.is_done = False
        self._begin.release()

    def wait(self) -> BaseException | None:
        """Wait for the end of the task, whatever interrupts the waiting; the last interrupt."""
        interrupt: BaseException | None = None
        while not self.is_done:
            try:
                self._end.acquire(timeout=0.1)
            except BaseException as problem:
                interrupt = problem
        return interrupt

    def run(self) -> None:
        """Serve until the process ends."""
        while True:
            self._begin.acquire()
            self.result = self.problem = None
            try:
                self.result = mode.silently(self._task, *self._args)
            except BaseException as problem:
                self.problem = problem
            self.is_done = True
            if self._end.locked():
                self._end.release()


class Shared:
    """A plan for shares of the samples, in several threads or one after the other: it is used as a `Plan` is.

    Shares of one thread have the same buffers: small ones stay in the cache. Products may read copies of the arguments
    that are divided, piece after piece, if `divided`; `is_divided` says whether one does.
    """

    def __init__(self, split: Split, layouts: dict[Any, str], threads: int, steady: bool, divided: bool = True) -> None:
        self.threads = threads
        self.cuts: list[list[tuple[int, int, int, int]]] = []  # of each share: number, axis, start, stop
        self.shares: list[Plan] = []
        pools: list[Pool] = [{} for _ in range(threads)]
        for i, graph in enumerate(split.shares):
            graph.gradients = {("sum", i): value for i, value in enumerate(graph.results)}
            graph.results = []
            arguments = [v.origin for v in graph.values.values() if v.kind == "argument"]
            self.cuts.append([origin for origin in arguments if isinstance(origin, tuple)])
            pool = pools[i * threads // len(split.shares)]
            self.shares.append(finished(graph, layouts, steady, divided, pool))
        for value in split.rest.values.values():
            if value.kind == "share":
                share, number = value.origin
                value.kind, value.origin = "partial", self.shares[share].gradients["sum", number]
        self.is_divided = any(is_divided(share.graph) for share in self.shares)
        self.rest = plan(split.rest, layouts)
        self.gradients, self.entry = self.rest.gradients, self.rest.entry
        self.watched = [array for part in (*self.shares, self.rest) for array in part.watched]
        self.buffers = sum(part.buffers for part in (*self.shares, self.rest))

    @property
    def order(self) -> str:
        """When the shares run."""
        if self.threads == len(self.shares):
            return "each in a thread of its own"
        return "one after the other" if self.threads == 1 else f"in {self.threads} threads"

    @property
    def source(self) -> str:
        """All functions, as they are executed."""
        count = len(self.shares)
        texts = [f"# share {i} of {count}, {self.order}\n{part.source}" for i, part in enumerate(self.shares, 1)]
        return "\n\n".join([*texts, f"# then, with the sums of all shares\n{self.rest.source}"])

    def prepare(self, arguments: list[Any]) -> Any:
        """Prepare every share; None if a guard forbids it."""
        held = []
        for part, cuts in zip(self.shares, self.cuts, strict=True):
            given = list(arguments)
            for number, axis, start, stop in cuts:
                given[number] = arguments[number][(slice(None),) * axis + (slice(start, stop),)]
            made = part.prepare(given)
            if made is None:
                return None
            held.append(made)
        return (held, self.rest.prepare(arguments))

    def body(self, held: Any, entry: Any) -> Any:
        """Run the shares, then the rest; None if a guard forbids it."""
        parts, last = held
        return self.rest.body(last, entry) if self.run_shares(parts) else None

    def run_shares(self, held: list[Any]) -> bool:
        """Run the shares, those of different threads at the same time; False if a guard forbids it."""
        groups = [self._of_thread(i, held) for i in range(self.threads)]
        if self.threads == 1:
            return _one_after_the_other(groups[0])
        with _borrowed(self.threads - 1) as workers:
            problem: BaseException | None = None
            result = False
            try:
                for worker, group in zip(workers, groups[1:], strict=True):
                    worker.begin(_one_after_the_other, group)
                result = _one_after_the_other(groups[0])
            except BaseException as error:
                problem = error
            for worker in workers:  # all have to end before anybody may go on
                interrupt = worker.wait()
                problem = problem or worker.problem or interrupt
        if problem is not None:
            raise problem
        return result and all(worker.result for worker in workers)

    def _of_thread(self, i: int, held: list[Any]) -> list[tuple[Callable[..., Any], Any]]:
        """What one thread runs: bodies, and what is held for them."""
        each = len(self.shares) // self.threads
        chosen = slice(i * each, (i + 1) * each)
        return [(part.body, own) for part, own in zip(self.shares[chosen], held[chosen], strict=True)]


def _one_after_the_other(bodies: list[tuple[Callable[..., Any], Any]]) -> bool:
    return all(body(held, ()) is not None for body, held in bodies)


class _borrowed:  # noqa: N801 - used like a statement
    """Workers that nobody else uses meanwhile."""

    def __init__(self, count: int) -> None:
        with _pool:
            while len(_workers) < count:
                _workers.append(_Worker())
            self.workers = [_workers.pop() for _ in range(count)]

    def __enter__(self) -> list[_Worker]:
        return self.workers

    def __exit__(self, *problem: object) -> None:
        with _pool:
            _workers.extend(self.workers)


def work(graph: Graph) -> float:
    """About how long the graph takes, in seconds: at 50 products a nanosecond, and 2 entries."""
    seconds = 0.0
    for call in graph.instructions:
        size = graph.values[call.result].sample.size
        if call.function in PRODUCTS and isinstance(call.args[0], Variable):
            seconds += 2 * size * graph.sample(call.args[0]).shape[-1] / 50e9
        else:
            seconds += size / 2e9
    return seconds


WORTH_SHARING = 150e-6  # seconds: a thread takes some 20 microseconds to begin and to end
