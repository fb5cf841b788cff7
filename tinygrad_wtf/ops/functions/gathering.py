"""Reductions into places: the sum, product, mean or extreme of all that is written to each."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.ops.functions.choice import where
from tinygrad_wtf.ops.functions.indexing import getitem
from tinygrad_wtf.ops.functions.joining import cat
from tinygrad_wtf.ops.functions.reduction import prod
from tinygrad_wtf.ops.functions.scattering import _scattered, _slices
from tinygrad_wtf.ops.rows import gathering as rows
from tinygrad_wtf.ops.rows.arithmetic import floor_divide
from tinygrad_wtf.ops.rows.counting import repetition
from tinygrad_wtf.ops.rows.gathering import AT
from tinygrad_wtf.ops.rows.indexing import into_zeros, put
from tinygrad_wtf.ops.rows.shape import flattened, reshaped

SETTINGS = ("sum", "prod", "mean", "amax", "amin")


def _neutral(dtype: np.dtype[Any], reduce: str) -> Any:
    """What changes nothing beside others: no number is smaller, or larger."""
    if reduce == "sum" or reduce == "mean":
        return 0
    if reduce == "prod":
        return 1
    if dtype.kind == "f":
        return -np.inf if reduce == "amax" else np.inf
    if dtype.kind == "b":
        return reduce == "amin"
    limits = np.iinfo(dtype)
    return int(limits.min if reduce == "amax" else limits.max)


def _reduced(x: Any, source: Any, places: Any, reduce: str, include_self: bool, most: int) -> Any:
    """The vector `x` with `source` reduced into its places, at most so many into one."""
    entries = x.shape[0]
    times = into_zeros(np.ones(places.shape, np.int64), places, index=AT, shape=x.shape)
    if not include_self:
        x = where(times > 0, np.asarray(_neutral(x.dtype, reduce), x.dtype), x)
    if reduce == "amax" or reduce == "amin":
        return (rows.amax_at if reduce == "amax" else rows.amin_at)(x, source, places)
    if reduce == "prod":
        slots = put(np.ones(entries * most, x.dtype), source, places * most + repetition(places), index=AT)
        return prod(cat((reshaped(x, (entries, 1)), reshaped(slots, (entries, most))), 1), 1, dtype=x.dtype)
    total = x + into_zeros(source, places, index=AT, shape=x.shape)
    if reduce == "sum":
        return total
    number = times + 1 if include_self else where(times > 0, times, 1)
    return total / number if x.dtype.kind == "f" else floor_divide(total, number)


def scatter_reduce(input: Value, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Value:
    """`input` with the entries of `src` reduced into it along `dim` at `index`; none may be negative.

    Parameters
    ----------
    input : Tensor
        Where it starts from; the result has its shape and dtype.
    dim : int
        Along which axis `index` names places.
    index : Tensor
        int64, of as many dimensions as `input` and `src`, and no larger than `src`.
    src : Tensor
        What is reduced, in the dtype of `input`.
    reduce : {"sum", "prod", "mean", "amax", "amin"}
        How. The gradient of an extreme is shared between ties, that of a product is right at zeros.
    include_self : bool
        Whether an entry of `input` takes part beside what is written to its place.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> index, source = tw.tensor([0, 0, 1]), tw.tensor([1.0, 5.0, 2.0])
    >>> tw.scatter_reduce(tw.zeros(3), 0, index, source, "amax").tolist()
    [5.0, 2.0, 0.0]
    """
    if reduce not in SETTINGS:
        raise SettingError(f"reduce is one of {', '.join(SETTINGS)}, not {reduce!r}", op="scatter_reduce")
    source, places = _scattered("scatter_reduce", input, dim, index, src)
    most = index.shape[dim] if index.ndim else 1
    found = _reduced(flattened(input), flattened(source), flattened(places), reduce, include_self, max(most, 1))
    return reshaped(found, input.shape)


def index_reduce(input: Value, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Value:
    """`input` with the slices of `source` reduced into it along `dim` at these places; none may be negative.

    `index` is a vector with one place for each slice; `reduce` is "prod", "mean", "amax" or "amin", as in
    `scatter_reduce`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.index_reduce(tw.ones(2), 0, tw.tensor([0, 0]), tw.tensor([2.0, 3.0]), "prod").tolist()
    [6.0, 1.0]
    """
    if reduce not in SETTINGS[1:]:
        raise SettingError(f"reduce is one of {', '.join(SETTINGS[1:])}, not {reduce!r}", op="index_reduce")
    line, values, places, pattern = _slices("index_reduce", input, dim, index, source)
    there = flattened(getitem(np.arange(line.size).reshape(line.shape), (*pattern[:-1], places)))
    found = _reduced(flattened(line), flattened(values), there, reduce, include_self, max(places.shape[0], 1))
    return reshaped(found, input.shape)
