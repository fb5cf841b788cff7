"""An array of one number over and over becomes that number, where another argument gives the result its shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.compiler.ir import Builder, Graph, Variable, is_elementwise


def scalars(graph: Graph) -> Graph:
    """Read a single number instead of an array of it. Exact."""
    edit = Builder(graph)
    uniform = {v for v, value in graph.values.items() if value.kind == "constant" and _is_uniform(value.sample)}
    small: dict[Variable, Variable] = {}
    for instruction in graph.instructions:
        if not is_elementwise(instruction):
            edit.instructions.append(instruction)
            continue
        args = list(instruction.args)
        for i, a in enumerate(args):
            others = [edit.sample(b).shape for j, b in enumerate(args) if j != i and isinstance(b, Variable)]
            if not (isinstance(a, Variable) and a in uniform and others):
                continue
            if np.broadcast_shapes(*others) == graph.sample(instruction.result).shape:
                if a not in small:
                    small[a] = edit.new("constant", graph.sample(a).reshape(-1)[0].copy().reshape(()))
                args[i] = small[a]
        edit.instructions.append(instruction.with_args(*args))
    return edit.build()


def _is_uniform(a: np.ndarray[Any, Any]) -> bool:
    """Whether it has several entries, all of the same bits: 0 and -0 are two numbers."""
    if a.size < 2:
        return False
    first = a.reshape(-1)[:1]
    if a.size > 4096 and not (a == first).all():
        return False
    return a.tobytes() == np.broadcast_to(first, a.size).tobytes()
