"""micrograd: every number a `Value`. It has no exponential and no logarithm, so they are made here, as its users do."""

from __future__ import annotations

import math
from typing import Any

from micrograd.engine import Value

from benchmarks.worker import FACTORS, Chain, Steps, serve
from benchmarks.workloads import Problem


def sigmoid(z: Any) -> Any:
    """1 / (1 + e^-z), as a step of its own."""
    a = Value(1 / (1 + math.exp(-z.data)), (z,), "sigmoid")

    def backward() -> None:
        z.grad += a.data * (1 - a.data) * a.grad

    a._backward = backward
    return a


def log(a: Any) -> Any:
    """The natural logarithm, as a step of its own."""
    found = Value(math.log(a.data), (a,), "log")

    def backward() -> None:
        a.grad += found.grad / a.data

    found._backward = backward
    return found


def build(problem: Problem, threads: int) -> Steps:
    """One neuron with two inputs; a sample contributes the logarithm of the probability of its own label."""
    ((W, b),) = problem.parameters
    weights, bias = [Value(float(w)) for w in W[0]], Value(float(b[0]))
    samples = list(zip(problem.X.tolist(), problem.y[:, 0].tolist(), strict=True))

    def step() -> Any:
        likelihoods = []
        for x, label in samples:
            a = sigmoid(weights[0] * x[0] + weights[1] * x[1] + bias)
            likelihoods.append(log(a if label else 1 - a))
        loss = -sum(likelihoods, Value(0.0)) * (1 / len(samples))
        for parameter in (*weights, bias):
            parameter.grad = 0
        loss.backward()
        for parameter in (*weights, bias):
            parameter.data -= problem.rate * parameter.grad
        return loss.data

    return Steps(step)


def chain() -> Chain:
    """The chain of products, of single numbers."""
    x = Value(FACTORS[0])

    def forward(operations: int) -> Any:
        y = x
        for _ in range(operations):
            y = y * x
        return y

    def backward(y: Any) -> Any:
        x.grad = 0
        y.backward()
        return [x.grad]

    return Chain(forward, backward, FACTORS[:1])


if __name__ == "__main__":
    serve(build, ["micrograd"], chain)
