"""Lazy layers: what their first input tells need not be said, and is filled in when it comes."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import DTypeLike

from tinygrad_wtf import ShapeError, TraceError, is_compiling, settings_changed

from ..module import Module
from ..parameter import UninitializedBuffer, UninitializedParameter
from .batch_normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, _Norm
from .convolution import Conv1d, Conv2d, Conv3d, Sizes, _Conv
from .instance_normalization import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear
from .transposed_convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d


class _Lazy(Module):
    """A layer that becomes another class, `_becomes`, when its first input has told what is missing."""

    _becomes: ClassVar[type[Module]]
    _waits_for: ClassVar[tuple[str, ...]]  # the parameters and buffers whose shapes are not known yet

    def _wait(self, dtype: DTypeLike | None, **present: bool) -> None:
        """Put members without a shape in the places of those that are there."""
        for name in self._waits_for:
            if not present.get(name, True):
                continue
            if name in self._parameters:
                self._parameters[name] = UninitializedParameter(dtype=dtype)
            else:
                self._buffers[name] = UninitializedBuffer(dtype=dtype)
        settings_changed()

    def has_uninitialized_params(self) -> bool:
        """Return whether a shape is still missing."""
        members = (*self._parameters.values(), *self._buffers.values())
        return any(isinstance(member, UninitializedParameter | UninitializedBuffer) for member in members)

    def _learn_from(self, input: Any, fresh: bool) -> None:
        """Fill in what the input tells; where not all is loaded already, also draw the initial values."""
        raise NotImplementedError

    def _call_as(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if is_compiling():
            raise TraceError(
                f"{type(self).__name__} has seen no input yet, and its parameters cannot be made while a function is "
                "compiled",
                hint="Call the network once before, on a batch or in nn.summary(model, shape)",
            )
        self._learn_from(args[0] if args else next(iter(kwargs.values())), self.has_uninitialized_params())
        self.__class__ = self._becomes  # type: ignore[assignment]
        settings_changed()
        return self._call_as(name, *args, **kwargs)

    def _channels_of(self, input: Any, dimensions: int) -> int:
        if input.ndim not in (dimensions + 1, dimensions + 2):
            raise ShapeError(
                f"takes (N, C, ...) or (C, ...) of {dimensions} dimensions behind C, not {input.shape}",
                op=type(self).__name__,
                shapes=(input.shape,),
            )
        return int(input.shape[-dimensions - 1])


class LazyLinear(_Lazy, Linear):
    """A `Linear` whose `in_features` is the last size of its first input.

    Parameters
    ----------
    out_features : int
        The number of neurons.
    bias, device, dtype
        As in `Linear`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.LazyLinear(3)
    >>> _ = layer(tw.zeros(5, 4))
    >>> layer
    Linear(in_features=4, out_features=3, bias=True)
    """

    _becomes = Linear
    _waits_for = ("weight", "bias")

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(0, 0, bias, device, dtype)
        self.out_features = out_features
        self._wait(dtype, bias=bias)

    def _learn_from(self, input: Any, fresh: bool) -> None:
        self.in_features = input.shape[-1]
        _filled(self.weight, (self.out_features, self.in_features))
        _filled(self.bias, (self.out_features,))
        if fresh:
            self.reset_parameters()


def _filled(member: Any, shape: tuple[int, ...]) -> None:
    if isinstance(member, UninitializedParameter | UninitializedBuffer):
        member.materialize(shape)


class _LazyConv(_Lazy, _Conv):
    """What the lazy convolutions share."""

    _waits_for = ("weight", "bias")

    def __init__(
        self,
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
    ) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        self.out_channels = out_channels
        self._wait(dtype, bias=bias)

    def _learn_from(self, input: Any, fresh: bool) -> None:
        self.in_channels = self._channels_of(input, self._dimensions)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"{type(self).__name__}: {self.in_channels} channels in and {self.out_channels} out must be divisible "
                f"by groups={self.groups}"
            )
        _filled(self.weight, self._weight_shape())
        _filled(self.bias, (self.out_channels,))
        if fresh:
            self.reset_parameters()


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` whose `in_channels` are those of its first input; the other parameters are its."""

    _becomes = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` whose `in_channels` are those of its first input.

    Parameters
    ----------
    out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype
        As in `Conv2d`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.LazyConv2d(8, kernel_size=3)
    >>> layer(tw.zeros(1, 3, 5, 5)).shape, layer.in_channels
    ((1, 8, 3, 3), 3)
    """

    _becomes = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` whose `in_channels` are those of its first input; the other parameters are its."""

    _becomes = Conv3d


class _LazyConvTranspose(_LazyConv):
    """What the lazy transposed convolutions share."""

    def __init__(
        self,
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
    ) -> None:
        made: Any = super(_LazyConv, self)  # of a transposed convolution, which has one argument more
        made.__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype
        )
        self.out_channels = out_channels
        self._wait(dtype, bias=bias)


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` whose `in_channels` are those of its first input; the other parameters are its."""

    _becomes = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` whose `in_channels` are those of its first input; the other parameters are its."""

    _becomes = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` whose `in_channels` are those of its first input; the other parameters are its."""

    _becomes = ConvTranspose3d


class _LazyNorm(_Lazy, _Norm):
    """What the lazy normalisations share."""

    _waits_for = ("weight", "bias", "running_mean", "running_var")

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        tracked = track_running_stats
        self._wait(dtype, weight=affine, bias=affine and bias, running_mean=tracked, running_var=tracked)

    def _learn_from(self, input: Any, fresh: bool) -> None:
        sizes = input.shape
        channel = 1 if input.ndim in self._shapes else 0
        if input.ndim < 2:
            raise ShapeError(f"takes (N, C, ...), not {sizes}", op=type(self).__name__, shapes=(sizes,))
        self.num_features = int(sizes[channel])
        for member in (self.weight, self.bias, self.running_mean, self.running_var):
            _filled(member, (self.num_features,))
        if fresh:
            self.reset_parameters()


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` whose `num_features` are those of its first input.

    Parameters
    ----------
    eps, momentum, affine, track_running_stats, device, dtype, bias
        As in `BatchNorm2d`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.LazyBatchNorm1d()
    >>> _ = layer(tw.rand(5, 4))
    >>> layer.num_features
    4
    """

    _becomes = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` whose `num_features` are those of its first input; the other parameters are its."""

    _becomes = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """A `BatchNorm3d` whose `num_features` are those of its first input; the other parameters are its."""

    _becomes = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """An `InstanceNorm1d` whose `num_features` are those of its first input; affine and with a memory by default."""

    _becomes = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """An `InstanceNorm2d` whose `num_features` are those of its first input; affine and with a memory by default."""

    _becomes = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """An `InstanceNorm3d` whose `num_features` are those of its first input; affine and with a memory by default."""

    _becomes = InstanceNorm3d
