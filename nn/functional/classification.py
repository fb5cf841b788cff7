"""Losses of classes: labels 0 to C - 1, or a probability for each class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import DTypeError, IndexRangeError, SettingError, ShapeError, Tensor, as_tensor

from . import checks
from .reduced import reduced


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Log-loss of several classes: minus the logarithm of the probability, ``softmax(z)``, given to the right one.

    Parameters
    ----------
    input : Tensor of shape (C,), (N, C) or (N, C, d1, ...)
        The logits z, a score for each class.
    target : array_like
        The classes, integers from 0 to C - 1 of shape (), (N,) or (N, d1, ...); or probabilities of the input's shape.
    weight : array_like of shape (C,), optional
        A factor for each class; the mean is divided by the sum of the factors used.
    ignore_index : int
        A class that does not count.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    label_smoothing : float
        The part of each target, from 0 to 1, that is shared out to all classes (Szegedy et al., 2016).

    Returns
    -------
    Tensor
        A scalar, or the shape of the input without the classes with ``reduction="none"``.

    Raises
    ------
    ShapeError
        When the shapes do not fit, or there is one class only.
    IndexRangeError
        When a class is none of the C.
    DTypeError
        When classes are not integers, or probabilities are.
    ValueError
        When `reduction` is unknown or `label_smoothing` is not from 0 to 1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> z = tw.tensor([[0.0, 0.0], [1000.0, 0.0]])
    >>> [round(loss, 4) for loss in nn.functional.cross_entropy(z, [1, 1], reduction="none").tolist()]
    [0.6931, 1000.0]
    """
    op = "cross_entropy"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    z = checks.floating(op, input)
    if not z.ndim:
        raise ShapeError("a single number has no classes", op=op, shapes=(z.shape,))
    if not 0 <= label_smoothing <= 1:
        raise SettingError(f"label_smoothing is from 0 to 1, not {label_smoothing}", op=op)
    along = 0 if z.ndim == 1 else 1
    if z.shape[along] == 1:
        raise ShapeError(
            f"an input of shape {z.shape} has one class, so the loss would be 0 whatever the input is",
            op=op,
            shapes=(z.shape,),
            hint="For two classes with one score take binary_cross_entropy_with_logits (BCEWithLogitsLoss), "
            "or let the last layer give a score for each class",
        )
    logs = tw.log_softmax(z, along)
    factors = _class_weights(op, z, weight, along)
    y = as_tensor(target)
    if y.shape == z.shape:
        return _of_probabilities(op, logs, y, factors, ignore_index, reduction, label_smoothing, along)
    losses, counted = _picked(op, logs, y, factors, ignore_index, along)
    if label_smoothing:
        all_classes = (logs if factors is None else logs * factors).sum(along)
        smooth = -tw.where(y == ignore_index, 0, all_classes) / z.shape[along]
        losses = (1 - label_smoothing) * losses + label_smoothing * smooth
    return _mean_of_counted(op, losses, counted, reduction)


def _of_probabilities(
    op: str,
    logs: Tensor,
    target: Tensor,
    factors: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    along: int,
) -> Tensor:
    if target.dtype.kind != "f":
        raise DTypeError(
            f"probabilities of the classes are floating-point numbers, not {target.dtype}",
            op=op,
            shapes=(target.shape,),
            hint="One-hot rows become probabilities with .float(), or a NumPy array with y.astype(float); "
            "classes as integers have the shape of the input without the dimension of the classes",
        )
    if ignore_index >= 0:
        raise SettingError("ignore_index names a class, and the target holds probabilities", op=op)
    y = as_tensor(target, dtype=logs.dtype)
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / logs.shape[along]
    weighted = y if factors is None else y * factors
    return reduced(op, -(logs * weighted).sum(along), None, reduction)


