"""A model that is used, not trained: its predictions, loss and metrics. Nothing here records or updates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import ShapeError, Tensor, as_tensor

from ..modes import inference
from ..module import Module
from .metrics import Metric, named_metrics

__all__ = ["evaluate", "predict"]

Loss = Callable[[Tensor, Tensor], Tensor]
Data = tuple[ArrayLike | Tensor, ArrayLike | Tensor]


def predict(model: Module, X: ArrayLike | Tensor, batch_size: int = 8192) -> NDArray[Any]:
    """What the model answers, as a NumPy array; in evaluation mode and without recording.

    Parameters
    ----------
    model : Module
        From (m, n) to (m, k).
    X : array or Tensor of shape (m, n)
        Samples; they take the dtype of the model's parameters.
    batch_size : int
        How many samples go through at once: only memory depends on it.

    Returns
    -------
    numpy.ndarray
        (m, k), for the guide's networks the probabilities of class 1. The guide's ``predict`` is
        ``nn.predict(model, X) >= 0.5``.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> predict(nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), [[2.0, 1.0]]).shape
    (1, 1)
    """
    samples = as_samples(model, X)
    with inference(model):
        parts = [
            model(as_tensor(samples[i : i + batch_size])).numpy() for i in range(0, max(len(samples), 1), batch_size)
        ]
    return np.concatenate(parts)


def evaluate(
    model: Module,
    loss: Loss,
    data: Data,
    metrics: Iterable[str | Metric] = ("accuracy",),
) -> dict[str, float]:
    """Loss and metrics of a model on data, all samples at once; the model stays as it is.

    Parameters
    ----------
    model : Module
        From (m, n) to (m, k).
    loss : callable
        ``loss(prediction, target)`` gives a Tensor with one number, such as `BCELoss`.
    data : pair of arrays or Tensors
        X of shape (m, n) and y of shape (m, k).
    metrics : iterable of str or callable
        As in `fit`.

    Returns
    -------
    dict
        ``{"loss": ..., "accuracy": ...}``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_wtf import nn
    >>> model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    >>> sorted(evaluate(model, nn.BCELoss(), (np.zeros((4, 2)), np.ones((4, 1)))))
    ['accuracy', 'loss']
    """
    X, y = as_pair(model, data, "data")
    return measure(model, loss, as_tensor(X), as_tensor(y), named_metrics(metrics, loss))


def measure(model: Module, loss: Loss, X: Tensor, y: Tensor, metrics: dict[str, Metric]) -> dict[str, float]:
    """Evaluate on tensors that are ready; `fit` calls this each epoch."""
    with inference(model):
        prediction = model(X)
        values = {"loss": loss(prediction, y).item()}
    answers, targets = prediction.numpy(), y.numpy()
    for name, metric in metrics.items():
        values[name] = float(metric(answers, targets))
    return values


def as_pair(model: Module, data: Any, called: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Samples and labels as arrays in the model's dtype.

    Raises
    ------
    TypeError
        Not a pair.
    ShapeError
        No samples, or not as many labels as samples.
    """
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{called} must be a pair (X, y), got {type(data).__name__}")
    X, y = as_samples(model, data[0]), as_samples(model, data[1])
    if len(X) != len(y):
        raise ShapeError(
            f"{called} has {len(X)} samples but {len(y)} labels",
            shapes=(X.shape, y.shape),
            hint=f"X has shape {X.shape} and y {y.shape}; samples are rows, so both must have the same first length",
        )
    return X, y


def as_samples(model: Module, values: Any) -> NDArray[Any]:
    """An array with samples as rows, in the dtype of the model's parameters."""
    dtype = next((parameter.dtype for parameter in model.parameters()), None)
    array = np.asarray(values, dtype=dtype)
    if array.ndim == 0 or array.size == 0:
        raise ShapeError(
            f"there are no samples in an array of shape {array.shape}",
            shapes=(array.shape,),
            hint="samples are rows: one sample with two features has shape (1, 2)",
        )
    return array
