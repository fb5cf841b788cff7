"""Layers as functions of their input and their parameters."""

from __future__ import annotations

from math import prod

from tinygrad_wtf import ShapeError, Tensor, as_tensor

__all__ = ["linear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``z = x Wᵀ + b``: a layer of neurons; samples are rows.

    Parameters
    ----------
    input : Tensor of shape (..., in_features)
        The samples.
    weight : Tensor of shape (out_features, in_features)
        A row for each neuron; or of shape (in_features,), one neuron whose output has no dimension of its own.
    bias : Tensor of shape (out_features,), optional
        Added to every sample's output.

    Returns
    -------
    Tensor of shape (..., out_features)

    Raises
    ------
    ShapeError
        When the shapes do not fit.

    Examples
    --------
    >>> import nn, tinygrad_wtf as tw
    >>> x, w, b = tw.tensor([[1.0, 2.0]]), tw.tensor([[3.0, 4.0]]), tw.tensor([5.0])
    >>> nn.functional.linear(x, w, b).tolist()
    [[16.0]]
    """
    x, weight = as_tensor(input), as_tensor(weight)
    if weight.ndim not in (1, 2):
        raise ShapeError(
            f"the weight has shape {weight.shape}, and must have (out_features, in_features)",
            op="linear",
            shapes=(x.shape, weight.shape),
        )
    features = weight.shape[-1]
    if x.ndim == 0 or x.shape[-1] != features:
        raise ShapeError(
            f"the input has shape {x.shape}, and the weight {weight.shape} takes {features} "
            f"value{'' if features == 1 else 's'} a sample, in the last dimension",
            op="linear",
            shapes=(x.shape, weight.shape),
            hint=_mend(x.shape, features),
        )
    z: Tensor = x @ weight.T if weight.ndim == 2 else x @ weight
    if bias is None:
        return z
    bias = as_tensor(bias)
    outputs = weight.shape[:-1]
    if bias.shape not in (outputs, ()):
        raise ShapeError(
            f"the bias has shape {bias.shape}, and the weight {weight.shape} gives outputs of shape {outputs}",
            op="linear",
            shapes=(x.shape, weight.shape, bias.shape),
            hint=f"Reshape the bias to {outputs}",
        )
    with_bias: Tensor = z + bias
    return with_bias


def _mend(shape: tuple[int, ...], features: int) -> str:
    """The likely mistake behind an input that does not fit."""
    if len(shape) == 0:
        return "A single number is one sample of one value: x.reshape(1, 1)"
    if len(shape) > 2 and prod(shape[1:]) == features:
        return "Flatten each sample first, with nn.Flatten() before this layer or x.reshape(len(x), -1)"
    if len(shape) == 2 and shape[0] == features:
        return "Samples are rows here: pass x.T"
    if len(shape) == 1 and features == 1:
        return "Make it a column with a row for each sample: x.reshape(-1, 1)"
    given = shape[-1]
    return f"Build the layer for {given} input{'' if given == 1 else 's'}, or check the output of the one before"
