"""How good the answers are, as plain numbers; what is minimised in training is a loss (see `loss`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygrad_wtf import ShapeError

from .. import functional
from ..losses.binary import BCEWithLogitsLoss

__all__ = ["Metric", "accuracy"]

Metric = Callable[[NDArray[Any], NDArray[Any]], float]
"""From predictions and targets of one shape, samples as rows, to a number; a mean over the samples."""


def accuracy(prediction: NDArray[Any], target: NDArray[Any], threshold: float = 0.5) -> float:
    """Share of right decisions, where a prediction of at least `threshold` decides for class 1.

    Parameters
    ----------
    prediction : array of shape (m, k)
        Probabilities with threshold 0.5, or logits with threshold 0 (z >= 0 is a >= 0.5).
    target : array of shape (m, k)
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
    if prediction.shape != target.shape:
        raise ShapeError(
            "predictions and targets differ in shape",
            op="accuracy",
            shapes=(prediction.shape, target.shape),
            hint=f"got {prediction.shape} and {target.shape}; give both as (m, 1), for example y.reshape(-1, 1)",
        )
    return int(np.count_nonzero((prediction >= threshold) == (target >= 0.5))) / prediction.size


def _accuracy_of_logits(prediction: NDArray[Any], target: NDArray[Any]) -> float:
    return accuracy(prediction, target, threshold=0.0)


def takes_logits(loss: object) -> bool:
    """Whether this loss reads the model's output as z, before the sigmoid."""
    return isinstance(loss, BCEWithLogitsLoss) or loss is functional.binary_cross_entropy_with_logits


def named_metrics(metrics: Iterable[str | Metric], loss: object) -> dict[str, Metric]:
    """Metrics by name, for the kind of output that `loss` reads.

    Raises
    ------
    ValueError
        A name that is not known.
    """
    known: dict[str, Metric] = {"accuracy": _accuracy_of_logits if takes_logits(loss) else accuracy}
    if isinstance(metrics, str):
        metrics = (metrics,)
    found: dict[str, Metric] = {}
    for metric in metrics:
        if callable(metric):
            found[getattr(metric, "__name__", type(metric).__name__)] = metric
        elif metric in known:
            found[metric] = known[metric]
        else:
            raise ValueError(
                f"metrics: there is no {metric!r}, only {', '.join(known)}. "
                "Or give a function of (prediction, target) that returns a number"
            )
    return found
