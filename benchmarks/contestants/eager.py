"""tinygrad_wtf as it comes: a model, a loss, an optimizer, every step recorded and walked anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from benchmarks.worker import FACTORS, Chain, Steps, serve
from benchmarks.workloads import Problem
from tinygrad_wtf import nn


def training(problem: Problem) -> tuple[Callable[[Any, Any], Any], Any, Any]:
    """An ordinary training step, and the data for it."""
    model = nn.Sequential()
    for W, b in problem.parameters:
        layer = nn.Linear(W.shape[1], W.shape[0], dtype=getattr(tw, str(W.dtype)))
        assert layer.bias is not None
        layer.weight.data, layer.bias.data = tw.tensor(W), tw.tensor(b)
        model.append(layer)
        model.append(nn.Sigmoid())
    loss_fn = nn.BCELoss()
    optimizer = nn.optim.SGD(model.parameters(), lr=problem.rate)

    def step(X: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return step, tw.tensor(problem.X), tw.tensor(problem.y)


def build(problem: Problem, threads: int) -> Steps:
    """The number of threads is BLAS's."""
    step, X, y = training(problem)
    return Steps(lambda: step(X, y), lambda loss: float(loss.item()))


def chain() -> Chain:
    """The chain of small products."""
    x = tw.tensor(np.array(FACTORS), requires_grad=True)

    def forward(operations: int) -> Any:
        y = x
        for _ in range(operations):
            y = y * x
        return y

    def backward(y: Any) -> Any:
        x.grad = None
        y.backward(tw.ones_like(y))
        assert x.grad is not None
        return x.grad.numpy()

    return Chain(forward, backward, FACTORS)


if __name__ == "__main__":
    serve(build, ["tinygrad_wtf", "numpy"], chain)
