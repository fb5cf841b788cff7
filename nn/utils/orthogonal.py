"""Weights that stay orthogonal while they are learnt: `nn.utils.parametrizations.orthogonal`."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor, no_grad

from ..module import Module
from .parametrize import register_parametrization

MAPS = ("matrix_exp", "cayley", "householder")


def reflected(vectors: Tensor, factors: Tensor) -> Tensor:
    """The first columns of the product of the reflections ``I - τ v vᵀ``, the vectors v below a diagonal of 1."""
    rows, columns = vectors.shape[-2:]
    unit = tw.eye(rows, columns, dtype=vectors.dtype)
    lower = tw.tril(vectors, -1) + unit
    q: Tensor = unit.expand(*vectors.shape)
    for i in reversed(range(columns)):
        v = lower[..., i : i + 1]
        q = q - factors[..., i : i + 1].unsqueeze(-1) * (v @ (v.mT @ q))
    return q


def _orthogonal_basis(matrix: Tensor) -> Tensor:
    """The orthogonal matrix whose columns span the same, each turned as little as can be."""
    q, r = tw.linalg.qr(matrix)
    basis: Tensor = q * tw.sign(r.diagonal(dim1=-2, dim2=-1)).unsqueeze(-2)
    return basis


def _is_orthogonal(q: Tensor) -> bool:
    rows, columns = q.shape[-2:]
    eps = 10 * rows * float(np.finfo(q.dtype).eps)
    return bool(tw.allclose(q.mT @ q, tw.eye(columns, dtype=q.dtype), rtol=1e-5, atol=eps))


class _Orthogonal(Module):
    """An orthogonal matrix, computed from any numbers; tall, or the transpose of a tall one."""

    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, weight: Tensor) -> Tensor:
        """Compute the weight."""
        is_wide = weight.shape[-2] < weight.shape[-1]
        x = weight.mT if is_wide else weight
        q = self._reflected(x) if self.orthogonal_map == "householder" else self._rotated(x)
        if self.use_trivialization and self.base is not None:
            q = self.base @ q
        return q.mT if is_wide else q

    def _rotated(self, x: Tensor) -> Tensor:
        """The rotation that a skew-symmetric matrix says, its first columns."""
        rows, columns = x.shape[-2:]
        lower = tw.tril(x)
        if rows != columns:
            lower = tw.cat([lower, tw.zeros(*x.shape[:-1], rows - columns, dtype=x.dtype)], -1)
        skew = lower - lower.mT
        if self.orthogonal_map == "matrix_exp":
            q: Tensor = tw.matrix_exp(skew)
        else:
            unit = tw.eye(rows, dtype=x.dtype)
            q = tw.linalg.solve(unit - skew / 2, unit + skew / 2)
        return q[..., :columns]

    def _reflected(self, x: Tensor) -> Tensor:
        vectors = tw.tril(x, -1)
        factors = 2.0 / (1.0 + (vectors * vectors).sum(-2))
        signs = tw.trunc(x.detach().diagonal(dim1=-2, dim2=-1)).unsqueeze(-2)  # 1 and -1, which are not learnt
        q: Tensor = reflected(vectors, factors) * signs
        return q

    def right_inverse(self, value: Tensor) -> Tensor:
        """Numbers that give this matrix, made orthogonal where it is not."""
        if value.shape != self.shape:
            raise ValueError(f"orthogonal: a weight of shape {self.shape} cannot become one of shape {value.shape}")
        rows, columns = value.shape[-2:]
        is_wide = rows < columns
        with no_grad():
            q = value.detach().mT if is_wide else value.detach()
            rows, columns = q.shape[-2:]
            if not self.use_trivialization:
                if self.orthogonal_map != "householder":
                    raise NotImplementedError(
                        f"orthogonal: {self.orthogonal_map} without use_trivialization cannot be assigned to"
                    )
                numbers = _reflections(q)
                return numbers.mT if is_wide else numbers
            if rows == columns:
                self.base = q.clone() if _is_orthogonal(q) else _orthogonal_basis(q)
            else:
                more = tw.randn(*q.shape[:-1], rows - columns, dtype=q.dtype)
                self.base = _orthogonal_basis(tw.cat([q, more], -1))
            return -tw.eye(*value.shape[-2:], dtype=value.dtype).expand(*value.shape).clone()


def _reflections(q: Tensor) -> Tensor:
    """The vectors of the reflections that make a matrix, with the signs of its columns on the diagonal."""
    raw: Any
    raw, factors = np.linalg.qr(q.numpy(), mode="raw")
    vectors = np.array(np.swapaxes(raw, -1, -2))
    places = np.arange(vectors.shape[-1])
    signs = np.sign(vectors[..., places, places])
    vectors[..., places, places] = np.where(factors == 0, -signs, signs)
    return tw.tensor(vectors, dtype=q.dtype)


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep a weight orthogonal: its columns, or its rows where it is wide, have length 1 and right angles.

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name; it has two dimensions or more, of which the last two count.
    orthogonal_map : {"matrix_exp", "cayley", "householder"}, optional
        How it is computed from any numbers: by the exponential or Cayley's quotient of a skew-symmetric matrix, or by
        reflections; by default the first for square weights, the last for others.
    use_trivialization : bool, default True
        Learn a turn of the matrix that was there (Lezcano-Casado, 2019), which is kept in the buffer ``0.base``.

    Returns
    -------
    Module
        The module: its state has ``parametrizations.weight.original``.

    Raises
    ------
    ValueError
        When the module has no such weight, it is no matrix, or the map is unknown.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.parametrizations.orthogonal(nn.Linear(20, 40))
    >>> tw.allclose(layer.weight.T @ layer.weight, tw.eye(20), atol=1e-5)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"{type(module).__name__} has no parameter or buffer {name!r}")
    if weight.ndim < 2:
        raise ValueError(f"orthogonal: {name} has {weight.ndim} dimensions, and a matrix has 2")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(f"orthogonal: orthogonal_map is one of {', '.join(MAPS)}, not {orthogonal_map!r}")
    return register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)
