"""`ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`: layers that make images larger."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, SettingError, ShapeError, Tensor

from .. import functional
from .convolution import Sizes, _Conv


class _ConvTranspose(_Conv):
    """What the transposed convolutions share: everything but the number of dimensions."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        kind = type(self).__name__
        if padding_mode != "zeros":
            raise ValueError(f"{kind}: padding_mode is 'zeros', the only one, not {padding_mode!r}")
        if isinstance(padding, str):
            raise TypeError(f"{kind}: padding is one number or {self._dimensions}, not {padding!r}")
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device,
            dtype, generator,
        )  # fmt: skip
        self.output_padding = self._each(output_padding)

    def _weight_shape(self) -> tuple[int, ...]:
        return (self.in_channels, self.out_channels // self.groups, *self.kernel_size)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """Compute the transposed convolution of `input` (N, C, ...) or (C, ...).

        With `output_size`, the size of the result, `output_padding` is what leads to it.

        Raises
        ------
        SettingError
            When no padding leads to that size.
        """
        padding = self.output_padding if output_size is None else self._padding_for(input, output_size)
        y: Tensor = type(self)._convolve(
            input, self.weight, self.bias, self.stride, self.padding, padding, self.groups, self.dilation
        )
        return y

    def _padding_for(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        kind, count = type(self).__name__, self._dimensions
        wanted = tuple(output_size)[-count:]
        if len(wanted) != count or input.ndim not in (count + 1, count + 2) or isinstance(self.padding, str):
            raise ShapeError(f"output_size {output_size!r} does not fit an input of {input.shape}", op=kind)
        smallest = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[-count:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True
            )
        ]
        if any(not least <= n < least + s for n, least, s in zip(wanted, smallest, self.stride, strict=True)):
            largest = [least + s - 1 for least, s in zip(smallest, self.stride, strict=True)]
            raise SettingError(f"sizes from {smallest} to {largest} can come out, not {list(wanted)}", op=kind)
        return tuple(n - least for n, least in zip(wanted, smallest, strict=True))

    def extra_repr(self) -> str:
        """Return the settings."""
        more = "" if not any(self.output_padding) else f", output_padding={self.output_padding}"
        return super().extra_repr() + more


class ConvTranspose1d(_ConvTranspose):
    """A transposed convolution of signals (N, C, L) or (C, L), `nn.functional.conv_transpose1d`.

    The parameters are those of `ConvTranspose2d`, with one number where that has two.
    """

    _dimensions = 1
    _convolve = staticmethod(functional.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """A transposed convolution of images (N, C, H, W) or (C, H, W), `nn.functional.conv_transpose2d`.

    Each pixel's multiples of the filters are laid beside each other, `stride` apart, and what overlaps is added up: the
    result is about `stride` times as large as the image.

    Parameters
    ----------
    in_channels, out_channels : int
        How many numbers a pixel has, before and after.
    kernel_size : int or tuple of int
        Height and width of the filters.
    stride : int or tuple of int
        How far the filters are laid apart.
    padding : int or tuple of int
        How much is cut off on each side.
    output_padding : int or tuple of int
        How much is added at the end; smaller than the stride or the dilation.
    groups : int
        Into how many parts the channels are divided, each with filters of its own.
    bias : bool
        Whether each channel of the result adds a number of its own.
    dilation : int or tuple of int
        The distance of a filter's entries.
    padding_mode : {"zeros"}
        The only one.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight : Parameter of shape (in_channels, out_channels / groups, height, width)
    bias : Parameter of shape (out_channels,), or None

    Raises
    ------
    ValueError
        When a setting is unknown, or `groups` does not divide the channels.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.ConvTranspose2d(16, 3, kernel_size=4, stride=2, padding=1)(tw.zeros(10, 16, 8, 8)).shape
    (10, 3, 16, 16)
    """

    _dimensions = 2
    _convolve = staticmethod(functional.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """A transposed convolution of volumes (N, C, D, H, W) or (C, D, H, W), `nn.functional.conv_transpose3d`.

    The parameters are those of `ConvTranspose2d`, with three numbers where that has two.
    """

    _dimensions = 3
    _convolve = staticmethod(functional.conv_transpose3d)
