"""Transposed convolutions: what a convolution reads from a place is written back to it, added up."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops.functions.convolution import LETTERS
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.product import _alike
from tinygrad_wtf.ops.functions.shape import moved, unsqueeze
from tinygrad_wtf.ops.rows import convolution as rows
from tinygrad_wtf.ops.rows import indexing
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.ops.settings import Sizes, several


def conv_transpose1d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Value:
    """`conv_transpose2d` of signals (N, C, L) or (C, L); `weight` has shape (C, filters / groups, length)."""
    return _transposed("conv_transpose1d", input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Value:
    """Write each pixel's multiple of the filters where `conv2d` would have read it, and add up what overlaps.

    `input` has shape (N, C, H, W) or (C, H, W), `weight` (C, filters / groups, height, width), `bias` (filters,). The
    result has ``(H - 1) stride - 2 padding + dilation (height - 1) + output_padding + 1`` rows. It is the gradient of
    `conv2d` with respect to its input, to which stride, padding, groups and dilation belong.
    """
    return _transposed("conv_transpose2d", input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: int | Sizes = 1,
    padding: int | Sizes = 0,
    output_padding: int | Sizes = 0,
    groups: int = 1,
    dilation: int | Sizes = 1,
) -> Value:
    """`conv_transpose2d` of volumes (N, C, D, H, W) or (C, D, H, W)."""
    return _transposed("conv_transpose3d", input, weight, bias, stride, padding, output_padding, groups, dilation)


def _transposed(
    op: str, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: Any, dilation: Any
) -> Any:
    count = int(op[-2])
    _alike(op, x, weight, *(() if bias is None else (bias,)))
    steps, gaps = several(op, "stride", stride, count, 1), several(op, "dilation", dilation, count, 1)
    around, more = several(op, "padding", padding, count, 0), several(op, "output_padding", output_padding, count, 0)
    (groups,) = several(op, "groups", groups, 1, 1)
    _fitting(op, count, x, weight, bias, groups)
    if any(m >= max(s, g) for m, s, g in zip(more, steps, gaps, strict=True)):
        raise SettingError(
            f"output_padding {output_padding!r} must be smaller than stride {steps} or dilation {gaps}", op=op
        )
    kernel = weight.shape[2:]
    single = x.ndim == count + 1
    images = unsqueeze(x, 0) if single else x
    full = [(n - 1) * s + g * (k - 1) + 1 for n, s, g, k in zip(images.shape[2:], steps, gaps, kernel, strict=True)]
    size = tuple(n - 2 * p + m for n, p, m in zip(full, around, more, strict=True))
    if min(size, default=1) < 1 or 0 in kernel or 0 in images.shape[2:]:
        raise ShapeError(f"the result would have the size {size}", op=op, shapes=(x.shape, weight.shape))
    edges = tuple((p, p - m) for p, m in zip(around, more, strict=True))
    filters = weight.shape[1] * groups
    samples, channels, depth = (*images.shape, 1)[:3]
    if count == 3:
        images = reshaped(moved(images, 2, 1), (samples * depth, channels, *images.shape[3:]))
        weight = reshaped(weight, (channels, weight.shape[1] * kernel[0], *kernel[1:]))
    elif count == 1:  # one pixel high
        images, weight = unsqueeze(images, 2), unsqueeze(weight, 2)
    flat = [(1, *found)[-2:] for found in (size, steps, gaps)]
    y = rows.conv2d_input(
        images,
        weight,
        size=flat[0],
        stride=flat[1],
        padding=((0, 0), *edges)[-2:],
        dilation=flat[2],
        groups=groups,
    )
    if count == 3:
        y = reshaped(y, (samples, depth, filters, kernel[0], *size[1:]))
        y = _laid_over(y, size[0], full[0], steps[0], gaps[0], around[0])
    elif count == 1:
        y = reshaped(y, (*y.shape[:2], *size))
    if bias is not None:
        y = y + reshaped(bias, (*bias.shape, *(1,) * count))
    return reshaped(y, y.shape[1:]) if single else y


def _laid_over(y: Any, size: int, full: int, step: int, gap: int, around: int) -> Any:
    """Add the planes (N, D, C, taps, H, W) up to volumes (N, C, size, H, W)."""
    samples, depth, filters, taps = y.shape[:4]
    length = max(full, around + size)  # with room for what output_padding adds behind
    shape = (samples, length, filters, *y.shape[4:])
    total = None
    for k in range(taps):
        index = (slice(None), slice(k * gap, k * gap + (depth - 1) * step + 1, step))
        part = indexing.into_zeros(getitem(y, (slice(None),) * 3 + (k,)), index=index, shape=shape)
        total = part if total is None else total + part
    return moved(getitem(total, (slice(None), slice(around, around + size))), 1, 2)


def _fitting(op: str, count: int, x: Any, weight: Any, bias: Any, groups: int) -> None:
    """Refuse shapes that do not belong to one transposed convolution."""
    shapes = (x.shape, weight.shape)
    if weight.ndim != count + 2:
        raise ShapeError(
            f"the weight has shape {weight.shape}, and must have {count + 2} dimensions", op=op, shapes=shapes,
            hint="(channels, filters / groups, ...kernel)",
        )  # fmt: skip
    if x.ndim not in (count + 1, count + 2):
        raise ShapeError(
            f"the input has shape {x.shape}, and must have (N, C, {LETTERS[count]}) or (C, {LETTERS[count]})",
            op=op,
            shapes=shapes,
        )
    channels = x.shape[-count - 1]
    if channels != weight.shape[0] or channels % groups:
        raise ShapeError(
            f"the input has {channels} channels and the weight {weight.shape} takes {weight.shape[0]}, in {groups} "
            "groups of one size",
            op=op,
            shapes=shapes,
            hint="A transposed convolution's weight has the channels of its input first",
        )
    filters = weight.shape[1] * groups
    if bias is not None and bias.shape != (filters,):
        raise ShapeError(
            f"the bias has shape {bias.shape}, and {filters} filters need ({filters},)", op=op,
            shapes=(*shapes, bias.shape),
        )  # fmt: skip
