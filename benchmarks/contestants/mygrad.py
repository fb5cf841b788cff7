"""MyGrad, with its memory guard off, as its authors advise where speed counts."""

from __future__ import annotations

from typing import Any

import mygrad
import numpy as np
from mygrad.nnet.activations import sigmoid

from benchmarks.worker import FACTORS, Chain, Steps, serve
from benchmarks.workloads import Problem

mygrad.turn_memory_guarding_off()


def build(problem: Problem, threads: int) -> Steps:
    """The number of threads is BLAS's."""
    X, y, rate = problem.X, problem.y, problem.rate
    one = X.dtype.type(1)  # a plain 1 would make float64 of float32
    parameters = [(mygrad.tensor(W), mygrad.tensor(b)) for W, b in problem.parameters]

    def step() -> Any:
        A = X
        for W, b in parameters:
            A = sigmoid(mygrad.matmul(A, W.T) + b)
        loss = -mygrad.mean(y * mygrad.log(A) + (1 - y) * mygrad.log(one - A))
        loss.backward()
        for layer in parameters:
            for parameter in layer:
                parameter.data -= rate * parameter.grad
        return loss.data

    return Steps(step)


def chain() -> Chain:
    """The chain of small products."""
    x = mygrad.tensor(np.array(FACTORS))

    def forward(operations: int) -> Any:
        y = x
        for _ in range(operations):
            y = y * x
        return y

    def backward(y: Any) -> Any:
        y.backward()
        return x.grad

    return Chain(forward, backward, FACTORS)


if __name__ == "__main__":
    serve(build, ["mygrad", "numpy"], chain)
