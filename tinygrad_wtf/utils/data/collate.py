"""How samples become a batch: numbers and arrays become tensors with one axis more, lists and dicts batches of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_wtf.dtypes import float64
from tinygrad_wtf.ops.functions.joining import stack
from tinygrad_wtf.tensors.creation import as_tensor, tensor
from tinygrad_wtf.tensors.tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """Make one batch of samples.

    Parameters
    ----------
    batch : sequence
        Samples of one kind: tensors or arrays of one shape are stacked; whole numbers become an int64 tensor, others a
        float64 tensor; strings stay a list; of dicts, named tuples, tuples and lists each entry becomes a batch.

    Returns
    -------
    object
        The batch: a Tensor of shape ``(len(batch), ...)``, or a dict or list of such. Tuples come as lists, as in
        PyTorch.

    Raises
    ------
    TypeError
        For samples of another kind.
    ValueError
        When lists of different lengths are to be one batch.

    Examples
    --------
    >>> default_collate([(1.0, 3), (2.0, 4)])[1].tolist()
    [3, 4]
    >>> default_collate([{"word": "a"}, {"word": "b"}])
    {'word': ['a', 'b']}
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch))
    if isinstance(first, np.ndarray) and first.dtype.kind in "biuf":
        return as_tensor(np.stack(batch))
    if isinstance(first, np.generic) and first.dtype.kind in "biuf":
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(list(batch), dtype=float64)
    if isinstance(first, int):
        return tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return list(batch)
    if isinstance(first, Mapping):
        made = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return made if type(first) is dict else _like(first, made)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(part) for part in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        lengths = {len(sample) for sample in batch}
        if len(lengths) > 1:
            raise ValueError(
                f"samples of different lengths, {sorted(lengths)}, do not make a batch: pad them, or give a collate_fn"
            )
        return [default_collate(part) for part in zip(*batch, strict=True)]
    raise TypeError(
        f"default_collate makes batches of tensors, arrays, numbers, strings, dicts and lists, not of "
        f"{type(first).__name__}: give the loader a collate_fn"
    )


def default_convert(data: Any) -> Any:
    """Make tensors of the arrays in one sample, which is no batch.

    Parameters
    ----------
    data : object
        A sample: arrays become tensors of the same numbers, in dicts, tuples and lists too; all else stays.

    Returns
    -------
    object
        The sample.

    Examples
    --------
    >>> import numpy as np
    >>> default_convert({"x": np.array([1.0, 2.0]), "name": "a"})["x"].tolist()
    [1.0, 2.0]
    """
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind in "biuf":
        return as_tensor(np.asarray(data))
    if isinstance(data, Mapping):
        made = {key: default_convert(value) for key, value in data.items()}
        return made if type(data) is dict else _like(data, made)
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(part) for part in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [default_convert(part) for part in data]
    return data


def _like(kind: Any, made: dict[Any, Any]) -> Any:
    """The entries in a mapping of the same class, or in a dict where that cannot be made of one."""
    try:
        return type(kind)(made)
    except TypeError:
        return made
