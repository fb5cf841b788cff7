"""Vectors in space: products, distances, and vectors kept short."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.dims import one_axis, taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.norms import vector_norm
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.functions.repeating import roll
from tinygrad_wtf.ops.functions.shape import broadcast_shapes, unsqueeze
from tinygrad_wtf.ops.naming import takes_axis


def _broadcast_axis(op: str, x: Any, other: Any, dim: Any) -> int:
    """The axis that `dim` means in both, counted from the end."""
    shape = broadcast_shapes(taken(op, x).shape, taken(op, other).shape)
    return one_axis(op, dim, len(shape), shape) - len(shape)


def linalg_cross(x: Value, other: Any, *, dim: int = -1) -> Value:
    """The cross product of the vectors of three entries along `dim`; the other axes stretch to each other.

    Public as `linalg.cross`. ShapeError unless both have three entries there, and the same number of axes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.cross(tw.tensor([1.0, 0.0, 0.0]), tw.tensor([0.0, 1.0, 0.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if taken("cross", x).ndim != taken("cross", other).ndim:
        raise ShapeError("takes tensors of one number of axes", op="cross", shapes=(x.shape, other.shape))
    axis = _broadcast_axis("cross", x, other, dim)
    if not x.ndim or x.shape[axis] != 3 or other.shape[axis] != 3:
        raise ShapeError(
            f"vectors have three entries along dim {dim}, not {x.shape} and {other.shape}",
            op="cross",
            shapes=(x.shape, other.shape),
            hint="Name the axis of size 3 with dim=",
        )
    return roll(x, -1, axis) * roll(other, -2, axis) - roll(x, -2, axis) * roll(other, -1, axis)


@takes_axis
def cross(input: Value, other: Any, dim: int | None = None) -> Value:
    """The cross product of the vectors along `dim`: by default the first axis of size 3.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cross(tw.tensor([1.0, 0.0, 0.0]), tw.tensor([0.0, 1.0, 0.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if dim is None:
        places = [axis for axis, n in enumerate(taken("cross", input).shape) if n == 3]
        if not places:
            raise ShapeError(f"no axis of {input.shape} has size 3", op="cross", shapes=(input.shape,))
        dim = places[0]
    return linalg_cross(input, other, dim=dim)


def vecdot(x: Value, y: Any, *, dim: int = -1) -> Value:
    """The sum of products of the vectors along `dim`, the other axes stretched to each other; public in `linalg`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.vecdot(tw.ones(2, 3), tw.tensor([1.0, 2.0, 3.0])).tolist()
    [6.0, 6.0]
    """
    return sum(x * y, _broadcast_axis("vecdot", x, y, dim))


def dist(input: Value, other: Any, p: float = 2) -> Value:
    """The `p`-norm of all entries of ``x - other``, which are broadcast: one number, with gradient 0 where it is 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.dist(tw.tensor([3.0, 0.0]), tw.tensor([0.0, 4.0])).item()
    5.0
    """
    return vector_norm(taken("dist", input) - other, p)


def cdist(x1: Value, x2: Any, p: float = 2.0, compute_mode: str | None = None) -> Value:
    """The distances between every row of `x1` and every row of `x2`, by the `p`-norm.

    Parameters
    ----------
    x1, x2 : Tensor
        Of shapes (..., n, k) and (..., m, k), floating-point; the batches stretch to each other.
    p : float
        At least 0; 0 counts the entries that differ, ``inf`` takes the largest difference.
    compute_mode : str, optional
        Not used: each difference is taken, so that no digits are lost to the products of PyTorch's short way.

    Returns
    -------
    Tensor
        Of shape (..., n, m); where a distance is 0, so is its gradient.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cdist(tw.tensor([[0.0, 0.0]]), tw.tensor([[3.0, 4.0], [0.0, 1.0]])).tolist()
    [[5.0, 1.0]]
    """
    shapes = (taken("cdist", x1).shape, taken("cdist", x2).shape)
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(
            f"takes rows of one length, of shapes (..., n, k) and (..., m, k), not {shapes[0]} and {shapes[1]}",
            op="cdist",
            shapes=shapes,
        )
    if x1.dtype.kind != "f" or x2.dtype.kind != "f":
        raise DTypeError("takes floating-point numbers", op="cdist", shapes=shapes, hint="Convert with .float()")
    if not p >= 0:
        raise SettingError(f"p is at least 0, not {p}", op="cdist", shapes=shapes)
    if compute_mode not in (
        None,
        "use_mm_for_euclid_dist_if_necessary",
        "use_mm_for_euclid_dist",
        "donot_use_mm_for_euclid_dist",
    ):
        raise SettingError(f"{compute_mode!r} is no way to compute it", op="cdist", hint="Leave it out")
    if not x1.shape[-1]:  # of no differences, the largest is 0 too
        return sum(unsqueeze(x1, -2) - unsqueeze(x2, -3), -1)
    return vector_norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), float(p), -1)


def pdist(input: Value, p: float = 2) -> Value:
    """The distances between every two rows of a matrix (n, k), each once, as a vector of ``n (n - 1) / 2``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.pdist(tw.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]])).tolist()
    [5.0, 3.0, 4.0]
    """
    if taken("pdist", input).ndim != 2:
        raise ShapeError(f"takes a matrix, not {input.ndim} dimensions", op="pdist", shapes=(input.shape,))
    if not p >= 0:
        raise SettingError(f"p is at least 0, not {p}", op="pdist", shapes=(input.shape,))
    first, second = np.triu_indices(input.shape[0], 1)
    apart = getitem(input, first) - getitem(input, second)
    return vector_norm(apart, float(p), -1) if input.shape[1] else sum(apart, -1)


def renorm(input: Value, p: float, dim: int, maxnorm: float) -> Value:
    """`input` with the slices along `dim` scaled down to a `p`-norm of `maxnorm`, where theirs is larger.

    Floating-point, of at least 2 dimensions; `p` is above 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> short = tw.renorm(tw.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
    >>> [round(n, 4) for n in short.norm(dim=1).tolist()]
    [1.0, 0.5]
    """
    if taken("renorm", input).ndim < 2:
        raise ShapeError("needs at least 2 dimensions", op="renorm", shapes=(input.shape,))
    if not p > 0 or not maxnorm >= 0:
        raise SettingError(f"p is above 0 and maxnorm at least 0, not {p} and {maxnorm}", op="renorm")
    axis = one_axis("renorm", dim, input.ndim, input.shape)
    others = tuple(d for d in range(input.ndim) if d != axis)
    size = vector_norm(input, float(p), others, keepdim=True)
    return input * where(size > maxnorm, maxnorm / (size + 1e-7), 1.0)
