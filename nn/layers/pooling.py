"""Pooling as modules: they keep the settings, and `nn.functional` does the computing."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from ..module import Module

Sizes = int | tuple[int, ...]


class MaxPool2d(Module):
    """The largest entry of every window, `nn.functional.max_pool2d`.

    Parameters
    ----------
    kernel_size : int or pair of int
        Height and width of a window.
    stride : int or pair of int, optional
        How far the windows are apart; by default as they are large.
    padding : int or pair of int
        How many pixels are added on each side, none of which is ever the largest.
    dilation : int or pair of int
        How far the pixels of one window are apart.
    return_indices : bool
        Whether the places of the largest pixels are returned too.
    ceil_mode : bool
        Whether a window may reach beyond the edge.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.MaxPool2d(2)(tw.tensor([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [[[4.0]]]
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Pool images of shape (N, C, H, W) or (C, H, W)."""
        return functional.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(Module):
    """The mean of every window, `nn.functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode
        As in `MaxPool2d`; padded pixels are 0.
    count_include_pad : bool
        Whether padded pixels count in the mean.
    divisor_override : int, optional
        What the sums are divided by, in the place of the windows' sizes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.AvgPool2d(2)(tw.tensor([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [[[2.5]]]
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """Pool images of shape (N, C, H, W) or (C, H, W)."""
        return functional.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """Means over as many windows as asked for, whatever the size of the image: `nn.functional.adaptive_avg_pool2d`.

    Parameters
    ----------
    output_size : int or pair of int or None
        Height and width of the result; None keeps a size.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.AdaptiveAvgPool2d(1)(tw.ones(1, 3, 5, 7)).shape
    (1, 3, 1, 1)
    """

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Pool images of shape (N, C, H, W) or (C, H, W)."""
        return functional.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"output_size={self.output_size}"
