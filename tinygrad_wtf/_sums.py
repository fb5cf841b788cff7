"""Adding up: sums that keep their digits, along every axis and whatever the order in memory.

NumPy adds in pairs only along the axis that is innermost in memory. Along any other it adds row after row, and the
error grows with their number. Here such an axis is divided into blocks, and the sums of the blocks are added likewise.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

FEW = 128  # entries that are added one after the other, as many as in the blocks of NumPy's own sums
ROWS = 256  # the same by BLAS, which takes two to four rows at a time
BLOCK = 64  # rows of which one sum is made
SHORT = 2048  # entries of which BLAS makes a sum of products; it runs several sums side by side


@lru_cache(maxsize=16)
def ones(count: int, dtype: Any) -> Any:
    """A row of ones, the same one each time: it is made in every layer of every step."""
    made = np.ones(count, dtype)
    made.flags.writeable = False
    return made


def add_up(x: Any, axis: tuple[int, ...], keepdims: bool = False, dtype: Any = None) -> Any:
    """``np.add.reduce``, whose error does not grow with the number of entries; `dtype` is for integers."""
    add: Any = np.add
    if x.dtype.kind != "f":
        return add.reduce(x, axis=axis, dtype=dtype, keepdims=keepdims)
    if x.size <= FEW or math.prod([x.shape[a] for a in axis]) <= FEW or _is_one_run(x, axis):
        return add.reduce(x, axis=axis, keepdims=keepdims)
    if keepdims:
        return _in_blocks(x, axis).reshape([1 if a in axis else n for a, n in enumerate(x.shape)])
    return _in_blocks(x, axis)


def add_products(a: Any, b: Any) -> Any:
    """The sums of ``a b`` along the last axis."""
    if a.shape[-1] <= SHORT and a.flags.c_contiguous and b.flags.c_contiguous:
        return np.vecdot(a, b)
    return add_up(a * b, (a.ndim - 1,))


def add_rows(x: Any, most: int = ROWS) -> Any:
    """The sums of the columns of a matrix: by BLAS up to 9 times faster than by NumPy, which adds row after row too.

    More rows than `most` are laid side by side first: few wide ones, whose sums are added in the end.
    """
    count, width = x.shape
    if count <= most:
        return np.dot(ones(count, x.dtype), x)
    if x.strides != (width * x.itemsize, x.itemsize):  # not known of what is traced: there, a long sum stays one call
        return add_up(x, (0,))
    side = 1 << ((count - 1) // FEW).bit_length()
    high, rest = divmod(count, side)
    whole = (x[: count - rest] if rest else x).reshape(high, side * width)
    total = add_rows(np.dot(ones(high, x.dtype), whole).reshape(side, width), FEW)
    return total + add_rows(x[count - rest :], FEW) if rest else total


def _is_one_run(x: Any, axis: tuple[int, ...]) -> bool:
    """Whether these axes are the innermost in memory and side by side there, which NumPy adds up in pairs."""
    kept = [a for a, n in enumerate(x.shape) if n > 1 and a not in axis]
    if not kept:
        return bool(x.flags.forc)
    long = [a for a, n in enumerate(x.shape) if n > 1 and a in axis]
    return bool((x.flags.c_contiguous and kept[-1] < long[0]) or (x.flags.f_contiguous and long[-1] < kept[0]))


def _in_blocks(x: Any, axis: tuple[int, ...]) -> Any:
    order = sorted(range(x.ndim), key=lambda a: -abs(x.strides[a]))  # as it lies in memory, the innermost axis last
    y, left = x.transpose(order), [a in axis for a in order]
    kept = [a for a in order if a not in axis]
    while any(left):
        last = max(place for place, summed in enumerate(left) if summed)
        first = min(p for p in range(last + 1) if all(left[p : last + 1]))
        if y.flags.c_contiguous:  # axes side by side are one
            y = y.reshape(*y.shape[:first], -1, *y.shape[last + 1 :])
            left[first : last + 1] = [True]
            last = first
        y = _along(y, last)
        del left[last]
    return y.transpose([kept.index(a) for a in sorted(kept)])


def _along(y: Any, axis: int) -> Any:
    """The sums along one axis, of an array that lies in memory in the order of its axes."""
    count = y.shape[axis]
    if axis == y.ndim - 1 and 8 < count <= 8 * FEW and y.flags.c_contiguous:
        return np.matmul(y, ones(count, y.dtype))  # eight sums side by side
    if count <= FEW or axis == y.ndim - 1:
        return np.add.reduce(y, axis=axis)
    if axis == 0 and y.flags.c_contiguous:
        return add_rows(y.reshape(count, -1), FEW).reshape(y.shape[1:])
    blocks = count // BLOCK
    before, cut = (slice(None),) * axis, blocks * BLOCK
    whole = y[(*before, slice(cut))].reshape(*y.shape[:axis], blocks, BLOCK, *y.shape[axis + 1 :])
    total = _along(_each(whole, axis + 1), axis)
    return total if cut == count else total + _each(y[(*before, slice(cut, None))], axis)


def _each(y: Any, axis: int) -> Any:
    """The sums along a short axis: one before the last, by BLAS."""
    if axis == y.ndim - 2 and y.shape[-1] > 1 and y.flags.c_contiguous:
        return np.matmul(ones(y.shape[axis], y.dtype), y)
    return np.add.reduce(y, axis=axis)


def _sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    if x.ndim == 2 and x.shape[1] > 1 and x.dtype.char in "fd":
        row = x.shape[1:]
        if shape == row:  # the gradient of a bias, as a rule
            return add_rows(x)
        if shape == (1, *row):
            return add_rows(x).reshape(shape)
    new = x.ndim - len(shape)
    over = [axis for axis, size in enumerate(x.shape) if axis < new or size != shape[axis - new]]
    return add_up(x, tuple(over), keepdims=True).reshape(shape)


def _stretched(x: Any, shape: tuple[int, ...]) -> Any:
    if x.size != 1 or 0 in shape or x.ndim > len(shape):
        return np.broadcast_to(x, shape)
    # The cotangent of a total, as a rule: made by hand in a tenth of the time.
    view = np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
    view.flags.writeable = False
    return view
