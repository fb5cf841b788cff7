"""Losses of numbers: how far predictions are from the values that they should have."""

from __future__ import annotations

from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor

from . import checks
from .reduced import reduced


def _compared(op: str, input: Tensor, target: Any) -> Tensor:
    """The differences between predictions and values of the same shape."""
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


def mse_loss(
    input: Tensor,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """Mean squared error: the mean of ``(a - y)²``.

    Parameters
    ----------
    input : Tensor
        The predictions a.
    target : array_like
        The values y that they should have, of the same shape; converted to the input's dtype.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
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
    op = "mse_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    return _weighted(op, _compared(op, input, target) ** 2, weight, reduction)


def l1_loss(
    input: Tensor,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Tensor:
    """Mean absolute error: the mean of ``|a - y|``, with slope 0 where they are equal.

    The parameters are those of `mse_loss`.
    """
    op = "l1_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    return _weighted(op, _compared(op, input, target).abs(), weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """``(a - y)² / (2 beta)`` where ``|a - y| < beta``, and ``|a - y| - beta / 2`` beyond: rounded at its corner.

    Parameters
    ----------
    input, target, size_average, reduce, reduction
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
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    difference = _compared(op, input, target)
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
    checks.known_reduction(op, reduction)
    difference = _compared(op, input, target)
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
