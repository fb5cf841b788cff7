"""`MaxUnpool1d`, `MaxUnpool2d` and `MaxUnpool3d`: largest entries back to their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_wtf import Tensor

from .. import functional
from ..module import Module
from .pooling import Sizes


class _MaxUnpool(Module):
    """What they share: everything but the number of dimensions."""

    _function: ClassVar[Callable[..., Tensor]]
    _dimensions: ClassVar[int]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()

        def each(sizes: Sizes) -> tuple[int, ...]:
            return tuple(sizes) if isinstance(sizes, tuple | list) else (sizes,) * self._dimensions

        self.kernel_size = each(kernel_size)
        self.stride = each(kernel_size if stride is None else stride)
        self.padding = each(padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Put `input` to the places `indices`, which the pooling returned; the rest is 0."""
        return type(self)._function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """A right inverse of `MaxPool1d`, `nn.functional.max_unpool1d`; the parameters are those of `MaxUnpool2d`."""

    _function = staticmethod(functional.max_unpool1d)
    _dimensions = 1


class MaxUnpool2d(_MaxUnpool):
    """A right inverse of `MaxPool2d`, `nn.functional.max_unpool2d`: zeros wherever there was no largest entry.

    Parameters
    ----------
    kernel_size, stride, padding
        Those of the pooling.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> y, places = nn.MaxPool2d(2, return_indices=True)(tw.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    >>> nn.MaxUnpool2d(2)(y, places).tolist()
    [[[0.0, 0.0], [0.0, 4.0]]]
    """

    _function = staticmethod(functional.max_unpool2d)
    _dimensions = 2


class MaxUnpool3d(_MaxUnpool):
    """A right inverse of `MaxPool3d`, `nn.functional.max_unpool3d`; the parameters are those of `MaxUnpool2d`."""

    _function = staticmethod(functional.max_unpool3d)
    _dimensions = 3
