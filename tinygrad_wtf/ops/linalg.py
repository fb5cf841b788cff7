"""Linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.op import Op
from tinygrad_wtf.ops.broadcasting import Shape, unbroadcast
from tinygrad_wtf.ops.shape import matrix_transpose, reshape


def _row(a: Any) -> Any:
    """A vector on the left of a product is a row."""
    return reshape(a, (1, -1)) if a.ndim == 1 else a


def _column(b: Any) -> Any:
    """A vector on the right of a product is a column."""
    return reshape(b, (-1, 1)) if b.ndim == 1 else b


def _as_matrix(g: Any, a: Any, b: Any) -> Any:
    """The cotangent with the axes back that the product of a vector has lost."""
    rows = (1,) if a.ndim == 1 else (a.shape[-2],)
    columns = (1,) if b.ndim == 1 else (b.shape[-1],)
    batch = g.shape[: max(a.ndim, b.ndim, 2) - 2]
    return reshape(g, batch + rows + columns)


def _left(g: Any, y: Any, a: Any, b: Any) -> Any:
    product = _as_matrix(g, a, b) @ matrix_transpose(_column(b))
    return reshape(unbroadcast(product, (1, *a.shape) if a.ndim == 1 else a.shape), a.shape)


def _right(g: Any, y: Any, a: Any, b: Any) -> Any:
    product = matrix_transpose(_row(a)) @ _as_matrix(g, a, b)
    return reshape(unbroadcast(product, (*b.shape, 1) if b.ndim == 1 else b.shape), b.shape)


def _hint(a: Shape, b: Shape) -> str:
    if not a or not b:
        return "A product of matrices needs at least 1 dimension on each side; multiply by a number with *"
    which = "only" if len(b) == 1 else "second to last"
    inner = f"The last size of the left, {a[-1]}, must equal the {which} size of the right, {b[-2:][0]}"
    if len(b) > 1 and a[-1] == b[-1]:
        return f"{inner}; did you mean @ with the right one transposed (.mT)?"
    return inner


matmul = Op("matmul", "{} {}", np.matmul, (_left, _right), takes="numbers", sign="@", hint=_hint)
