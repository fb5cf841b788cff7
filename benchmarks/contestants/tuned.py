"""tinygrad_wtf, compiled with `tune=True`: threads and the forms of products are chosen by measuring them here."""

from __future__ import annotations

import functools
import inspect

import tinygrad_wtf as tw
from benchmarks.contestants import compiled
from benchmarks.worker import Steps, UnavailableError, serve
from benchmarks.workloads import Problem


def build(problem: Problem, threads: int) -> Steps:
    """Threads are those of `compiled`."""
    if "tune" not in inspect.signature(tw.compile).parameters:
        raise UnavailableError("this version of tinygrad_wtf tunes nothing on request")
    tw.set_num_threads(threads)
    return compiled.replayed(problem, functools.partial(tw.compile, tune=True))


if __name__ == "__main__":
    serve(build, ["tinygrad_wtf", "numpy"])
