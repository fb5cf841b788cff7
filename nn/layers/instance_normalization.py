"""Instance normalisation: each channel of each sample by itself."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import DTypeLike

from tinygrad_wtf import ShapeError, Tensor

from .. import functional
from .batch_normalization import _Norm


class _InstanceNorm(_Norm):
    """What the instance normalisations share: everything but the shapes that they take."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel of each sample of `input` (N, C, ...) or (C, ...)."""
        batched = input.ndim in self._shapes
        channel = 1 if batched else 0
        if not (batched or input.ndim + 1 in self._shapes) or (
            input.shape[channel] != self.num_features and self.affine | self.track_running_stats
        ):
            raise ShapeError(
                f"takes {' or '.join(self._shapes.values())} with C = {self.num_features}, with or without N, not "
                f"{input.shape}",
                op=type(self).__name__,
                shapes=(input.shape,),
            )
        y = functional.instance_norm(
            input if batched else input.unsqueeze(0),
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return y if batched else y.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L); the parameters are those of `InstanceNorm2d`."""

    _shapes: ClassVar[dict[int, str]] = {3: "(N, C, L)"}


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image (N, C, H, W) or (C, H, W) by itself: `nn.functional.instance_norm` with its memory.

    Parameters
    ----------
    num_features : int
        C, the number of channels.
    eps : float
        Added to the variance.
    momentum : float
        How far the remembered statistics move.
    affine : bool, default False
        Whether there are a weight and a bias for each channel, 1 and 0 at first.
    track_running_stats : bool, default False
        Whether statistics are remembered in training and used in evaluation.
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
    >>> y = nn.InstanceNorm2d(1)(tw.tensor([[[[1.0, 3.0]]], [[[10.0, 30.0]]]]))
    >>> [round(v, 3) for v in y.flatten().tolist()]
    [-1.0, 1.0, -1.0, 1.0]
    """

    _shapes: ClassVar[dict[int, str]] = {4: "(N, C, H, W)"}


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes (N, C, D, H, W) or (C, D, H, W); the parameters are `InstanceNorm2d`'s."""

    _shapes: ClassVar[dict[int, str]] = {5: "(N, C, D, H, W)"}
