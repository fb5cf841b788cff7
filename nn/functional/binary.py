"""Losses of answers yes or no: log-losses, of probabilities and of logits, and the soft margin."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import Tensor

from . import checks
from .reduced import reduced


def binary_cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    eps: float | None = None,
) -> Tensor:
    """Log-loss of probabilities: the mean of ``-(y log a + (1 - y) log(1 - a))``.

    It is minus the logarithm of the Bernoulli likelihood, divided by the number of samples (the guide, chapter "a
    single neuron"). Logarithms are kept at or above -100, as in PyTorch, so it is finite at probabilities of 0 and 1.

    Parameters
    ----------
    input : Tensor
        The probabilities a, between 0 and 1.
    target : array_like
        The labels y of the same shape, between 0 and 1, in any dtype; converted to the input's.
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    eps : float, optional
        The guide's epsilon, 1e-15 there: ``-(y log(a + eps) + (1 - y) log(1 - a + eps))`` in the place of the bound
        at -100.

    Returns
    -------
    Tensor
        A scalar, or the shape of the input with ``reduction="none"``.

    Raises
    ------
    ShapeError
        When the target's shape is not the input's, or the weight does not fit.
    RangeError
        When a label is not in [0, 1], or a probability is outside of it. A NaN probability gives a NaN loss.
    DTypeError
        When the input is not floating-point.
    ValueError
        When `reduction` is unknown, or `eps` is not a positive number of the input's dtype.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> a = tw.tensor([[0.9], [0.2]])
    >>> round(nn.functional.binary_cross_entropy(a, [[1], [0]]).item(), 4)
    0.1643
    """
    op = "binary_cross_entropy"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    a = checks.floating(op, input)
    y = checks.fitting_target(op, a, target)
    checks.labels(op, y)
    checks.probabilities(op, a)
    if eps is None:
        losses = tw.binary_cross_entropy(a, y)
    else:
        _positive(op, eps, a.dtype)
        losses = -(y * tw.log(a + eps) + (1 - y) * tw.log(1 - a + eps))
    return reduced(op, losses, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:
    """Log-loss of logits: `binary_cross_entropy` of ``σ(z)``, computed from z without rounding to 0 or 1 on the way.

    Parameters
    ----------
    input : Tensor
        The logits z, any numbers.
    target : array_like
        The labels y of the same shape, between 0 and 1, in any dtype; converted to the input's.
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    pos_weight : array_like, optional
        A factor p of the positive labels' part, ``-(p y log σ(z) + (1 - y) log(1 - σ(z)))``: above 1 it makes missed
        positives cost more. It broadcasts to the shape of the input.

    Returns
    -------
    Tensor
        A scalar, or the shape of the input with ``reduction="none"``.

    Raises
    ------
    ShapeError
        When the target's shape is not the input's, or a weight does not fit.
    RangeError
        When a label is not in [0, 1].
    DTypeError
        When the input is not floating-point.
    ValueError
        When `reduction` is unknown.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> z = tw.tensor([[1000.0], [-1000.0]])
    >>> nn.functional.binary_cross_entropy_with_logits(z, [[1], [1]], reduction="none").tolist()
    [[0.0], [1000.0]]
    """
    op = "binary_cross_entropy_with_logits"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    z = checks.floating(op, input)
    y = checks.fitting_target(op, z, target)
    checks.labels(op, y)
    if pos_weight is None:
        losses = tw.binary_cross_entropy_with_logits(z, y)
    else:
        p = checks.fitting_weight(op, "pos_weight", z, pos_weight)
        losses = p * y * tw.softplus(-z) + (1 - y) * tw.softplus(z)
    return reduced(op, losses, weight, reduction)


def soft_margin_loss(
    input: Tensor, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """``log(1 + exp(-y z))`` for labels y of -1 and 1: the log-loss of logits z with the classes coded otherwise.

    It is linear far out, where PyTorch's exponential overflows.

    Parameters
    ----------
    input : Tensor
        The logits z.
    target : array_like
        Labels of -1 and 1, of the same shape.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.soft_margin_loss(tw.tensor([1000.0, -1000.0]), [1, 1], reduction="none").tolist()
    [0.0, 1000.0]
    """
    op = "soft_margin_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    z = checks.floating(op, input)
    y = checks.fitting_target(op, z, target)
    return reduced(op, tw.softplus(-y * z), None, reduction)


def _positive(op: str, eps: float, dtype: np.dtype[Any]) -> None:
    if not (isfinite(eps) and dtype.type(eps) > 0):
        raise ValueError(f"{op}: eps is a small positive number that {dtype} can hold, such as 1e-15, not {eps!r}")
