"""Parametrizations of weights: normalised in length, in their largest singular value, and orthogonal."""

from __future__ import annotations

import tinygrad_wtf as tw
from tinygrad_wtf import ShapeError, Tensor, no_grad, normalize

from ..layers.transposed_convolution import _ConvTranspose
from ..module import Module
from .orthogonal import orthogonal as orthogonal
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def norm_except_dim(v: Tensor, dim: int | None) -> Tensor:
    """The lengths of the parts of `v` along a dimension, in its shape with 1 elsewhere; of all of it for None or -1."""
    if dim is None or dim == -1:
        length: Tensor = tw.norm(v)
        return length
    axis = dim % v.ndim
    if v.ndim == 1:
        sizes: Tensor = v.abs()
        return sizes
    lengths: Tensor = tw.norm(v, 2, dim=tuple(d for d in range(v.ndim) if d != axis), keepdim=True)
    return lengths


class _WeightNorm(Module):
    """``w = g v / |v|``."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """Compute the weight."""
        weight: Tensor = weight_v * (weight_g / norm_except_dim(weight_v, self.dim))
        return weight

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Take a weight apart into length and direction."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn the length and the direction of each neuron's weights apart (Salimans and Kingma, 2016).

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name.
    dim : int or None, default 0
        Along which dimension there is a length for each part; None for one length of all.

    Returns
    -------
    Module
        The module: its state has ``parametrizations.weight.original0`` (lengths) and ``original1`` (directions).

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> [(name, p.shape) for name, p in layer.named_parameters()]
    [('bias', (3,)), ('parametrizations.weight.original0', (3, 1)), ('parametrizations.weight.original1', (3, 2))]
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight with a row for each part along a dimension."""
    moved: Tensor = weight.movedim(dim, 0) if dim else weight
    return moved.reshape(moved.shape[0], -1)


def power_iteration(matrix: Tensor, u: Tensor, v: Tensor, times: int, eps: float) -> None:
    """Turn u and v towards the singular vectors of the largest singular value, in place."""
    with no_grad():
        matrix = matrix.detach()
        for _ in range(times):
            u.copy_(normalize(matrix @ v, dim=0, eps=eps))
            v.copy_(normalize(matrix.T @ u, dim=0, eps=eps))


class _SpectralNorm(Module):
    """``w / σ(w)``, where σ is the largest singular value by power iteration."""

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise ShapeError(f"dim {dim} is none of {weight.ndim}", op="spectral_norm", shapes=(weight.shape,))
        if n_power_iterations <= 0:
            raise ValueError(f"spectral_norm: n_power_iterations is 1 or more, not {n_power_iterations}")
        self.dim = dim % weight.ndim
        self.eps = eps
        self.n_power_iterations = n_power_iterations
        if weight.ndim > 1:
            matrix = as_matrix(weight.detach(), self.dim)
            rows, columns = matrix.shape
            self.register_buffer("_u", normalize(tw.randn(rows, dtype=weight.dtype), dim=0, eps=eps))
            self.register_buffer("_v", normalize(tw.randn(columns, dtype=weight.dtype), dim=0, eps=eps))
            power_iteration(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        """Compute the weight."""
        if weight.ndim == 1:
            vector: Tensor = normalize(weight, dim=0, eps=self.eps)
            return vector
        matrix = as_matrix(weight, self.dim)
        if self.training:
            power_iteration(matrix, self._u, self._v, self.n_power_iterations, self.eps)
        u, v = self._u.clone(), self._v.clone()
        y: Tensor = weight / (u * (matrix @ v)).sum()
        return y

    def right_inverse(self, value: Tensor) -> Tensor:
        """Take a weight as it is."""
        return value


def default_dim(module: Module, dim: int | None) -> int:
    """The dimension of a layer's outputs: transposed convolutions have it second."""
    if dim is not None:
        return dim
    return 1 if isinstance(module, _ConvTranspose) else 0


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value (Miyato et al., 2018), so that a layer stretches by at most 1.

    Parameters
    ----------
    module : Module
        Whose weight it is.
    name : str, default "weight"
        The weight's name.
    n_power_iterations : int, default 1
        How many steps of power iteration every use in training takes.
    eps : float, default 1e-12
        The least length by which vectors are divided.
    dim : int, optional
        The dimension of the outputs; by default 0, and 1 for transposed convolutions.

    Returns
    -------
    Module
        The module: its state has ``parametrizations.weight.original``, and the vectors ``0._u`` and ``0._v`` there.

    Raises
    ------
    ValueError
        When the module has no such weight.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_wtf import nn
    >>> layer = nn.utils.parametrizations.spectral_norm(nn.Linear(20, 40))
    >>> for _ in range(50):
    ...     weight = layer.weight
    >>> bool(np.linalg.svd(weight.numpy())[1][0] < 1.01)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"{type(module).__name__} has no parameter or buffer {name!r}")
    norm = _SpectralNorm(weight, n_power_iterations, default_dim(module, dim), eps)
    return register_parametrization(module, name, norm)
