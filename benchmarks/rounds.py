"""The arithmetic of a fair comparison: who runs when, medians, quartiles, ratios. No clock is read here."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np


def order(contestants: int, rounds: int, seed: int = 0) -> list[list[int]]:
    """Everybody's turn in each round, shuffled, so that nobody always follows the same neighbour."""
    shuffle = random.Random(seed)
    return [shuffle.sample(range(contestants), contestants) for _ in range(rounds)]


def steps_for(seconds_per_step: float, wanted: float, most: int = 100_000) -> int:
    """How many steps take about `wanted` seconds; at least one."""
    return max(1, min(most, round(wanted / max(seconds_per_step, 1e-9))))


def median(times: Sequence[float]) -> float:
    """The middle one, or the mean of the two in the middle."""
    return float(np.median(times))


def quartiles(times: Sequence[float]) -> tuple[float, float]:
    """Between which values the middle half lies."""
    low, high = np.quantile(times, (0.25, 0.75))
    return float(low), float(high)


def ratio(times: Sequence[float], reference: Sequence[float]) -> float:
    """How many times as long as the reference: the median over rounds, so that what disturbs a round cancels."""
    return median([t / r for t, r in zip(times, reference, strict=True)])


def largest_difference(losses: Sequence[float], expected: Sequence[float]) -> float:
    """The largest relative difference of two loss curves; infinite where one has an end or a NaN of its own."""
    if len(losses) != len(expected) or not np.all(np.isfinite(losses)):
        return float("inf")
    found, right = np.asarray(losses), np.asarray(expected)
    return float(np.max(np.abs(found - right) / np.abs(right)))
