"""Inverses, equations, determinants, factors and powers of matrices: what PyTorch has in `torch.linalg`.

They are public in `tinygrad_wtf.linalg`. Each takes one matrix or a batch of them.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import DTypeError, LinAlgError, ShapeError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.broadcasting import Shape, broadcast_to, unbroadcast
from tinygrad_wtf.ops.choice import copied, where
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.product import _alike, matmul
from tinygrad_wtf.ops.shape import matrix_transpose, reshaped, unsqueeze


class SignAndLog(NamedTuple):
    """The determinant's sign, and the logarithm of its absolute value."""

    sign: Any
    logabsdet: Any


def _lapack(op: str, function: Callable[..., Any], why: str) -> Callable[..., Any]:
    """The function, with the engine's error where a matrix does not allow it."""

    @functools.wraps(function)
    def forward(*matrices: Any) -> Any:
        try:
            return function(*matrices)
        except np.linalg.LinAlgError:
            raise LinAlgError(
                f"{why}, in shape {matrices[0].shape}", op=op, shapes=[m.shape for m in matrices]
            ) from None

    return forward


def _scalar(g: Any) -> Any:
    """A number for each matrix, so that it multiplies the matrix."""
    return reshaped(g, (*g.shape, 1, 1))


def _cofactors(a: Any, *directions: Any) -> Any:
    """The cofactors of matrices, or their derivative along the directions, as polynomials: singular ones too.

    With a = U diag(s) V the derivative of the determinant along k + 1 directions sums, over k + 1 different rows, the
    other s times the minor that the directions have there (each gives one row). The last direction is left open.
    """
    if not directions:
        found = _det_times_inverse(a)
        if found is not None:
            return found
    n, order = a.shape[-1], len(directions) + 1
    finite = np.isfinite(a).all((-2, -1), keepdims=True)
    u, s, v = np.linalg.svd(np.where(finite, a, np.eye(n, dtype=a.dtype)))
    turned = [np.swapaxes(u, -1, -2) @ e @ np.swapaxes(v, -1, -2) for e in directions]
    others = _products_of_others(s, order)
    total = np.zeros_like(u)
    names = "abcdefgh"[:order]
    for places in itertools.permutations(range(order)):
        sign = np.linalg.det(np.eye(order)[list(places)]).round().astype(a.dtype)
        factors = ",".join(["..." + names, *(f"...{names[m]}{names[places[m]]}" for m in range(1, order))])
        if places[0]:
            total += sign * np.einsum(f"{factors}->...a{names[places[0]]}", others, *turned)
        else:
            total += sign * np.einsum(f"{factors}->...a", others, *turned)[..., None] * np.eye(n, dtype=a.dtype)
    turn = (np.linalg.det(u) * np.linalg.det(v)).round()[..., None, None]
    return np.where(finite, turn * (u @ total @ v), np.asarray(np.nan, a.dtype))


def _det_times_inverse(a: Any) -> Any:
    """The cofactors where no matrix is singular; else None."""
    determinant = np.linalg.det(a)
    if not determinant.all():
        return None
    try:
        found = determinant[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found).all() else None


def _products_of_others(s: Any, order: int) -> Any:
    """For every choice of so many different entries, in order, the product of all others; 0 where two are one."""
    chosen = np.indices((s.shape[-1],) * order)
    products = np.ones(s.shape[:-1] + chosen.shape[1:], s.dtype)
    for k in range(s.shape[-1]):
        products = products * np.where((chosen == k).any(0), 1, s[(..., k, *(None,) * order)])
    for one, two in itertools.combinations(chosen, 2):
        products = products * (one != two)
    return products


def _factor(a: Any) -> Any:
    """The lower triangle of Cholesky, refusing nan as PyTorch does."""
    found = np.linalg.cholesky(a)
    if np.isnan(found.diagonal(0, -2, -1)).any():
        raise np.linalg.LinAlgError
    return found


def _cofactors_vjp(i: int, g: Any, y: Any, a: Any, *directions: Any) -> Any:
    """The derivative along one more direction; the order of directions does not matter, so each is like another."""
    given = list(directions)
    if not i:
        return _cofactor(a, *given, g)
    given[i - 1] = g
    return _cofactor(a, *given)


