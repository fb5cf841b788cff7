"""A contestant's process as the master sees it: started on chosen processors, asked, stopped."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.environments import ROOT, Contestant, python

# What a shell may have set, and what would change a contestant's speed unseen.
FORGOTTEN = (
    "OPENBLAS_",
    "OMP_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "BLIS_",
    "VECLIB_",
    "XLA_",
    "JAX_",
    "TORCH",
    "PYTHON",
    "NPY_",
)


class FailedError(Exception):
    """A contestant is not installed, cannot enter, or broke; the text says which."""


def processors() -> list[int]:
    """Those on which this process may run; empty where the system cannot say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def chosen(threads: int) -> list[int]:
    """The last processors, one for each thread: the first often serves the system's interrupts."""
    return processors()[-threads:]


def surroundings(contestant: Contestant, threads: int, scratch: Path) -> dict[str, str]:
    """The environment variables of a contestant; caches of compiled programs begin empty in `scratch`."""
    blas = "1" if contestant.own_threads else str(threads)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FORGOTTEN)}
    return kept | {
        "OMP_NUM_THREADS": blas,
        "OPENBLAS_NUM_THREADS": blas,
        "MKL_NUM_THREADS": blas,
        "NUM_CPU_THREADS": str(threads),
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "TORCHINDUCTOR_CACHE_DIR": str(scratch / "torchinductor"),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
        "CACHEDB": str(scratch / "tinygrad.db"),
    }


@contextmanager
def on(cores: list[int]) -> Iterator[None]:
    """Start processes inside on these processors only; they inherit it."""
    before = processors()
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        if cores:
            os.sched_setaffinity(0, before)


class Worker:
    """One running contestant: ``worker("time", steps=100)`` asks and waits for the answer."""

    def __init__(self, contestant: Contestant, threads: int, envs: Path, scratch: Path) -> None:
        self.contestant, self.threads = contestant, threads
        interpreter = python(envs, contestant.environment)
        if not interpreter.exists():
            raise FailedError("not installed: run `python -m benchmarks setup`")
        self._log = scratch / f"{contestant.name}-{threads}.log"
        with on(chosen(threads)), self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [interpreter, "-m", f"benchmarks.contestants.{contestant.name}"],
                cwd=ROOT,
                env=surroundings(contestant, threads, scratch),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )

    def __call__(self, request: str, **details: Any) -> Mapping[str, Any]:
        """Ask, and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": request, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            lines = self._log.read_text(encoding="utf-8").strip().splitlines()
            last = lines[-1].replace(f"{ROOT}{os.sep}", "") if lines else "it said nothing"
            raise FailedError(f"its process ended: {last}")
        reply: dict[str, Any] = json.loads(line)
        for kind in ("unavailable", "error"):
            if kind in reply:
                raise FailedError(reply[kind])
        return reply

    def stop(self) -> None:
        """End the process, and wait until it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
