"""The sum of all entries, or their mean, as a product with a vector: one call of BLAS instead of a reduction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.compiler.inference import ArrayType
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Makers, Variable

MOST = 1 << 13  # entries: more are summed up by NumPy, pairwise; so many as a product are off by 1e-6


class Total:
    """``x · weights`` for weights that are all 1 / count: the sum of a flat array, divided by a count of at least 1.

    Its bound is n eps of Σ|x|, and n times the smallest number. A result that is not finite, or so small that parts of
    it may have underflown, is computed again by NumPy, in whose order it is what it is without the pass.
    """

    __name__ = "dot"
    is_product = True

    def __init__(self, count: float) -> None:
        self.count = count

    def __call__(self, flat: np.ndarray[Any, Any], weights: np.ndarray[Any, Any]) -> Any:
        """The total of an array of shape (n,) or (1, n)."""
        total = np.asarray(np.dot(flat, weights))
        if not self.smallest(flat.dtype) < abs(total.item()) < math.inf:
            self.again(flat, total)
        return total

    @staticmethod
    def smallest(dtype: np.dtype[Any]) -> float:
        """Above this, what underflows in a part of the total is less than its rounding."""
        return 1e8 * float(np.finfo(dtype).smallest_normal)

    def again(self, flat: np.ndarray[Any, Any], out: np.ndarray[Any, Any]) -> None:
        """Write the total as NumPy computes it."""
        out[...] = np.add.reduce(flat, None) / self.count

    def infer(self, flat: ArrayType, weights: ArrayType) -> ArrayType:
        """Shape and dtype of the total."""
        return ArrayType(flat.shape[:-1] + weights.shape[1:], flat.dtype)


def sums_as_dots(graph: Graph) -> Graph:
    """Write totals as products."""
    makers, uses = graph.makers(), graph.uses()
    edit = Builder(graph)
    for instruction in graph.instructions:
        total, count = _divided(graph, makers, uses, instruction)
        if total.function != np.add.reduce or not _adds_all(graph, total):
            edit.instructions.append(instruction)
            continue
        x, ndim = graph.sample(total.args[0]), graph.sample(instruction.result).ndim
        flat = edit.add(
            np.reshape, total.args[0], (1,) * (ndim > 0) + (x.size,), like=instruction, label="reshape", scope=()
        )
        weights = edit.new("constant", np.full((x.size, 1) if ndim == 2 else x.size, 1 / count, x.dtype))
        edit.instructions.append(
            Instruction(Total(count), (flat, weights), {}, instruction.result, total.label, total.scope)
        )
    return edit.build()


def _divided(
    graph: Graph, makers: Makers, uses: dict[Variable, int], instruction: Instruction
) -> tuple[Instruction, float]:
    """The sum of which this is a quotient, and by what it is divided; itself and 1 if it is none."""
    if instruction.function is not np.true_divide:
        return instruction, 1.0
    total, divisor = instruction.args
    before = makers.get(total)
    if (
        before is None
        or uses[total] > 1
        or (isinstance(divisor, Variable) and graph.values[divisor].kind != "constant")
    ):
        return instruction, 1.0
    count = graph.sample(divisor)
    if np.ndim(count) or not 1 <= float(count) < 1e20:  # no term overflows, and few underflow
        return instruction, 1.0
    return before, float(count)


def _adds_all(graph: Graph, total: Instruction) -> bool:
    result = graph.sample(total.result)
    if not isinstance(total.args[0], Variable) or result.size != 1 or result.ndim > 2:
        return False
    if total.settings.get("dtype") is not None or "initial" in total.settings:
        return False
    x = graph.sample(total.args[0])
    return bool(x.dtype.kind == "f" and x.dtype.itemsize >= 4 and 0 < x.size <= MOST and x.dtype == result.dtype)
