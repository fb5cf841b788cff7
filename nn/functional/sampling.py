"""Sampling images at places that are computed: `grid_sample`, and the places of a linear map, `affine_grid`."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor

from . import checks

MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")
SHARPNESS = -0.75  # of the cubic pieces, as in PyTorch and OpenCV

Corner = tuple[Tensor, Tensor | None]  # whole places along one axis, and how much each counts


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """Give the places at which `grid_sample` reads to turn, stretch and move images: a linear map of the usual places.

    Parameters
    ----------
    theta : Tensor of shape (N, 2, 3) or (N, 3, 4)
        The maps: a matrix and a column for the shift, for coordinates (x, y) or (x, y, z).
    size : sequence of int
        The size (N, C, H, W) or (N, C, D, H, W) of the images to make.
    align_corners : bool, optional
        Whether -1 and 1 are the middles of the outermost entries, or (by default) the edges of the image.

    Returns
    -------
    Tensor
        The places, (N, H, W, 2) or (N, D, H, W, 3).

    Raises
    ------
    ShapeError
        When the shapes do not fit.
    DTypeError
        When theta is not floating-point.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> turned = tw.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]])
    >>> grid = nn.functional.affine_grid(turned, (1, 1, 2, 2), align_corners=True)
    >>> nn.functional.grid_sample(tw.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), grid, align_corners=True).tolist()
    [[[[2.0, 4.0], [1.0, 3.0]]]]
    """
    op = "affine_grid"
    maps = checks.floating(op, theta)
    sizes = tuple(int(n) for n in size)
    count = len(sizes) - 2
    if count not in (2, 3) or maps.shape != (sizes[0], count, count + 1) or min(sizes) < 1:
        raise ShapeError(
            f"takes theta (N, 2, 3) and a size (N, C, H, W), or (N, 3, 4) and (N, C, D, H, W), all 1 or more; not "
            f"{maps.shape} and {sizes}",
            op=op,
            shapes=(maps.shape,),
        )
    axes = [np.linspace(-1, 1, n) * (1 if align_corners else (n - 1) / n) if n > 1 else np.zeros(1) for n in sizes[2:]]
    places = np.stack([*reversed(np.meshgrid(*axes, indexing="ij")), np.ones(sizes[2:])], -1)
    usual = as_tensor(places.reshape(-1, count + 1), dtype=maps.dtype)
    grid: Tensor = usual @ maps.transpose(1, 2)
    return grid.reshape(sizes[0], *sizes[2:], count)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Read images at places between their entries, as spatial transformers do (Jaderberg et al., 2015).

    Parameters
    ----------
    input : Tensor of shape (N, C, H, W) or (N, C, D, H, W)
        The images.
    grid : Tensor of shape (N, h, w, 2) or (N, d, h, w, 3)
        For each entry of the result its place (x, y) or (x, y, z), from -1 (left, top) to 1 (right, bottom).
    mode : {"bilinear", "nearest", "bicubic"}
        What is read between entries; the last one of images (N, C, H, W) only.
    padding_mode : {"zeros", "border", "reflection"}
        What is read outside: 0, the nearest entry, or the image in a mirror.
    align_corners : bool, optional
        Whether -1 and 1 are the middles of the outermost entries, or (by default) the edges of the image.

    Returns
    -------
    Tensor
        Of shape (N, C, h, w) or (N, C, d, h, w). It has gradients with respect to the images and, unless mode is
        "nearest", to the grid.

    Raises
    ------
    ShapeError
        When the shapes do not fit, or images are empty.
    SettingError
        When a mode is unknown.
    DTypeError
        When the images are not floating-point, or the grid has another dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> image = tw.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> nn.functional.grid_sample(image, tw.tensor([[[[0.0, 0.0], [-0.5, 0.0]]]])).tolist()
    [[[[2.5, 2.0]]]]
    """
    op = "grid_sample"
    x, places = checks.floating(op, input), checks.floating(op, grid)
    count = x.ndim - 2
    fits = count in (2, 3) and places.ndim == x.ndim and places.shape[-1] == count and places.shape[0] == x.shape[0]
    if not fits or 0 in x.shape[1:]:
        raise ShapeError(
            f"takes images (N, C, H, W) and a grid (N, h, w, 2), or (N, C, D, H, W) and (N, d, h, w, 3), not {x.shape} "
            f"and {places.shape}",
            op=op,
            shapes=(x.shape, places.shape),
        )
    if places.dtype != x.dtype:
        raise tw.DTypeError(f"images of {x.dtype} and a grid of {places.dtype}: give both one dtype", op=op)
    for name, value, known in (("mode", mode, MODES), ("padding_mode", padding_mode, PADDINGS)):
        if value not in known:
            raise SettingError(f"{name} is one of {', '.join(known)}, not {value!r}", op=op)
    if mode == "bicubic" and count == 3:
        raise SettingError("bicubic reads images (N, C, H, W) only", op=op)
    sizes = x.shape[2:]
    flat = places.reshape(places.shape[0], prod(places.shape[1:-1]), count)
    axes = [
        _corners(flat[:, :, count - 1 - axis], n, mode, padding_mode, bool(align_corners))
        for axis, n in enumerate(sizes)
    ]
    entries = x.reshape(*x.shape[:2], prod(sizes))
    total: Any = 0
    for corner in product(*axes):
        total = total + _read(entries, corner, sizes)
    result: Tensor = total
    return result.reshape(*x.shape[:2], *places.shape[1:-1])


