"""Adaptive pooling as modules: as many windows as asked for, whatever the size of the input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_wtf import Tensor

from .. import functional
from ..module import Module

Output = int | tuple[int | None, ...] | None


class _AdaptiveAvgPool(Module):
    """What the adaptive poolings of means share: everything but the number of dimensions."""

    _function: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Output) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """Pool `input` of shape (N, C, ...) or (C, ...)."""
        y: Tensor = type(self)._function(input, self.output_size)
        return y

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Means of signals (N, C, L) or (C, L) over as many windows as asked for, `nn.functional.adaptive_avg_pool1d`.

    Parameters
    ----------
    output_size : int
        The length of the result.
    """

    _function = staticmethod(functional.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
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

    _function = staticmethod(functional.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Means of volumes (N, C, D, H, W) or (C, D, H, W), `nn.functional.adaptive_avg_pool3d`.

    Parameters
    ----------
    output_size : int or three of int or None
        Depth, height and width of the result; None keeps a size.
    """

    _function = staticmethod(functional.adaptive_avg_pool3d)


class _AdaptiveMaxPool(Module):
    """What the adaptive poolings of largest entries share: everything but the number of dimensions."""

    _function: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Output, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """Pool `input` of shape (N, C, ...) or (C, ...)."""
        return type(self)._function(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest entries of signals (N, C, L) or (C, L), `nn.functional.adaptive_max_pool1d`.

    Parameters
    ----------
    output_size : int
        The length of the result.
    return_indices : bool
        Whether the places of the largest entries are returned too.
    """

    _function = staticmethod(functional.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest entries of as many windows as asked for, `nn.functional.adaptive_max_pool2d`.

    Parameters
    ----------
    output_size : int or pair of int or None
        Height and width of the result; None keeps a size.
    return_indices : bool
        Whether the places of the largest entries are returned too.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.AdaptiveMaxPool2d((1, 2))(tw.tensor([[[1.0, 2.0], [3.0, 4.0]]])).tolist()
    [[[3.0, 4.0]]]
    """

    _function = staticmethod(functional.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest entries of volumes (N, C, D, H, W) or (C, D, H, W), `nn.functional.adaptive_max_pool3d`.

    Parameters
    ----------
    output_size : int or three of int or None
        Depth, height and width of the result; None keeps a size.
    return_indices : bool
        Whether the places of the largest entries are returned too.
    """

    _function = staticmethod(functional.adaptive_max_pool3d)
