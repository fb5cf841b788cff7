"""Pooling: from each window of a signal, an image or a volume its largest entry or its mean."""

from __future__ import annotations

import builtins
import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DimensionError, DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.indexing import take_along_dim
from tinygrad_wtf.ops.rows import convolution as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.ops.settings import Sizes, several


class Pooled(NamedTuple):
    """The largest entries of the windows, and where they were: counted through the rows of each image."""

    values: Any
    indices: Any


def _places(op: str, size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool) -> Sizes:
    """How many windows fit, beside each other and below each other."""
    found = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        span = n + 2 * p - d * (k - 1) - 1
        count = -(-span // s) + 1 if ceil else span // s + 1
        if ceil and (count - 1) * s >= n + p:  # the last window would lie in the padding
            count -= 1
        if span + 1 < 1 and count < 1:
            raise ShapeError(f"windows of {kernel} do not fit into images of {size}", op=op, shapes=(size,))
        found.append(count)
    return tuple(found)


def _windows(
    op: str, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Sizes, Sizes, Sizes, Sizes]:
    """The four settings of a pooling, one for each side, after a look at the images."""
    count = int(op[-2])
    taken(op, x)
    kernel, gaps = several(op, "kernel_size", kernel_size, count, 1), several(op, "dilation", dilation, count, 1)
    steps = kernel if stride is None or stride in ((), []) else several(op, "stride", stride, count, 1)
    around = several(op, "padding", padding, count, 0)
    if builtins.any(2 * p > d * (k - 1) + 1 for p, k, d in zip(around, kernel, gaps, strict=True)):
        raise SettingError(f"padding {padding!r} is more than half of the window {kernel}", op=op)
    images(op, x)
    return kernel, steps, around, gaps


def images(op: str, x: Any) -> None:
    """Refuse what has not the dimensions that the op's name says, or no entries in one of them."""
    count = int(op[-2])
    if x.ndim not in (count + 1, count + 2) or not builtins.all(x.shape[-count - 1 :]):
        letters = {1: "L", 2: "H, W", 3: "D, H, W"}[count]
        raise DimensionError(
            f"the input has shape {x.shape}, and must be {'signals' if count == 1 else 'images'} (N, C, {letters}) or "
            f"(C, {letters}) with {'entries' if count == 1 else 'pixels'}",
            op=op,
            shapes=(x.shape,),
        )
    if x.dtype.kind == "b":
        raise DTypeError("booleans have no windows to pool", op=op, hint="Convert them with .float()")


def _largest(x: Any, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, places: Sizes) -> tuple[Any, Any]:
    """The largest entries of the windows of images (A, B, H, W), and where they are, both (A, B, places)."""
    found = rows.argmax_windows(x, kernel=kernel, stride=stride, padding=padding, dilation=dilation, places=places)
    lines, at = (reshaped(a, (*a.shape[:2], a.shape[2] * a.shape[3])) for a in (x, found))
    return reshaped(take_along_dim(lines, at, -1), found.shape), found


def max_pool1d(
    input: Value,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest entry of every window of signals (N, C, L) or (C, L): see `max_pool2d`."""
    op = "max_pool1d"
    kernel, steps, around, gaps = _windows(op, input, kernel_size, stride, padding, dilation)
    places = _places(op, input.shape[-1:], kernel, steps, around, gaps, ceil_mode)
    flat = reshaped(input, (1, *((1,) * (3 - input.ndim)), math.prod(input.shape[:-1]), 1, input.shape[-1])[-4:])
    values, found = _largest(flat, (1, *kernel), (1, *steps), (0, *around), (1, *gaps), (1, *places))
    shape = (*input.shape[:-1], *places)
    return Pooled(reshaped(values, shape), reshaped(found, shape)) if return_indices else reshaped(values, shape)


def max_pool2d(
    input: Value,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest entry of every window; the gradient goes to the first of several.

    With `return_indices` the pair (values, indices), each index counted through the rows of its image.
    """
    op = "max_pool2d"
    kernel, steps, around, gaps = _windows(op, input, kernel_size, stride, padding, dilation)
    size = input.shape[-2:]
    places = _places(op, size, kernel, steps, around, gaps, ceil_mode)
    four = reshaped(input, (1, *input.shape)) if input.ndim == 3 else input
    values, found = _largest(four, kernel, steps, around, gaps, places)
    shape = (*input.shape[:-2], *places)
    return Pooled(reshaped(values, shape), reshaped(found, shape)) if return_indices else reshaped(values, shape)


def max_pool3d(
    input: Value,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest entry of every window of volumes (N, C, D, H, W) or (C, D, H, W): of each plane, then of those."""
    op = "max_pool3d"
    kernel, steps, around, gaps = _windows(op, input, kernel_size, stride, padding, dilation)
    depth, height, width = input.shape[-3:]
    deep, *flat = _places(op, (depth, height, width), kernel, steps, around, gaps, ceil_mode)
    many, each = math.prod(input.shape[:-3]), math.prod(flat)
    planes = reshaped(input, (many, depth, height, width))
    values, inside = _largest(planes, kernel[1:], steps[1:], around[1:], gaps[1:], tuple(flat))
    lines = reshaped(values, (1, many, depth, each))
    values, found = _largest(lines, (kernel[0], 1), (steps[0], 1), (around[0], 0), (gaps[0], 1), (deep, each))
    shape = (*input.shape[:-3], deep, *flat)
    values = reshaped(values, shape)
    if not return_indices:
        return values
    found = reshaped(found, (many, deep * each))
    inside = take_along_dim(reshaped(inside, (many, depth * each)), found, -1)
    return Pooled(values, reshaped(inside + found // each * (height * width), shape))


def avg_pool1d(
    input: Value,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Value:
    """The mean of every window of signals (N, C, L) or (C, L): see `avg_pool2d`."""
    return _averaged("avg_pool1d", input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Value,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    """The mean of every window: a convolution with ones, divided by how many entries the window has.

    `count_include_pad` counts the zeros of the padding too; `divisor_override` takes the place of the count.
    """
    return _averaged("avg_pool2d", input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Value,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    """The mean of every window of volumes (N, C, D, H, W) or (C, D, H, W): see `avg_pool2d`."""
    return _averaged("avg_pool3d", input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _averaged(op: str, x: Any, kernel: Any, stride: Any, padding: Any, ceil: bool, padded: bool, divisor: Any) -> Any:
    kernel, steps, around, gaps = _windows(op, x, kernel, stride, padding, 1)
    if divisor == 0:
        raise SettingError("the divisor cannot be 0", op=op)
    size = x.shape[-len(kernel) :]
    places = _places(op, size, kernel, steps, around, gaps, ceil)
    count, edges = np.ones(()), []
    for n, k, s, p, many in zip(size, kernel, steps, around, places, strict=True):
        start = np.arange(many) * s - p
        end = np.minimum(start + k, n + p)
        each = end - start if padded else np.minimum(end, n) - np.maximum(start, 0)
        count = count[..., None] * each
        edges.append((p, (many - 1) * s + k - n - p))
    if divisor is not None:
        count = np.full(places, divisor)
    total = x
    if len(kernel) == 3:  # the planes first
        total = _window_sums(total, kernel[1:], steps[1:], edges[1:])
        total = reshaped(total, (*x.shape[:-3], x.shape[-3], places[1] * places[2]))
        total = _window_sums(total, (kernel[0], 1), (steps[0], 1), [edges[0], (0, 0)])
    elif len(kernel) == 2:
        total = _window_sums(total, kernel, steps, edges)
    else:
        total = _window_sums(reshaped(x, (*x.shape[:-1], 1, *size)), (1, *kernel), (1, *steps), [(0, 0), *edges])
    means = reshaped(total, (*x.shape[: -len(kernel)], *places)) / count.astype(x.dtype)
    return means if x.dtype.kind == "f" else cast(means, dtype=x.dtype)


def _window_sums(x: Any, kernel: Sizes, stride: Sizes, edges: Any) -> Any:
    """The sum of every window of the last two axes."""
    total = rows.conv2d(
        reshaped(x, (math.prod(x.shape[:-2]), 1, *x.shape[-2:])),
        np.ones((1, 1, *kernel), x.dtype),
        stride=stride,
        padding=tuple(edges),
        dilation=(1, 1),
        groups=1,
    )
    return reshaped(total, (*x.shape[:-2], *total.shape[2:]))
