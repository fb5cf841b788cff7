"""Images of another size: `interpolate`, one axis after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, UnsupportedError, as_tensor

Array = np.ndarray[Any, Any]
SMOOTH = {"linear": 3, "bilinear": 4, "trilinear": 5, "bicubic": 4}  # with the dimensions that they take


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Make signals, images or volumes larger or smaller.

    Parameters
    ----------
    input : Tensor of shape (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        What is resized in the dimensions behind C.
    size : int or tuple of int, optional
        The new size; or else
    scale_factor : float or tuple of float, optional
        How many times as large, rounded down.
    mode : {"nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area"}
        Which entries a new one is made of: one, 2 an axis, 4 an axis, or the mean of a window.
    align_corners : bool, optional
        For the smooth modes: whether the corners' entries stay, instead of the borders.
    recompute_scale_factor : bool, optional
        Whether the positions follow from the rounded sizes, not from `scale_factor`.
    antialias : bool, default False
        True is refused: there is no smoothing before images are made smaller.

    Returns
    -------
    Tensor of shape (N, C, *size)

    Raises
    ------
    SettingError
        When both or none of `size` and `scale_factor` are given, or the mode is unknown.
    ShapeError
        When the mode is for another number of dimensions.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> x = tw.tensor([[[0.0, 4.0]]])
    >>> nn.functional.interpolate(x, scale_factor=2).tolist()
    [[[0.0, 0.0, 4.0, 4.0]]]
    >>> nn.functional.interpolate(x, scale_factor=2, mode="linear").tolist()
    [[[0.0, 1.0, 3.0, 4.0]]]
    """
    op, x = "interpolate", as_tensor(input)
    count = x.ndim - 2
    if count not in (1, 2, 3):
        raise ShapeError(
            f"takes (N, C, ...) with one to three dimensions more, not {x.shape}", op=op, shapes=(x.shape,)
        )
    if mode not in (*SMOOTH, "nearest", "nearest-exact", "area"):
        raise SettingError(f"there is no mode {mode!r}", op=op, hint=f"Use nearest, area, {', '.join(SMOOTH)}")
    if mode in SMOOTH and SMOOTH[mode] != x.ndim:
        raise ShapeError(f"mode {mode!r} takes {SMOOTH[mode]} dimensions, not {x.shape}", op=op, shapes=(x.shape,))
    if mode not in SMOOTH and align_corners is not None:
        raise SettingError("align_corners is for the modes " + ", ".join(SMOOTH), op=op)
    if antialias:
        raise UnsupportedError("antialias is not made", op=op, hint="Smooth before: avg_pool2d, or mode='area'")
    sizes, scales = _asked(op, x.shape[2:], size, scale_factor, recompute_scale_factor)
    if mode == "area":
        pooled: Tensor = (tw.adaptive_avg_pool1d, tw.adaptive_avg_pool2d, tw.adaptive_avg_pool3d)[count - 1](x, sizes)
        return pooled
    for axis, (new, scale) in enumerate(zip(sizes, scales, strict=True), start=2):
        x = _along(x, axis, new, scale, mode, bool(align_corners))
    return x


def _asked(
    op: str, old: tuple[int, ...], size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[tuple[int, ...], list[float | None]]:
    """The new sizes, and the factors that were asked for, None where the sizes decide."""
    if (size is None) == (scale_factor is None):
        raise SettingError("give either size or scale_factor", op=op)
    given = scale_factor if size is None else size
    each = tuple(given) if isinstance(given, tuple | list) else (given,) * len(old)
    if len(each) != len(old):
        raise SettingError(f"one number or {len(old)} are wanted, not {given!r}", op=op)
    if size is not None:
        if recompute:
            raise SettingError("recompute_scale_factor is for scale_factor, not for size", op=op)
        sizes = tuple(int(n) for n in each)
        scales: list[float | None] = [None] * len(old)
    else:
        sizes = tuple(math.floor(n * float(s)) for n, s in zip(old, each, strict=True))
        scales = [None if recompute else float(s) for s in each]
    if min(sizes) < 1 or min(old) < 1:
        raise ShapeError(f"sizes {old} cannot become {sizes}: all are positive", op=op)
    return sizes, scales


def _along(x: Tensor, axis: int, new: int, asked: float | None, mode: str, corners: bool) -> Tensor:
    old = x.shape[axis]
    if mode.startswith("nearest"):
        places = _nearest(old, new, asked, 0.5 if mode == "nearest-exact" else 0.0)
        picked: Tensor = x.index_select(axis, as_tensor(places))
        return picked
    at = np.arange(new, dtype=np.float64)
    if corners:
        at = at * ((old - 1) / (new - 1) if new > 1 else 0.0)
    else:
        at = (at + 0.5) * (old / new if asked is None else 1 / asked) - 0.5
        if mode != "bicubic":
            at = np.maximum(at, 0)
    first = np.floor(at).astype(np.int64)
    t = at - first
    taps = _cubic(t) if mode == "bicubic" else {0: 1 - t, 1: t}
    total: Tensor | None = None
    shape = (new, *(1,) * (x.ndim - axis - 1))
    for offset, weight in taps.items():
        entries = x.index_select(axis, as_tensor(np.clip(first + offset, 0, old - 1)))
        part = entries * as_tensor(weight.reshape(shape).astype(x.dtype))
        total = part if total is None else total + part
    assert total is not None
    return total


def _nearest(old: int, new: int, asked: float | None, offset: float) -> Array:
    """The places that are read; in single precision, as PyTorch computes them."""
    at = np.arange(new)
    if not offset:
        if new == old:
            return at
        if new == 2 * old:
            return at // 2
    scale = np.float32(old / new) if asked is None else np.float32(1.0 / asked)
    found = np.floor((at.astype(np.float32) + np.float32(offset)) * scale).astype(np.int64)
    return np.asarray(np.minimum(found, old - 1))


def _cubic(t: Array) -> dict[int, Array]:
    """Keys' cubic convolution (1981) with a = -3/4: the weights of four neighbours."""
    a = -0.75

    def near(s: Array) -> Array:
        return ((a + 2) * s - (a + 3)) * s * s + 1

    def far(s: Array) -> Array:
        return ((a * s - 5 * a) * s + 8 * a) * s - 4 * a

    return {-1: far(t + 1), 0: near(t), 1: near(1 - t), 2: far(2 - t)}
