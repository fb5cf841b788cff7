"""Padding: a border around the entries, of one value or read from the entries themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.core.unbroadcast import Shape
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError, UnsupportedError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.choice import copied
from tinygrad_wtf.ops.functions.indexing import getitem, narrow
from tinygrad_wtf.ops.functions.joining import cat
from tinygrad_wtf.ops.functions.shape import _sizes, expanded
from tinygrad_wtf.ops.rows import indexing as rows

# How wide a border of n entries may be.
_WIDEST: dict[str, Callable[[int], float]] = {
    "reflect": lambda n: n - 1,
    "replicate": lambda n: math.inf if n else 0,
    "circular": lambda n: n,
}


def _borders(pad: Any, shape: Shape) -> list[tuple[int, int]]:
    """For each axis how many entries come before and after; `pad` tells them in pairs from the last axis."""
    widths = _sizes("pad", (pad,))
    if len(widths) % 2 or len(widths) > 2 * len(shape):
        raise ShapeError(
            f"{len(widths)} widths do not fit {len(shape)} axes",
            op="pad",
            shapes=(shape,),
            hint="Give (before, after) of the last axis, then of the one before it, and so on",
        )
    pairs = list(zip(widths[::2], widths[1::2], strict=True))
    borders = [(0, 0)] * (len(shape) - len(pairs)) + pairs[::-1]
    if any(before + n + after < 0 for n, (before, after) in zip(shape, borders, strict=True)):
        raise ShapeError(f"a border of {widths} takes more away than there is", op="pad", shapes=(shape,))
    return borders


def _surrounded(x: Any, borders: list[tuple[int, int]], value: Any) -> Any:
    """A border of one value; negative widths take entries away."""
    x = getitem(x, tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(x.shape, borders, strict=True)))
    outer = [(max(0, a), max(0, b)) for a, b in borders]
    middle = tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, outer, strict=True))
    shape = tuple(a + n + b for n, (a, b) in zip(x.shape, outer, strict=True))
    if not value:
        return rows.into_zeros(x, index=middle, shape=shape)
    return rows.put(np.full(shape, value).astype(x.dtype), x, index=middle)


def pad(input: Value, pad: Any, mode: str = "constant", value: float | None = None) -> Value:
    """A border around `input`: of one `value`, or "reflect", "replicate" or "circular".

    `pad` holds the widths before and after the last axis, then before and after the one before it, and so on;
    negative widths take entries away. A border that is read from the entries is for the last axis of a 2-d or 3-d
    input, the last two of a 3-d or 4-d one, or the last three of a 4-d or 5-d one.
    """
    borders = _borders(pad, taken("pad", input).shape)
    if mode == "constant":
        return _surrounded(input, borders, value)
    if mode not in _WIDEST:
        raise UnsupportedError(f"there is no mode {mode!r}", op="pad", hint=f"Use constant, {', '.join(_WIDEST)}")
    axes = len(pad) // 2
    if value:
        raise SettingError("takes no value", op=f"pad ({mode})", hint='value is for mode="constant"')
    if axes not in (1, 2, 3) or input.ndim - axes not in (1, 2):
        raise UnsupportedError(
            f"{axes} axes of a tensor with {input.ndim} cannot be padded so",
            op=f"pad ({mode})",
            shapes=(input.shape,),
            hint="Pad the last axis of two or three, the last two of three or four, or the last three of four or five",
        )
    if input.dtype.kind == "b" and mode != "circular":
        raise DTypeError(f"cannot pad {input.dtype}", op=f"pad ({mode})", shapes=(input.shape,))
    x = input
    for axis in range(input.ndim - axes, input.ndim):
        x = _mirrored(x, axis, *borders[axis], mode)
    return x if any(max(border) > 0 for border in borders) else copied(x)


def _mirrored(x: Any, axis: int, before: int, after: int, mode: str) -> Any:
    """A border along one axis, read from the entries."""
    n = x.shape[axis]
    widest = _WIDEST[mode](n)
    if max(before, after) > widest:
        raise ShapeError(
            f"a border of {max(before, after)} is wider than {n} entries allow",
            op=f"pad ({mode})",
            shapes=(x.shape,),
            hint=f"At most {widest} along axis {axis}",
        )
    if mode == "circular" and (before < 0 or after < 0):  # a circle is closed after the cut
        x = narrow(x, axis, max(0, -before), n + min(0, before) + min(0, after))
        return _mirrored(x, axis, max(0, before), max(0, after), mode)

    def part(start: int, stop: int, step: int = 1) -> Any:
        return getitem(x, (slice(None),) * axis + (slice(start, stop if stop >= 0 else None, step),))

    def stretched(edge: Any, width: int) -> Any:
        return expanded(edge, tuple(width if a == axis else size for a, size in enumerate(x.shape)))

    pieces = [part(max(0, -before), n - max(0, -after))]
    if before > 0:
        pieces.insert(
            0,
            part(before, 0, -1)
            if mode == "reflect"
            else stretched(part(0, 1), before)
            if mode == "replicate"
            else part(n - before, n),
        )
    if after > 0:
        pieces.append(
            part(n - 2, n - 2 - after, -1)
            if mode == "reflect"
            else stretched(part(n - 1, n), after)
            if mode == "replicate"
            else part(0, after)
        )
    return pieces[0] if len(pieces) == 1 else cat(pieces, dim=axis)
