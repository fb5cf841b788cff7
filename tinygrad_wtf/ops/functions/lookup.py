"""Labels and words as vectors: what a network makes of whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.indexing import _places, getitem
from tinygrad_wtf.ops.functions.shape import unsqueeze
from tinygrad_wtf.ops.rows import indexing as rows
from tinygrad_wtf.ops.rows.choice import cast


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

    PyTorch's `max_norm`, which would write to the weight, `scale_grad_by_freq` and `sparse` are not supported.
    """
    if max_norm is not None or scale_grad_by_freq or sparse:
        raise UnsupportedError("max_norm, scale_grad_by_freq and sparse are not supported", op="embedding")
    if taken("embedding", weight).ndim != 2:
        raise ShapeError(f"the weight has shape {weight.shape}, not two axes", op="embedding", shapes=(weight.shape,))
    count = weight.shape[0]
    places = rows.in_range(_places("embedding", input), size=count, op="embedding", from_end=False)
    vectors = getitem(weight, places)
    if padding_idx is None:
        return vectors
    if not -count <= padding_idx < count:
        raise ShapeError(f"padding_idx {padding_idx} is not among {count} rows", op="embedding", shapes=(weight.shape,))
    return where(unsqueeze(places, -1) == padding_idx % count, rows.constant(vectors), vectors)
