"""What is computed: the guide's networks, their data and initial weights, made from a seed. Nothing is timed here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 0.1
SEED = 2025


class Workload(NamedTuple):
    """A network of sigmoid layers, trained on all its samples at once."""

    name: str
    sizes: tuple[int, ...]
    samples: int
    title: str


class Problem(NamedTuple):
    """A workload's numbers: samples are the rows of X; W is (neurons, inputs) and b (neurons,) in each layer."""

    X: NDArray[np.floating]
    y: NDArray[np.floating]
    parameters: list[tuple[NDArray[np.floating], NDArray[np.floating]]]
    rate: float


WORKLOADS = (
    Workload("neuron", (2, 1), 100, "neuron, 100 × 2"),
    Workload("circles", (2, 32, 1), 100, "[2, 32, 1], 100"),
    Workload("moons", (2, 64, 64, 1), 1000, "[2, 64, 64, 1], 1,000"),
    Workload("spirals", (2, 128, 128, 128, 128, 1), 2000, "[2, 128 × 4, 1], 2,000"),
    Workload("photos", (4096, 16, 16, 1), 1000, "[4096, 16, 16, 1], 1,000"),
)


def problem(sizes: Sequence[int], samples: int, dtype: str, seed: int = SEED) -> Problem:
    """Make the same numbers for everyone.

    The labels are noisy and the weights scaled by the number of inputs, so that no activation saturates during the
    thousands of steps that are timed: numbers too small for the normal range would slow down some and not others.
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((samples, sizes[0]))
    direction = rng.standard_normal((sizes[0], 1)) / np.sqrt(sizes[0])
    y = X @ direction + rng.standard_normal((samples, 1)) > 0
    parameters = [
        (rng.standard_normal((n, before)) / np.sqrt(before), 0.1 * rng.standard_normal(n))
        for before, n in pairwise(sizes)
    ]
    kept = [(W.astype(dtype), b.astype(dtype)) for W, b in parameters]
    return Problem(X.astype(dtype), y.astype(dtype), kept, RATE)


def save(path: Path, made: Problem) -> None:
    """Write a problem where a contestant's process can read it."""
    arrays = {"X": made.X, "y": made.y, "rate": np.array(made.rate)}
    for layer, (W, b) in enumerate(made.parameters):
        arrays |= {f"W{layer}": W, f"b{layer}": b}
    np.savez(path, **arrays)  # type: ignore[arg-type]


def load(path: Path | str) -> Problem:
    """Read what `save` wrote."""
    with np.load(path) as arrays:
        layers = sum(name.startswith("W") for name in arrays.files)
        parameters = [(arrays[f"W{layer}"], arrays[f"b{layer}"]) for layer in range(layers)]
        return Problem(arrays["X"], arrays["y"], parameters, float(arrays["rate"]))
