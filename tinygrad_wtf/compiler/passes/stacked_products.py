"""A tall product is computed as a stack of small ones, which OpenBLAS multiplies as they lie.

Up to a million multiplications its kernels for AVX-512 copy no operand beforehand: a tall matrix times a narrow one
takes up to half less time so. On other processors every small product would be copied, and the pass changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from tinygrad_wtf.compiler.hoist import held_variables
from tinygrad_wtf.compiler.inference import ArrayType
from tinygrad_wtf.compiler.ir import Builder, Graph, Instruction, Makers, Variable, is_product, is_view

UNPACKED = 1_000_000  # multiplications of one product
LARGE = 1 << 21  # multiplications of all: below this, the difference is small
FEWEST, MOST = 4, 256  # rows of one product


@cache
def multiplies_unpacked() -> bool:
    """Whether NumPy's BLAS has kernels for small products on this processor."""
    config = np.show_config(mode="dicts")
    found = config["SIMD Extensions"].get("found", ())
    blas = config["Build Dependencies"]["blas"]["name"]
    return "openblas" in blas and any(name.startswith(("AVX512", "X86_V4")) for name in found)


def rows_at_once(m: int, k: int, n: int) -> int:
    """How many rows of an (m, k) matrix one product with a (k, n) matrix takes; 0 where no number divides them."""
    most = min(MOST, UNPACKED // (k * n))
    return next((rows for rows in range(most, FEWEST - 1, -1) if m % rows == 0), 0)


def stacked_products(graph: Graph, pays: Callable[[], bool] = multiplies_unpacked, large: int = LARGE) -> Graph:
    """Divide products of tall matrices that lie row after row. Bound: sums in another order."""
    if not pays():
        return graph
    held, makers, edit = held_variables(graph), graph.makers(), Builder(graph)
    for instruction in graph.instructions:
        rows = _rows(graph, held, makers, instruction, large)
        if not rows:
            edit.instructions.append(instruction)
            continue
        a, b = instruction.args
        (m, k), n, dtype = graph.sample(a).shape, graph.sample(b).shape[1], graph.sample(a).dtype
        stack = edit.add(np.reshape, a, (m // rows, rows, k), like=instruction)
        products = edit.add(np.matmul, stack, b, like=instruction, sample=ArrayType((m // rows, rows, n), dtype))
        about = (instruction.label, instruction.scope)
        edit.instructions.append(Instruction(np.reshape, (products, (m, n)), {}, instruction.result, *about))
    return edit.build()


def _rows(graph: Graph, held: set[Variable], makers: Makers, instruction: Instruction, large: int) -> int:
    """How many rows each product takes; 0 for what stays as it is."""
    if not is_product(instruction, graph):
        return 0
    made = makers.get(instruction.args[0])
    if is_view(made.function) if made is not None else instruction.args[0] not in held:
        return 0
    a, b = (graph.sample(x) for x in instruction.args)
    (m, k), n = a.shape, b.shape[1]  # one column is no product that BLAS would copy for
    return rows_at_once(m, k, n) if n > 1 and m * k * n >= large else 0
