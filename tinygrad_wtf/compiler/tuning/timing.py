"""Measuring which of a few ways is the fastest on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

LEAST, MOST = 3, 10  # runs in a turn, while they become faster
LONG = 0.06  # seconds: a turn that has taken so long is ended after two runs or more
ENOUGH = 0.1  # seconds for each way: after that, there are no more turns


def best_times(
    runs: Iterable[Callable[[], Any]],
    away: np.ndarray[Any, Any] | None = None,
    limit: float = float("inf"),
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """The least seconds that each of them takes, in turns, so that all meet the same disturbances.

    A turn is a few runs in a row, until the caches hold what they hold when nothing else is run; with `away`, which
    passes through them between the runs, that is little. What takes a third longer than the best takes no more turns.
    After `limit` seconds there are no more turns, and no more ways are tried: the result has the times of the first
    ones, of one at least.
    """
    ways: list[Callable[[], Any]] = []
    best: list[float] = []
    spent = 0.0
    for run in runs:  # these may be made only now: that does not count
        begun = clock()
        ways.append(run)
        best.append(min(_in_a_row(run, away, min(best, default=float("inf")), clock)))
        spent += clock() - begun
        if spent > limit:
            break
    for turn in range(1, 13):
        contenders = [i for i, took in enumerate(best) if took <= 1.33 * min(best)]
        if spent > min(limit, ENOUGH * len(ways)) or (turn > 1 and spent > 0.004 * len(contenders)):
            break
        begun = clock()
        for i in contenders:
            best[i] = min(best[i], *_in_a_row(ways[i], away, min(best), clock))
        spent += clock() - begun
    return best


def _in_a_row(
    run: Callable[[], Any], away: np.ndarray[Any, Any] | None, best: float, clock: Callable[[], float]
) -> list[float]:
    """The seconds of each run of a turn; what is far from the `best` is given up."""
    seconds: list[float] = []
    begun = clock()
    while len(seconds) < MOST:
        if away is not None:
            away.max()
        started = clock()
        run()
        ended = clock()
        seconds.append(ended - started)
        if len(seconds) >= 2 and (min(seconds) > 2 * best or ended - begun > LONG):
            break
        if len(seconds) >= LEAST and min(seconds[-2:]) > 0.98 * min(seconds[:-2]):
            break
    return seconds


def first_best(seconds: list[float]) -> int:
    """Which is the least, but for a few per cent: of those that are about as fast, the first."""
    return next(i for i, took in enumerate(seconds) if took <= 1.03 * min(seconds))
