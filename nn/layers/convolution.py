"""`Conv1d`, `Conv2d` and `Conv3d`: layers whose neurons look at a small window, the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, ClassVar

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, Tensor, as_generator, zeros

from .. import functional, init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter

Sizes = int | tuple[int, ...]


class _Conv(Module):
    """What the convolutions share: everything but the number of dimensions."""

    _dimensions: ClassVar[int]
    _convolve: ClassVar[Callable[..., Any]]
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        kind = type(self).__name__
        if groups <= 0 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{kind}: {in_channels} channels in and {out_channels} out must be divisible by groups={groups}"
            )
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"{kind}: padding is 'same', 'valid' or numbers, not {padding!r}")
            if padding == "same" and any(step != 1 for step in self._each(stride)):
                raise ValueError(f"{kind}: padding='same' keeps the size, which a stride of {stride} does not")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f"{kind}: padding_mode is 'zeros', 'reflect', 'replicate' or 'circular', not {padding_mode!r}"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = map(self._each, (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else self._each(padding)
        self.padding_mode = padding_mode
        self.weight = Parameter(zeros(*self._weight_shape(), dtype=dtype), name="weight")
        self.register_parameter("bias", Parameter(zeros(out_channels, dtype=dtype), name="bias") if bias else None)
        self.reset_parameters(generator)

    def _weight_shape(self) -> tuple[int, ...]:
        return (self.out_channels, self.in_channels // self.groups, *self.kernel_size)

    def _each(self, sizes: Sizes) -> tuple[int, ...]:
        """A number for each dimension."""
        return tuple(sizes) if isinstance(sizes, tuple | list) else (sizes,) * self._dimensions

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw weight and bias anew from U(-1/√n, 1/√n), where n is the size of a window, as PyTorch does."""
        source = as_generator(generator)
        window = prod(self.weight.shape[1:])
        if window:
            init.kaiming_uniform_(self.weight, a=5**0.5, generator=source)
            if self.bias is not None:
                init.uniform_(self.bias, -(window**-0.5), window**-0.5, generator=source)

    def forward(self, input: Tensor) -> Tensor:
        """Convolve `input` of shape (N, C, ...) or (C, ...)."""
        padding: Sizes | str = self.padding
        if self.padding_mode != "zeros":
            input = functional.pad(input, self._around(), self.padding_mode)
            padding = 0
        y: Tensor = type(self)._convolve(
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )
        return y

    def _around(self) -> list[int]:
        """The padding as `nn.functional.pad` reads it: before and after, from the last dimension."""
        around: list[int] = []
        for i in reversed(range(self._dimensions)):
            if self.padding == "same":
                missing = self.dilation[i] * (self.kernel_size[i] - 1)
                around += [missing // 2, missing - missing // 2]
            else:
                size = 0 if isinstance(self.padding, str) else self.padding[i]
                around += [size, size]
        return around

    def extra_repr(self) -> str:
        """Return the settings."""
        ones = (1,) * self._dimensions
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
            + "".join(
                f", {name}={value!r}"
                for name, value, default in (
                    ("padding", self.padding, (0,) * self._dimensions),
                    ("dilation", self.dilation, ones),
                    ("groups", self.groups, 1),
                    ("bias", self.bias is not None, True),
                    ("padding_mode", self.padding_mode, "zeros"),
                )
                if value != default
            )
        )


class Conv1d(_Conv):
    """Filters that slide along signals of shape (N, C, L) or (C, L), `nn.functional.conv1d`.

    The parameters are those of `Conv2d`, with one number where that has two.
    """

    _dimensions = 1
    _convolve = staticmethod(functional.conv1d)


class Conv2d(_Conv):
    """Filters that slide over images of shape (N, C, H, W) or (C, H, W), `nn.functional.conv2d`.

    Parameters
    ----------
    in_channels, out_channels : int
        How many numbers a pixel has, and how many filters there are.
    kernel_size : int or tuple of int
        Height and width of the window.
    stride : int or tuple of int
        The steps from window to window.
    padding : int, tuple of int, "valid" or "same"
        What is added on each side; "same" keeps the size of the image.
    dilation : int or tuple of int
        The distance of a window's entries.
    groups : int
        Into how many parts the channels are divided, each with filters of its own.
    bias : bool
        Whether each filter adds a number of its own.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}
        What is added around.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight : Parameter of shape (out_channels, in_channels / groups, height, width)
    bias : Parameter of shape (out_channels,), or None

    Raises
    ------
    ValueError
        When a setting is unknown, or `groups` does not divide the channels.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Conv2d(3, 16, kernel_size=3, padding="same", generator=0)(tw.zeros(10, 3, 64, 64)).shape
    (10, 16, 64, 64)
    """

    _dimensions = 2
    _convolve = staticmethod(functional.conv2d)


class Conv3d(_Conv):
    """Filters that slide through volumes of shape (N, C, D, H, W) or (C, D, H, W), `nn.functional.conv3d`.

    The parameters are those of `Conv2d`, with three numbers where that has two.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Conv3d(2, 4, kernel_size=(1, 3, 3))(tw.zeros(5, 2, 3, 8, 8)).shape
    (5, 4, 3, 6, 6)
    """

    _dimensions = 3
    _convolve = staticmethod(functional.conv3d)
