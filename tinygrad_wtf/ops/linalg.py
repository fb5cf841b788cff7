"""Linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.op import Op
from tinygrad_wtf.ops.broadcasting import Shape, unbroadcast
from tinygrad_wtf.ops.shape import matrix_transpose, reshape


def _matrices(g: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """All three as (batches of) matrices: a vector on the left is a row, on the right a column."""
    row, column = a.ndim == 1, b.ndim == 1
    left = reshape(a, (1, -1)) if row else a
    right = reshape(b, (-1, 1)) if column else b
    batch = g.shape[: max(left.ndim, right.ndim) - 2]
    return reshape(g, (*batch, left.shape[-2], right.shape[-1])), left, right


def _left(g: Any, y: Any, a: Any, b: Any) -> Any:
    g, left, right = _matrices(g, a, b)
    return reshape(unbroadcast(g @ matrix_transpose(right), left.shape), a.shape)


def _right(g: Any, y: Any, a: Any, b: Any) -> Any:
    g, left, right = _matrices(g, a, b)
    return reshape(unbroadcast(matrix_transpose(left) @ g, right.shape), b.shape)


def _hint(a: Shape, b: Shape) -> str:
    if not a or not b:
        return "A product of matrices needs at least 1 dimension on each side; multiply by a number with *"
    inner = f"The last size of the left, {a[-1]}, must equal the {'only' if len(b) == 1 else 'second to last'} size of the right, {b[-2:][0]}"
    if len(b) > 1 and a[-1] == b[-1]:
        return f"{inner}; did you mean @ with the right one transposed (.mT)?"
    return inner


matmul = Op("matmul", "{} {}", np.matmul, (_left, _right), takes="numbers", sign="@", hint=_hint)
