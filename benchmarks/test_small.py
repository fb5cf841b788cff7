"""Small things under pytest-benchmark, one version beside another: ``python -m pytest benchmarks/test_small.py``.

The tests' command does not run these. Other libraries are not here: see ``python -m benchmarks``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_wtf as tw
from benchmarks import workloads
from benchmarks.contestants import closed_form, compiled, eager
from benchmarks.worker import UnavailableError
from benchmarks.workloads import WORKLOADS

pytest.importorskip("pytest_benchmark")
SMALL = [workload for workload in WORKLOADS if workload.name in ("neuron", "circles")]


@pytest.mark.parametrize("contestant", [closed_form, eager, compiled], ids=["closed form", "eager", "compiled"])
@pytest.mark.parametrize("workload", SMALL, ids=[workload.name for workload in SMALL])
def test_step(benchmark: Any, workload: workloads.Workload, contestant: Any) -> None:
    """One training step."""
    try:
        steps = contestant.build(workloads.problem(workload.sizes, workload.samples, "float32"), 1)
    except UnavailableError as reason:
        pytest.skip(str(reason))
    assert np.isfinite(steps.number(benchmark(steps.step)))


def test_recording_a_product(benchmark: Any) -> None:
    """One operation recorded."""
    x = tw.ones(4, requires_grad=True)
    benchmark(lambda: x * x)


def test_a_hundred_products_forward_and_backward(benchmark: Any) -> None:
    """A short chain, both ways."""
    ways = eager.chain()
    gradient = benchmark(lambda: ways.backward(ways.forward(100)))
    assert gradient[1] == pytest.approx(101)
