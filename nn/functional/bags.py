"""Sums, means and maxima of the vectors of several words at once."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Look up the rows of bags of indices, and make one vector of each bag.

    Parameters
    ----------
    input : Tensor of int64 of shape (B, L), or (n,) with `offsets`
        A bag in each row; or all bags one after another.
    weight : Tensor of shape (rows, D)
        The table.
    offsets : sequence of int or Tensor of shape (B,), optional
        Where the bags begin; numbers, not values of a compiled function's arguments.
    max_norm, norm_type, scale_grad_by_freq, sparse
        As in `embedding`.
    mode : {"mean", "sum", "max"}
        What is made of a bag; an empty one gives 0.
    per_sample_weights : Tensor of the input's shape, optional
        Factors of the vectors; for "sum" only.
    include_last_offset : bool, default False
        Whether `offsets` has the end of the last bag too.
    padding_idx : int, optional
        An index that does not count.

    Returns
    -------
    Tensor of shape (B, D)

    Raises
    ------
    ShapeError
        When shapes do not fit.
    SettingError
        When the mode is unknown, weights are given for another than "sum", or offsets are missing or superfluous.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> table = tw.tensor([[1.0], [2.0], [4.0]])
    >>> nn.functional.embedding_bag(tw.tensor([0, 1, 2]), table, [0, 2], mode="sum").tolist()
    [[3.0], [4.0]]
    """
    op, words, table = "embedding_bag", as_tensor(input), as_tensor(weight)
    if mode not in ("mean", "sum", "max"):
        raise SettingError(f"mode is 'mean', 'sum' or 'max', not {mode!r}", op=op)
    if per_sample_weights is not None and (mode != "sum" or as_tensor(per_sample_weights).shape != words.shape):
        raise SettingError("per_sample_weights are for mode='sum', in the shape of the input", op=op)
    if (words.ndim == 1) == (offsets is None) or words.ndim not in (1, 2):
        raise SettingError(f"indices of shape (n,) need offsets, and (B, L) none; they are {words.shape}", op=op)
    factors = None if per_sample_weights is None else as_tensor(per_sample_weights)
    inside: Any = np.ones(words.shape, bool)
    if offsets is not None:
        places, inside = _bags(op, offsets, words.shape[0], include_last_offset)
        if not words.shape[0]:
            return tw.zeros(len(places), table.shape[1], dtype=table.dtype)
        at = as_tensor(places)
        words = words[at]
        factors = None if factors is None else factors[at]
    counted = as_tensor(inside)
    if padding_idx is not None:
        counted = counted & (words != padding_idx % table.shape[0])
    scaled = scale_grad_by_freq
    vectors = tw.embedding(words, table, padding_idx, max_norm, norm_type, scaled, sparse)
    mask = counted.unsqueeze(-1)
    if factors is not None:
        vectors = vectors * factors.unsqueeze(-1)
    many = counted.sum(1, keepdim=True)
    if mode == "max":
        if not words.shape[1]:
            return tw.zeros(words.shape[0], table.shape[1], dtype=table.dtype)
        largest: Tensor = tw.where(mask, vectors, -np.inf).max(1).values
        return tw.where(many > 0, largest, 0)  # type: ignore[no-any-return]
    total: Tensor = tw.where(mask, vectors, 0).sum(1)
    if mode == "sum":
        return total
    mean: Tensor = total / many.clamp(min=1).to(total.dtype)
    return mean


def _bags(op: str, offsets: Any, entries: int, has_end: bool) -> tuple[Any, Any]:
    """The places of each bag's entries as a rectangle, and which of them are in the bag."""
    starts = offsets.detach().numpy() if isinstance(offsets, Tensor) else np.asarray(offsets)
    starts = starts.astype(np.int64)
    ends = starts[1:] if has_end else np.append(starts[1:], entries)
    starts = starts[:-1] if has_end else starts
    if starts.ndim != 1 or (len(starts) and starts[0] != 0) or (ends < starts).any() or (ends > entries).any():
        raise ShapeError(f"offsets begin with 0, do not fall and stay within {entries}, not {offsets!r}", op=op)
    longest = int((ends - starts).max(initial=0)) or 1
    places = starts[:, None] + np.arange(longest)
    inside = places < ends[:, None]
    return np.where(inside, places, 0), inside
