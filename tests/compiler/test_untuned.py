"""Without tuning nothing is measured: the same bits in every process, and work that grows with the program alone."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.graphs import Hand
from tinygrad_wtf import nn
from tinygrad_wtf.compiler.executable import executable
from tinygrad_wtf.compiler.pipeline import optimize

ROOT = Path(__file__).parents[2]
TRAINED = """
import sys, time
import tinygrad_wtf as tw
from tinygrad_wtf import nn
tw.manual_seed(0)
model = nn.Sequential(nn.Linear(40, 16), nn.Sigmoid(), nn.Linear(16, 1), nn.Sigmoid())
descent, loss = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), nn.BCELoss()
X = tw.rand(500, 40, generator=1)
y = (X[:, :1] > 0.5).float()
def no_clock(*_):
    raise AssertionError("something is timed")
time.perf_counter = time.process_time = no_clock
@tw.compile
def step(X, y):
    descent.zero_grad()
    value = loss(model(X), y)
    value.backward()
    descent.step()
    return value
for _ in range(7):
    step(X, y)
print(step(X, y).item().hex(), *(float(p.detach().abs().sum()).hex() for p in model.parameters()))
print("tinygrad_wtf.compiler.tuning" in sys.modules)
"""


def test_two_processes_give_the_same_bits_and_measure_nothing():
    kept = {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")}
    printed = {
        subprocess.run(
            [sys.executable, "-c", TRAINED], capture_output=True, check=True, text=True, cwd=ROOT,
            env={**kept, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in (1, 2)
    }  # fmt: skip
    (text,) = printed
    assert text.endswith("False\n")


def calls_of(action):
    """How many calls of Python functions and of others it makes."""
    count = 0

    def count_one(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(count_one)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def chain(length):
    """A graph of so many calls, of parameters that are all updated."""
    hand = Hand()
    y = x = hand.argument(np.ones((4, 4), np.float32))
    for i in range(length):
        w = hand.memory(np.full((4, 4), 0.5, np.float32))
        y = hand.call((np.add, np.multiply, np.matmul)[i % 3], y, w)
        hand.stores[w] = hand.call(np.subtract, w, y)
    hand.call(np.add.reduce, x, None)
    return hand.returns(y)


@pytest.mark.parametrize("make", [lambda g: optimize(g, verify=False), lambda g: executable(optimize(g, verify=False))])
def test_twice_the_program_is_twice_the_work(make):
    short, long = (calls_of(functools.partial(make, chain(n))) for n in (100, 400))
    assert long < 4.6 * short


def test_samples_of_a_trace_are_gone_when_the_program_is_ready():
    w = tw.rand(300, 300, generator=0).requires_grad_()

    @tw.compile
    def step(x):
        w.grad = None
        loss = ((x @ w).tanh() @ w).sigmoid().mean()
        loss.backward()
        return loss.detach()

    x = tw.rand(300, 300, generator=1)
    plain = step.function(x).item()
    assert step(x).item() == pytest.approx(plain, rel=1e-5)
    values = step.program.graph.values.values()
    assert not [v for v in values if isinstance(v.sample, np.ndarray) and v.kind != "constant"]


def test_large_logits_whose_samples_are_forgotten():
    """The guards tell in each run whether the log-loss may be computed from them."""
    w, v = (tw.rand(3, 200, generator=0).requires_grad_() for _ in range(2))

    def training(w):
        def step(x, y):
            w.grad = None
            loss = nn.functional.binary_cross_entropy((x @ w).sigmoid(), y)
            loss.backward()
            return loss.detach()

        return step

    x = tw.rand(100, 3, generator=1)
    y = (tw.rand(100, 200, generator=2) > 0.5).float()
    compiled, plain = tw.compile(training(w)), training(v)
    for labels in (y, y, 0.5 * y, y):
        assert compiled(x, labels).item() == pytest.approx(plain(x, labels).item(), rel=1e-5)
        np.testing.assert_allclose(w.grad.numpy(), v.grad.numpy(), rtol=1e-3, atol=1e-6)
