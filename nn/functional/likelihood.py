"""Losses that are minus the log-likelihood of counts and of measured values."""

from __future__ import annotations

import math
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor, no_grad

from . import checks
from .reduced import reduced


def poisson_nll_loss(
    input: Tensor,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
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
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """
    op = "poisson_nll_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
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
