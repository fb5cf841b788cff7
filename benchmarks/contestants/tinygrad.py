"""tinygrad (the package of that name on PyPI) with TinyJit on the processor, by the clang that PyPI's ziglang brings.

Its heuristics choose the kernels; its search for better ones (`BEAM`) is not used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import ziglang

# tinygrad calls one program, so `zig clang` gets a name of its own; it must be known before tinygrad is imported.
clang = Path(sys.prefix) / "bin" / "zig-clang"
clang.write_text(f'#!/bin/sh\nexec "{Path(ziglang.__file__).parent / "zig"}" clang "$@"\n', encoding="utf-8")
clang.chmod(0o755)
os.environ.update(CC=str(clang), DEV="CPU")

from tinygrad import Device, Tensor, TinyJit  # noqa: E402

from benchmarks.worker import Steps, serve  # noqa: E402
from benchmarks.workloads import Problem  # noqa: E402


def build(problem: Problem, threads: int) -> Steps:
    """The number of threads is tinygrad's own, told by the master as ``NUM_CPU_THREADS``."""
    X, y, rate = Tensor(problem.X).realize(), Tensor(problem.y).realize(), problem.rate
    parameters = [(Tensor(W).realize(), Tensor(b).realize()) for W, b in problem.parameters]
    everything = [array for layer in parameters for array in layer]

    @TinyJit
    def step() -> Any:
        A = X
        for W, b in parameters:
            A = (A @ W.T + b).sigmoid()
        loss = A.binary_crossentropy(y)
        for parameter, gradient in zip(everything, loss.gradient(*everything), strict=True):
            parameter.assign(parameter - rate * gradient)
        Tensor.realize(loss, *everything)
        return loss

    return Steps(step, lambda loss: float(loss.item()), Device["CPU"].synchronize)


if __name__ == "__main__":
    serve(build, ["tinygrad", "ziglang"])
