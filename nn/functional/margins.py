"""Losses with a margin: what is right should be so by some distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import IndexRangeError, SettingError, ShapeError, Tensor, as_tensor, check_values

from . import checks
from .distances import pairwise_distance
from .reduced import reduced


def hinge_embedding_loss(
    input: Tensor,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``x`` where the label is 1, and ``max(0, margin - x)`` where it is -1: distances of like and unlike pairs.

    Parameters
    ----------
    input : Tensor
        The distances x.
    target : array_like
        Labels of 1 and -1, of the same shape.
    margin : float, default 1
        How far unlike pairs should be apart.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the target's shape is not the input's.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.hinge_embedding_loss(tw.tensor([0.5, 0.25]), [1, -1], reduction="none").tolist()
    [0.5, 0.75]
    """
    op = "hinge_embedding_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    x = checks.floating(op, input)
    y = checks.fitting_target(op, x, target)
    losses = tw.where(y != 1, tw.clamp(margin - x, min=0), 0) + tw.where(y != -1, x, 0)
    return reduced(op, losses, None, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Any,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``1 - cos`` of the angle between like vectors (label 1), ``max(0, cos - margin)`` between unlike ones (-1).

    Parameters
    ----------
    input1, input2 : Tensor of shape (N, D) or (D,)
        The vectors.
    target : array_like of shape (N,) or ()
        Labels of 1 and -1.
    margin : float, default 0
        The cosine from which unlike vectors cost nothing.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the shapes do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> a, b = tw.tensor([[1.0, 0.0]]), tw.tensor([[0.0, 1.0]])
    >>> nn.functional.cosine_embedding_loss(a, b, [1]).item()
    1.0
    """
    op = "cosine_embedding_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    a, b = checks.floating(op, input1), checks.floating(op, input2)
    y = as_tensor(target)
    if a.ndim not in (1, 2) or a.shape != b.shape or y.shape != a.shape[:-1]:
        raise ShapeError(
            f"vectors {a.shape} and {b.shape} and labels {y.shape} do not fit: (N, D) twice and (N,), or (D,) and ()",
            op=op,
            shapes=(a.shape, b.shape, y.shape),
        )
    small = 1e-12
    cosine = (a * b).sum(-1) / tw.sqrt(((a * a).sum(-1) + small) * ((b * b).sum(-1) + small))
    losses = tw.where(y == 1, 1 - cosine, tw.where(y == -1, tw.clamp(cosine - margin, min=0), 0))
    return reduced(op, losses, None, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Any,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin - y (x1 - x2))``: label 1 where the first should be larger, -1 where the second.

    Parameters
    ----------
    input1, input2 : Tensor
        Scores, of one shape.
    target : array_like
        Labels of 1 and -1, of the same shape.
    margin : float, default 0
        By how much.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the shapes differ.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.margin_ranking_loss(tw.tensor([3.0]), tw.tensor([1.0]), [-1]).item()
    2.0
    """
    op = "margin_ranking_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    a, b = checks.floating(op, input1), checks.floating(op, input2)
    checks.same_shape(op, a, b)
    y = checks.fitting_target(op, a, target)
    return reduced(op, tw.clamp(margin - y * (a - b), min=0), None, reduction)


def multi_margin_loss(
    input: Tensor,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``Σ max(0, margin - x_y + x_i)^p / C`` over the wrong classes i: the right one should lead by the margin.

    Parameters
    ----------
    input : Tensor of shape (N, C) or (C,)
        A score for each class.
    target : array_like of shape (N,) or ()
        The right classes, from 0 to C - 1.
    p : {1, 2}
        The power.
    margin : float, default 1
        By how much the right class should lead.
    weight : array_like of shape (C,), optional
        A factor for each class.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the shapes do not fit.
    SettingError
        When p is neither.
    IndexRangeError
        When a class is none of the C.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.multi_margin_loss(tw.tensor([[0.5, 1.0]]), [0]).item()
    0.75
    """
    op = "multi_margin_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    x, y = checks.floating(op, input), as_tensor(target)
    if p not in (1, 2):
        raise SettingError(f"p is 1 or 2, not {p!r}", op=op)
    fits = x.ndim < 3 and y.shape in (x.shape[:-1], (1,) if x.ndim < 2 else x.shape[:-1]) and 0 not in x.shape[-1:]
    if not fits:
        raise ShapeError(f"scores {x.shape} and classes {y.shape} do not fit", op=op, shapes=(x.shape, y.shape))
    scores, classes = (x.reshape(1, -1), y.reshape(1)) if x.ndim < 2 else (x, y)
    count = scores.shape[1]
    factors = None if weight is None else as_tensor(weight, dtype=x.dtype)
    if factors is not None and factors.shape != (count,):
        raise ShapeError(f"weight has shape {factors.shape}, and there are {count} classes", op=op)
    check_values(lambda values: _classes(op, values, 0, count), classes, once=f"classes below {count}")
    right = scores.gather(1, classes.unsqueeze(1))
    margins = tw.clamp(margin - right + scores, min=0)
    margins = margins if p == 1 else margins * margins
    if factors is not None:
        margins = margins * factors[classes].unsqueeze(1)
    wrong = tw.as_tensor(np.arange(count)) != classes.unsqueeze(1)
    losses = tw.where(wrong, margins, 0).sum(1) / count
    return reduced(op, losses.squeeze(0) if x.ndim < 2 else losses, None, reduction)


def _classes(op: str, values: Any, least: int, count: int) -> None:
    if values.size and (values.min() < least or values.max() >= count):
        wrong = values.max() if values.max() >= count else values.min()
        raise IndexRangeError(f"class {wrong} is none of the {count}, from 0 to {count - 1}", op=op)


def multilabel_margin_loss(
    input: Tensor, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """``Σ max(0, 1 - x_j + x_i) / C`` over right classes j and wrong ones i, where a sample has several right ones.

    Parameters
    ----------
    input : Tensor of shape (N, C) or (C,)
        A score for each class.
    target : array_like of the same shape
        The right classes of each sample, ended by -1.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the shapes differ.
    IndexRangeError
        When a class is none of the C.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> x = tw.tensor([[0.1, 0.2, 0.4, 0.8]])
    >>> round(nn.functional.multilabel_margin_loss(x, [[3, 0, -1, 1]]).item(), 4)
    0.85
    """
    op = "multilabel_margin_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    x, y = checks.floating(op, input), as_tensor(target)
    checks.same_shape(op, x, y)
    if x.ndim > 2 or 0 in x.shape[-1:]:
        raise ShapeError(f"takes scores (N, C) or (C,), not {x.shape}", op=op, shapes=(x.shape,))
    scores, classes = (x.reshape(1, -1), y.reshape(1, -1)) if x.ndim < 2 else (x, y)
    count = scores.shape[1]
    check_values(lambda values: _classes(op, values, -1, count), classes, once=f"classes from -1 below {count}")
    named = (classes >= 0).to(tw.int64).cumprod(1) > 0  # those before the first -1
    places = tw.where(named, classes, 0)
    each = tw.as_tensor(np.arange(count))
    right = (named.unsqueeze(2) & (classes.unsqueeze(2) == each)).any(1)
    margins = tw.clamp(1 - scores.gather(1, places).unsqueeze(2) + scores.unsqueeze(1), min=0)
    counted = named.unsqueeze(2) & ~right.unsqueeze(1)
    losses = tw.where(counted, margins, 0).sum((1, 2)) / count
    return reduced(op, losses.squeeze(0) if x.ndim < 2 else losses, None, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Log-loss of every class by itself, where a sample has several right ones; the mean over the classes.

    Parameters
    ----------
    input : Tensor of shape (..., C)
        A logit for each class.
    target : array_like of the same shape
        1 for right classes, 0 for wrong ones.
    weight : array_like, optional
        Factors, which broadcast to the shape of the input.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the shapes do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.functional.multilabel_soft_margin_loss(tw.zeros(1, 3), [[0, 1, 1]]).item(), 4)
    0.6931
    """
    op = "multilabel_soft_margin_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    x = checks.floating(op, input)
    y = checks.fitting_target(op, x, target)
    losses: Tensor = y * tw.softplus(-x) + (1 - y) * tw.softplus(x)
    return reduced(op, reduced(op, losses, weight, "none").mean(-1), None, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own.

    Parameters
    ----------
    anchor, positive, negative : Tensor of one shape
        Vectors, and others that should be near to them or far away.
    distance_function : callable, optional
        The distance of two of them; `pairwise_distance` by default.
    margin : float, default 1
        By how much nearer, above 0.
    swap : bool, default False
        Whether the negative's distance from the positive counts where it is smaller.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ShapeError
        When the three shapes have different numbers of dimensions.
    SettingError
        When the margin is not positive.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> a, p, n = tw.zeros(1, 2), tw.ones(1, 2), 3 * tw.ones(1, 2)
    >>> city = lambda x, y: (x - y).abs().sum(-1)
    >>> nn.functional.triplet_margin_with_distance_loss(a, p, n, distance_function=city, margin=5.0).item()
    1.0
    """
    op = "triplet_margin_with_distance_loss"
    checks.known_reduction(op, reduction)
    if margin <= 0:
        raise SettingError(f"margin must be positive, got {margin}", op=op)
    a, like, unlike = as_tensor(anchor), as_tensor(positive), as_tensor(negative)
    if not a.ndim == like.ndim == unlike.ndim:
        raise ShapeError(f"anchor {a.shape}, positive {like.shape} and negative {unlike.shape} do not fit", op=op)
    distance = pairwise_distance if distance_function is None else distance_function
    far = distance(a, unlike)
    if swap:
        far = tw.minimum(far, distance(like, unlike))
    return reduced(op, tw.clamp(margin + distance(a, like) - far, min=0), None, reduction)
