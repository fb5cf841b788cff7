"""How good predictions are, as plain numbers; what training minimises is a loss."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MethodType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import DataError, ShapeError, Tensor

from .. import functional

Metric = Callable[[NDArray[Any], NDArray[Any]], float]
"""From predictions and targets, samples as rows, to a number; a mean over the samples."""

Metrics = Iterable[str | Metric] | Mapping[str, str | Metric] | str | Metric | None


def accuracy(prediction: ArrayLike | Tensor, target: ArrayLike | Tensor, threshold: float = 0.5) -> float:
    """Share of right decisions, where a prediction of at least `threshold` decides for class 1.

    Parameters
    ----------
    prediction : array or Tensor of shape (m, k)
        Probabilities with threshold 0.5, or logits with threshold 0 (z >= 0 is a >= 0.5).
    target : array or Tensor of shape (m, k)
        0 or 1.
    threshold : float
        Where class 1 begins.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ShapeError
        The shapes differ: NumPy would compare each prediction with each target.

    Examples
    --------
    >>> import numpy as np
    >>> accuracy(np.array([[0.5], [0.4], [0.9]]), np.array([[1.0], [0.0], [0.0]]))
    0.6666666666666666
    """
    return _share(*_decided(_array(prediction), _array(target), threshold, 0.5))


def class_accuracy(prediction: ArrayLike | Tensor, target: ArrayLike | Tensor, ignore_index: int = -100) -> float:
    """Share of samples whose class has the largest prediction, the first one of equals.

    Parameters
    ----------
    prediction : array or Tensor of shape (m, C) or (m, C, d1, ...)
        A number for each class: logits, probabilities or their logarithms.
    target : array or Tensor of shape (m,) or (m, d1, ...), or of the predictions' shape
        Classes from 0 to C - 1; or a probability for each class, of which the largest is the right one.
    ignore_index : int
        A class that does not count.

    Returns
    -------
    float
        Between 0 and 1; nan when no sample counts.

    Raises
    ------
    ShapeError
        The shapes do not belong together, or there is one class only.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.array([[0.1, 2.0, -1.0], [3.0, 0.0, 0.0]])
    >>> class_accuracy(z, np.array([1, 2])), class_accuracy(z, np.eye(3)[[1, 0]])
    (0.5, 1.0)
    """
    return _share(*_classified(_array(prediction), _array(target), ignore_index))


def _array(values: ArrayLike | Tensor) -> NDArray[Any]:
    return values.numpy() if isinstance(values, Tensor) else np.asarray(values)


def _decided(prediction: NDArray[Any], target: NDArray[Any], threshold: float, middle: float) -> tuple[int, int]:
    """How many two-way decisions are right, and how many there are."""
    if prediction.shape != target.shape:
        raise ShapeError(
            "predictions and targets differ in shape",
            op="accuracy",
            shapes=(prediction.shape, target.shape),
            hint=f"got {prediction.shape} and {target.shape}; give both as (m, 1), for example y.reshape(-1, 1)",
        )
    return int(np.count_nonzero((prediction >= threshold) == (target >= middle))), prediction.size


def _classified(prediction: NDArray[Any], target: NDArray[Any], ignore_index: int) -> tuple[int, int]:
    """How many choices among classes are right, and how many there are."""
    if prediction.ndim < 2 or target.shape not in (prediction.shape, prediction.shape[:1] + prediction.shape[2:]):
        raise ShapeError(
            f"predictions of shape {prediction.shape} and targets of shape {target.shape} do not belong together",
            op="accuracy",
            shapes=(prediction.shape, target.shape),
            hint="Predictions are (m, C), with a number for each class; targets (m,), or (m, C)",
        )
    if prediction.shape[1] == 1:
        raise ShapeError(
            f"predictions of shape {prediction.shape} are of one class, which would always be right",
            op="accuracy",
            shapes=(prediction.shape, target.shape),
            hint="For two classes with one number a sample take nn.accuracy",
        )
    chosen = prediction.argmax(1)
    if target.shape == prediction.shape:
        return int(np.count_nonzero(chosen == target.argmax(1))), chosen.size
    counted = target != ignore_index
    return int(np.count_nonzero((chosen == target) & counted)), int(np.count_nonzero(counted))


def _share(right: int, of: int) -> float:
    return right / of if of else float("nan")


# ------------------------------------------------------------------ what a loss reads

_FUNCTIONS = {
    functional.cross_entropy: "classes",
    functional.nll_loss: "classes",
    functional.binary_cross_entropy: "probabilities",
    functional.binary_cross_entropy_with_logits: "logits",
    functional.soft_margin_loss: "signs",
    functional.kl_div: "numbers",
    functional.mse_loss: "numbers",
    functional.l1_loss: "numbers",
    functional.smooth_l1_loss: "numbers",
    functional.huber_loss: "numbers",
    functional.poisson_nll_loss: "numbers",
}


def reads(loss: object) -> str:
    """What a loss takes the predictions and labels for.

    Returns
    -------
    {"classes", "probabilities", "logits", "signs", "numbers", ""}
        Scores against classes; probabilities against 0 and 1; logits against 0 and 1, or against -1 and 1; numbers
        against numbers. "" for a function of the user's own, such as a lambda, of which nothing is known. A loss that
        is a module says it in its attribute `reads`.
    """
    loss = _unwrapped(loss)
    try:
        return _FUNCTIONS[loss]  # type: ignore[index]
    except (KeyError, TypeError):
        said = getattr(loss, "reads", "")
        return said if isinstance(said, str) else ""


def _unwrapped(loss: object) -> object:
    """What a partial function calls, and whose `forward` a method is."""
    while isinstance(loss, (partial, MethodType)):
        loss = loss.func if isinstance(loss, partial) else loss.__self__
    return loss


def setting(loss: object, name: str, default: Any) -> Any:
    """A setting of a loss, such as its `reduction`: given to a partial function, or an attribute."""
    while isinstance(loss, partial):
        if name in loss.keywords:
            return loss.keywords[name]
        loss = loss.func
    return getattr(_unwrapped(loss), name, default)


def takes_logits(loss: object) -> bool:
    """Whether this loss reads the model's output as z, before the sigmoid."""
    return reads(loss) in ("logits", "signs")


