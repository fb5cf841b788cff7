"""Norms of vectors and matrices. `norm` is PyTorch's of that name; the others are public in `tinygrad_wtf.linalg`."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DimensionError, DTypeError, ShapeError
from tinygrad_wtf.ops.dims import Dims, one_axis, reduced, taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.extremes import amax, amin
from tinygrad_wtf.ops.functions.reduction import _root, sum
from tinygrad_wtf.ops.functions.shape import moved
from tinygrad_wtf.ops.precision import cast_to, floating, widened
from tinygrad_wtf.ops.rows import factors
from tinygrad_wtf.ops.rows import reduction as rows
from tinygrad_wtf.ops.rows.arithmetic import abs
from tinygrad_wtf.ops.rows.reduction import _count
from tinygrad_wtf.ops.rows.rounding import sign
from tinygrad_wtf.ops.rows.shape import reshaped

ORDERS = '"fro", "nuc", inf, -inf, 1, -1, 2 and -2'


def _in_dtype(op: str, x: Any, dtype: Any) -> Any:
    """`x` as floating-point numbers, no narrower than they were."""
    given = floating(op, floating(op, taken(op, x)), dtype)
    if given.dtype.itemsize < x.dtype.itemsize:
        raise DTypeError(f"{x.dtype} would be narrowed to {given.dtype}", op=op, shapes=(x.shape,))
    return given


def vector_norm(x: Value, ord: Any = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Value:
    """The `ord`-norm along `dim`, ``(Σ |x|^ord)^(1/ord)``; 0 counts what is not 0, ±inf is an extreme of ``|x|``.

    Where it is 0 its gradient is 0.
    """
    if not isinstance(ord, int | float) or isinstance(ord, bool):
        raise DTypeError(f"the order must be a number, not {ord!r}", op="vector_norm")
    given = _in_dtype("vector_norm", x, dtype)
    over = reduced("vector_norm", given, dim)
    if (ord < 0 or ord == math.inf) and not _count(given, over):
        raise DimensionError(f"an empty tensor has no norm of order {ord}", op="vector_norm", shapes=(x.shape,))
    wide = widened(given)
    if abs(ord) == math.inf:
        found = (amax if ord > 0 else amin)(abs(wide), over or None, keepdim)
    elif ord == 2:
        found = _root(rows.sum(wide * wide, dim=over, keepdim=keepdim))
    elif ord == 1:
        found = rows.sum(abs(wide), dim=over, keepdim=keepdim)
    elif ord == 0:
        found = rows.sum(where(wide == 0, sign(wide), 1), dim=over, keepdim=keepdim)
    else:
        found = _of_order(wide, ord, over, keepdim)
    return cast_to(found, given.dtype)


def _of_order(x: Any, ord: float, over: tuple[int, ...], keepdim: bool) -> Any:
    """The norm of any order, with slope 0 at 0."""
    zero = x == 0
    powers = where(zero, 0.0 if ord > 0 else math.inf, abs(where(zero, 1, x)) ** ord)
    total = rows.sum(powers, dim=over, keepdim=keepdim)
    none = (total == 0) if ord > 0 else (total == math.inf)
    return where(none, 0, where(none, 1, total) ** (1 / ord))


def matrix_norm(A: Value, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Value:
    """The norm of the matrices along two axes, of order "fro", "nuc", inf, -inf, 1, -1, 2 or -2.

    "nuc" adds the singular values up, 2 is the largest and -2 the smallest of them; where they are equal they share
    the gradient.
    """
    given = _in_dtype("matrix_norm", A, dtype)
    if not isinstance(dim, tuple | list) or len(dim) != 2 or given.ndim < 2:
        raise ShapeError("takes matrices along two axes", op="matrix_norm", shapes=(A.shape,), hint="Give dim two axes")
    rows, columns = (one_axis("matrix_norm", d, given.ndim, given.shape) for d in dim)
    if rows == columns:
        raise DimensionError(f"dim {dim!r} names an axis twice", op="matrix_norm", shapes=(A.shape,))
    if ord == "fro":
        return vector_norm(given, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        last = moved(given, (rows, columns), (-2, -1))
        values = factors.svd(last)[..., last.shape[-2], :]
        found = sum(values, -1) if ord == "nuc" else (amax if ord == 2 else amin)(values, -1)
        kept = tuple(1 if axis in (rows, columns) else n for axis, n in enumerate(given.shape))
        return reshaped(found, kept) if keepdim else found
    if isinstance(ord, str) or ord is None:
        raise ShapeError(
            f"there is no order {ord!r}", op="matrix_norm", hint='Use "fro", "nuc", inf, -inf, 1, -1, 2 or -2'
        )
    if ord not in (1, -1, math.inf, -math.inf):
        raise ShapeError(
            f"there is no order {ord!r}", op="matrix_norm", hint='Use "fro", "nuc", inf, -inf, 1, -1, 2 or -2'
        )
    along, across = (rows, columns) if math.fabs(ord) == 1 else (columns, rows)
    sums = vector_norm(given, 1, along, keepdim=True)
    row = amin if ord < 0 else amax if sums.shape[across] else sum  # of no sums, the largest is 0
    found = row(sums, across, keepdim=True)
    return found if keepdim else found.squeeze((rows, columns))


def linalg_norm(A: Value, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Value:
    """The norm of a vector, or of a matrix if two axes are named or the tensor has two and an order is given."""
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    axes = tuple(range(taken("norm", A).ndim)) if dim is None else dim if isinstance(dim, tuple | list) else (dim,)
    if len(axes) not in (1, 2):
        raise ShapeError(f"takes one axis or two, not {len(axes)}", op="norm", shapes=(A.shape,), hint="Give dim")
    if len(axes) == 1 and not isinstance(ord, str):
        return vector_norm(A, ord, axes, keepdim, dtype=dtype)
    return matrix_norm(A, ord, axes, keepdim, dtype=dtype)


def norm(input: Value, p: Any = "fro", dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Value:
    """The norm of all entries, or along `dim`: of order 2 for "fro", else of order `p`."""
    if isinstance(p, str):
        if p == "nuc":
            axes = (-2, -1) if dim is None and taken("norm", input).ndim == 2 else dim
            return matrix_norm(input, "nuc", axes, keepdim, dtype=dtype)
        if p != "fro" or (isinstance(dim, tuple | list) and len(dim) > 2):
            raise ShapeError(f"there is no norm {p!r} along {dim}", op="norm")
        p = 2
    return vector_norm(input, 2 if p is None else p, dim, keepdim, dtype=dtype)


def frobenius_norm(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:
    """The root of the sum of squares of all entries, or along one axis or two: `norm` of order "fro".

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.frobenius_norm(tw.tensor([[3.0, 0.0], [0.0, 4.0]])).item()
    5.0
    """
    return norm(input, "fro", dim, keepdim)


def nuclear_norm(input: Value, dim: Any = (-2, -1), keepdim: bool = False) -> Value:
    """The sum of the singular values of matrices along two axes: `linalg.matrix_norm` of order "nuc".

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> round(tw.nuclear_norm(tw.tensor([[3.0, 0.0], [0.0, 4.0]])).item(), 4)
    7.0
    """
    return matrix_norm(input, "nuc", dim, keepdim)
