"""Layers as functions of their input and their parameters."""

from __future__ import annotations

from math import prod

from tinygrad_wtf import ShapeError, Tensor, as_tensor
from tinygrad_wtf import linear as weighted


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
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> x, w, b = tw.tensor([[1.0, 2.0]]), tw.tensor([[3.0, 4.0]]), tw.tensor([5.0])
    >>> nn.functional.linear(x, w, b).tolist()
    [[16.0]]
    """
    x, weight = as_tensor(input), as_tensor(weight)
    shape, weights = x.shape, weight.shape
    if len(weights) not in (1, 2):
        raise ShapeError(
            f"the weight has shape {weights}, and must have (out_features, in_features)",
            op="linear",
            shapes=(shape, weights),
        )
    features = weights[-1]
    if not shape or shape[-1] != features:
        raise ShapeError(
            f"the input has shape {shape}, and the weight {weights} takes {features} "
            f"value{'' if features == 1 else 's'} a sample, in the last dimension",
            op="linear",
            shapes=(shape, weights),
            hint=_likely_fix(shape, features),
        )
    b = None if bias is None else as_tensor(bias)
    if b is not None and len(weights) == 2 and b.shape == weights[:1] and b.dtype == x.dtype:
        return weighted(x, weight, b)
    z: Tensor = x @ weight.T if len(weights) == 2 else x @ weight
    return z if b is None else _biased("linear", z, b, weights[:-1], (shape, weights))


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``z_k = x1ᵀ A_k x2 + b_k``: outputs that depend on both of two inputs, and on each linearly.

    Parameters
    ----------
    input1, input2 : Tensor of shape (..., in1_features), (..., in2_features)
        The samples.
    weight : Tensor of shape (out_features, in1_features, in2_features)
        A matrix for each output.
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
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.bilinear(tw.tensor([[1.0, 2.0]]), tw.tensor([[3.0]]), tw.tensor([[[1.0], [1.0]]])).tolist()
    [[9.0]]
    """
    x1, x2, a = as_tensor(input1), as_tensor(input2), as_tensor(weight)
    shapes = (x1.shape, x2.shape, a.shape)
    if (
        a.ndim != 3
        or not x1.ndim
        or x1.shape[:-1] != x2.shape[:-1]
        or (x1.shape[-1:], x2.shape[-1:])
        != (
            a.shape[1:2],
            a.shape[2:],
        )
    ):
        raise ShapeError(
            f"inputs of shapes {x1.shape} and {x2.shape} do not fit a weight of {a.shape}",
            op="bilinear",
            shapes=shapes,
            hint="They are (..., in1), (..., in2) and (out, in1, in2)",
        )
    outputs, first, second = a.shape
    lines = x1 @ a.permute(1, 0, 2).reshape(first, outputs * second)
    z: Tensor = (lines.reshape(*x1.shape[:-1], outputs, second) @ x2.unsqueeze(-1)).squeeze(-1)
    return z if bias is None else _biased("bilinear", z, as_tensor(bias), (outputs,), shapes)


def _biased(op: str, z: Tensor, bias: Tensor, outputs: tuple[int, ...], shapes: tuple[tuple[int, ...], ...]) -> Tensor:
    if bias.shape not in (outputs, ()):
        raise ShapeError(
            f"the bias has shape {bias.shape}, and the weight {shapes[-1]} gives outputs of shape {outputs}",
            op=op,
            shapes=(*shapes, bias.shape),
            hint=f"Reshape the bias to {outputs}",
        )
    with_bias: Tensor = z + bias
    return with_bias


def _likely_fix(shape: tuple[int, ...], features: int) -> str:
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
