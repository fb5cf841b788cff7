"""Products of vectors and matrices. What solves equations with them is in `linalg`."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.shape import expanded
from tinygrad_wtf.ops.rows import product as rows
from tinygrad_wtf.ops.rows.product import _hint
from tinygrad_wtf.ops.rows.shape import reshaped


def _alike(op: str, *tensors: Any) -> None:
    """Refuse what has no product with the others: PyTorch does not promote here."""
    for t in tensors:
        taken(op, t)
    shapes = tuple(t.shape for t in tensors)
    kinds = {np.dtype(t.dtype) for t in tensors}
    if len(kinds) > 1:
        raise DTypeError(
            f"the arguments must have one dtype, not {' and '.join(dict.fromkeys(str(t.dtype) for t in tensors))}",
            op=op,
            shapes=shapes,
            hint="Convert one with .to(dtype)",
        )
    if dtypes.bool in kinds:
        raise UnsupportedError("takes numbers, not booleans", op=op, shapes=shapes, hint="Convert with .float()")


def matmul(x: Value, other: Any) -> Value:
    """The product ``x @ other`` of vectors, matrices, or batches of matrices, of one dtype."""
    if getattr(x, "dtype", 0) is not getattr(other, "dtype", 1) or x.dtype is dtypes.bool:
        _alike("matmul", x, other)
    return rows.matmul(x, other)


def _product(op: str, x: Any, other: Any, *ndims: int) -> Any:
    """The product of tensors with exactly so many dimensions."""
    _alike(op, x, other)
    if (x.ndim, other.ndim) != ndims or (ndims == (3, 3) and x.shape[0] != other.shape[0]):
        raise ShapeError(
            f"takes tensors of {ndims[0]} and {ndims[1]} dimensions"
            + (" with one batch size" if ndims[0] == 3 else ""),
            op=op,
            shapes=(x.shape, other.shape),
            hint="matmul takes them all",
        )
    if x.shape[-1] != other.shape[max(-2, -other.ndim)]:
        raise ShapeError(
            f"shapes {x.shape} and {other.shape} do not fit together",
            op=op,
            shapes=(x.shape, other.shape),
            hint=_hint(x.shape, other.shape),
        )
    return rows.matmul(x, other)


def linear(x: Value, weight: Any, bias: Any) -> Value:
    """``x weightᵀ + bias``, a layer of neurons: of shapes (..., inputs), (outputs, inputs) and (outputs,)."""
    if not getattr(x, "dtype", 0) is getattr(weight, "dtype", 1) is getattr(bias, "dtype", 2) is not dtypes.bool:
        _alike("linear", x, weight, bias)
    return rows.linear(x, weight, bias)


def mm(x: Value, mat2: Any) -> Value:
    """The product of two matrices."""
    return _product("mm", x, mat2, 2, 2)


def bmm(x: Value, mat2: Any) -> Value:
    """The products of two batches of matrices."""
    return _product("bmm", x, mat2, 3, 3)


def mv(x: Value, vec: Any) -> Value:
    """The product of a matrix and a vector."""
    return _product("mv", x, vec, 2, 1)


def dot(x: Value, tensor: Any) -> Value:
    """The sum of the products of two vectors' entries."""
    return _product("dot", x, tensor, 1, 1)


def addmm(x: Value, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """``beta x + alpha mat1 mat2``; with beta 0, `x` is not read."""
    _alike("addmm", x, mat1, mat2)
    if x.dtype.kind != "f" and (isinstance(beta, float) or isinstance(alpha, float)):
        raise DTypeError("beta and alpha must be integers, as the matrices are", op="addmm")
    product = _product("addmm", mat1, mat2, 2, 2)
    added = expanded(x, product.shape)
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else product + (added if beta == 1 else added * beta)


def outer(x: Value, vec2: Any) -> Value:
    """The products of every entry of one vector with every entry of another."""
    if taken("outer", x).ndim != 1 or taken("outer", vec2).ndim != 1:
        raise ShapeError("takes two vectors", op="outer", shapes=(x.shape, vec2.shape))
    return reshaped(x, (*x.shape, 1)) * vec2


ger = outer


def kron(x: Value, other: Any) -> Value:
    """Kronecker's product: `other` as a block for every entry of `x`, times the entry."""
    ndim = builtins.max(taken("kron", x).ndim, taken("kron", other).ndim)
    a = (1,) * (ndim - x.ndim) + tuple(x.shape)
    b = (1,) * (ndim - other.ndim) + tuple(other.shape)
    pairs = reshaped(x, tuple(k for n in a for k in (n, 1))) * reshaped(other, tuple(k for n in b for k in (1, n)))
    return reshaped(pairs, tuple(n * m for n, m in zip(a, b, strict=True)))
