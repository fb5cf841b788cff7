"""Normalisation: numbers shifted and scaled to mean 0 and variance 1, each group of them by itself."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.reduction import mean, var
from tinygrad_wtf.ops.functions.shape import moved
from tinygrad_wtf.ops.precision import floating
from tinygrad_wtf.ops.rows import vectors as rows
from tinygrad_wtf.ops.rows.elementary import sqrt
from tinygrad_wtf.ops.rows.indexing import constant
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.ops.settings import Sizes, several


def _scaled(op: str, y: Any, weight: Any, bias: Any, shape: Sizes) -> Any:
    """``y weight + bias``, where both may be absent and fill `shape`."""
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and math.prod(given.shape) != math.prod(shape):
            raise ShapeError(
                f"the {name} has shape {given.shape}, and there are {math.prod(shape)} factors to choose",
                op=op,
                shapes=(y.shape, given.shape),
            )
    if weight is not None:
        y = y * reshaped(weight, shape)
    return y if bias is None else y + reshaped(bias, shape)


def layer_norm(
    input: Value, normalized_shape: int | Sizes, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Value:
    """``(x - mean) / √(variance + eps)`` over the last dimensions, those of `normalized_shape` (Ba et al., 2016)."""
    op = "layer_norm"
    floating(op, taken(op, input))
    shape = several(op, "normalized_shape", normalized_shape, None, 0)
    before = input.ndim - len(shape)
    if not shape or before < 0 or input.shape[before:] != shape:
        raise ShapeError(
            f"the input has shape {input.shape}, which does not end with {shape}",
            op=op,
            shapes=(input.shape,),
            hint="normalized_shape is the shape of one sample",
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != shape:
            raise ShapeError(
                f"the {name} has shape {given.shape}, and must have {shape}", op=op, shapes=(input.shape, given.shape)
            )
    vectors = reshaped(input, (*input.shape[:before], math.prod(shape)))
    return _scaled(op, reshaped(rows.standardize(vectors, eps=eps), input.shape), weight, bias, shape)


def _channels(x: Any) -> Sizes:
    """The shape in which one number for each channel meets (N, C, ...)."""
    return (*x.shape[1:2], *(1,) * (x.ndim - 2))


def group_norm(input: Value, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Value:
    """`layer_norm` of each sample's channels (N, C, ...) in groups, with a weight and bias for each channel."""
    op = "group_norm"
    floating(op, taken(op, input))
    (groups,) = several(op, "num_groups", num_groups, 1, 1)
    if input.ndim < 2 or input.shape[1] % groups:
        raise ShapeError(
            f"channels of an input (N, C, ...) of shape {input.shape} cannot be divided into {groups} groups",
            op=op,
            shapes=(input.shape,),
        )
    size = math.prod(input.shape[1:]) // groups
    _not_one(op, input.shape, input.shape[0] * size)
    vectors = reshaped(input, (input.shape[0], groups, size))
    return _scaled(op, reshaped(rows.standardize(vectors, eps=eps), input.shape), weight, bias, _channels(input))


def _not_one(op: str, shape: Sizes, count: int) -> None:
    """Refuse a single value: less its mean it is 0, whatever it was."""
    if count == 1:
        raise ShapeError(
            f"an input of shape {shape} has a single value to take the mean of",
            op=op,
            shapes=(shape,),
            hint="Train on two samples or more",
        )


def batch_norm(
    input: Value,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> Value:
    """``(x - mean) / √(variance + eps)`` of each channel of (N, C, ...) over all samples (Ioffe and Szegedy, 2015).

    With `training` the statistics are those of the input, and the running ones, where given, move towards them in
    place by the fraction `momentum` (the variance with n - 1 below). Without, the running statistics are used.
    """
    op = "batch_norm"
    floating(op, taken(op, input))
    if input.ndim < 2 and math.prod(input.shape):
        raise ShapeError(f"the input has shape {input.shape}, and must have (N, C, ...)", op=op, shapes=(input.shape,))
    if eps < 0 or (training and not eps):
        raise SettingError(f"eps must be positive, got {eps}", op=op)
    channels = _channels(input)
    if not math.prod(input.shape):
        return _scaled(op, input * 1, weight, bias, channels)
    running = {"running_mean": running_mean, "running_var": running_var}
    for name, given in running.items():
        if given is None and not training:
            raise SettingError("needs running_mean and running_var without training", op=op, hint="Pass training=True")
        if given is not None and given.shape != input.shape[1:2]:
            raise ShapeError(
                f"{name} has shape {given.shape}, and there are {input.shape[1]} channels",
                op=op,
                shapes=(input.shape, given.shape),
            )
    if not training:
        scale = 1 / sqrt(constant(reshaped(running_var, channels)) + eps)
        return _scaled(op, (input - constant(reshaped(running_mean, channels))) * scale, weight, bias, channels)
    _not_one(op, input.shape, math.prod(input.shape) // input.shape[1])
    first = moved(input, 1, 0)
    vectors = reshaped(first, (input.shape[1], math.prod(input.shape[2:], start=input.shape[0])))
    with no_grad():
        for given, statistic in ((running_mean, mean), (running_var, var)):
            if given is not None:
                given[...] = (1 - momentum) * given + momentum * statistic(vectors, -1)
    normalized = moved(reshaped(rows.standardize(vectors, eps=eps), first.shape), 0, 1)
    return _scaled(op, normalized, weight, bias, channels)
