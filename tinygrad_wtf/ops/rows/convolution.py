"""Convolution, one trilinear form read as three rows, and the places of the largest entries of windows.

``⟨g, x ∗ w⟩ = Σ g x w`` over all places of the output and all taps of the kernel. With two of the three given it is
linear in the third, and what it is linear with is the convolution, its input's gradient or its kernel's gradient: so
the derivatives of each row are the other two, to any order.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tinygrad_wtf._sums import add_up
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.settings import Sizes

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]  # above and below, left and right


def _patches(x: Any, kernel: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int) -> Any:
    """What each place of the output sees: (groups, output rows, taps and channels, samples and output columns).

    Only the columns' shifts are copied, so that a row of all samples lies in one piece; the rows' are a view.
    """
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    (top, bottom), (left, right) = padding
    x = x[:, :, max(0, -top) : x.shape[2] + min(0, bottom), max(0, -left) : x.shape[3] + min(0, right)]
    n, c, h, w = x.shape
    top, left = max(0, top), max(0, left)
    padded = np.zeros((groups, h + top + max(0, bottom), c // groups, n, w + left + max(0, right)), x.dtype)
    inside = padded[:, top : top + h, :, :, left : left + w]
    inside[...] = x.reshape(n, groups, c // groups, h, w).transpose(1, 3, 2, 0, 4)
    columns = np.lib.stride_tricks.sliding_window_view(padded, dw * (kw - 1) + 1, axis=4)[:, :, :, :, ::sw, ::dw]
    shifted = columns.transpose(0, 1, 2, 5, 3, 4)
    taps = np.ascontiguousarray(shifted).reshape(*shifted.shape[:2], c // groups * kw, n * shifted.shape[5])
    rows = np.lib.stride_tricks.sliding_window_view(taps, dh * (kh - 1) + 1, axis=1)[:, ::sh, :, :, ::dh]
    seen = rows.transpose(0, 1, 4, 2, 3)
    return seen.reshape(*seen.shape[:2], kh * seen.shape[3], seen.shape[4])


def _output_size(size: int, kernel: int, stride: int, padding: Pair, dilation: int) -> int:
    return (size + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1


def _output(x: Any, w: Any, **how: Any) -> Any:
    groups = how["groups"]
    n, (o, c, kh, kw) = x.shape[0], w.shape
    rows, columns = map(_output_size, x.shape[2:], w.shape[2:], how["stride"], how["padding"], how["dilation"])
    kernel = w.swapaxes(1, 2).reshape(groups, 1, o // groups, kh * c * kw)
    y = np.matmul(kernel, _patches(x, (kh, kw), **how))
    return y.reshape(groups, rows, o // groups, n, columns).transpose(3, 0, 2, 1, 4).reshape(n, o, rows, columns)


def _beside_patches(g: Any, groups: int) -> Any:
    """A cotangent in the order of the patches: (groups, output rows, channels, samples and output columns)."""
    n, o, rows, columns = g.shape
    ordered = g.reshape(n, groups, o // groups, rows, columns).transpose(1, 3, 2, 0, 4)
    return np.ascontiguousarray(ordered).reshape(groups, rows, o // groups, n * columns)


def _kernel_gradient(g: Any, x: Any, kernel: Pair, **how: Any) -> Any:
    o, c = g.shape[1], x.shape[1] // how["groups"]
    patches = _patches(x, kernel, **how)
    products = add_up(np.matmul(_beside_patches(g, how["groups"]), patches.swapaxes(2, 3)), (1,))
    return products.reshape(o, kernel[0], c, kernel[1]).swapaxes(1, 2)


def _input_gradient(g: Any, w: Any, size: Pair, stride: Pair, padding: Padding, dilation: Pair, groups: int) -> Any:
    (o, c, kh, kw), (n, _, rows, columns) = w.shape, g.shape
    if 0 in size:
        return np.zeros((n, groups * c, *size), g.dtype)
    kernel = w.reshape(groups, o // groups, c, kh, kw)
    (top, bottom), (left, right) = padding
    (height, width), (dh, dw), (sh, sw) = size, dilation, stride
    if stride == (1, 1):  # the convolution of the cotangent with the kernel turned round
        turned = kernel[..., ::-1, ::-1].swapaxes(1, 2).reshape(groups * c, o // groups, kh, kw)
        above, before = dh * (kh - 1) - top, dw * (kw - 1) - left
        around = (above, height - rows + dh * (kh - 1) - above), (before, width - columns + dw * (kw - 1) - before)
        return _output(g, turned, stride=stride, padding=around, dilation=dilation, groups=groups)
    # Otherwise what comes out of each tap is added where it came in.
    taps = kernel.transpose(0, 3, 2, 4, 1).reshape(groups, 1, -1, o // groups)
    parts = np.matmul(taps, _beside_patches(g, groups)).reshape(groups, rows, kh, c, kw, n, columns)
    total = np.zeros((groups, height + top + max(0, bottom), c, n, width + left + max(0, right)), parts.dtype)
    for i in range(kh):
        for j in range(kw):
            down, across = slice(i * dh, i * dh + rows * sh, sh), slice(j * dw, j * dw + columns * sw, sw)
            total[:, down, :, :, across] += parts[:, :, i, :, j]
    inside = total[:, top : top + height, :, :, left : left + width]
    return inside.transpose(3, 0, 2, 1, 4).reshape(n, groups * c, height, width)


conv2d: Op = Op(
    "conv2d",
    "{} ∗ {}",
    in_float32(_output),
    (
        lambda g, y, x, w, **how: conv2d_input(g, w, size=x.shape[2:], **how),
        lambda g, y, x, w, **how: conv2d_kernel(g, x, kernel=w.shape[2:], **how),
    ),
    takes="numbers",
    sign="conv",
    traits="layer",
)
conv2d_input: Op = Op(
    "conv2d_input",
    "{} ∗ᵀ {}",
    in_float32(_input_gradient),
    (
        lambda h, x, g, w, size, **how: conv2d(h, w, **how),
        lambda h, x, g, w, size, **how: conv2d_kernel(g, h, kernel=w.shape[2:], **how),
    ),
    takes="numbers",
    sign="convᵀ",
    shape=shapes.convolution_input,
)
conv2d_kernel: Op = Op(
    "conv2d_kernel",
    "{} ⋆ {}",
    in_float32(_kernel_gradient),
    (
        lambda h, w, g, x, kernel, **how: conv2d(x, h, **how),
        lambda h, w, g, x, kernel, **how: conv2d_input(g, h, size=x.shape[2:], **how),
    ),
    takes="numbers",
    sign="corr",
    shape=shapes.convolution_kernel,
)


def _inside(size: int, start: int, stride: int, places: int) -> tuple[slice, slice]:
    """Which windows have an entry of the image at a tap that begins at `start`, and which entries these are."""
    first = builtins.max(0, -(start // stride))
    last = builtins.min(places, (size - 1 - start) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    return slice(first, last), slice(first * stride + start, (last - 1) * stride + start + 1, stride)


def _largest(x: Any, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, places: Sizes) -> Any:
    """Where each window has its first largest entry, or a nan."""
    height, width = x.shape[2:]
    best = np.zeros((*x.shape[:2], *places), x.dtype)
    found = np.full(best.shape, -1)
    at = np.arange(height * width).reshape(height, width)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            down, rows = _inside(height, i * dilation[0] - padding[0], stride[0], places[0])
            across, columns = _inside(width, j * dilation[1] - padding[1], stride[1], places[1])
            value, champion = x[:, :, rows, columns], best[:, :, down, across]
            better = (value > champion) | (value != value) | (found[:, :, down, across] < 0)
            np.copyto(champion, value, where=better)
            np.copyto(found[:, :, down, across], at[rows, columns], where=better)
    return found


argmax_windows = Op("argmax_windows", "argmax⊞ {}", _largest, takes="numbers", sign="argmax")
