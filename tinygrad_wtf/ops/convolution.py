"""Convolution: one trilinear form, read as three rows.

``⟨g, x ∗ w⟩ = Σ g x w`` over all places of the output and all taps of the kernel. With two of the three given it is
linear in the third, and what it is linear with is the convolution, its input's gradient or its kernel's gradient: so
the derivatives of each row are the other two, to any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op, Value
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.product import _alike
from tinygrad_wtf.ops.settings import Sizes, several
from tinygrad_wtf.ops.shape import reshaped, unsqueeze

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
    products = np.matmul(_beside_patches(g, how["groups"]), patches.swapaxes(2, 3)).sum(1)
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


_conv: Op = Op(
    "conv2d",
    "{} ∗ {}",
    in_float32(_output),
    (
        lambda g, y, x, w, **how: _conv_input(g, w, size=x.shape[2:], **how),
        lambda g, y, x, w, **how: _conv_kernel(g, x, kernel=w.shape[2:], **how),
    ),
    takes="numbers",
    sign="conv",
    traits="layer",
)
_conv_input: Op = Op(
    "conv2d_input",
    "{} ∗ᵀ {}",
    in_float32(_input_gradient),
    (
        lambda h, x, g, w, size, **how: _conv(h, w, **how),
        lambda h, x, g, w, size, **how: _conv_kernel(g, h, kernel=w.shape[2:], **how),
    ),
    takes="numbers",
    sign="convᵀ",
    shape=shapes.convolution_input,
)
_conv_kernel: Op = Op(
    "conv2d_kernel",
    "{} ⋆ {}",
    in_float32(_kernel_gradient),
    (
        lambda h, w, g, x, kernel, **how: _conv(x, h, **how),
        lambda h, w, g, x, kernel, **how: _conv_input(g, h, size=x.shape[2:], **how),
    ),
    takes="numbers",
    sign="corr",
    shape=shapes.convolution_kernel,
)


def _window_padding(op: str, padding: Any, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Padding:
    """What to add around the input: as many zeros as said on both sides, or as many as keep its size."""
    if not isinstance(padding, str):
        above, left = several(op, "padding", padding, 2, 0)
        return (above, above), (left, left)
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        raise SettingError(f"padding is 'same', 'valid' or numbers, not {padding!r}", op=op)
    if stride != (1, 1):
        raise SettingError(f"padding='same' keeps the size, which a stride of {stride} does not", op=op)
    missing = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    above, left = (m // 2 for m in missing)
    return (above, missing[0] - above), (left, missing[1] - left)


def conv2d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: int | Sizes = 1,
    padding: int | Sizes | str = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
) -> Value:
    """Slide each filter over the images and take the sum of products at every place.

    `input` has shape (N, C, H, W) or (C, H, W), `weight` (filters, C / groups, height, width), `bias` (filters,).
    `padding` is a number of zeros, ``"valid"`` (none) or ``"same"`` (as many as keep the size).
    """
    return _convolved("conv2d", input, weight, bias, stride, padding, dilation, groups)


def conv1d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: int | Sizes = 1,
    padding: int | Sizes | str = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
) -> Value:
    """Slide each filter along the signals: `conv2d` of images one pixel high.

    `input` has shape (N, C, L) or (C, L), `weight` (filters, C / groups, length), `bias` (filters,).
    """
    return _convolved("conv1d", input, weight, bias, stride, padding, dilation, groups)


def _convolved(op: str, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any) -> Any:
    count = int(op[4])
    _alike(op, x, weight, *(() if bias is None else (bias,)))
    steps, gaps = several(op, "stride", stride, count, 1), several(op, "dilation", dilation, count, 1)
    (groups,) = several(op, "groups", groups, 1, 1)
    around = padding if isinstance(padding, str) else several(op, "padding", padding, count, 0)
    _fitting(op, count, x, weight, bias, groups)
    single = x.ndim == count + 1
    images = unsqueeze(x, 0) if single else x
    if count == 1:  # one pixel high
        images, weight = unsqueeze(images, 2), unsqueeze(weight, 2)
        steps, gaps, around = (1, *steps), (1, *gaps), around if isinstance(around, str) else (0, *around)
    edges = _window_padding(op, around, weight.shape[2:], steps, gaps)
    for size, edge, kernel, gap in zip(images.shape[2:], edges, weight.shape[2:], gaps, strict=True):
        if size + sum(edge) < gap * (kernel - 1) + 1 or not kernel:
            raise ShapeError(
                f"a kernel of {weight.shape[-count:]} does not fit into an input of {x.shape[-count:]} "
                f"with padding {padding!r} and dilation {dilation!r}",
                op=op,
                shapes=(x.shape, weight.shape),
                hint="Give it padding, or a smaller kernel",
            )
    y = _conv(images, weight, stride=steps, padding=edges, dilation=gaps, groups=groups)
    if bias is not None:
        y = y + reshaped(bias, (*bias.shape, 1, 1))
    kept = y.shape[single:2] if single else y.shape[:2]
    return reshaped(y, (*kept, *y.shape[-count:]))


def _fitting(op: str, count: int, x: Any, weight: Any, bias: Any, groups: int) -> None:
    """Refuse shapes that do not belong to one convolution."""
    shapes = (x.shape, weight.shape)
    letters = "L" if count == 1 else "H, W"
    if weight.ndim != count + 2:
        raise ShapeError(
            f"the weight has shape {weight.shape}, and must have {count + 2} dimensions", op=op, shapes=shapes,
            hint="(filters, channels / groups, ...kernel)",
        )  # fmt: skip
    if x.ndim not in (count + 1, count + 2):
        raise ShapeError(
            f"the input has shape {x.shape}, and must have (N, C, {letters}) or (C, {letters})",
            op=op,
            shapes=shapes,
            hint=f"One channel needs a dimension too: x.unsqueeze({-count - 1})" if x.ndim == count else "",
        )
    channels = x.shape[-count - 1]
    if weight.shape[0] < groups or weight.shape[0] % groups:
        raise ShapeError(f"{weight.shape[0]} filters cannot be divided into {groups} groups", op=op, shapes=shapes)
    if channels != weight.shape[1] * groups:
        raise ShapeError(
            f"the input has {channels} channels, and the weight {weight.shape} takes {weight.shape[1] * groups}"
            + (f" ({groups} groups of {weight.shape[1]})" if groups > 1 else ""),
            op=op,
            shapes=shapes,
            hint="Images are (N, C, H, W) here: move the channels with x.movedim(-1, 1)"
            if count == 2 and x.shape[-1] == weight.shape[1] * groups
            else "",
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(
            f"the bias has shape {bias.shape}, and {weight.shape[0]} filters need ({weight.shape[0]},)",
            op=op,
            shapes=(*shapes, bias.shape),
        )
