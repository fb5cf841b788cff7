"""Losses of numbers: how far predictions are from the values that they should have."""

from __future__ import annotations

import math
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor, no_grad

from . import checks
from .reduced import reduced


def _compared(op: str, input: Tensor, target: Any, reduction: str) -> Tensor:
    """The differences between predictions and values of the same shape."""
    checks.known_reduction(op, reduction)
    a = checks.floating(op, input)
    difference: Tensor = a - checks.fitting_target(op, a, target)
    return difference


def _weighted(op: str, losses: Tensor, weight: Any, reduction: str) -> Tensor:
    """Return `reduced`, where a weighted mean is divided by the sum of the weights, each having one."""
    if weight is None:
        return reduced(op, losses, None, reduction)
    factors = checks.fitting_weight(op, "weight", losses, weight)
    if factors.shape != losses.shape:
        raise ShapeError(
            f"weight has shape {factors.shape}, and there are losses of shape {losses.shape}",
            op=op,
            shapes=(losses.shape, factors.shape),
            hint="Give each loss its weight: weight.expand(losses' shape)",
        )
    if reduction != "mean":
        return reduced(op, losses, factors, reduction)
    mean: Tensor = (factors * losses).sum() / factors.sum()
    return mean


def mse_loss(input: Tensor, target: Any, reduction: str = "mean", weight: Any = None) -> Tensor:
    """Mean squared error: the mean of ``(a - y)²``.

    Parameters
    ----------
    input : Tensor
        The predictions a.
    target : array_like
        The values y that they should have, of the same shape; converted to the input's dtype.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    weight : array_like, optional
        Factors of the single losses, of the same shape; the mean is divided by their sum.

    Returns
    -------
    Tensor
        A scalar, or the shape of the input with ``reduction="none"``.

    Raises
    ------
    ShapeError
        When the target's shape is not the input's.
    DTypeError
        When the input is not floating-point.
    ValueError
        When `reduction` is unknown.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.mse_loss(tw.tensor([1.0, 2.0]), [0.0, 0.0]).item()
    2.5
    """
    return _weighted("mse_loss", _compared("mse_loss", input, target, reduction) ** 2, weight, reduction)


def l1_loss(input: Tensor, target: Any, reduction: str = "mean", weight: Any = None) -> Tensor:
    """Mean absolute error: the mean of ``|a - y|``, with slope 0 where they are equal.

    The parameters are those of `mse_loss`.
    """
    return _weighted("l1_loss", _compared("l1_loss", input, target, reduction).abs(), weight, reduction)


