"""Factors of matrices, and what is made of them: public in `tinygrad_wtf.linalg`, each of one matrix or a batch.

All take float32 or float64. What has no unique answer has no derivative there: eigenvectors of equal eigenvalues,
vectors beyond the rank. A gradient that reaches them is nan.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.extremes import amax
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.joining import cat
from tinygrad_wtf.ops.functions.linalg import _matrices, inv
from tinygrad_wtf.ops.functions.norms import matrix_norm
from tinygrad_wtf.ops.functions.product import matmul
from tinygrad_wtf.ops.functions.reduction import sum
from tinygrad_wtf.ops.functions.shape import unsqueeze
from tinygrad_wtf.ops.precision import cast_to
from tinygrad_wtf.ops.rows import factors as rows
from tinygrad_wtf.ops.rows.indexing import HOLE, constant, into_zeros
from tinygrad_wtf.ops.rows.shape import flattened, matrix_transpose, reshaped


class Eigen(NamedTuple):
    """Eigenvalues in ascending order, and their vectors in columns."""

    eigenvalues: Any
    eigenvectors: Any


class Singular(NamedTuple):
    """``A = U diag(S) Vh``: vectors in columns, values in descending order, vectors in rows."""

    U: Any
    S: Any
    Vh: Any


class SingularV(NamedTuple):
    """``A = U diag(S) Vᵀ``: vectors in columns on both sides."""

    U: Any
    S: Any
    V: Any


class Orthogonal(NamedTuple):
    """``A = Q R``: orthonormal columns, and an upper triangle."""

    Q: Any
    R: Any


class LeastSquares(NamedTuple):
    """The solution, the sums of squares that are left, the rank, and the singular values."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def _any_matrices(op: str, a: Any) -> Any:
    """`a`, if it is matrices of a dtype that can be computed with; they need not be square."""
    if taken(op, a).ndim < 2:
        raise ShapeError(f"takes matrices, not {a.shape}", op=op, shapes=(a.shape,))
    if a.dtype not in (dtypes.float32, dtypes.float64):
        raise DTypeError(f"takes float32 or float64, not {a.dtype}", op=op, shapes=(a.shape,), hint="Use .float()")
    return a


def _zeros(like: Any, shape: tuple[int, ...]) -> Any:
    """Zeros in the dtype of `like`, which have no gradient."""
    none = getitem(constant(flattened(like)), slice(0))
    return into_zeros(none, np.zeros(0, np.int64), index=(HOLE,), shape=(math.prod(shape),)).reshape(shape)


def eigh(A: Value, UPLO: str = "L") -> Eigen:
    """The eigenvalues and eigenvectors of symmetric matrices, ``A = V diag(w) Vᵀ`` (eigenvalues, eigenvectors).

    Parameters
    ----------
    A : Tensor
        Of shape (..., n, n). Only one triangle is read, and the matrix taken to be symmetric.
    UPLO : {"L", "U"}
        Which triangle, the lower or the upper one.

    Returns
    -------
    Eigen
        The values in ascending order, of shape (..., n), and orthonormal vectors in columns, of (..., n, n). Each
        vector's sign is arbitrary. A gradient that reaches vectors of equal values is nan.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> values, vectors = tw.linalg.eigh(tw.tensor([[2.0, 0.0], [0.0, 1.0]]))
    >>> values.tolist()
    [1.0, 2.0]
    """
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise SettingError(f'UPLO is "L" or "U", not {UPLO!r}', op="eigh")
    both = rows.eigh(_matrices("eigh", A), upper=UPLO.upper() == "U")
    return Eigen(both[..., 0, :], both[..., 1:, :])


def eigvalsh(A: Value, UPLO: str = "L") -> Value:
    """The eigenvalues of symmetric matrices in ascending order, of shape (..., n); see `eigh`.

    Differentiable where they are equal too.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.eigvalsh(tw.eye(2)).tolist()
    [1.0, 1.0]
    """
    return eigh(A, UPLO).eigenvalues


def linalg_svd(A: Value, full_matrices: bool = True) -> Singular:
    """The singular value decomposition ``A = U diag(S) Vh`` (U, S, Vh).

    Parameters
    ----------
    A : Tensor
        Of shape (..., m, n).
    full_matrices : bool
        Whether U and Vh are square, of (..., m, m) and (..., n, n), with vectors beyond the min(m, n) that belong to
        values. Those have no derivative, and make the gradient nan; ``full_matrices=False`` leaves them out.

    Returns
    -------
    Singular
        The values in descending order, of shape (..., min(m, n)). Each pair of vectors has an arbitrary sign.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> U, S, Vh = tw.linalg.svd(tw.tensor([[3.0, 0.0], [0.0, 4.0]]))
    >>> S.tolist()
    [4.0, 3.0]
    """
    a = _any_matrices("svd", A)
    m, n = a.shape[-2:]
    both = rows.svd(a)
    u, s, v = both[..., :m, :], both[..., m, :], both[..., m + 1 :, :]
    if full_matrices and m > n:
        u = cat((u, rows.complement(u)), -1)
    if full_matrices and n > m:
        v = cat((v, rows.complement(v)), -1)
    return Singular(u, s, matrix_transpose(v))


