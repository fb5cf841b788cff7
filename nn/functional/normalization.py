"""Normalisations that are made of others: of instances, by the root mean square, and across channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor, no_grad


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel of each sample by itself (Ulyanov et al., 2016).

    Parameters
    ----------
    input : Tensor of shape (N, C, ...)
        The samples.
    running_mean, running_var : Tensor of shape (C,), optional
        Moved in place to the mean over the samples of their statistics, or with ``use_input_stats=False`` used instead.
    weight, bias : Tensor of shape (C,), optional
        A factor and a summand for each channel.
    use_input_stats : bool, default True
        Whether the input's own statistics are used.
    momentum : float, default 0.1
        How far the running ones are moved.
    eps : float
        Added to the variance.

    Raises
    ------
    ShapeError
        When there are no dimensions behind the channels, or one entry only.
    SettingError
        When the running statistics are needed and absent.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> y = nn.functional.instance_norm(tw.tensor([[[1.0, 3.0], [0.0, 100.0]]]))
    >>> [[round(v, 3) for v in row] for row in y[0].tolist()]
    [[-1.0, 1.0], [-1.0, 1.0]]
    """
    op, x = "instance_norm", as_tensor(input)
    if x.ndim < 3 or (use_input_stats and int(np.prod(x.shape[2:])) == 1):
        raise ShapeError(
            f"takes (N, C, ...) with two entries or more in a channel, not {x.shape}", op=op, shapes=(x.shape,)
        )
    if not use_input_stats and (running_mean is None or running_var is None):
        raise SettingError("needs running_mean and running_var without use_input_stats", op=op)
    samples, channels = x.shape[:2]
    mean, var = (None if t is None else t.detach().repeat(samples) for t in (running_mean, running_var))
    factor, summand = (None if t is None else as_tensor(t).repeat(samples) for t in (weight, bias))
    flat = x.reshape(1, samples * channels, *x.shape[2:])
    y: Tensor = tw.batch_norm(flat, mean, var, factor, summand, use_input_stats, momentum, eps)
    if use_input_stats:
        with no_grad():
            for kept, moved in ((running_mean, mean), (running_var, var)):
                if kept is not None and moved is not None:
                    kept.copy_(moved.reshape(samples, channels).mean(0))
    return y.reshape(x.shape)


def rms_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """``x / √(mean of x² + eps) * weight`` over the last dimensions (Zhang and Sennrich, 2019).

    Parameters
    ----------
    input : Tensor of shape (..., *normalized_shape)
        The samples.
    normalized_shape : int or tuple of int
        The last sizes of the input.
    weight : Tensor of that shape, optional
        Factors.
    eps : float, optional
        Added to the mean; by default the distance from 1 to the next number of the dtype.

    Raises
    ------
    ShapeError
        When the input does not end with `normalized_shape`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> [round(v, 4) for v in nn.functional.rms_norm(tw.tensor([3.0, 4.0]), 2).tolist()]
    [0.8485, 1.1314]
    """
    x = as_tensor(input)
    shape = tuple(normalized_shape) if isinstance(normalized_shape, tuple | list) else (normalized_shape,)
    if not shape or x.shape[-len(shape) :] != shape or (weight is not None and weight.shape != shape):
        raise ShapeError(
            f"the input has shape {x.shape}, and is normalised over {shape}"
            + ("" if weight is None else f" with a weight of {weight.shape}"),
            op="rms_norm",
            shapes=(x.shape,),
        )
    small = float(np.finfo(x.dtype).eps) if eps is None else eps
    y: Tensor = x * tw.rsqrt((x * x).mean(tuple(range(-len(shape), 0)), keepdim=True) + small)
    return y if weight is None else y * weight


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """``x / (k + alpha * mean of x² over size neighbouring channels)^beta`` (Krizhevsky et al., 2012).

    Parameters
    ----------
    input : Tensor of shape (N, C, ...)
        The samples.
    size : int
        How many channels are looked at; outside of them are zeros.
    alpha, beta, k : float
        As in the formula.

    Raises
    ------
    ShapeError
        When the input has less than three dimensions.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.local_response_norm(tw.ones(1, 3, 1), 3, alpha=3.0, beta=1.0).flatten().tolist()
    [0.3333333432674408, 0.25, 0.3333333432674408]
    """
    x = as_tensor(input)
    if x.ndim < 3:
        raise ShapeError(f"takes (N, C, ...), not {x.shape}", op="local_response_norm", shapes=(x.shape,))
    if not x.numel():
        same: Tensor = x * 1
        return same
    squares = (x * x).reshape(x.shape[0], 1, x.shape[1], -1)
    around = tw.pad(squares, (0, 0, size // 2, (size - 1) // 2))
    means = tw.avg_pool2d(around, (size, 1), 1).reshape(x.shape)
    y: Tensor = x / (means * alpha + k) ** beta
    return y
