"""Inverses, equations, determinants, factors and powers of matrices: what PyTorch has in `torch.linalg`.

They are public in `tinygrad_wtf.linalg`. Each takes one matrix or a batch of them.
"""

from __future__ import annotations

import math
import operator
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.ops.dims import axis_of, taken
from tinygrad_wtf.ops.functions.choice import copied, where
from tinygrad_wtf.ops.functions.diagonals import tril, triu
from tinygrad_wtf.ops.functions.product import _alike, matmul
from tinygrad_wtf.ops.functions.shape import permute, unsqueeze
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


def logdet(input: Value) -> Value:
    """The logarithm of the determinant; nan where that is negative."""
    sign, logabsdet = slogdet(_matrices("logdet", input))
    return where(sign < 0, np.asarray(np.nan, input.dtype), logabsdet)


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


def solve_triangular(A: Value, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Value:
    """The X of ``A X = B``, or of ``X A = B`` with ``left=False``, where A is a triangle.

    Parameters
    ----------
    A : Tensor
        Of shape (..., n, n). Only the triangle is read, and has a gradient; LinAlgError with a 0 on its diagonal.
    B : Tensor
        Of shape (..., n, k), or (..., k, n) with ``left=False``.
    upper : bool
        Which triangle, the upper or the lower one.
    unitriangular : bool
        Whether the diagonal is read as ones.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> A, b = tw.tensor([[2.0, 0.0], [1.0, 1.0]]), tw.tensor([[2.0], [3.0]])
    >>> tw.linalg.solve_triangular(A, b, upper=False).tolist()
    [[1.0], [2.0]]
    """
    a = (triu if upper else tril)(_matrices("solve_triangular", A), int(upper) * 2 - 1 if unitriangular else 0)
    if taken("solve_triangular", B).ndim < 2:
        raise ShapeError("takes matrices on the right", op="solve_triangular", shapes=(A.shape, B.shape))
    return solve(a + np.eye(a.shape[-1], dtype=a.dtype) if unitriangular else a, B, left=left)


def cholesky_solve(B: Value, L: Any, upper: bool = False) -> Value:
    """The X of ``L Lᵀ X = B``, or of ``Lᵀ L X = B`` with `upper`, for the triangle L that `linalg.cholesky` gives.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cholesky_solve(tw.tensor([[8.0]]), tw.tensor([[2.0]])).tolist()
    [[2.0]]
    """
    first = matrix_transpose(L) if upper else L
    inner = solve_triangular(first, B, upper=False)
    return solve_triangular(matrix_transpose(first), inner, upper=True)


def cholesky_inverse(L: Value, upper: bool = False) -> Value:
    """The inverse of ``L Lᵀ``, or of ``Lᵀ L`` with `upper`, for the triangle L that `linalg.cholesky` gives.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.cholesky_inverse(tw.tensor([[2.0]])).tolist()
    [[0.25]]
    """
    n = _matrices("cholesky_inverse", L).shape[-1]
    eye: Any = np.eye(n, dtype=L.dtype)
    return cholesky_solve(eye + 0 * L, L, upper)


def tensorinv(A: Value, ind: int = 2) -> Value:
    """The inverse of a tensor for `tensordot`: its first `ind` axes are the rows of a matrix, the others its columns.

    Their sizes multiply to the same number; the result has the others first.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.tensorinv(tw.eye(4).reshape(2, 2, 4)).shape
    (4, 2, 2)
    """
    if operator.index(ind) < 1:
        raise ShapeError(f"ind is at least 1, not {ind}", op="tensorinv", shapes=(A.shape,))
    first, last = taken("tensorinv", A).shape[:ind], A.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise ShapeError(f"sizes {first} and {last} multiply to two numbers", op="tensorinv", shapes=(A.shape,))
    matrix = reshaped(A, (math.prod(first), math.prod(last)))
    return reshaped(inv(matrix), (*last, *first))


def tensorsolve(A: Value, B: Any, dims: Any = None) -> Value:
    """The X with ``tensordot(A, X, X.ndim) = B``; `dims` are axes of A moved to its end first.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.tensorsolve(2 * tw.eye(4).reshape(2, 2, 4), tw.ones(2, 2)).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    a = taken("tensorsolve", A)
    if dims is not None:
        moved_ = [axis_of("tensorsolve", a, d) for d in dims]
        a = permute(a, [*(axis for axis in range(a.ndim) if axis not in moved_), *moved_])
    first, last = a.shape[: taken("tensorsolve", B).ndim], a.shape[B.ndim :]
    if math.prod(first) != math.prod(last) or math.prod(B.shape) != math.prod(last):
        raise ShapeError(f"{a.shape} and {B.shape} are no equations", op="tensorsolve", shapes=(a.shape, B.shape))
    matrix = reshaped(a, (math.prod(first), math.prod(last)))
    return reshaped(solve(matrix, reshaped(B, (math.prod(first),))), last)
