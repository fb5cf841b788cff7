"""Convolutions of signals, images and volumes: shapes and settings, checked, for the rows of `rows.convolution`."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.joining import stack
from tinygrad_wtf.ops.functions.padding import pad
from tinygrad_wtf.ops.functions.product import _alike
from tinygrad_wtf.ops.functions.shape import moved, unsqueeze
from tinygrad_wtf.ops.rows import convolution as rows
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.ops.settings import Sizes, several

LETTERS = {1: "L", 2: "H, W", 3: "D, H, W"}


def _window_padding(
    op: str, padding: Any, kernel: Sizes, stride: Sizes, dilation: Sizes
) -> tuple[tuple[int, int], ...]:
    """What to add around the input: as many zeros as said on both sides, or as many as keep its size."""
    if not isinstance(padding, str):
        return tuple((size, size) for size in several(op, "padding", padding, len(kernel), 0))
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same":
        raise SettingError(f"padding is 'same', 'valid' or numbers, not {padding!r}", op=op)
    if any(step != 1 for step in stride):
        raise SettingError(f"padding='same' keeps the size, which a stride of {stride} does not", op=op)
    missing = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple((m // 2, m - m // 2) for m in missing)


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


def conv3d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: int | Sizes = 1,
    padding: int | Sizes | str = 0,
    dilation: int | Sizes = 1,
    groups: int = 1,
) -> Value:
    """Slide each filter through volumes: `conv2d` of planes whose channels are those of all planes of a window.

    `input` has shape (N, C, D, H, W) or (C, D, H, W), `weight` (filters, C / groups, depth, height, width), `bias`
    (filters,).
    """
    return _convolved("conv3d", input, weight, bias, stride, padding, dilation, groups)


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
    edges: Any = _window_padding(op, around, weight.shape[2:], steps, gaps)
    for size, edge, kernel, gap in zip(images.shape[2:], edges, weight.shape[2:], gaps, strict=True):
        if size + sum(edge) < gap * (kernel - 1) + 1 or not kernel:
            raise ShapeError(
                f"a kernel of {weight.shape[-count:]} does not fit into an input of {x.shape[-count:]} "
                f"with padding {padding!r} and dilation {dilation!r}",
                op=op,
                shapes=(x.shape, weight.shape),
                hint="Give it padding, or a smaller kernel",
            )
    places = 1
    if count == 3:
        images, weight, places = _planes(images, weight, steps[0], edges[0], gaps[0])
        steps, gaps, edges = steps[1:], gaps[1:], edges[1:]
    y = rows.conv2d(images, weight, stride=steps, padding=edges, dilation=gaps, groups=groups)
    if bias is not None:
        y = y + reshaped(bias, (*bias.shape, 1, 1))
    if count == 3:
        samples = 1 if single else x.shape[0]
        volumes = moved(reshaped(y, (samples, places, *y.shape[1:])), 2, 1)
        return reshaped(volumes, volumes.shape[1:]) if single else volumes
    kept = y.shape[single:2] if single else y.shape[:2]
    return reshaped(y, (*kept, *y.shape[-count:]))


def _planes(x: Any, weight: Any, step: int, edge: tuple[int, int], gap: int) -> tuple[Any, Any, int]:
    """Volumes as planes with the channels of all planes of a window, the weight for them, and the number of places.

    (N, C, D, H, W) becomes (N places, C depth, H, W).
    """
    filters, channels, depth, *kernel = weight.shape
    if edge != (0, 0):
        x = pad(x, (0, 0, 0, 0, *edge))
    samples, _, size = x.shape[:3]
    places = (size - gap * (depth - 1) - 1) // step + 1
    taps = [
        getitem(x, (slice(None), slice(None), slice(k * gap, k * gap + (places - 1) * step + 1, step)))
        for k in range(depth)
    ]
    windows = moved(stack(taps, 2), 3, 1)
    planes = reshaped(windows, (samples * places, x.shape[1] * depth, *x.shape[3:]))
    return planes, reshaped(weight, (filters, channels * depth, *kernel)), places


def _fitting(op: str, count: int, x: Any, weight: Any, bias: Any, groups: int) -> None:
    """Refuse shapes that do not belong to one convolution."""
    shapes = (x.shape, weight.shape)
    letters = LETTERS[count]
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
