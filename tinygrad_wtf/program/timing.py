"""Measuring which of a few ways is the fastest on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LEAST, MOST = 3, 10  # runs in a turn, while they become faster
LONG = 0.06  # seconds: a turn that has taken so long, half of it with `away`, is ended after two runs or more
ENOUGH = 0.1  # seconds for each way: after that, there are no more turns


def best_times(runs: Sequence[Callable[[], Any]], away: np.ndarray[Any, Any] | None = None) -> list[float]:
    """The least seconds that each of them takes, in turns, so that all meet the same disturbances.

    A turn is a few runs in a row, until the caches hold what they hold when nothing else is run; with `away`, which
    passes through them between the runs, that is little. What takes a third longer than the best takes no more turns.
    """
    best, spent = [float("inf")] * len(runs), 0.0
    contenders = list(range(len(runs)))
    for turn in range(13):
        if spent > ENOUGH * len(runs) or (turn >= 2 and spent > 0.004 * len(contenders)):
            break
        started = time.perf_counter()
        for i in contenders:
            best[i] = min(best[i], *_in_a_row(runs[i], away, min(best)))
        spent += time.perf_counter() - started
        contenders = [i for i in contenders if best[i] <= 1.33 * min(best)]
    return best


def _in_a_row(run: Callable[[], Any], away: np.ndarray[Any, Any] | None, best: float) -> list[float]:
    """The seconds of each run of a turn; what is far from the `best` is given up."""
    seconds: list[float] = []
    while len(seconds) < MOST:
        if away is not None:
            away.max()
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
        if len(seconds) >= LEAST and min(seconds[-2:]) > min(2 * best, 0.98 * min(seconds[:-2])):
            break
        if len(seconds) >= 2 and (min(seconds) > 3 * best or sum(seconds) > (LONG if away is None else LONG / 2)):
            break
    return seconds


def first_best(seconds: list[float]) -> int:
    """Which is the least, but for a few per cent: of those that are about as fast, the first."""
    return next(i for i, took in enumerate(seconds) if took <= 1.03 * min(seconds))
