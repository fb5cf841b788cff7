"""The guide's own NumPy (practices 02 and 03): back-propagation written out by hand, with samples as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.worker import Steps, serve
from benchmarks.workloads import Problem


def build(problem: Problem, threads: int) -> Steps:
    """The five functions of the guide in one step; the number of threads is BLAS's."""
    X, y = np.ascontiguousarray(problem.X.T), np.ascontiguousarray(problem.y.T)
    m = y.shape[1]
    weights = [W.copy() for W, _ in problem.parameters]
    biases = [b[:, None].copy() for _, b in problem.parameters]
    rate = problem.rate

    def step() -> Any:
        activations = [X]
        for W, b in zip(weights, biases, strict=True):
            Z = W @ activations[-1] + b
            activations.append(1 / (1 + np.exp(-Z)))
        A = activations[-1]
        loss = -1 / m * np.sum(y * np.log(A) + (1 - y) * np.log(1 - A))
        dZ = A - y
        gradients = []
        for layer in reversed(range(len(weights))):
            before = activations[layer]
            gradients.append((1 / m * dZ @ before.T, 1 / m * np.sum(dZ, axis=1, keepdims=True)))
            if layer:
                dZ = weights[layer].T @ dZ * before * (1 - before)
        for layer, (dW, db) in enumerate(reversed(gradients)):
            weights[layer] = weights[layer] - rate * dW
            biases[layer] = biases[layer] - rate * db
        return loss

    return Steps(step)


if __name__ == "__main__":
    serve(build, ["numpy"])
