"""PyTorch as it comes: a model, a loss, an optimizer."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from benchmarks.worker import FACTORS, Chain, Steps, serve
from benchmarks.workloads import Problem


def build(problem: Problem, threads: int) -> Steps:
    """The number of threads is PyTorch's own."""
    torch.set_num_threads(threads)
    layers: list[nn.Module] = []
    for W, b in problem.parameters:
        layer = nn.Linear(W.shape[1], W.shape[0])
        layer.weight.data, layer.bias.data = torch.tensor(W), torch.tensor(b)
        layers += [layer, nn.Sigmoid()]
    model = nn.Sequential(*layers)
    loss_fn = nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=problem.rate)
    X, y = torch.tensor(problem.X), torch.tensor(problem.y)

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        return loss

    return Steps(step, lambda loss: float(loss.detach()))


def chain() -> Chain:
    """The chain of small products."""
    torch.set_num_threads(1)
    x = torch.tensor(FACTORS, dtype=torch.float64, requires_grad=True)

    def forward(operations: int) -> Any:
        y = x
        for _ in range(operations):
            y = y * x
        return y

    def backward(y: Any) -> Any:
        x.grad = None
        y.backward(torch.ones_like(y))
        assert x.grad is not None
        return x.grad.numpy()

    return Chain(forward, backward, FACTORS)


if __name__ == "__main__":
    serve(build, ["torch"], chain)
