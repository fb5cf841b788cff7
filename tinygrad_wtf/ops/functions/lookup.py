"""Labels and words as vectors: what a network makes of whole numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import ShapeError, UnsupportedError
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.indexing import _places, getitem
from tinygrad_wtf.ops.functions.norms import vector_norm
from tinygrad_wtf.ops.functions.shape import unsqueeze
from tinygrad_wtf.ops.rows import indexing as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.shape import reshaped


def one_hot(tensor: Value, num_classes: int = -1) -> Value:
    """For each label a vector with 1 at its place and 0 elsewhere, by default as long as the largest label asks."""
    labels = _places("one_hot", tensor, np.int64)
    if num_classes == -1 and labels.size:
        num_classes = int(labels.max()) + 1
    if num_classes < 1 and not (labels.size and labels.min() < 0):
        raise ShapeError(
            f"there cannot be {num_classes} classes", op="one_hot", shapes=(labels.shape,), hint="Give num_classes"
        )
    places = rows.in_range(labels, size=num_classes, op="one_hot", from_end=False)
    return cast(unsqueeze(places, -1) == np.arange(num_classes), dtype=np.dtype("int64"))


def embedding(
    input: Any,
    weight: Value,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Value:
    """The rows of `weight` at these indices; the row `padding_idx` receives no gradient.

    With `max_norm`, rows that are read and longer than that, in the norm `norm_type`, are first shortened to it in
    place; `scale_grad_by_freq` divides a row's gradient by how often it is read. `sparse` is not supported.
    """
    if sparse:
        raise UnsupportedError("there are no sparse gradients", op="embedding", hint="Leave sparse=True out")
    if taken("embedding", weight).ndim != 2:
        raise ShapeError(f"the weight has shape {weight.shape}, not two axes", op="embedding", shapes=(weight.shape,))
    count = weight.shape[0]
    places = rows.in_range(_places("embedding", input), size=count, op="embedding", from_end=False)
    if max_norm is not None:
        _shorten(weight, places, max_norm, norm_type)
    vectors = getitem(weight, places)
    if scale_grad_by_freq:
        given = rows.constant(vectors)
        often = getitem(_readings(places, count, weight.dtype), places)
        vectors = given + (vectors - given) / unsqueeze(often, -1)  # the same values, other slopes
    if padding_idx is None:
        return vectors
    if not -count <= padding_idx < count:
        raise ShapeError(f"padding_idx {padding_idx} is not among {count} rows", op="embedding", shapes=(weight.shape,))
    return where(unsqueeze(places, -1) == padding_idx % count, rows.constant(vectors), vectors)


def _readings(places: Any, count: int, dtype: Any) -> Any:
    """How often each of `count` rows is read."""
    size = math.prod(places.shape)
    line = reshaped(places, (size,))
    return rows.into_zeros(np.ones(size, dtype), line, index=(rows.HOLE,), shape=(count,))


def _shorten(weight: Any, places: Any, longest: float, p: float) -> None:
    """Scale the rows that are read down to the length `longest`, in place."""
    with no_grad():
        lengths = vector_norm(weight, p, 1, keepdim=True)
        read = unsqueeze(_readings(places, weight.shape[0], weight.dtype) != 0, -1)
        too_long = read & (lengths > longest)
        weight[...] = where(too_long, weight * (longest / (lengths + 1e-7)), weight)
