"""Layers that shift and scale each sample to mean 0 and variance 1, and then as they learn to."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from tinygrad_wtf import Tensor, ones, zeros

from .. import functional, init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter


class LayerNorm(Module):
    """Each sample by itself, over its last dimensions: `nn.functional.layer_norm` with weights.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The last sizes of the input.
    eps : float
        Added to the variance.
    elementwise_affine : bool
        Whether there are a weight and a bias of this shape, 1 and 0 at first.
    bias : bool
        Whether there is the latter.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> [round(y, 2) for y in nn.LayerNorm(3)(tw.tensor([1.0, 2.0, 3.0])).tolist()]
    [-1.22, 0.0, 1.22]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        shape = tuple(normalized_shape) if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", Parameter(ones(*shape, dtype=dtype)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(zeros(*shape, dtype=dtype)) if elementwise_affine and bias else None)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`, whose shape ends with `normalized_shape`."""
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Each sample's channels in groups: `nn.functional.group_norm` with a weight and a bias for each channel.

    Parameters
    ----------
    num_groups : int
        Into how many groups the channels are divided.
    num_channels : int
        C, a multiple of it.
    eps : float
        Added to the variance.
    affine : bool
        Whether there are a weight and a bias for each channel, 1 and 0 at first.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    bias : bool
        Whether there is a bias, where `affine` is true.

    Raises
    ------
    ValueError
        When the channels cannot be divided so.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.GroupNorm(2, 4)(tw.zeros(5, 4, 8)).shape
    (5, 4, 8)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(f"GroupNorm: {num_channels} channels cannot be divided into {num_groups} groups")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self.register_parameter("weight", Parameter(ones(num_channels, dtype=dtype)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels, dtype=dtype)) if affine and bias else None)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input` of shape (N, C, ...)."""
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class RMSNorm(Module):
    """Each sample by itself divided by its root mean square: `nn.functional.rms_norm` with a weight.

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The last sizes of the input.
    eps : float, optional
        Added to the mean square; by default the distance from 1 to the next number of the dtype.
    elementwise_affine : bool
        Whether there is a weight of this shape, 1 at first.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the weight; the default dtype when None.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> [round(y, 4) for y in nn.RMSNorm(2)(tw.tensor([3.0, 4.0])).tolist()]
    [0.8485, 1.1314]
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        shape = tuple(normalized_shape) if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", Parameter(ones(*shape, dtype=dtype)) if elementwise_affine else None)

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`, whose shape ends with `normalized_shape`."""
        return functional.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Each entry divided by a power of the squares in neighbouring channels, `nn.functional.local_response_norm`.

    Parameters
    ----------
    size : int
        How many channels are looked at.
    alpha, beta, k : float, default 1e-4, 0.75 and 1
        As in the formula.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.LocalResponseNorm(2)(tw.zeros(1, 3, 4, 4)).shape
    (1, 3, 4, 4)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input` of shape (N, C, ...)."""
        return functional.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
