"""Functions of the vectors along a dimension, between layers: softmax and its logarithm, gates, unit length, angles."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.dtypes import result_type
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops.dims import Dims, one_axis, taken
from tinygrad_wtf.ops.functions.choice import clamp_min
from tinygrad_wtf.ops.functions.norms import vector_norm
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.functions.shape import broadcast_shapes, expanded
from tinygrad_wtf.ops.overwriting import takes_out
from tinygrad_wtf.ops.precision import floating
from tinygrad_wtf.ops.rows import vectors as rows
from tinygrad_wtf.ops.rows.elementary import sigmoid
from tinygrad_wtf.ops.rows.indexing import constant


def _along(row: Op, x: Any, dim: int, dtype: Any) -> Any:
    axis = one_axis(row.name, dim, taken(row.name, x).ndim, x.shape)
    return row(floating(row.name, x, dtype), dim=(axis,) if x.ndim else ())


@takes_out
def softmax(input: Value, dim: int, dtype: Any = None) -> Value:
    """``exp(x) / Σ exp(x)`` along `dim`, computed in `dtype` if one is given: positive numbers with the sum 1."""
    return _along(rows.softmax, input, dim, dtype)


@takes_out
def log_softmax(input: Value, dim: int, dtype: Any = None) -> Value:
    """``x - log Σ exp(x)`` along `dim`: the logarithm of `softmax`, without rounding to 0 on the way."""
    return _along(rows.log_softmax, input, dim, dtype)


def glu(input: Value, dim: int = -1) -> Value:
    """``a σ(b)``, where a and b are the halves of the input along `dim` (Dauphin et al., 2016)."""
    floating("glu", taken("glu", input))
    axis = one_axis("glu", dim, input.ndim, input.shape)
    size = input.shape[axis] if input.ndim else 1
    if size % 2:
        raise ShapeError(
            f"{size} entries along dim {dim} cannot be halved", op="glu", shapes=(input.shape,), hint="Make them even"
        )
    before = (slice(None),) * axis
    return input[(*before, slice(size // 2))] * sigmoid(input[(*before, slice(size // 2, None))])


def normalize(input: Value, p: float = 2.0, dim: Dims = 1, eps: float = 1e-12) -> Value:
    """The vectors along `dim` divided by their p-norms, or by `eps` where those are smaller."""
    return input / clamp_min(vector_norm(floating("normalize", taken("normalize", input)), p, dim, keepdim=True), eps)


def cosine_similarity(x1: Value, x2: Any, dim: int = 1, eps: float = 1e-8) -> Value:
    """The cosine of the angle between the vectors along `dim`; norms below `eps` count as `eps`."""
    given = [taken("cosine_similarity", x) for x in (x1, x2)]
    first, second = (floating("cosine_similarity", x, result_type(given)) for x in given)
    shape = broadcast_shapes(first.shape, second.shape)
    return sum(_unit(expanded(first, shape), dim, eps) * _unit(expanded(second, shape), dim, eps), dim)


def _unit(x: Any, dim: int, eps: float) -> Any:
    """The vectors divided by their norms; PyTorch raises a norm to `eps` without telling its derivative."""
    norm = vector_norm(x, 2, dim, keepdim=True)
    return x / (norm + constant(clamp_min(norm, eps) - norm))
