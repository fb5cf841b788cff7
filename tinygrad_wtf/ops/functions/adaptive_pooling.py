"""Adaptive pooling: as many windows as asked for, whatever the size; as nearly equal as it allows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.extremes import argmax
from tinygrad_wtf.ops.functions.indexing import getitem, take_along_dim
from tinygrad_wtf.ops.functions.pooling import Pooled, images
from tinygrad_wtf.ops.functions.reduction import mean, sum
from tinygrad_wtf.ops.functions.shape import moved
from tinygrad_wtf.ops.precision import floating
from tinygrad_wtf.ops.rows.indexing import constant
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.ops.settings import Sizes, several

Output = int | tuple[int | None, ...] | None


def _wanted(op: str, x: Any, output_size: Any) -> Sizes:
    """How many windows there are along each axis."""
    count = int(op[-2])
    taken(op, x)
    given = output_size if isinstance(output_size, tuple | list) else (output_size,) * count
    if len(given) != count:
        raise SettingError(f"output_size is a number or {count}, not {output_size!r}", op=op)
    images(op, x)
    floating(op, x)
    asked = [size if one is None else one for size, one in zip(x.shape[-count:], given, strict=True)]
    return several(op, "output_size", asked, count, 0)


def adaptive_avg_pool1d(input: Value, output_size: int | Sizes) -> Value:
    """Means of signals (N, C, L) or (C, L) over as many windows as asked for."""
    return _averaged("adaptive_avg_pool1d", input, output_size)


def adaptive_avg_pool2d(input: Value, output_size: Output) -> Value:
    """Means over as many windows as asked for, as nearly equal as the size allows; None keeps a size."""
    return _averaged("adaptive_avg_pool2d", input, output_size)


def adaptive_avg_pool3d(input: Value, output_size: Output) -> Value:
    """Means of volumes (N, C, D, H, W) or (C, D, H, W) over as many windows as asked for; None keeps a size."""
    return _averaged("adaptive_avg_pool3d", input, output_size)


def _averaged(op: str, x: Any, output_size: Any) -> Any:
    wanted = _wanted(op, x, output_size)
    for back, parts in enumerate(reversed(wanted)):
        axis = -1 - back
        x = moved(_means_of_parts(moved(x, axis, -1), parts), -1, axis)
    return x


def _means_of_parts(x: Any, parts: int) -> Any:
    """The means of nearly equal parts of the last axis; where the size does not divide, they overlap by an entry."""
    size = x.shape[-1]
    if parts and not size % parts:
        return mean(reshaped(x, (*x.shape[:-1], parts, size // parts)), -1)
    start, end = np.arange(parts) * size // parts, -(-np.arange(1, parts + 1) * size // parts)
    places = start[:, None] + np.arange((end - start).max(initial=1))
    entries = getitem(x, (..., np.minimum(places, size - 1)))
    return sum(where(places < end[:, None], entries, 0), -1) / (end - start).astype(x.dtype)


def adaptive_max_pool1d(input: Value, output_size: int | Sizes, return_indices: bool = False) -> Any:
    """The largest entries of as many windows of signals as asked for: see `adaptive_max_pool2d`."""
    return _largest("adaptive_max_pool1d", input, output_size, return_indices)


def adaptive_max_pool2d(input: Value, output_size: Output, return_indices: bool = False) -> Any:
    """The largest entry of each of as many windows as asked for; the gradient goes to the first of several.

    With `return_indices` the pair (values, indices), each index counted through the rows of its image.
    """
    return _largest("adaptive_max_pool2d", input, output_size, return_indices)


def adaptive_max_pool3d(input: Value, output_size: Output, return_indices: bool = False) -> Any:
    """The largest entries of as many windows of volumes as asked for: see `adaptive_max_pool2d`."""
    return _largest("adaptive_max_pool3d", input, output_size, return_indices)


def _largest(op: str, x: Any, output_size: Any, return_indices: bool) -> Any:
    wanted = _wanted(op, x, output_size)
    count, shape = len(wanted), (*x.shape[: -len(wanted)], *wanted)
    lines = reshaped(x, (math.prod(x.shape[:-count]), math.prod(x.shape[-count:])))
    windows = _places_of_windows(x.shape[-count:], wanted)
    entries = getitem(constant(lines), (slice(None), windows))
    first = argmax(entries, -1, keepdim=True)
    found = take_along_dim(np.broadcast_to(windows, entries.shape), first, -1)
    found = reshaped(found, (lines.shape[0], math.prod(wanted)))
    values = reshaped(take_along_dim(lines, found, -1), shape)
    return Pooled(values, reshaped(found, shape)) if return_indices else values


def _places_of_windows(size: Sizes, wanted: Sizes) -> Any:
    """For each window the places of its entries, counted through all axes: (windows, entries).

    Windows with fewer entries than others name their last one several times.
    """
    windows = np.zeros((1, 1), np.int64)
    for n, parts in zip(size, wanted, strict=True):
        start, end = np.arange(parts) * n // parts, -(-np.arange(1, parts + 1) * n // parts) if parts else np.zeros(0)
        each = np.arange((end - start).max(initial=1))
        along = np.minimum(start[:, None] + each, end[:, None] - 1).astype(np.int64)
        rows, columns = windows.shape
        windows = windows[:, None, :, None] * n + along[None, :, None, :]
        windows = windows.reshape(rows * parts, columns * len(each))
    return windows