# ------------------------------------------------------------------ metrics by name


@dataclass(frozen=True)
class Judge:
    """A metric: its value on some samples, and how much these count in a mean over batches."""

    name: str
    function: Callable[[NDArray[Any], NDArray[Any]], tuple[float, float]]

    def __call__(self, prediction: NDArray[Any], target: NDArray[Any]) -> tuple[float, float]:
        """Measure."""
        return self.function(prediction, target)


def named_metrics(metrics: Metrics, loss: object) -> list[Judge]:
    """Metrics by name, for the kind of output that `loss` reads; None is accuracy where the loss says what is right.

    Raises
    ------
    TypeError
        What is neither a name nor a function, or a function that takes the labels first.
    ValueError
        A name that is not known, that two share, that is "loss", or that begins with "val_".
    """
    if metrics is None:
        metrics = ("accuracy",) if reads(loss) in ("classes", "probabilities", "logits", "signs") else ()
    if isinstance(metrics, str) or (callable(metrics) and not isinstance(metrics, Mapping)):
        metrics = (metrics,)
    if not isinstance(metrics, Iterable):
        raise TypeError(f"metrics are names or functions, not {metrics!r}")
    named: list[tuple[Any, Any]]
    named = list(metrics.items()) if isinstance(metrics, Mapping) else [(_name(metric), metric) for metric in metrics]
    judges: list[Judge] = []
    for name, metric in named:
        if not isinstance(name, str):
            raise TypeError(f"metrics: a name is text, not {name!r}")
        if name == "loss" or name.startswith("val_"):
            raise ValueError(f"metrics: none may be called {name!r}, which is recorded already: rename the function")
        if any(judge.name == name for judge in judges):
            raise ValueError(
                f"metrics: two are called {name!r}. Give the functions names, or give a dict: metrics={{'mine': ...}}"
            )
        if metric == "accuracy" or (metric is accuracy and takes_logits(loss)):
            judges.append(Judge(name, partial(_accuracy, loss)))
        elif callable(metric):
            check_order("metrics", metric)
            judges.append(Judge(name, partial(_mean, name, metric)))
        else:
            raise ValueError(
                f"metrics: there is no {metric!r}, only accuracy. "
                "Or give a function of (prediction, target) that returns a number"
            )
    return judges


def check_order(what: str, function: Callable[..., Any]) -> None:
    """Refuse what takes the labels first, as in scikit-learn and Keras: exchanged, its value is silently wrong."""
    try:
        first = next(iter(inspect.signature(function).parameters), "")
    except (TypeError, ValueError):  # some of those written in C do not say
        return
    if first == "y_true":
        name = _name(function)
        raise TypeError(
            f"{what}: {name} takes y_true first, and here the prediction comes first: give lambda a, y: {name}(y, a)"
        )


def _name(metric: object) -> str:
    if isinstance(metric, str):
        return metric
    while isinstance(metric, partial):
        metric = metric.func
    return str(getattr(metric, "__name__", type(metric).__name__))


def _mean(name: str, metric: Callable[..., Any], prediction: NDArray[Any], target: NDArray[Any]) -> tuple[float, float]:
    """A function of the user's own: the mean over samples that it gives."""
    value = metric(prediction, target)
    try:
        return float(value), len(target)
    except (TypeError, ValueError):
        raise TypeError(f"metrics: {name!r} must return a number, not a {type(value).__name__}") from None


def _accuracy(loss: object, prediction: NDArray[Any], target: NDArray[Any]) -> tuple[float, float]:
    """Accuracy as the loss means it; where it says nothing, as the labels do."""
    kind = reads(loss)
    if not kind and target.dtype.kind == "i" and target.shape != prediction.shape:
        kind = "classes"
    if kind == "classes":
        right, of = _classified(prediction, target, setting(loss, "ignore_index", -100))
    elif kind in ("logits", "signs"):
        right, of = _decided(prediction, target, 0.0, 0.5 if kind == "logits" else 0.0)
    else:
        right, of = _decided(prediction, target, 0.5, 0.5)
        if kind != "probabilities":
            _check_asked(kind, prediction, target)
    return _share(right, of), of


def _check_asked(kind: str, prediction: NDArray[Any], target: NDArray[Any]) -> None:
    """Refuse to guess what is right where the loss does not say it."""
    why = hint = ""
    if not np.isin(target, (0, 1)).all():
        why, hint = "the labels are not all 0 or 1", "Leave accuracy out of metrics"
    elif prediction.shape[1:] not in ((), (1,)):
        why = "with several outputs a sample, labels may exclude each other or not"
        hint = "Give nn.class_accuracy for classes that do, nn.accuracy for those that do not"
    elif not kind and not (prediction.min() >= 0 and prediction.max() <= 1):
        why = f"the predictions, from {prediction.min():.3g} to {prediction.max():.3g}, are no probabilities"
        hint = "For logits give a function: def accuracy(z, y): return ((z >= 0) == y).mean()"
    if why:
        shapes = (prediction.shape, target.shape)
        raise DataError(f"the loss does not say what is right, and {why}", op="accuracy", shapes=shapes, hint=hint)
