"""HIPS autograd: NumPy functions of the parameters, differentiated by `value_and_grad`."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as np
from autograd.core import make_vjp

from benchmarks.worker import FACTORS, Chain, Steps, serve
from benchmarks.workloads import Problem


def build(problem: Problem, threads: int) -> Steps:
    """The number of threads is BLAS's."""
    X, y, rate = problem.X, problem.y, problem.rate
    parameters = [(W.copy(), b.copy()) for W, b in problem.parameters]

    def loss(parameters: Any) -> Any:
        A = X
        for W, b in parameters:
            A = 1 / (1 + np.exp(-(np.dot(A, W.T) + b)))
        return -np.mean(y * np.log(A) + (1 - y) * np.log(1 - A))

    with_gradients = autograd.value_and_grad(loss)

    def step() -> Any:
        nonlocal parameters
        found, gradients = with_gradients(parameters)
        updates = zip(parameters, gradients, strict=True)
        parameters = [(W - rate * dW, b - rate * db) for (W, b), (dW, db) in updates]
        return found

    return Steps(step)


def chain() -> Chain:
    """The chain of small products; forward is the call that records, backward that of the function it gives."""
    x = np.array(FACTORS)

    def forward(operations: int) -> Any:
        def product(x: Any) -> Any:
            y = x
            for _ in range(operations):
                y = y * x
            return y

        return make_vjp(product, x)[0]

    return Chain(forward, lambda backward: backward(np.ones_like(x)), FACTORS)


if __name__ == "__main__":
    serve(build, ["autograd", "numpy"], chain)