def _corners(at: Tensor, n: int, mode: str, padding: str, aligned: bool) -> list[Corner]:
    """The places along one axis that each place between them is made of."""
    at = (at + 1) / 2 * (n - 1) if aligned else ((at + 1) * n - 1) / 2
    if mode != "bicubic":
        at = _padded(at, n, padding, aligned)
    if mode == "nearest":
        return [(_whole(tw.round(at.detach())), None)]
    below = _whole(tw.floor(at.detach()))
    t = at - below
    if mode == "bilinear":
        return [(below, 1 - t), (below + 1, t)]
    weights = (_outer(t + 1), _inner(t), _inner(1 - t), _outer(2 - t))
    return [(_whole(_padded(below + k - 1, n, padding, aligned)), w) for k, w in enumerate(weights)]


def _whole(at: Tensor) -> Tensor:
    """Places far outside, or nowhere, as -1: outside; numbers that integers cannot hold are not asked for."""
    inside: Tensor = tw.where(at.abs() < 2**31, at, -1)
    return inside


def _inner(t: Tensor) -> Tensor:
    a = SHARPNESS
    weight: Tensor = ((a + 2) * t - (a + 3)) * t * t + 1
    return weight


def _outer(t: Tensor) -> Tensor:
    a = SHARPNESS
    weight: Tensor = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return weight


def _padded(at: Tensor, n: int, padding: str, aligned: bool) -> Tensor:
    """Where a place outside is read."""
    if padding == "zeros":
        return at
    if padding == "reflection":
        at = _mirrored(at, 0 if aligned else -0.5, n - 1 if aligned else n - 0.5)
    inside = (at > 0) & (at < n - 1)  # on the border there is no slope
    kept: Tensor = tw.where(inside, at, tw.nan_to_num(tw.clamp(at.detach(), 0, n - 1)))
    return kept


def _mirrored(at: Tensor, low: float, high: float) -> Tensor:
    """A place between two mirrors."""
    span = high - low
    if not span:
        return tw.zeros_like(at)
    away = tw.where(at < low, low - at, at - low)
    turns = tw.floor(away.detach() / span)
    rest = away - turns * span
    found: Tensor = tw.where(turns % 2 == 0, rest + low, high - rest)
    return found


def _read(entries: Tensor, corner: tuple[Corner, ...], sizes: tuple[int, ...]) -> Tensor:
    """The entries at whole places, 0 outside, each times how much it counts."""
    index: Any = 0
    inside: Any = True
    weight: Any = None
    for (at, w), n in zip(corner, sizes, strict=True):
        here = (at >= 0) & (at < n)
        index = index * n + tw.where(here, at, 0).long()
        inside = here & inside
        if w is not None:
            weight = w if weight is None else weight * w
    batch, channels, _ = entries.shape
    found = entries.gather(2, index.unsqueeze(1).expand(batch, channels, index.shape[1]))
    kept: Tensor = tw.where(inside.unsqueeze(1), found, 0)
    return kept if weight is None else kept * weight.unsqueeze(1)
