"""All parameters of a network as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import tinygrad_wtf as tw
from tinygrad_wtf import ShapeError, Tensor, as_tensor, no_grad


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return the entries of all parameters, one after another, as a recorded vector.

    Parameters
    ----------
    parameters : iterable of Tensor
        Such as ``model.parameters()``.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(2, 3).parameters()).shape
    (9,)
    """
    vector: Tensor = tw.cat([p.reshape(-1) for p in parameters])
    return vector


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy a vector's entries into the parameters, one after another.

    Parameters
    ----------
    vec : Tensor of shape (n,)
        As `parameters_to_vector` returns it. It is copied; PyTorch's parameters share its memory.
    parameters : iterable of Tensor
        Such as ``model.parameters()``.

    Raises
    ------
    ShapeError
        When there are more parameters than entries.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.Linear(1, 1)
    >>> nn.utils.vector_to_parameters(tw.tensor([2.0, 3.0]), layer.parameters())
    >>> layer.weight.item(), layer.bias.item()
    (2.0, 3.0)
    """
    vector, listed = as_tensor(vec).detach(), list(parameters)
    entries = sum(p.numel() for p in listed)
    if vector.ndim != 1 or vector.numel() < entries:
        raise ShapeError(
            f"a vector of shape {vector.shape} does not fill {entries} entries", op="vector_to_parameters",
            shapes=(vector.shape,),
        )  # fmt: skip
    start = 0
    with no_grad():
        for p in listed:
            p.copy_(vector[start : start + p.numel()].reshape(p.shape))
            start += p.numel()
