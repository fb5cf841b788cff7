"""torch.compile on the whole step, update included: one graph, static shapes, guards skipped once it is compiled.

Of what was tried this is the fastest: `max-autotune-no-cudagraphs` and the C++ wrapper were slower, and inference mode
and returning new parameters instead of writing into the old ones gained nothing.
"""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.worker import Steps, serve
from benchmarks.workloads import Problem


def build(problem: Problem, threads: int) -> Steps:
    """The number of threads is PyTorch's own, and compiled into the program."""
    torch.set_num_threads(threads)
    torch.compiler.reset()
    torch.compiler.set_stance("default", skip_guard_eval_unsafe=False)
    X, y, rate = torch.tensor(problem.X), torch.tensor(problem.y), problem.rate
    parameters = [torch.tensor(array) for layer in problem.parameters for array in layer]

    def loss(parameters: list[torch.Tensor], X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        A = X
        for W, b in zip(parameters[::2], parameters[1::2], strict=True):
            A = torch.sigmoid(torch.nn.functional.linear(A, W, b))
        return torch.nn.functional.binary_cross_entropy(A, y)

    def whole(parameters: list[torch.Tensor], X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        gradients, found = torch.func.grad_and_value(loss)(parameters, X, y)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.sub_(rate * gradient)
        return found

    compiled = torch.compile(whole, fullgraph=True, dynamic=False)
    warm = False

    def step() -> Any:
        nonlocal warm
        found = compiled(parameters, X, y)
        if not warm:
            torch.compiler.set_stance("default", skip_guard_eval_unsafe=True)
            warm = True
        return found

    torch.set_grad_enabled(False)
    return Steps(step)


if __name__ == "__main__":
    serve(build, ["torch"])
