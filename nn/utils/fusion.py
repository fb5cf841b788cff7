"""A batch normalisation in evaluation is linear: it is multiplied into the layer before it."""

from __future__ import annotations

import copy
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor

from ..parameter import Parameter


def _factors(
    mean: Tensor, var: Tensor, eps: float, weight: Tensor | None, bias: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The normalisation as ``scale x + shift``."""
    scale = 1 / tw.sqrt(var + eps)
    if weight is not None:
        scale = scale * weight
    shift = -mean * scale
    return scale, shift if bias is None else shift + bias


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Return the weight and the bias of a convolution that does what it and the normalisation behind it did.

    Parameters
    ----------
    conv_w, conv_b : Tensor
        Those of the convolution; the latter may be None.
    bn_rm, bn_rv, bn_eps, bn_w, bn_b
        The running mean and variance, `eps`, weight and bias of the normalisation; the last two may be None.
    transpose : bool, default False
        Whether it is a transposed convolution, whose weight has the outputs second.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w, b = nn.utils.fuse_conv_bn_weights(tw.ones(1, 1, 1), None, tw.ones(1), tw.ones(1), 0.0, None, None)
    >>> w.tolist(), b.tolist()
    ([[[1.0]]], [-1.0])
    """
    scale, shift = _factors(bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    weight = conv_w * scale.reshape(shape)
    bias = shift if conv_b is None else conv_b * scale + shift
    return Parameter(weight.detach(), conv_w.requires_grad), Parameter(
        bias.detach(), conv_w.requires_grad if conv_b is None else conv_b.requires_grad
    )


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """Return a copy of a convolution that does what it and the normalisation behind it do, both in evaluation mode.

    Parameters
    ----------
    conv, bn : Module
        The layers.
    transpose : bool, default False
        Whether it is a transposed convolution.

    Raises
    ------
    ValueError
        When one is in training mode, or the normalisation remembers no statistics.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> conv, bn, x = nn.Conv2d(1, 2, 3).eval(), nn.BatchNorm2d(2).eval(), tw.rand(1, 1, 5, 5)
    >>> bool(tw.allclose(nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6))
    True
    """
    fused = _evaluated("fuse_conv_bn_eval", conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Return the weight and the bias of a linear layer that does what it and the normalisation behind it did.

    Parameters
    ----------
    linear_w, linear_b : Tensor
        Those of the layer; the latter may be None.
    bn_rm, bn_rv, bn_eps, bn_w, bn_b
        As in `fuse_conv_bn_weights`.
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """Return a copy of a linear layer that does what it and the normalisation behind it do, both in evaluation mode.

    Parameters
    ----------
    linear, bn : Module
        The layers.

    Raises
    ------
    ValueError
        When one is in training mode, or the numbers of features differ.
    """
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise ValueError(f"{linear.out_features} outputs do not fit a normalisation of {bn.num_features} features")
    fused = _evaluated("fuse_linear_bn_eval", linear, bn)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        linear.weight, linear.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def _evaluated(op: str, layer: Any, bn: Any) -> Any:
    if layer.training or bn.training:
        raise ValueError(f"{op}: both layers must be in evaluation mode: call eval() first")
    if bn.running_mean is None or bn.running_var is None:
        raise ValueError(f"{op}: the normalisation remembers no statistics")
    return copy.deepcopy(layer)
