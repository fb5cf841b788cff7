"""tinygrad_wtf, compiled: the ordinary step of `eager`, traced once and replayed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_wtf as tw
from benchmarks.contestants.eager import training
from benchmarks.worker import Steps, UnavailableError, serve
from benchmarks.workloads import Problem


def build(problem: Problem, threads: int) -> Steps:
    """Two threads are the project's own, each with one thread of BLAS."""
    if not hasattr(tw, "compile"):
        raise UnavailableError("this version of tinygrad_wtf has no compile")
    if threads > 1:
        if not hasattr(tw, "set_num_threads"):
            raise UnavailableError("this version of tinygrad_wtf has no set_num_threads")
        tw.set_num_threads(threads)
    return replayed(problem, tw.compile)


def replayed(problem: Problem, compile: Callable[[Any], Any]) -> Steps:
    """The steps of an ordinary training step that is compiled in this way."""
    step, X, y = training(problem)
    compiled = compile(step)
    return Steps(lambda: compiled(X, y), lambda loss: float(loss.item()))


if __name__ == "__main__":
    serve(build, ["tinygrad_wtf", "numpy"])