def svdvals(A: Value) -> Value:
    """The singular values of matrices in descending order; differentiable where they are equal too.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.svdvals(tw.tensor([[3.0, 0.0], [0.0, 4.0]])).tolist()
    [4.0, 3.0]
    """
    return rows.svd(_any_matrices("svdvals", A))[..., A.shape[-2], :]


def svd(input: Value, some: bool = True, compute_uv: bool = True) -> SingularV:
    """The singular value decomposition ``x = U diag(S) Vᵀ`` (U, S, V): the older form of `linalg.svd`.

    `some` leaves out the vectors beyond min(m, n); without `compute_uv` both are zeros.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.svd(tw.tensor([[3.0, 0.0], [0.0, 4.0]])).S.tolist()
    [4.0, 3.0]
    """
    u, s, vh = linalg_svd(input, full_matrices=not some)
    if not compute_uv:
        batch, (m, n) = input.shape[:-2], input.shape[-2:]
        return SingularV(_zeros(input, (*batch, m, m)), s, _zeros(input, (*batch, n, n)))
    return SingularV(u, s, matrix_transpose(vh))


def linalg_qr(A: Value, mode: str = "reduced") -> Orthogonal:
    """The factors ``A = Q R`` with orthonormal columns in Q and an upper triangle R (Q, R).

    Parameters
    ----------
    A : Tensor
        Of shape (..., m, n); its first min(m, n) columns are to be independent for the derivative.
    mode : {"reduced", "complete", "r"}
        Q of shape (..., m, min(m, n)), a square Q of (..., m, m), or R alone with an empty Q. The additional columns
        of a square Q have no derivative, and make the gradient nan.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> Q, R = tw.linalg.qr(tw.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> tw.allclose(Q @ R, tw.tensor([[3.0, 1.0], [4.0, 2.0]]), atol=1e-6)
    True
    """
    if mode not in ("reduced", "complete", "r"):
        raise SettingError(f'mode is "reduced", "complete" or "r", not {mode!r}', op="qr")
    a = _any_matrices("qr", A)
    m, n = a.shape[-2:]
    square = a[..., :m] if n > m else a
    both = rows.qr(square)
    q, r = both[..., :m, :], both[..., m:, :]
    if n > m:
        r = cat((r, matmul(matrix_transpose(q), a[..., m:])), -1)
    if mode == "r":
        return Orthogonal(_zeros(a, (0,)), r)
    if mode == "complete" and m > n:
        q = cat((q, rows.complement(q)), -1)
        r = cat((r, _zeros(a, (*r.shape[:-2], m - n, n))), -2)
    return Orthogonal(q, r)


