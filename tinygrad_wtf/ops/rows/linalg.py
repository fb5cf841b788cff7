"""Inverses, equations, determinants, factors and powers of matrices: what PyTorch has in `torch.linalg`.

They are public in `tinygrad_wtf.linalg`. Each takes one matrix or a batch of them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.core.unbroadcast import Shape, broadcast_to, unbroadcast
from tinygrad_wtf.errors import LinAlgError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.shape import matrix_transpose, reshaped


def _lapack(op: str, function: Callable[..., Any], why: str) -> Callable[..., Any]:
    """The function, with the engine's error where a matrix does not allow it."""

    @functools.wraps(function)
    def forward(*matrices: Any, **settings: Any) -> Any:
        try:
            return function(*matrices, **settings)
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
        return cofactor(a, *given, g)
    given[i - 1] = g
    return cofactor(a, *given)


def _cholesky_vjp(g: Any, y: Any, a: Any) -> Any:
    n = y.shape[-1]
    half = np.tri(n, dtype=y.dtype) - np.eye(n, dtype=y.dtype) / 2
    inner = (matrix_transpose(y) @ g) * half
    inner = (inner + matrix_transpose(inner)) / 2
    left = solve(matrix_transpose(y), inner)
    return matrix_transpose(solve(matrix_transpose(y), matrix_transpose(left)))


def _solve_hint(a: Shape, b: Shape) -> str:
    return f"The right side must have {a[-1]} rows, and the batches must be equal or 1"


SINGULAR = "a matrix is singular: its rows depend on each other"
inv = Op(
    "inv",
    "{}⁻¹",
    _lapack("inv", np.linalg.inv, SINGULAR),
    (lambda g, y, a: -(matrix_transpose(y) @ g @ matrix_transpose(y)),),
    sign="⁻¹",
    domain="det ≠ 0",
    shape=shapes.of_first,
)
solve: Op = Op(
    "solve",
    "{}⁻¹ {}",
    _lapack("solve", np.linalg.solve, SINGULAR),
    (
        lambda g, y, a, b: unbroadcast(-(solve(matrix_transpose(a), g) @ matrix_transpose(y)), a.shape),
        lambda g, y, a, b: unbroadcast(solve(matrix_transpose(a), g), b.shape),
    ),
    sign="⁻¹",
    domain="det ≠ 0",
    hint=_solve_hint,
    shape=shapes.solution,
)
det = Op("det", "det({})", np.linalg.det, (lambda g, y, a: _scalar(g) * cofactor(a),), shape=shapes.of_matrices)
cofactor: Op = Op("cofactor", "cof", _cofactors, _cofactors_vjp, sign="cof", shape=shapes.of_first)
logabsdet = Op(
    "logabsdet",
    "log |det {}|",
    lambda a: np.linalg.slogdet(a).logabsdet,
    (lambda g, y, a: _scalar(g) * matrix_transpose(inv(a)),),
    domain="det ≠ 0",
    shape=shapes.of_matrices,
)
sign_of_det = Op(
    "sign_of_det",
    "sign(det {})",
    lambda a: np.linalg.slogdet(a).sign,
    (lambda g, y, a: where(False, broadcast_to(_scalar(g), a.shape), 0),),
    kinks="det = 0, where the slope is 0",
    shape=shapes.of_matrices,
)
cholesky = Op(
    "cholesky",
    "chol({})",
    _lapack("cholesky", _factor, "a matrix is not positive definite"),
    (_cholesky_vjp,),
    domain="symmetric and positive definite",
    shape=shapes.of_first,
)
