"""Pooling: from each window of an image its largest entry or its mean."""

from __future__ import annotations

import builtins
import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DimensionError, DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.indexing import getitem, take_along_dim
from tinygrad_wtf.ops.functions.reduction import mean, sum
from tinygrad_wtf.ops.functions.shape import moved
from tinygrad_wtf.ops.precision import floating
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
    taken(op, x)
    kernel, gaps = several(op, "kernel_size", kernel_size, 2, 1), several(op, "dilation", dilation, 2, 1)
    steps = kernel if stride is None or stride in ((), []) else several(op, "stride", stride, 2, 1)
    around = several(op, "padding", padding, 2, 0)
    if builtins.any(2 * p > d * (k - 1) + 1 for p, k, d in zip(around, kernel, gaps, strict=True)):
        raise SettingError(f"padding {padding!r} is more than half of the window {kernel}", op=op)
    _images(op, x)
    return kernel, steps, around, gaps


def _images(op: str, x: Any) -> None:
    if x.ndim not in (3, 4) or not builtins.all(x.shape[-3:]):
        raise DimensionError(
            f"the input has shape {x.shape}, and must be images (N, C, H, W) or (C, H, W) with pixels",
            op=op,
            shapes=(x.shape,),
        )
    if x.dtype.kind == "b":
        raise DTypeError("booleans have no windows to pool", op=op, hint="Convert them with .float()")


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
    images = reshaped(input, (1, *input.shape)) if input.ndim == 3 else input
    found = rows.argmax_windows(images, kernel=kernel, stride=steps, padding=around, dilation=gaps, places=places)
    lines = reshaped(images, (*images.shape[:2], size[0] * size[1]))
    values = take_along_dim(lines, reshaped(found, (*images.shape[:2], places[0] * places[1])), -1)
    shape = (*input.shape[:-2], *places)
    return Pooled(reshaped(values, shape), reshaped(found, shape)) if return_indices else reshaped(values, shape)


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
    op = "avg_pool2d"
    kernel, steps, around, gaps = _windows(op, input, kernel_size, stride, padding, 1)
    if divisor_override == 0:
        raise SettingError("the divisor cannot be 0", op=op)
    size = input.shape[-2:]
    places = _places(op, size, kernel, steps, around, gaps, ceil_mode)
    counts, edges = [], []
    for n, k, s, p, many in zip(size, kernel, steps, around, places, strict=True):
        start = np.arange(many) * s - p
        end = np.minimum(start + k, n + p)
        counts.append(end - start if count_include_pad else np.minimum(end, n) - np.maximum(start, 0))
        edges.append((p, (many - 1) * s + k - n - p))
    count = np.outer(*counts) if divisor_override is None else np.full(places, divisor_override)
    ones = np.ones((1, 1, *kernel), input.dtype)
    total = rows.conv2d(
        reshaped(input, (math.prod(input.shape[:-2]), 1, *size)),
        ones,
        stride=steps,
        padding=tuple(edges),
        dilation=gaps,
        groups=1,
    )
    means = total / count.astype(input.dtype)
    whole = means if input.dtype.kind == "f" else cast(means, dtype=input.dtype)
    return reshaped(whole, (*input.shape[:-2], *places))


def adaptive_avg_pool2d(input: Value, output_size: int | tuple[int | None, ...] | None) -> Value:
    """Means over as many windows as asked for, as nearly equal as the size allows; None keeps a size."""
    op = "adaptive_avg_pool2d"
    taken(op, input)
    given = output_size if isinstance(output_size, tuple | list) else (output_size, output_size)
    if len(given) != 2:
        raise SettingError(f"output_size is a number or two, not {output_size!r}", op=op)
    _images(op, input)
    floating(op, input)
    wanted = [size if asked is None else asked for size, asked in zip(input.shape[-2:], given, strict=True)]
    rows, columns = several(op, "output_size", wanted, 2, 0)
    return moved(_means_of_parts(moved(_means_of_parts(input, columns), -1, -2), rows), -1, -2)


def _means_of_parts(x: Any, parts: int) -> Any:
    """The means of nearly equal parts of the last axis; where the size does not divide, they overlap by an entry."""
    size = x.shape[-1]
    if parts and not size % parts:
        return mean(reshaped(x, (*x.shape[:-1], parts, size // parts)), -1)
    start, end = np.arange(parts) * size // parts, -(-np.arange(1, parts + 1) * size // parts)
    places = start[:, None] + np.arange((end - start).max(initial=1))
    entries = getitem(x, (..., np.minimum(places, size - 1)))
    return sum(where(places < end[:, None], entries, 0), -1) / (end - start).astype(x.dtype)
