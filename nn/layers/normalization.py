"""Layers that shift and scale their input to mean 0 and variance 1, and then as they learn to."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from tinygrad_wtf import ShapeError, Tensor, no_grad, ones, zeros

from .. import functional
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


class _BatchNorm(Module):
    """What the batch normalisations share: everything but the shapes that they take."""

    _shapes: ClassVar[dict[int, str]]
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        tracked = track_running_stats
        self.register_parameter("weight", Parameter(ones(num_features, dtype=dtype)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_features, dtype=dtype)) if affine and bias else None)
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", zeros((), dtype=np.int64) if tracked else None)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel of `input` over all samples."""
        if input.ndim not in self._shapes or input.shape[1] != self.num_features:
            raise ShapeError(
                f"takes {' or '.join(self._shapes.values())} with C = {self.num_features}, not {input.shape}",
                op=type(self).__name__,
                shapes=(input.shape,),
            )
        tracking = self.training and self.track_running_stats  # it may be switched off later
        momentum: Any = 0.0 if self.momentum is None else self.momentum
        if tracking and self.num_batches_tracked is not None:
            with no_grad():
                self.num_batches_tracked.add_(1)
            if self.momentum is None:
                # a tensor, so that a compiled step counts on
                momentum = 1 / self.num_batches_tracked.to(input.dtype)
        is_remembering = tracking or not self.training
        return functional.batch_norm(
            input,
            self.running_mean if is_remembering else None,
            self.running_var if is_remembering else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L); the parameters are those of `BatchNorm2d`."""

    _shapes: ClassVar[dict[int, str]] = {2: "(N, C)", 3: "(N, C, L)"}


class BatchNorm2d(_BatchNorm):
    """Each channel of images (N, C, H, W) over all samples and pixels: `nn.functional.batch_norm` with its memory.

    In training the batch's own mean and variance are used, and remembered; `eval()` uses what is remembered, so that
    a sample's output does not depend on the others.

    Parameters
    ----------
    num_features : int
        C, the number of channels.
    eps : float
        Added to the variance.
    momentum : float or None
        How far the remembered statistics move to each batch's; None for the mean over all batches.
    affine : bool
        Whether there are a weight and a bias for each channel, 1 and 0 at first.
    track_running_stats : bool
        Whether statistics are remembered; if not, each batch's own are used in evaluation too. Set to False later, it
        keeps what is remembered as it is.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters and the statistics; the default dtype when None.
    bias : bool
        Whether there is a bias, where `affine` is true.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.BatchNorm2d(1, momentum=1.0)
    >>> _ = layer(tw.tensor([[[[1.0, 3.0]]]]))
    >>> layer.running_mean.tolist(), layer.running_var.tolist()
    ([2.0], [2.0])
    """

    _shapes: ClassVar[dict[int, str]] = {4: "(N, C, H, W)"}
