"""A contestant's process: it answers, one line of JSON for each, what the master asks. It compares nothing.

It runs in the contestant's own environment, so it imports NumPy and nothing else that is not Python's own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import workloads
from benchmarks.workloads import Problem


class UnavailableError(Exception):
    """The contestant cannot enter, and says why."""


class Steps(NamedTuple):
    """What a contestant makes of a problem: `step` trains once and gives the loss in a form of its own.

    `number` reads that loss, and `wait` returns when everything asked for is done.
    """

    step: Callable[[], Any]
    number: Callable[[Any], float] = float
    wait: Callable[[], None] = lambda: None


class Chain(NamedTuple):
    """y = x, then y = y * x over and over: `forward` gives what `backward` turns into the gradient at x."""

    forward: Callable[[int], Any]
    backward: Callable[[Any], Sequence[float]]
    entries: Sequence[float]


# The factors are near 1, so that 100,000 of them neither vanish nor overflow.
FACTORS = (0.99999, 1.0, 1.00001, 1.00002)


def serve(
    build: Callable[[Problem, int], Steps], packages: Sequence[str], chain: Callable[[], Chain] | None = None
) -> None:
    """Answer requests until there are no more. What libraries print goes to the standard error stream."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.setrecursionlimit(1_000_000)  # micrograd walks its graph by recursion
    desk = _Desk(build, packages, chain)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(desk, request.pop("do"))(**request)
        except UnavailableError as error:
            reply = {"unavailable": str(error)}
        except Exception as error:  # whatever a contestant's library raises is the master's to tell
            reply = {"error": f"{type(error).__name__}: {error}"[:2000]}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


class _Desk:
    """The requests, one method each."""

    def __init__(
        self,
        build: Callable[[Problem, int], Steps],
        packages: Sequence[str],
        chain: Callable[[], Chain] | None,
    ) -> None:
        self._build, self._packages, self._chain = build, packages, chain
        self._steps: Steps | None = None

    def about(self) -> dict[str, Any]:
        """Versions of Python and the contestant's packages, and the memory before there is any work."""
        versions = {"python": platform.python_version()}
        versions |= {name: importlib.metadata.version(name) for name in self._packages}
        return {"versions": versions, "memory": peak_memory()}

    def blas(self) -> dict[str, Any]:
        """What NumPy multiplies matrices with, and the kernel that it chose on this processor."""
        import threadpoolctl

        return {"blas": [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]}

    def build(self, file: str, threads: int) -> dict[str, Any]:
        """Prepare a problem and run its first step, compiling what is to be compiled; the loss and the seconds."""
        made = workloads.load(file)
        start = time.perf_counter()
        self._steps = self._build(made, threads)
        losses = self.losses(1)["losses"]
        return {"seconds": time.perf_counter() - start, "losses": losses}

    def losses(self, steps: int) -> dict[str, Any]:
        """Run so many steps; the loss of each, before its update."""
        return {"losses": [self._run.number(self._run.step()) for _ in range(steps)]}

    def time(self, steps: int) -> dict[str, Any]:
        """Seconds of so many steps, until the last is done."""
        step, wait = self._run.step, self._run.wait
        wait()
        start = time.perf_counter()
        for _ in range(steps):
            step()
        wait()
        return {"seconds": time.perf_counter() - start}

    def memory(self) -> dict[str, Any]:
        """Bytes at most held by this process so far."""
        return {"memory": peak_memory()}

    def chain(self, operations: int, timed: bool) -> dict[str, Any]:
        """A graph of so many operations: seconds forward and backward, bytes that it holds, and the gradient."""
        if self._chain is None:
            raise UnavailableError("records no graph")
        ways = self._chain()
        gc.collect()
        before = resident_memory()
        start = time.perf_counter()
        graph = ways.forward(operations)
        forward = time.perf_counter() - start
        held = resident_memory() - before
        start = time.perf_counter()
        gradient = ways.backward(graph)
        backward = time.perf_counter() - start
        expected = [(operations + 1) * x**operations for x in ways.entries]
        wrong = max(abs(float(g) / e - 1) for g, e in zip(gradient, expected, strict=True))
        found = {"forward": forward, "backward": backward} if timed else {"bytes": held}
        return {"wrong": wrong, "operations": operations, **found}

    @property
    def _run(self) -> Steps:
        if self._steps is None:
            raise RuntimeError("build comes first")
        return self._steps


def peak_memory() -> int:
    """Bytes at most held so far. Linux counts a parent's memory into ``ru_maxrss``, so /proc is asked first there."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return 0
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def resident_memory() -> int:
    """Bytes held now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
