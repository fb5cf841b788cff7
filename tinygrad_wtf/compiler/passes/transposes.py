"""The transpose of a product of which nothing else is read: the product of the transposes, in the other order."""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.compiler.ir import Builder, Graph, Variable, is_product, is_transpose


def transposes(graph: Graph) -> Graph:
    """Multiply the other way round instead of transposing the result: the same sums of the same products."""
    uses, makers = graph.uses(), graph.makers()
    edit = Builder(graph)
    gone: set[Variable] = set()
    for instruction in graph.instructions:
        product = makers.get(instruction.args[0]) if is_transpose(instruction) else None
        if not is_product(product, graph) or uses[product.result] > 1:
            edit.instructions.append(instruction)
            continue
        gone.add(product.result)
        turned = []
        for a in reversed(product.args):
            before = makers.get(a)
            if is_transpose(before) and before.args[0] not in gone:
                turned.append(before.args[0])  # transposed twice
            else:
                turned.append(edit.add(np.transpose, a, (1, 0), like=product, label="permute"))
        edit.instructions.append(product.with_args(*turned, result=instruction.result))
    return edit.build(i for i in edit.instructions if i.result not in gone)
