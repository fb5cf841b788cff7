"""Measuring which of a few ways is the fastest on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def best_times(runs: Sequence[Callable[[], Any]], away: np.ndarray[Any, Any] | None = None) -> list[float]:
    """The least seconds that each of them takes, in turns, so that all meet the same disturbances.

    Between the turns, `away` passes through the cache. What is half as fast again takes no more turns.
    """
    for run in runs:
        run()
    best, spent = [float("inf")] * len(runs), 0.0
    contenders = list(range(len(runs)))
    for turn in range(40):
        if turn >= 4 and spent > 0.004 * len(contenders):
            break
        for i in contenders:
            if away is not None:
                away.max()
            started = time.perf_counter()
            runs[i]()
            took = time.perf_counter() - started
            best[i], spent = min(best[i], took), spent + took
        contenders = [i for i in contenders if best[i] <= 1.5 * min(best)]
    return best


def first_best(seconds: list[float]) -> int:
    """Which is the least, but for a few per cent: of those that are about as fast, the first."""
    return next(i for i, took in enumerate(seconds) if took <= 1.03 * min(seconds))
