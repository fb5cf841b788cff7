"""Pooling as modules: they keep the settings, and `nn.functional` does the computing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_wtf import Tensor

from .. import functional
from ..module import Module

Sizes = int | tuple[int, ...]


class _MaxPool(Module):
    """What the poolings of largest entries share: everything but the number of dimensions."""

    _function: ClassVar[Callable[..., Any]]

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
        """Pool `input` of shape (N, C, ...) or (C, ...)."""
        return type(self)._function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest entry of every window of signals (N, C, L) or (C, L), `nn.functional.max_pool1d`.

    The parameters are those of `MaxPool2d`, with one number where that has two.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.MaxPool1d(2)(tw.tensor([[1.0, 2.0, 4.0, 3.0]])).tolist()
    [[2.0, 4.0]]
    """

    _function = staticmethod(functional.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest entry of every window of images (N, C, H, W) or (C, H, W), `nn.functional.max_pool2d`.

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

    _function = staticmethod(functional.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest entry of every window of volumes (N, C, D, H, W) or (C, D, H, W), `nn.functional.max_pool3d`.

    The parameters are those of `MaxPool2d`, with three numbers where that has two.
    """

    _function = staticmethod(functional.max_pool3d)


class _AvgPool(Module):
    """What the poolings of means share: everything but the number of dimensions."""

    _function: ClassVar[Callable[..., Any]]

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
        """Pool `input` of shape (N, C, ...) or (C, ...)."""
        settings = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        more = () if self.divisor_override is None else (self.divisor_override,)
        y: Tensor = type(self)._function(input, *settings, *more)
        return y

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of every window of signals (N, C, L) or (C, L), `nn.functional.avg_pool1d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As in `AvgPool2d`, with one number where that has two.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.AvgPool1d(2)(tw.tensor([[1.0, 2.0, 4.0, 3.0]])).tolist()
    [[1.5, 3.5]]
    """

    _function = staticmethod(functional.avg_pool1d)

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


class AvgPool2d(_AvgPool):
    """The mean of every window of images (N, C, H, W) or (C, H, W), `nn.functional.avg_pool2d`.

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

    _function = staticmethod(functional.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of every window of volumes (N, C, D, H, W) or (C, D, H, W), `nn.functional.avg_pool3d`.

    The parameters are those of `AvgPool2d`, with three numbers where that has two.
    """

    _function = staticmethod(functional.avg_pool3d)


class _LPPool(Module):
    """What the power-average poolings share: everything but the number of dimensions."""

    _function: ClassVar[Callable[..., Any]]

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """Pool `input` of shape (N, C, ...) or (C, ...)."""
        y: Tensor = type(self)._function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return y

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """``(Σ x^p)^(1/p)`` over every window of signals, `nn.functional.lp_pool1d`; the parameters are `LPPool2d`'s."""

    _function = staticmethod(functional.lp_pool1d)


class LPPool2d(_LPPool):
    """``(Σ x^p)^(1/p)`` over every window of images, `nn.functional.lp_pool2d`: 1 gives sums, large p maxima.

    Parameters
    ----------
    norm_type : float
        The power p.
    kernel_size, stride, ceil_mode
        As in `MaxPool2d`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.LPPool2d(2, 2)(tw.tensor([[[3.0, 4.0], [0.0, 0.0]]])).tolist()
    [[[5.0]]]
    """

    _function = staticmethod(functional.lp_pool2d)


class LPPool3d(_LPPool):
    """``(Σ x^p)^(1/p)`` over every window of volumes, `nn.functional.lp_pool3d`; the parameters are `LPPool2d`'s."""

    _function = staticmethod(functional.lp_pool3d)
