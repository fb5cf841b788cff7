"""Operations forward and backward on one thread, beside PyTorch's where it is installed: ``python -m benchmarks.ops``.

The contestants take turns, so that both meet the same disturbances of the machine; medians are compared.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")  # before NumPy is imported

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]


class Case(NamedTuple):
    """What is computed from inputs of these shapes; `F` is either side's ``nn.functional``."""

    name: str
    shapes: tuple[tuple[int, ...], ...]
    compute: Callable[..., Any]


SQUARE = (1000, 1000)
CASES = [
    Case("conv2d", ((32, 8, 64, 64), (16, 8, 3, 3)), lambda F, x, w: F.conv2d(x, w)),
    Case("conv2d, padded, bias", ((32, 8, 64, 64), (16, 8, 3, 3), (16,)), lambda F, x, w, b: F.conv2d(x, w, b, 1, 1)),
    Case("softmax", (SQUARE,), lambda F, x: F.softmax(x, -1)),
    Case("logsumexp", (SQUARE,), lambda F, x: x.logsumexp(-1)),
    Case("layer_norm", (SQUARE,), lambda F, x: F.layer_norm(x, (1000,))),
    Case("layer_norm, weight, bias", (SQUARE, (1000,), (1000,)), lambda F, x, w, b: F.layer_norm(x, (1000,), w, b)),
]


def both_ways(case: Case, functional: Any, tensor: Callable[[Any], Any]) -> Callable[[], None]:
    """A pass forward and backward, in float32, with the same numbers in every library."""
    rng = np.random.default_rng(0)
    inputs = [tensor(rng.standard_normal(shape, dtype=np.float32)) for shape in case.shapes]
    direction = tensor(rng.standard_normal(case.compute(functional, *inputs).shape, dtype=np.float32))
    for x in inputs:
        x.requires_grad_()

    def run() -> None:
        for x in inputs:
            x.grad = None
        case.compute(functional, *inputs).backward(direction)

    return run


def timed(contestants: list[Callable[[], None]], rounds: int) -> list[np.ndarray[Any, Any]]:
    """Milliseconds of each contestant in each round, after one round to warm up."""
    found = np.empty((len(contestants), rounds))
    for turn in range(-1, rounds):
        for i, run in enumerate(contestants):
            start = time.perf_counter()
            run()
            found[i, turn] = 1e3 * (time.perf_counter() - start)
    return list(found)


def main() -> None:
    """Print a line for each case: medians, and between which quartiles the times lie."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    rounds = parser.parse_args().rounds
    if torch is not None:
        torch.set_num_threads(1)
    print(f"{'forward and backward, float32':30}{'ours ms':>9}{'quartiles':>15}", end="")
    print(f"{'torch ms':>11}{'quartiles':>15}{'ratio':>8}" if torch else "   (PyTorch is not installed)")
    for case in CASES:
        contestants = [both_ways(case, nn.functional, tw.tensor)]
        if torch is not None:
            contestants.append(both_ways(case, torch.nn.functional, torch.tensor))
        times = timed(contestants, rounds)
        medians = [float(np.median(t)) for t in times]
        columns = [
            f"{m:9.2f}{'{:.2f} - {:.2f}'.format(*np.quantile(t, (0.25, 0.75))):>15}"
            for m, t in zip(medians, times, strict=True)
        ]
        ratio = f"{medians[0] / medians[1]:8.2f}" if torch is not None else ""
        print(f"{case.name:30}" + "  ".join(columns) + ratio)


if __name__ == "__main__":
    main()
