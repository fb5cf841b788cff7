"""Factors of matrices, and functions of matrices made from them: eigenvectors, QR, exponentials.

A row gives one array. Several factors stand in it one under the other, or side by side, and are read by slices.
Sources of the rules: M. Giles, "An extended collection of matrix derivative results" (2008); J. Townsend,
"Differentiating the singular value decomposition" (2016); G. Golub and V. Pereyra (1973) for the pseudo-inverse.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import broadcast_to
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.linalg import _lapack, solve
from tinygrad_wtf.ops.rows.reduction import sum
from tinygrad_wtf.ops.rows.shape import cat, matrix_transpose, reshaped

NOT_FOUND = "the factors were not found, as of a matrix with nan or inf"


def _finite(function: Any) -> Any:
    """The function, refusing what is not finite as PyTorch does, where LAPACK may not come to an end."""

    def forward(a: Any, **settings: Any) -> Any:
        if not np.isfinite(a).all():
            raise np.linalg.LinAlgError
        return function(a, **settings)

    return forward


def _row(x: Any) -> Any:
    """Vectors as matrices of one row."""
    return reshaped(x, (*x.shape[:-1], 1, x.shape[-1]))


def _over(numerator: Any, differences: Any) -> Any:
    """The quotient where values differ; where they are equal 0 if nothing asks for it, else nan."""
    equal = differences == 0
    return where(equal, _asked(numerator), numerator / where(equal, 1, differences))


def _asked(x: Any) -> Any:
    """0 where that is 0, elsewhere nan."""
    return where(x == 0, np.asarray(0, x.dtype), math.nan)


def _apart(values: Any) -> Any:
    """How far each value, by columns, is above each, by rows."""
    return _row(values) - matrix_transpose(_row(values))


def _eigh(a: Any, upper: bool = False) -> Any:
    values, vectors = np.linalg.eigh(a, "U" if upper else "L")
    return np.concatenate((values[..., None, :], vectors), -2)


def _eigh_vjp(g: Any, y: Any, a: Any, upper: bool = False) -> Any:
    values, vectors, of_values, of_vectors = y[..., 0, :], y[..., 1:, :], g[..., 0, :], g[..., 1:, :]
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    inner = matrix_transpose(vectors) @ of_vectors
    core = 0.5 * _over(inner - matrix_transpose(inner), _apart(values)) + _row(of_values) * eye
    return vectors @ core @ matrix_transpose(vectors)


def _svd(a: Any) -> Any:
    u, s, v = np.linalg.svd(a, full_matrices=False)
    return np.concatenate((u, s[..., None, :], np.swapaxes(v, -1, -2)), -2)


def _svd_vjp(g: Any, y: Any, a: Any) -> Any:
    m, n = a.shape[-2:]
    u, s, v = y[..., :m, :], y[..., m : m + 1, :], y[..., m + 1 :, :]
    of_u, of_s, of_v = g[..., :m, :], g[..., m : m + 1, :], g[..., m + 1 :, :]
    in_u, in_v = matrix_transpose(u) @ of_u, matrix_transpose(v) @ of_v
    apart = s * s - matrix_transpose(s * s)
    left, right = (_over(part - matrix_transpose(part), apart) for part in (in_u, in_v))
    core = left * s + matrix_transpose(s) * right + of_s * np.eye(min(m, n), dtype=a.dtype)
    whole = u @ core
    if m > n:
        whole = whole + _over(of_u - u @ in_u, s)
    whole = whole @ matrix_transpose(v)
    return whole + u @ matrix_transpose(_over(of_v - v @ in_v, s)) if n > m else whole


def _qr(a: Any) -> Any:
    q, r = np.linalg.qr(a)
    return np.concatenate((q, r), -2)


def _qr_vjp(g: Any, y: Any, a: Any) -> Any:
    m, n = a.shape[-2:]
    q, r, of_q, of_r = y[..., :m, :], y[..., m:, :], g[..., :m, :], g[..., m:, :]
    inner = (r @ matrix_transpose(of_r) - matrix_transpose(of_q) @ q) * np.tri(n, dtype=a.dtype)
    both = inner + matrix_transpose(inner * np.tri(n, k=-1, dtype=a.dtype))
    return matrix_transpose(solve(r, matrix_transpose(of_q + q @ both)))


def _rest(a: Any) -> Any:
    """An orthonormal basis of what is at right angles to all columns."""
    return np.linalg.qr(a, "complete")[0][..., a.shape[-1] :]


def _rest_vjp(g: Any, y: Any, a: Any) -> Any:
    """0 if nothing asks for it, else nan: which vectors these are is not said by their matrix."""
    last = (a.ndim - 2, a.ndim - 1)
    return broadcast_to(sum(_asked(g), dim=last, keepdim=True), a.shape)


def _pinv(a: Any, atol: float = 0.0, rtol: float | None = None) -> Any:
    u, s, v = np.linalg.svd(a, full_matrices=False)
    relative = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
    least = np.maximum(atol, relative * s.max(-1, keepdims=True, initial=0))
    kept = s > least
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(a.dtype)
    return np.swapaxes(v, -1, -2) @ (inverse[..., None] * np.swapaxes(u, -1, -2))


def _pinv_vjp(g: Any, y: Any, a: Any, atol: float = 0.0, rtol: float | None = None) -> Any:
    m, n = a.shape[-2:]
    back, turned = matrix_transpose(y), matrix_transpose(g)
    outside = np.eye(m, dtype=a.dtype) - a @ y
    inside = np.eye(n, dtype=a.dtype) - y @ a
    return outside @ turned @ y @ back + back @ y @ turned @ inside - back @ g @ back


# Of the quotient of polynomials of degree 13 that is the exponential function near 0 (N. Higham, 2005).
PADE = [math.comb(13, k) * math.factorial(26 - k) / math.factorial(26) for k in range(14)]
NEAR = 5.37


def _matrix_exp(a: Any) -> Any:
    if not a.size:
        return a.copy()
    x = a.astype(np.float64)
    size = np.abs(x).sum(-2).max(-1)
    halvings = np.where(np.isfinite(size), np.ceil(np.log2(np.maximum(size, NEAR) / NEAR)), 0)[..., None, None]
    x = x * 0.5**halvings
    eye, square = np.eye(x.shape[-1]), x @ x
    even, odd, power = PADE[0] * eye, PADE[1] * eye, eye
    for k in range(2, 14, 2):
        power = power @ square
        even = even + PADE[k] * power
        odd = odd + PADE[k + 1] * power
    odd = x @ odd
    finite = np.isfinite(odd).all((-2, -1), keepdims=True)
    y = np.linalg.solve(np.where(finite, even - odd, eye), np.where(finite, even + odd, np.nan))
    for k in range(int(halvings.max())):
        y = np.where(k < halvings, y @ y, y)
    return y.astype(a.dtype)


def _matrix_exp_vjp(g: Any, y: Any, a: Any) -> Any:
    """The derivative along g stands beside exp(Aᵀ) in the exponential of both in one matrix."""
    n, turned = a.shape[-1], matrix_transpose(a)
    above = cat(turned, g, dim=a.ndim - 1)
    below = cat(0 * turned, turned, dim=a.ndim - 1)
    return matrix_exp(cat(above, below, dim=a.ndim - 2))[..., :n, n:]


eigh = Op("eigh", "eigh({})", _lapack("eigh", _finite(_eigh), NOT_FOUND), (_eigh_vjp,), domain="symmetric")
svd = Op("svd", "svd({})", _lapack("svd", _finite(_svd), NOT_FOUND), (_svd_vjp,))
qr = Op("qr", "qr({})", _lapack("qr", _qr, NOT_FOUND), (_qr_vjp,), domain="independent columns")
complement = Op(
    "complement",
    "complement {}",
    _lapack("complement", _rest, NOT_FOUND),
    (_rest_vjp,),
)
pinv = Op("pinv", "{}⁺", _lapack("pinv", _finite(_pinv), NOT_FOUND), (_pinv_vjp,), sign="pinv")
matrix_exp: Op = Op("matrix_exp", "expm({})", _matrix_exp, (_matrix_exp_vjp,), sign="expm", shape=shapes.of_first)
