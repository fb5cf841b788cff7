"""Inverses, equations, determinants, factors and powers of matrices: what PyTorch has in `torch.linalg`.

They are public in `tinygrad_wtf.linalg`. Each takes one matrix or a batch of them.
"""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import copied, where
from tinygrad_wtf.ops.functions.product import _alike, matmul
from tinygrad_wtf.ops.functions.shape import unsqueeze
from tinygrad_wtf.ops.rows import linalg as rows
from tinygrad_wtf.ops.rows.shape import matrix_transpose, reshaped


class SignAndLog(NamedTuple):
    """The determinant's sign, and the logarithm of its absolute value."""

    sign: Any
    logabsdet: Any


def _matrices(op: str, a: Any, floats: bool = True) -> Any:
    """`a`, if it is square matrices of a dtype that can be computed with."""
    if taken(op, a).ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"takes square matrices, not {a.shape}", op=op, shapes=(a.shape,))
    if floats and a.dtype not in (dtypes.float32, dtypes.float64):
        raise DTypeError(f"takes float32 or float64, not {a.dtype}", op=op, shapes=(a.shape,), hint="Use .float()")
    return a


def inv(A: Value) -> Value:
    """The inverse of each matrix."""
    return rows.inv(_matrices("inv", A))


inverse = inv


def solve(A: Value, B: Any, *, left: bool = True) -> Value:
    """The X of ``A X = B``, or of ``X A = B`` with ``left=False``.

    `B` holds matrices, or vectors: one, or one for each matrix of a batch.
    """
    _alike("solve", _matrices("solve", A), B)
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    if vector and not left:
        raise ShapeError("X A = B takes no vectors", op="solve", shapes=(A.shape, B.shape), hint="Use .unsqueeze(-2)")
    b = unsqueeze(B, -1) if vector else B
    if b.shape[-2 if left else -1] != A.shape[-1]:
        raise ShapeError(
            f"shapes {A.shape} and {B.shape} do not fit together",
            op="solve",
            shapes=(A.shape, B.shape),
            hint=f"{'Rows' if left else 'Columns'} of B: {b.shape[-2 if left else -1]}, size of A: {A.shape[-1]}",
        )
    x = rows.solve(A, b) if left else matrix_transpose(rows.solve(matrix_transpose(A), matrix_transpose(b)))
    return reshaped(x, x.shape[:-1]) if vector else x


def det(A: Value) -> Value:
    """The determinant of each matrix; differentiable to every order, singular ones too."""
    return rows.det(_matrices("det", A))


def slogdet(A: Value) -> SignAndLog:
    """The determinant's sign, and the logarithm of its absolute value, which neither overflows nor underflows."""
    a = _matrices("slogdet", A)
    return SignAndLog(rows.sign_of_det(a), rows.logabsdet(a))


def logdet(A: Value) -> Value:
    """The logarithm of the determinant; nan where that is negative."""
    sign, logabsdet = slogdet(_matrices("logdet", A))
    return where(sign < 0, np.asarray(np.nan, A.dtype), logabsdet)


def cholesky(A: Value, *, upper: bool = False) -> Value:
    """The lower triangle L with positive diagonal of ``A = L Lᵀ``, or the upper triangle ``Lᵀ``.

    Only that triangle of `A` is read, which is taken to be symmetric; so is the gradient.
    """
    a = _matrices("cholesky", A)
    return matrix_transpose(rows.cholesky(matrix_transpose(a))) if upper else rows.cholesky(a)


def matrix_power(A: Value, n: int) -> Value:
    """The product of `n` matrices `A`; of inverses where `n` is negative, the identity where it is 0."""
    try:
        power = operator.index(n)
    except TypeError:
        raise DTypeError(f"the power must be an integer, not {n!r}", op="matrix_power") from None
    a = _matrices("matrix_power", A, floats=power < 0)
    if power == 0:
        return where(np.zeros(a.shape, bool), a, np.eye(a.shape[-1], dtype=a.dtype))
    return copied(a) if power == 1 else _power(inv(a) if power < 0 else a, abs(power))


def _power(a: Any, n: int) -> Any:
    if n == 1:
        return a
    half = _power(a, n // 2)
    square = matmul(half, half)
    return matmul(square, a) if n % 2 else square