def smooth_l1_loss(input: Tensor, target: Any, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """``(a - y)² / (2 beta)`` where ``|a - y| < beta``, and ``|a - y| - beta / 2`` beyond: rounded at its corner.

    Parameters
    ----------
    input, target, reduction
        As in `mse_loss`.
    beta : float
        Where the square ends; 0 gives the absolute error.

    Raises
    ------
    ValueError
        When `beta` is negative.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.smooth_l1_loss(tw.tensor([0.5, 3.0]), [0.0, 0.0], reduction="none").tolist()
    [0.125, 2.5]
    """
    op = "smooth_l1_loss"
    difference = _compared(op, input, target, reduction)
    if beta < 0:
        raise SettingError(f"beta cannot be negative, got {beta}", op=op)
    if not beta:
        return reduced(op, difference.abs(), None, reduction)
    return reduced(op, _rounded(difference, beta) / beta, None, reduction)


def huber_loss(input: Tensor, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Tensor:
    """``(a - y)² / 2`` where ``|a - y| < delta``, and ``delta (|a - y| - delta / 2)`` beyond (Huber, 1964).

    With `weight`, of the input's shape, the mean is that of the weighted losses.

    Parameters
    ----------
    input, target, reduction
        As in `mse_loss`.
    delta : float
        Where the square ends, above 0.
    weight : array_like, optional
        Factors of the single losses.

    Raises
    ------
    ValueError
        When `delta` is not positive.
    """
    op = "huber_loss"
    difference = _compared(op, input, target, reduction)
    if delta <= 0:
        raise SettingError(f"delta must be positive, got {delta}", op=op)
    return reduced(op, _rounded(difference, delta), weight, reduction)


def _rounded(difference: Tensor, bound: float) -> Tensor:
    """Half the square near 0, its tangent beyond the bound. Each branch sees only what it is meant for."""
    size = difference.abs()
    near = size < bound
    inner = tw.where(near, difference, 0)
    joined: Tensor = tw.where(near, inner * inner / 2, bound * (size - bound / 2))
    return joined


def poisson_nll_loss(
    input: Tensor,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-likelihood of counts y under Poisson's law: ``exp(a) - y a``, where a is the logarithm of the mean.

    With ``log_input=False`` a is the mean itself, ``a - y log(a + eps)``; with `full` the part without a is added,
    Stirling's ``y log y - y + log(2 π y) / 2`` for counts above 1.

    Parameters
    ----------
    input : Tensor
        The logarithms a of the means, or the means.
    target : array_like
        Counts y of the same shape.
    log_input : bool
        Which of both `input` is.
    full : bool
        Whether the part without a is added.
    eps : float
        Keeps the logarithm finite without `log_input`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """
    op = "poisson_nll_loss"
    checks.known_reduction(op, reduction)
    a, y = as_tensor(input), as_tensor(target)
    checks.same_shape(op, a, y)
    losses = tw.exp(a) - y * a if log_input else a - y * tw.log(a + eps)
    if full:
        many = y > 1
        counts = tw.where(many, y, 2)
        stirling = counts * tw.log(counts) - counts + tw.log(2 * math.pi * counts) / 2
        losses = losses + tw.where(many, stirling, 0)
    return reduced(op, losses, None, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-likelihood of values y under normal laws: ``(log v + (a - y)² / v) / 2`` with means a, variances v.

    Parameters
    ----------
    input, target : Tensor, array_like
        The means a and the values y, which may broadcast to the shape of the means.
    var : Tensor or float
        The variances: of the same shape, or with a last dimension of 1 or none where all entries of a row share one.
    full : bool
        Add the constant ``log(2 π) / 2``.
    eps : float
        The least variance. Its gradient passes where it is taken, so that the variance can grow again.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """
    op = "gaussian_nll_loss"
    checks.known_reduction(op, reduction)
    a = checks.floating(op, input)
    y = checks.fitting_weight(op, "target", a, target)
    v = _variance(op, a, tw.full_like(a, var) if isinstance(var, int | float) else as_tensor(var, dtype=a.dtype))
    with no_grad():
        missing = tw.clamp(eps - v, min=0)
    v = v + missing
    losses = (tw.log(v) + (a - y) ** 2 / v) / 2
    return reduced(op, losses + math.log(2 * math.pi) / 2 if full else losses, None, reduction)


def _not_negative(op: str, variances: Any) -> None:
    if (variances < 0).any():
        raise SettingError("variances cannot be negative", op=op, hint="Pass v = exp(s) or softplus(s)")


def _variance(op: str, a: Tensor, v: Tensor) -> Tensor:
    tw.check_values(lambda values: _not_negative(op, values), v)
    if v.shape == a.shape[:-1]:
        return v.unsqueeze(-1) if a.ndim else v
    differing = [(n, m) for n, m in zip(a.shape, v.shape, strict=False) if n != m]
    if v.ndim != a.ndim or sum(m for _, m in differing) > 1:
        raise ShapeError(
            f"the variances have shape {v.shape} and the means {a.shape}",
            op=op,
            shapes=(a.shape, v.shape),
            hint="Give a variance for each mean, or one for each row, of shape (..., 1)",
        )
    return v


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin + d(anchor, positive) - d(anchor, negative))``: like nearer than unlike (Balntas et al., 2016).

    The distance of two vectors, in the last dimension, is the `p`-norm of their difference plus `eps`; with `swap` the
    negative's distance is that from the positive, where it is smaller.

    Parameters
    ----------
    anchor, positive, negative : Tensor of shape (..., D)
        Vectors, and others that should be near to them or far away.
    margin : float
        By how much nearer, above 0.
    p : float
        The norm that measures distances.
    eps : float
        Added to differences.
    swap : bool
        Whether the smaller of the negative's distances counts.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the three shapes differ.
    ValueError
        When the margin is not positive.
    """
    op = "triplet_margin_loss"
    checks.known_reduction(op, reduction)
    if margin <= 0:
        raise SettingError(f"margin must be positive, got {margin}", op=op)
    a, like, unlike = as_tensor(anchor), as_tensor(positive), as_tensor(negative)
    if not a.shape == like.shape == unlike.shape:
        raise ShapeError(
            f"anchor {a.shape}, positive {like.shape} and negative {unlike.shape} must have one shape",
            op=op,
            shapes=(a.shape, like.shape, unlike.shape),
        )

    def distance(x: Tensor, other: Tensor) -> Tensor:
        length: Tensor = tw.norm(x - other + eps, p, dim=-1)
        return length

    far = distance(a, unlike)
    if swap:
        far = tw.minimum(far, distance(like, unlike))
    return reduced(op, tw.clamp(margin + distance(a, like) - far, min=0), None, reduction)
