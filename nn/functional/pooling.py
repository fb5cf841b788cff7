"""Pooling that is made of other poolings, and its way back."""

from __future__ import annotations

from math import prod
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import IndexRangeError, ShapeError, Tensor, as_tensor, check_values

Sizes = int | tuple[int, ...]


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """``(Σ x^p)^(1/p)`` over every window of signals (N, C, L) or (C, L): see `lp_pool2d`.

    Parameters
    ----------
    input, norm_type, kernel_size, stride, ceil_mode
        As in `lp_pool2d`.
    """
    return _power_mean(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """``(Σ x^p)^(1/p)`` over every window: sums for p = 1, near the largest entries for large p.

    Parameters
    ----------
    input : Tensor of shape (N, C, H, W) or (C, H, W)
        The images.
    norm_type : float
        The power p.
    kernel_size, stride, ceil_mode
        As in `avg_pool2d`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.lp_pool2d(tw.tensor([[[3.0, 4.0]]]), 2, (1, 2)).tolist()
    [[[5.0]]]
    """
    return _power_mean(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """``(Σ x^p)^(1/p)`` over every window of volumes (N, C, D, H, W) or (C, D, H, W): see `lp_pool2d`.

    Parameters
    ----------
    input, norm_type, kernel_size, stride, ceil_mode
        As in `lp_pool2d`.
    """
    return _power_mean(3, input, norm_type, kernel_size, stride, ceil_mode)


def _power_mean(count: int, input: Tensor, p: float, kernel: Sizes, stride: Any, ceil: bool) -> Tensor:
    average = (tw.avg_pool1d, tw.avg_pool2d, tw.avg_pool3d)[count - 1]
    mean = average(as_tensor(input) ** p, kernel, stride, 0, ceil)
    entries = kernel**count if isinstance(kernel, int) else prod(kernel)
    y: Tensor = (tw.sign(mean) * tw.relu(mean.abs()) * entries) ** (1.0 / p)
    return y


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Any = None,
) -> Tensor:
    """Put largest entries of signals back to their places: see `max_unpool2d`.

    Parameters
    ----------
    input, indices, kernel_size, stride, padding, output_size
        As in `max_unpool2d`.
    """
    return _put_back(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Any = None,
) -> Tensor:
    """Put largest entries back to their places, with zeros between them: a right inverse of `max_pool2d`.

    Parameters
    ----------
    input : Tensor of shape (N, C, H, W) or (C, H, W)
        The largest entries.
    indices : Tensor of int64 of the same shape
        Their places, as `max_pool2d` gives with ``return_indices=True``.
    kernel_size, stride, padding
        Those of the pooling.
    output_size : tuple of int, optional
        The size of the images that were pooled, when windows did not fill them; the last two sizes count.

    Raises
    ------
    ShapeError
        When shapes do not fit, or the size is none that could be pooled to the input's.
    IndexRangeError
        When an index lies outside of the images.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> y, places = nn.functional.max_pool2d(tw.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2, return_indices=True)
    >>> nn.functional.max_unpool2d(y, places, 2).tolist()
    [[[0.0, 0.0], [0.0, 4.0]]]
    """
    return _put_back(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Any = None,
) -> Tensor:
    """Put largest entries of volumes back to their places: see `max_unpool2d`.

    Parameters
    ----------
    input, indices, kernel_size, stride, padding, output_size
        As in `max_unpool2d`.
    """
    return _put_back(3, input, indices, kernel_size, stride, padding, output_size)


def _put_back(
    count: int, input: Tensor, indices: Tensor, kernel: Sizes, stride: Any, padding: Sizes, output_size: Any
) -> Tensor:
    op = f"max_unpool{count}d"
    x, places = as_tensor(input), as_tensor(indices)
    if x.shape != places.shape or x.ndim not in (count + 1, count + 2):
        raise ShapeError(f"entries {x.shape} and places {places.shape} do not fit", op=op, shapes=(x.shape,))
    windows, around = _each(kernel, count), _each(padding, count)
    steps = windows if stride is None else _each(stride, count)
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(x.shape[-count:], steps, windows, around, strict=True)]
    size = usual if output_size is None else [int(n) for n in tuple(output_size)[-count:]]
    if len(size) != count or any(abs(n - m) >= s for n, m, s in zip(size, usual, steps, strict=True)):
        raise ShapeError(f"output_size {output_size!r} is not within a stride of {usual}", op=op, shapes=(x.shape,))
    entries = prod(size)

    def inside(values: Any) -> None:
        if values.size and (values.min() < 0 or values.max() >= entries):
            raise IndexRangeError(f"an index is not among the {entries} of {tuple(size)}", op=op)

    check_values(inside, places, once=f"places among {entries}")
    lead = x.shape[:-count]
    each = prod(x.shape[-count:])
    flat = tw.zeros(prod(lead), entries, dtype=x.dtype)
    put: Tensor = flat.scatter(1, places.reshape(prod(lead), each), x.reshape(prod(lead), each))
    return put.reshape(*lead, *size)


def _each(sizes: Sizes, count: int) -> tuple[int, ...]:
    return tuple(sizes) if isinstance(sizes, tuple | list) else (sizes,) * count
