"""`Upsample` and its older forms: signals, images and volumes of another size."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from ..module import Module


class Upsample(Module):
    """Make signals, images or volumes larger or smaller, `nn.functional.interpolate`.

    Parameters
    ----------
    size : int or tuple of int, optional
        The new size; or else
    scale_factor : float or tuple of float, optional
        How many times as large.
    mode : str, default "nearest"
        Which entries a new one is made of, see `nn.functional.interpolate`.
    align_corners : bool, optional
        For the smooth modes: whether the corners' entries stay.
    recompute_scale_factor : bool, optional
        Whether the positions follow from the rounded sizes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Upsample(scale_factor=2)(tw.zeros(1, 3, 4, 4)).shape
    (1, 3, 8, 8)
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Resize `input` of shape (N, C, ...)."""
        return functional.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        size = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{size}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of images with ``mode="nearest"``.

    Parameters
    ----------
    size, scale_factor
        As in `Upsample`.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of images with ``mode="bilinear"`` and ``align_corners=True``.

    Parameters
    ----------
    size, scale_factor
        As in `Upsample`.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
