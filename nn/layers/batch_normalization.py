"""Batch normalisation: each channel over all samples, with a memory for evaluation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from tinygrad_wtf import ShapeError, Tensor, no_grad, ones, zeros

from .. import functional, init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter


class _Norm(Module):
    """What batch and instance normalisations share: parameters and statistics, whose sizes a lazy one learns later."""

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

    def reset_running_stats(self) -> None:
        """Forget the statistics: mean 0, variance 1, no batch."""
        with no_grad():
            for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
                if buffer is not None:
                    buffer.fill_(value)

    def reset_parameters(self) -> None:
        """Forget the statistics, and set weight and bias to 1 and 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Norm):
    """What the batch normalisations share: everything but the shapes that they take."""

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


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes (N, C, D, H, W); the parameters are those of `BatchNorm2d`."""

    _shapes: ClassVar[dict[int, str]] = {5: "(N, C, D, H, W)"}