def _cholesky_vjp(g: Any, y: Any, a: Any) -> Any:
    n = y.shape[-1]
    half = np.tri(n, dtype=y.dtype) - np.eye(n, dtype=y.dtype) / 2
    inner = (matrix_transpose(y) @ g) * half
    inner = (inner + matrix_transpose(inner)) / 2
    left = _solve(matrix_transpose(y), inner)
    return matrix_transpose(_solve(matrix_transpose(y), matrix_transpose(left)))


def _solve_hint(a: Shape, b: Shape) -> str:
    return f"The right side must have {a[-1]} rows, and the batches must be equal or 1"


SINGULAR = "a matrix is singular: its rows depend on each other"
_inv = Op(
    "inv",
    "{}⁻¹",
    _lapack("inv", np.linalg.inv, SINGULAR),
    (lambda g, y, a: -(matrix_transpose(y) @ g @ matrix_transpose(y)),),
    sign="⁻¹",
    domain="det ≠ 0",
    shape=shapes.of_first,
)
_solve: Op = Op(
    "solve",
    "{}⁻¹ {}",
    _lapack("solve", np.linalg.solve, SINGULAR),
    (
        lambda g, y, a, b: unbroadcast(-(_solve(matrix_transpose(a), g) @ matrix_transpose(y)), a.shape),
        lambda g, y, a, b: unbroadcast(_solve(matrix_transpose(a), g), b.shape),
    ),
    sign="⁻¹",
    domain="det ≠ 0",
    hint=_solve_hint,
    shape=shapes.solution,
)
_det = Op("det", "det({})", np.linalg.det, (lambda g, y, a: _scalar(g) * _cofactor(a),), shape=shapes.of_matrices)
_cofactor: Op = Op("cofactor", "cof", _cofactors, _cofactors_vjp, sign="cof", shape=shapes.of_first)
_logabsdet = Op(
    "logabsdet",
    "log |det {}|",
    lambda a: np.linalg.slogdet(a).logabsdet,
    (lambda g, y, a: _scalar(g) * matrix_transpose(_inv(a)),),
    domain="det ≠ 0",
    shape=shapes.of_matrices,
)
_sign_of_det = Op(
    "sign_of_det",
    "sign(det {})",
    lambda a: np.linalg.slogdet(a).sign,
    (lambda g, y, a: where(False, broadcast_to(_scalar(g), a.shape), 0),),
    kinks="det = 0, where the slope is 0",
    shape=shapes.of_matrices,
)
_cholesky = Op(
    "cholesky",
    "chol({})",
    _lapack("cholesky", _factor, "a matrix is not positive definite"),
    (_cholesky_vjp,),
    domain="symmetric and positive definite",
    shape=shapes.of_first,
)


def _matrices(op: str, a: Any, floats: bool = True) -> Any:
    """`a`, if it is square matrices of a dtype that can be computed with."""
    if taken(op, a).ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"takes square matrices, not {a.shape}", op=op, shapes=(a.shape,))
    if floats and a.dtype not in (dtypes.float32, dtypes.float64):
        raise DTypeError(f"takes float32 or float64, not {a.dtype}", op=op, shapes=(a.shape,), hint="Use .float()")
    return a


def inv(A: Value) -> Value:
    """The inverse of each matrix."""
    return _inv(_matrices("inv", A))


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
    x = _solve(A, b) if left else matrix_transpose(_solve(matrix_transpose(A), matrix_transpose(b)))
    return reshaped(x, x.shape[:-1]) if vector else x


def det(A: Value) -> Value:
    """The determinant of each matrix; differentiable to every order, singular ones too."""
    return _det(_matrices("det", A))


def slogdet(A: Value) -> SignAndLog:
    """The determinant's sign, and the logarithm of its absolute value, which neither overflows nor underflows."""
    a = _matrices("slogdet", A)
    return SignAndLog(_sign_of_det(a), _logabsdet(a))


def logdet(A: Value) -> Value:
    """The logarithm of the determinant; nan where that is negative."""
    sign, logabsdet = slogdet(_matrices("logdet", A))
    return where(sign < 0, np.asarray(np.nan, A.dtype), logabsdet)


def cholesky(A: Value, *, upper: bool = False) -> Value:
    """The lower triangle L with positive diagonal of ``A = L Lᵀ``, or the upper triangle ``Lᵀ``.

    Only that triangle of `A` is read, which is taken to be symmetric; so is the gradient.
    """
    a = _matrices("cholesky", A)
    return matrix_transpose(_cholesky(matrix_transpose(a))) if upper else _cholesky(a)


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