def qr(input: Value, some: bool = True) -> Orthogonal:
    """The factors ``x = Q R``: the older form of `linalg.qr`, whose mode is "reduced" with `some`, else "complete".

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.qr(tw.eye(2)).R.abs().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return linalg_qr(input, "reduced" if some else "complete")


def pinv(A: Value, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Value:
    """The pseudo-inverse of Moore and Penrose, of shape (..., n, m) for matrices of (..., m, n).

    Parameters
    ----------
    A : Tensor
        Matrices of any shape and rank; near to them, matrices of another rank have quite another pseudo-inverse, so
        the derivative is that among matrices of the same rank.
    atol, rtol : float, optional
        Singular values up to ``max(atol, rtol * largest)`` count as 0; `rtol` is by default max(m, n) times the
        dtype's smallest step beside 1, or 0 where `atol` is given.
    hermitian : bool
        Whether the matrices are symmetric, and only the lower triangle is read.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.pinv(tw.tensor([[2.0], [0.0]])).tolist()
    [[0.5, 0.0]]
    """
    a = (_matrices if hermitian else _any_matrices)("pinv", A)
    least, relative = _tolerances("pinv", a, atol, rtol)
    if not hermitian:
        return rows.pinv(a, atol=least, rtol=relative)
    if not a.shape[-1]:
        return matrix_transpose(a)
    values, vectors = eigh(a)
    size = abs(values)
    kept = size > np.maximum(least, relative * _data(amax(size, -1, True)))
    inverse = where(kept, 1 / where(kept, values, 1), 0)
    return matmul(vectors * unsqueeze(inverse, -2), matrix_transpose(vectors))


def _data(x: Any) -> Any:
    return x.detach() if hasattr(x, "detach") else x


def _tolerances(op: str, a: Any, atol: Any, rtol: Any) -> tuple[float, float]:
    """From which size on a singular value counts, and from which part of the largest."""
    for given in (atol, rtol):
        if getattr(given, "shape", ()):
            raise UnsupportedError("takes one tolerance for all matrices", op=op, shapes=(a.shape, given.shape))
    step = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps)
    if rtol is None:
        rtol = step if atol is None or not float(atol) > 0 else 0.0
    return float(0.0 if atol is None else atol), float(rtol)


def matrix_rank(A: Value, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Value:
    """How many singular values are not 0, to rounding: int64, of shape (...), without a gradient; see `pinv`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.matrix_rank(tw.tensor([[1.0, 2.0], [2.0, 4.0]])).item()
    1
    """
    a = (_matrices if hermitian else _any_matrices)("matrix_rank", A)
    least, relative = _tolerances("matrix_rank", a, atol, rtol)
    size = abs(eigvalsh(a)) if hermitian else svdvals(a)
    if not a.shape[-1] or not a.shape[-2]:
        return cast_to(sum(size, -1), dtypes.int64)
    border = where(amax(size, -1, True) * relative > least, amax(size, -1, True) * relative, least)
    return sum(size > border, -1)


def cond(A: Value, p: Any = None) -> Value:
    """How much an error of a right side may grow in the solution: ``|A| |A⁻¹|`` in the norm of order `p`.

    By default, and for 2, the largest singular value over the smallest, for -2 the reverse; for any matrices. For
    "fro", "nuc", inf, -inf, 1 and -1, of square matrices; infinite for singular ones.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.cond(tw.tensor([[4.0, 0.0], [0.0, 1.0]])).item()
    4.0
    """
    if p in (None, 2, -2):
        values = svdvals(A)
        return values[..., 0] / values[..., -1] if p != -2 else values[..., -1] / values[..., 0]
    return matrix_norm(_matrices("cond", A), p) * matrix_norm(inv(A), p)


def lstsq(A: Value, B: Any, rcond: Any = None, *, driver: str | None = None) -> LeastSquares:
    """The X for which ``A X`` is nearest to B, the shortest of several (solution, residuals, rank, singular_values).

    Parameters
    ----------
    A : Tensor
        Of shape (..., m, n).
    B : Tensor
        Of shape (..., m, k), or vectors of (..., m).
    rcond : float, optional
        Singular values up to this part of the largest count as 0; see `pinv`.
    driver : {"gelsy", "gels", "gelsd", "gelss"}, optional
        PyTorch's names of algorithms. Here it decides only whether the rank (not for "gels") and the singular values
        (for "gelsd" and "gelss") are given, else they are empty.

    Returns
    -------
    LeastSquares
        The residuals are the sums of squared differences, of shape (..., k), where m > n and the rank is full, but
        not for "gelsy", the driver if none is named: empty. The gradient is that of the pseudo-inverse times B.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.lstsq(tw.tensor([[1.0], [1.0]]), tw.tensor([[1.0], [3.0]])).solution.round(decimals=4).tolist()
    [[2.0]]
    """
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise SettingError(f"there is no driver {driver!r}", op="lstsq", hint="Leave it out")
    a = _any_matrices("lstsq", A)
    vector = taken("lstsq", B).ndim == a.ndim - 1 and B.shape == a.shape[:-1]
    if B.dtype != a.dtype or (not vector and (B.ndim < 2 or B.shape[-2] != a.shape[-2])):
        raise ShapeError(
            f"{a.shape} {a.dtype} and {B.shape} {B.dtype} do not fit together",
            op="lstsq",
            shapes=(a.shape, B.shape),
            hint="Both have the same number of rows, and one dtype",
        )
    b = unsqueeze(B, -1) if vector else B
    relative = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps) if rcond is None else float(rcond)
    solution = matmul(rows.pinv(a, atol=0.0, rtol=relative), b)
    rank = matrix_rank(a, rtol=relative)
    m, n = a.shape[-2:]
    nothing = _zeros(a, (0,))
    over = m > n and driver not in (None, "gelsy") and (driver == "gels" or bool((rank == n).all()))
    residuals = sum((matmul(a, solution) - b) ** 2, -2) if over else nothing
    values = svdvals(a) if driver in ("gelsd", "gelss") else nothing
    return LeastSquares(
        reshaped(solution, solution.shape[:-1]) if vector else solution,
        residuals,
        cast_to(nothing, dtypes.int64) if driver == "gels" else rank,
        values,
    )


def matrix_exp(input: Value) -> Value:
    """The exponential ``Σ Aᵏ / k!`` of square matrices, by scaling and squaring (N. Higham, 2005).

    Differentiable to every order.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.linalg.matrix_exp(tw.tensor([[0.0, 1.0], [0.0, 0.0]])).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    return rows.matrix_exp(_matrices("matrix_exp", input))


pinverse = pinv