def nll_loss(
    input: Tensor,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the logarithm of the right class's probability, the logarithms being given: after `log_softmax`.

    The parameters are those of `cross_entropy`, with logarithms of probabilities in the place of logits.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.functional.nll_loss(tw.tensor([[-1.0, -2.0], [-3.0, -4.0]]), [0, 1]).item()
    2.5
    """
    op = "nll_loss"
    reduction = checks.known_reduction(op, reduction, size_average=size_average, reduce=reduce)
    logs = checks.floating(op, input)
    if not logs.ndim:
        raise ShapeError("a single number has no classes", op=op, shapes=(logs.shape,))
    along = 0 if logs.ndim == 1 else 1
    factors = _class_weights(op, logs, weight, along)
    return _mean_of_counted(op, *_picked(op, logs, as_tensor(target), factors, ignore_index, along), reduction)


def _class_weights(op: str, input: Tensor, weight: Any, along: int) -> Tensor | None:
    """The factors of the classes, in the shape in which they meet the input."""
    if weight is None:
        return None
    factors = as_tensor(weight, dtype=input.dtype)
    classes = input.shape[along]
    if factors.shape != (classes,):
        raise ShapeError(
            f"weight has shape {factors.shape}, and there are {classes} classes",
            op=op,
            shapes=(input.shape, factors.shape),
        )
    shaped: Tensor = factors.reshape(classes, *(1,) * (input.ndim - along - 1))
    return shaped


def _picked(
    op: str, logs: Tensor, target: Tensor, factors: Tensor | None, ignore_index: int, along: int
) -> tuple[Tensor, Tensor]:
    """Minus the weighted entries of the right classes, and how much each counts in the mean."""
    wanted = logs.shape[:along] + logs.shape[along + 1 :]
    if target.dtype.kind not in "iu":
        array = "y.astype(int)" if target.shape == wanted else "y.astype(int).reshape(-1)"
        hint = f"Convert them with .long(), or a NumPy array with {array}"
        raise DTypeError(f"classes are integers, not {target.dtype}", op=op, shapes=(target.shape,), hint=hint)
    if target.shape != wanted:
        raise ShapeError(
            f"the classes have shape {target.shape}, and an input of {logs.shape} takes {wanted}",
            op=op,
            shapes=(logs.shape, target.shape),
            hint="Give one for each sample: y.reshape(-1)"
            if len(wanted) == 1 and target.numel() == wanted[0]
            else "Integers: one for each sample; the input has the classes in dimension 1 (0 without samples)",
        )
    ignored = tw.eq(target, ignore_index)
    shape = logs.shape  # the check must not hold the tensor
    tw.check_values(lambda values: _known_classes(op, shape, along, values, ignore_index), target)
    known = tw.where(ignored, 0, target.long())
    losses = tw.where(ignored, 0, -logs.reshape(-1)[_places(known, shape, along)])
    if factors is None:
        return losses, tw.logical_not(ignored)
    counted = tw.where(ignored, 0, factors.reshape(-1)[known])
    return losses * counted, counted


def _places(classes: Tensor, shape: tuple[int, ...], along: int) -> Tensor:
    """Where the entries of these classes are in the flattened array."""
    inner = math.prod(shape[along + 1 :])
    starts = np.arange(math.prod(shape[:along]))[:, None] * (shape[along] * inner) + np.arange(inner)
    found: Tensor = (classes if inner == 1 else classes * inner) + as_tensor(starts.reshape(classes.shape))
    return found


def _known_classes(
    op: str, input: tuple[int, ...], along: int, values: np.ndarray[Any, Any], ignore_index: int
) -> None:
    classes = input[along]
    wrong = ((values < 0) | (values >= classes)) & (values != ignore_index)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise IndexRangeError(
            f"classes are numbered from 0 to {classes - 1}, and the one at {list(place)} is {values[place]}",
            op=op,
            shapes=(input, values.shape),
            hint=f"Count them from 0, and let the last layer give a score for each, not {classes} in all",
        )


def _mean_of_counted(op: str, losses: Tensor, counted: Tensor, reduction: str) -> Tensor:
    if reduction != "mean":
        return reduced(op, losses, None, reduction)
    mean: Tensor = losses.sum() / counted.sum(dtype=losses.dtype)
    return mean


def kl_div(
    input: Tensor,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Kullback and Leibler's divergence, ``y (log y - a)`` for logarithms a of probabilities.

    Parameters
    ----------
    input : Tensor
        The logarithms a.
    target : array_like
        The probabilities y of the same shape, or their logarithms with `log_target`.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"batchmean", "mean", "sum", "none"}
        "batchmean" divides the sum by the number of samples, which gives the divergence; "mean" by that of all entries.
    log_target : bool
        Whether `target` holds logarithms.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> a = tw.log(tw.tensor([[0.5, 0.5]]))
    >>> round(nn.functional.kl_div(a, [[1.0, 0.0]], reduction="batchmean").item(), 4)
    0.6931
    """
    op = "kl_div"
    reduction = checks.known_reduction(op, reduction, "batchmean", size_average=size_average, reduce=reduce)
    a = checks.floating(op, input)
    y = checks.fitting_target(op, a, target)
    losses = tw.exp(y) * (y - a) if log_target else tw.xlogy(y, y) - y * a
    if reduction != "batchmean":
        return reduced(op, losses, None, reduction)
    total: Tensor = losses.sum() / (a.shape[0] if a.ndim else 1)
    return total
