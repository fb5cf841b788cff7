"""The windows of images as columns and back, and pixels exchanged with channels."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import DimensionError, SettingError, ShapeError, Tensor, as_tensor

Sizes = int | tuple[int, ...]


def _pair(op: str, name: str, given: Any, least: int) -> tuple[int, int]:
    pair = tuple(given) if isinstance(given, tuple | list) else (given, given)
    if len(pair) != 2 or any(not isinstance(n, int) or n < least for n in pair):
        raise SettingError(f"{name} is a number of at least {least} or two of them, not {given!r}", op=op)
    return pair


def _places(
    op: str, size: tuple[int, ...], kernel: tuple[int, int], dilation: Any, padding: Any, stride: Any
) -> tuple[list[Any], list[Any]]:
    """For both axes: where in the padded image the taps of the windows lie, (taps, windows), and the padding."""
    gaps, around = _pair(op, "dilation", dilation, 1), _pair(op, "padding", padding, 0)
    steps = _pair(op, "stride", stride, 1)
    places = []
    for n, k, d, p, s in zip(size, kernel, gaps, around, steps, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if count < 1:
            raise ShapeError(f"windows of {kernel} do not fit into images of {size}", op=op)
        places.append(np.arange(k)[:, None] * d + np.arange(count) * s)
    return places, list(around)


def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """Put every window of the images into a column, so that a convolution is a product of matrices.

    Parameters
    ----------
    input : Tensor of shape (N, C, H, W) or (C, H, W)
        The images.
    kernel_size : int or pair of int
        Height and width of a window.
    dilation, padding, stride : int or pair of int
        As in `conv2d`.

    Returns
    -------
    Tensor of shape (N, C height width, windows)
        Without N, if the input has none.

    Raises
    ------
    ShapeError
        When the input has another number of dimensions, or windows do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.unfold(tw.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), (2, 2)).tolist()
    [[[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [5.0, 6.0]]]
    """
    op, x = "unfold", as_tensor(input)
    if x.ndim not in (3, 4):
        raise DimensionError(f"takes images (N, C, H, W) or (C, H, W), not {x.shape}", op=op, shapes=(x.shape,))
    if single := x.ndim == 3:
        x = x.unsqueeze(0)
    kernel = _pair(op, "kernel_size", kernel_size, 1)
    (rows, columns), (above, left) = _places(op, x.shape[2:], kernel, dilation, padding, stride)
    if above or left:
        x = tw.pad(x, (left, left, above, above))
    taps = [x[:, :, _slice(rows[i]), _slice(columns[j])] for i in range(kernel[0]) for j in range(kernel[1])]
    stacked = tw.stack(taps, 2)
    y: Tensor = stacked.reshape(x.shape[0], x.shape[1] * prod(kernel), rows.shape[1] * columns.shape[1])
    return y.squeeze(0) if single else y


def _slice(places: Any) -> slice:
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    return slice(int(places[0]), int(places[-1]) + 1, step)


def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Lay columns of windows back to images, and add up what overlaps: the gradient of `unfold`.

    Parameters
    ----------
    input : Tensor of shape (N, C height width, windows) or without N
        The columns.
    output_size : int or pair of int
        Height and width of the images.
    kernel_size, dilation, padding, stride
        As in `unfold`.

    Returns
    -------
    Tensor of shape (N, C, *output_size) or without N

    Raises
    ------
    ShapeError
        When the columns are not as long or as many as the windows.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.fold(tw.ones(1, 2, 2), (1, 3), (1, 2)).tolist()
    [[[[1.0, 2.0, 1.0]]]]
    """
    op, x = "fold", as_tensor(input)
    if x.ndim not in (2, 3):
        raise ShapeError(f"takes columns (N, C height width, windows), not {x.shape}", op=op, shapes=(x.shape,))
    if single := x.ndim == 2:
        x = x.unsqueeze(0)
    size, kernel = _pair(op, "output_size", output_size, 1), _pair(op, "kernel_size", kernel_size, 1)
    (rows, columns), (above, left) = _places(op, size, kernel, dilation, padding, stride)
    windows = rows.shape[1] * columns.shape[1]
    if x.shape[1] % prod(kernel) or x.shape[2] != windows:
        raise ShapeError(
            f"{size} images have {windows} windows of {kernel}, and the columns have the shape {x.shape}", op=op,
            shapes=(x.shape,),
        )  # fmt: skip
    channels, height, width = x.shape[1] // prod(kernel), size[0] + 2 * above, size[1] + 2 * left
    places = rows[:, None, :, None] * width + columns[None, :, None, :]
    flat = tw.zeros(x.shape[0], channels, height * width, dtype=x.dtype)
    entries = x.reshape(x.shape[0], channels, prod(kernel) * windows)
    padded = flat.index_add(2, as_tensor(places.reshape(-1)), entries).reshape(x.shape[0], channels, height, width)
    y: Tensor = padded[:, :, above : above + size[0], left : left + size[1]]
    return y.squeeze(0) if single else y


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels become pixels: (..., C r², H, W) to (..., C, H r, W r) (Shi et al., 2016).

    Parameters
    ----------
    input : Tensor of three dimensions or more
        The images.
    upscale_factor : int
        r.

    Raises
    ------
    ShapeError
        When r² does not divide the channels.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.pixel_shuffle(tw.arange(4.0).reshape(4, 1, 1), 2).tolist()
    [[[0.0, 1.0], [2.0, 3.0]]]
    """
    x, r = as_tensor(input), upscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-3] % (r * r):
        raise ShapeError(
            f"images of {x.shape} have no channels for an upscale_factor of {r}", op="pixel_shuffle", shapes=(x.shape,)
        )
    *lead, channels, height, width = x.shape
    parts = x.reshape(prod(lead), channels // (r * r), r, r, height, width).permute(0, 1, 4, 2, 5, 3)
    y: Tensor = parts.reshape(*lead, channels // (r * r), height * r, width * r)
    return y


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Pixels become channels: (..., C, H r, W r) to (..., C r², H, W), the inverse of `pixel_shuffle`.

    Parameters
    ----------
    input : Tensor of three dimensions or more
        The images.
    downscale_factor : int
        r.

    Raises
    ------
    ShapeError
        When r does not divide height and width.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.pixel_unshuffle(tw.arange(4.0).reshape(1, 2, 2), 2).shape
    (4, 1, 1)
    """
    x, r = as_tensor(input), downscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-1] % r or x.shape[-2] % r:
        raise ShapeError(f"images of {x.shape} cannot be divided by {r}", op="pixel_unshuffle", shapes=(x.shape,))
    *lead, channels, height, width = x.shape
    parts = x.reshape(prod(lead), channels, height // r, r, width // r, r).permute(0, 1, 3, 5, 2, 4)
    y: Tensor = parts.reshape(*lead, channels * r * r, height // r, width // r)
    return y


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Deal the channels out anew: those of each group go to all groups (Zhang et al., 2018).

    Parameters
    ----------
    input : Tensor of shape (N, C, ...)
        The images.
    groups : int
        Into how many groups the channels are divided.

    Raises
    ------
    ShapeError
        When the groups do not divide the channels.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.channel_shuffle(tw.arange(4.0).reshape(1, 4, 1), 2).flatten().tolist()
    [0.0, 2.0, 1.0, 3.0]
    """
    x = as_tensor(input)
    if x.ndim < 3 or groups < 1 or x.shape[1] % groups:
        raise ShapeError(f"{x.shape} has no {groups} groups of channels", op="channel_shuffle", shapes=(x.shape,))
    parts = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    y: Tensor = parts.transpose(1, 2).reshape(x.shape)
    return y
