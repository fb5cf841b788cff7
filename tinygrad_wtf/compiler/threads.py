"""Threads: how many a program uses, and what runs the shares of the samples. What a share is, says `shard`."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from tinygrad_wtf._changes import settings_changed
from tinygrad_wtf._state import mode
from tinygrad_wtf.compiler.executable import Executable, executable
from tinygrad_wtf.compiler.inference import PRODUCTS
from tinygrad_wtf.compiler.ir import Graph, Variable
from tinygrad_wtf.compiler.shard import Split
from tinygrad_wtf.errors import SettingError

WORTH_SHARING = 150e-6  # seconds: a thread takes some 20 microseconds to begin and to end

_count = 1
_lock = threading.RLock()  # re-entrant, as a finalizer may run a program at any time
_executor: ThreadPoolExecutor | None = None


def set_num_threads(count: int) -> None:
    """Let compiled functions share out the samples of a batch among so many threads, where that pays.

    NumPy computes in several threads at once; each has one BLAS thread then, because those of BLAS lose far more than
    they gain when another program needs a core. Sums over the shares are added in a fixed order, whichever thread ends
    first. Small work is never shared out.

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


def _threads(count: int) -> ThreadPoolExecutor:
    """Who runs tasks beside the caller: at least so many of them at once."""
    global _executor
    with _lock:
        if _executor is None or _executor._max_workers < count:
            if _executor is not None:
                _executor.shutdown(wait=False)
            _executor = ThreadPoolExecutor(count, thread_name_prefix="tinygrad_wtf share")
        return _executor


def _forget_threads() -> None:
    """A forked child has none of its parent's threads: it makes its own when it needs them."""
    global _executor, _lock
    _executor, _lock = None, threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)


def _silently(task: Callable[[], bool]) -> bool:
    """Run a task without floating-point warnings, a setting that each thread has."""
    return bool(mode.silently(task))


def run_together(tasks: Sequence[Callable[[], bool]]) -> bool:
    """Run the tasks at the same time, the first one here; whether all have said True.

    All have ended when this returns or raises, whatever interrupts it.
    """
    problem: BaseException | None = None
    result = False
    futures = []
    try:
        executor = _threads(len(tasks) - 1)
        for task in tasks[1:]:
            futures.append(executor.submit(_silently, task))
        result = tasks[0]()
    except BaseException as error:
        problem = error
    while True:
        try:
            wait(futures)
            break
        except BaseException as interrupt:
            problem = problem or interrupt
    problem = problem or next((raised for f in futures if (raised := f.exception()) is not None), None)
    if problem is not None:
        raise problem
    return result and all(f.result() for f in futures)


class Sharded:
    """What runs a graph in shares of the samples, each in a thread: it is used as an `Executable` is.

    Parameters
    ----------
    split : Split
        The graphs of the shares, and of what follows them.
    make : callable
        Makes an executable of a share's graph.
    """

    order = "each in a thread of its own"

    def __init__(self, split: Split, make: Callable[[Graph], Executable]) -> None:
        self.cuts: list[list[tuple[int, int, int, int]]] = []  # of each share: number, axis, start, stop
        self.shares: list[Executable] = []
        for graph in split.shares:
            arguments = [v.origin for v in graph.values.values() if v.kind == "argument"]
            self.cuts.append([origin for origin in arguments if isinstance(origin, tuple)])
            sums = {("sum", n): value for n, value in enumerate(graph.results)}
            self.shares.append(make(dataclasses.replace(graph, results=(), gradients=sums)))
        self.rest = executable(_after(split.rest, self.shares))
        self.graph, self.gradients, self.entry = self.rest.graph, self.rest.gradients, self.rest.entry
        self.watched = [array for part in (*self.shares, self.rest) for array in part.watched]
        self.buffers = sum(part.buffers for part in (*self.shares, self.rest))

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
        tasks = [functools.partial(_runs_through, *pair) for pair in zip(self.shares, parts, strict=True)]
        return self.rest.body(last, entry) if run_together(tasks) else None


def _runs_through(share: Executable, held: Any) -> bool:
    return share.body(held, ()) is not None


def _after(rest: Graph, shares: list[Executable]) -> Graph:
    """The graph that follows, reading the sums where the shares write them."""
    values = dict(rest.values)
    for v, value in rest.values.items():
        if value.kind == "share":
            share, number = value.origin
            values[v] = dataclasses.replace(value, kind="partial", origin=shares[share].gradients["sum", number])
    return dataclasses.replace(rest, values=values)


def work(graph: Graph) -> float:
    """About how long the graph takes, in seconds: at 50 products a nanosecond, and 2 entries."""
    seconds = 0.0
    for call in graph.instructions:
        size = graph.sample(call.result).size
        if call.function in PRODUCTS and isinstance(call.args[0], Variable):
            seconds += 2 * size * graph.sample(call.args[0]).shape[-1] / 50e9
        else:
            seconds += size / 2e9
    return seconds
