"""Sequences of different lengths in one batch: padded, or packed so that no step is spent on padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor

Whole = np.ndarray[Any, np.dtype[np.int64]]

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None


class PackedSequence(_Fields):
    """Sequences side by side, longest first, without padding: what `RNN`, `LSTM` and `GRU` read as they read batches.

    It is made by `pack_padded_sequence` and `pack_sequence`.

    Attributes
    ----------
    data : Tensor of shape (total, ...)
        The entries of all sequences, step by step: first those of step 0, then those of step 1, ...
    batch_sizes : Tensor of int64
        How many sequences are that long, for each step.
    sorted_indices, unsorted_indices : Tensor of int64 or None
        The order in which the sequences were put, and the one that puts them back; None when they came sorted.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import pack_sequence
    >>> packed = pack_sequence([tw.tensor([1, 2, 3]), tw.tensor([4, 5])])
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1, 4, 2, 5, 3], [2, 2, 1])
    """

    _counts: Whole | None = None  # the batch sizes as numbers: while a function is compiled, tensors have none
    _order: Whole | None = None  # the unsorted indices likewise

    def with_data(self, data: Tensor) -> PackedSequence:
        """Return other entries in the same places.

        Parameters
        ----------
        data : Tensor of shape (total, ...)
            As many as there are.
        """
        other = PackedSequence(data, *self[1:])
        other._counts, other._order = self._counts, self._order
        return other

    def counts(self) -> Whole:
        """Return `batch_sizes` as an array."""
        return _whole(self.batch_sizes) if self._counts is None else self._counts

    def order(self) -> Whole | None:
        """Return `unsorted_indices` as an array."""
        if self._order is None and self.unsorted_indices is not None:
            return _whole(self.unsorted_indices)
        return self._order

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Convert the data as `Tensor.to` does."""
        return self.with_data(self.data.to(*args, **kwargs))

    def double(self) -> PackedSequence:
        """Convert the data to float64."""
        return self.to(tw.float64)

    def float(self) -> PackedSequence:
        """Convert the data to float32."""
        return self.to(tw.float32)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Return the permutation that undoes this one; None stays None.

    Parameters
    ----------
    permutation : Tensor of int64, optional
        Each of 0 to n - 1 once.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import invert_permutation
    >>> invert_permutation(tw.tensor([2, 0, 1])).tolist()
    [1, 2, 0]
    """
    return None if permutation is None else as_tensor(np.argsort(_whole(permutation)))


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Take the padding out of a batch.

    Parameters
    ----------
    input : Tensor of shape (T, B, ...), or (B, T, ...) with `batch_first`
        The padded sequences.
    lengths : sequence of int or Tensor
        How long each is, from 1 to T.
    batch_first : bool, default False
        Whether the sequences are the first dimension.
    enforce_sorted : bool, default True
        Whether they must come longest first; with False they are sorted, and put back by `pad_packed_sequence`.

    Returns
    -------
    PackedSequence

    Raises
    ------
    ShapeError
        When there is not one length for each sequence.
    SettingError
        When a length is not from 1 to T, or the sequences are not sorted though they must be.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import pack_padded_sequence
    >>> packed = pack_padded_sequence(tw.tensor([[1, 4], [2, 5], [3, 0]]), [3, 2])
    >>> packed.data.tolist()
    [1, 4, 2, 5, 3]
    """
    op = "pack_padded_sequence"
    x = as_tensor(input)
    if x.ndim < 2:
        raise ShapeError(f"a batch of sequences has two dimensions or more, not the shape {x.shape}", op=op)
    if batch_first:
        x = x.transpose(0, 1)
    steps, batch = x.shape[:2]
    sizes = _whole(lengths)
    if sizes.shape != (batch,):
        raise ShapeError(
            f"there are {batch} sequences and lengths of shape {sizes.shape}",
            op=op,
            shapes=(x.shape, sizes.shape),
            hint="With sequences in the first dimension pass batch_first=True" if sizes.shape == (steps,) else "",
        )
    if batch and not (sizes.min() >= 1 and sizes.max() <= steps):
        raise SettingError(f"lengths are from 1 to {steps}, the number of steps, not {sizes.tolist()}", op=op)
    order = None
    if enforce_sorted:
        if (np.diff(sizes) > 0).any():
            raise SettingError(
                f"the lengths {sizes.tolist()} are not sorted, longest first", op=op, hint="Pass enforce_sorted=False"
            )
    else:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
        x = x.index_select(1, as_tensor(order))
    longest = int(sizes.max(initial=0))
    counts = (sizes[None, :] > np.arange(longest)[:, None]).sum(1)
    flat = x.reshape(steps * batch, *x.shape[2:])
    step, place = np.nonzero(np.arange(batch)[None, :] < counts[:, None])
    data = flat.index_select(0, as_tensor(step * batch + place))
    if order is None:
        packed = PackedSequence(data, as_tensor(counts))
    else:
        back = np.argsort(order)
        packed = PackedSequence(data, as_tensor(counts), as_tensor(order), as_tensor(back))
        packed._order = back
    packed._counts = counts
    return packed


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Undo `pack_padded_sequence`.

    Parameters
    ----------
    sequence : PackedSequence
        What is padded.
    batch_first : bool, default False
        Whether the result has shape (B, T, ...), not (T, B, ...).
    padding_value : float, default 0
        What is put behind shorter sequences.
    total_length : int, optional
        T; by default the longest length.

    Returns
    -------
    output : Tensor
        The padded sequences, in their first order.
    lengths : Tensor of int64
        How long each is.

    Raises
    ------
    SettingError
        When `total_length` is less than the longest length.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import pack_sequence, pad_packed_sequence
    >>> packed = pack_sequence([tw.tensor([1, 2]), tw.tensor([3, 4, 5])], enforce_sorted=False)
    >>> output, lengths = pad_packed_sequence(packed, batch_first=True, padding_value=-1)
    >>> output.tolist(), lengths.tolist()
    ([[1, 2, -1], [3, 4, 5]], [2, 3])
    """
    counts, order = sequence.counts(), sequence.order()
    longest, batch = len(counts), int(counts[0]) if len(counts) else 0
    steps = longest if total_length is None else total_length
    if steps < longest:
        raise SettingError(
            f"total_length {total_length} is less than the longest sequence, {longest}", op="pad_packed_sequence"
        )
    data = as_tensor(sequence.data)
    starts = np.cumsum(counts) - counts
    inside = np.arange(batch)[None, :] < np.concatenate([counts, np.zeros(steps - longest, np.int64)])[:, None]
    places = np.where(inside, np.concatenate([starts, np.zeros(steps - longest, np.int64)])[:, None], 0)
    places = np.where(inside, places + np.arange(batch)[None, :], 0)
    lengths = inside.sum(0)
    if order is not None:
        places, inside, lengths = places[:, order], inside[:, order], lengths[order]
    if batch_first:
        places, inside = places.T, inside.T
    taken = data.index_select(0, as_tensor(places.reshape(-1))).reshape(*places.shape, *data.shape[1:])
    mask = as_tensor(inside.reshape(*inside.shape, *(1,) * (data.ndim - 1)))
    padded: Tensor = tw.where(mask, taken, tw.full((), padding_value, dtype=data.dtype))
    return padded, as_tensor(lengths)


def pad_sequence(
    sequences: Sequence[Tensor] | Tensor,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Put sequences of different lengths into one batch, with a value where they end.

    Parameters
    ----------
    sequences : list of Tensor of shape (length, ...)
        They differ in the length only.
    batch_first : bool, default False
        Whether the result has shape (B, T, ...), not (T, B, ...).
    padding_value : float, default 0
        What fills up the shorter ones.
    padding_side : {"right", "left"}
        Where it is put.

    Returns
    -------
    Tensor of shape (T, B, ...) or (B, T, ...)

    Raises
    ------
    ShapeError
        When there is no sequence, or the shapes differ in more than the length.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import pad_sequence
    >>> pad_sequence([tw.tensor([1, 2]), tw.tensor([3])], batch_first=True).tolist()
    [[1, 2], [3, 0]]
    """
    op = "pad_sequence"
    if padding_side not in ("right", "left"):
        raise SettingError(f"padding_side is 'right' or 'left', not {padding_side!r}", op=op)
    parts = [as_tensor(part) for part in sequences]
    if not parts or any(part.ndim == 0 or part.shape[1:] != parts[0].shape[1:] for part in parts):
        raise ShapeError(
            "takes one sequence or more, which differ in the first dimension only", op=op,
            shapes=[part.shape for part in parts],
        )  # fmt: skip
    steps = max(len(part) for part in parts)
    columns = []
    for part in parts:
        missing = steps - len(part)
        if missing:
            filling = tw.full((missing, *part.shape[1:]), padding_value, dtype=part.dtype)
            part = tw.cat([part, filling] if padding_side == "right" else [filling, part])
        columns.append(part)
    padded: Tensor = tw.stack(columns, 0 if batch_first else 1)
    return padded


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """Take a padded batch apart: a tensor for each sequence, without its padding.

    Parameters
    ----------
    padded_sequences : Tensor of shape (T, B, ...), or (B, T, ...) with `batch_first`
        The batch.
    lengths : sequence of int or Tensor
        How long each is.
    batch_first : bool, default False
        Whether the sequences are the first dimension.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import unpad_sequence
    >>> [x.tolist() for x in unpad_sequence(tw.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True)]
    [[1, 2], [3]]
    """
    x = as_tensor(padded_sequences)
    columns = x.unbind(0 if batch_first else 1)
    return [column[:length] for column, length in zip(columns, _whole(lengths).tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths; see `pack_padded_sequence`.

    Parameters
    ----------
    sequences : list of Tensor of shape (length, ...)
        They differ in the length only.
    enforce_sorted : bool, default True
        Whether they must come longest first.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import pack_sequence
    >>> pack_sequence([tw.tensor([1, 2]), tw.tensor([3])]).data.tolist()
    [1, 3, 2]
    """
    lengths = [len(part) for part in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Undo `pack_sequence`: a tensor for each sequence, in their first order.

    Parameters
    ----------
    packed_sequences : PackedSequence
        What is taken apart.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.utils.rnn import pack_sequence, unpack_sequence
    >>> [x.tolist() for x in unpack_sequence(pack_sequence([tw.tensor([1, 2]), tw.tensor([3])]))]
    [[1, 2], [3]]
    """
    counts, order = packed_sequences.counts(), packed_sequences.order()
    lengths = (counts[:, None] > np.arange(counts[0] if len(counts) else 0)).sum(0)
    padded, _ = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths if order is None else lengths[order], batch_first=True)


def _whole(given: Any | Iterable[int]) -> Whole:
    """Whole numbers as an array; they decide how many steps there are, so a compiled function cannot take them."""
    values = given.detach().numpy() if isinstance(given, Tensor) else np.asarray(given)
    if not values.size:
        return values.astype(np.int64)
    if values.dtype.kind not in "iu":
        raise SettingError(f"lengths and orders are whole numbers, not {values.dtype}", op="nn.utils.rnn")
    return values.astype(np.int64)
