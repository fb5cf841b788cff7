"""A model that is used, not trained: its predictions, loss and metrics. Nothing here records or updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import ShapeError, Tensor, as_tensor

from ..counts import count
from ..modes import inference
from ..module import Module
from .metrics import Judge, Metrics, check_order, named_metrics
from .samples import Data, as_pair, as_samples, matched

Loss = Callable[[Tensor, Tensor], Tensor]


def predict(model: Module, X: ArrayLike | Tensor, batch_size: int = 8192) -> NDArray[Any]:
    """The model's predictions as a NumPy array; in evaluation mode and without recording.

    Parameters
    ----------
    model : Module
        From (m, n) to (m, k).
    X : array or Tensor of shape (m, n)
        Samples; they take the dtype of the model's parameters, whole numbers for an `Embedding` stay whole.
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
    samples, batch_size = as_samples(model, X), count("predict", "batch_size", batch_size)
    with inference(model):
        parts = [
            one_output("predict", model(as_tensor(samples[i : i + batch_size]))).numpy()
            for i in range(0, len(samples), batch_size)
        ]
    return np.concatenate(parts)


def evaluate(
    model: Module,
    loss: Loss,
    data: Data,
    metrics: Metrics = None,
) -> dict[str, float]:
    """Loss and metrics of a model on data, all samples at once; the model stays as it is.

    Parameters
    ----------
    model : Module
        From (m, n) to (m, k).
    loss : callable
        ``loss(prediction, target)`` gives a Tensor with one number, such as `BCELoss`.
    data : pair of arrays or Tensors
        X of shape (m, n), and y of shape (m, k) or classes of shape (m,); as in `fit`.
    metrics : iterable of str or callable, or dict, optional
        As in `fit`.

    Returns
    -------
    dict
        ``{"loss": ...}`` and the metrics by name: ``"accuracy"`` where the loss says what is right.

    Raises
    ------
    ShapeError
        Samples and labels do not fit together.
    ValueError
        A metric that is unknown, or whose name is taken.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_wtf import nn
    >>> model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    >>> sorted(evaluate(model, nn.BCELoss(), (np.zeros((4, 2)), np.ones((4, 1)))))
    ['accuracy', 'loss']
    """
    if isinstance(loss, type):
        raise TypeError(f"evaluate: the loss is the class {loss.__name__}; make one of it: {loss.__name__}(...)")
    if not callable(loss):
        raise TypeError(f"evaluate: the loss is a function or a module, such as nn.MSELoss(), not a {_kind(loss)}")
    check_order("evaluate", loss)
    X, y = as_pair(model, data, "data", loss)
    return measure(model, loss, as_tensor(X), as_tensor(y), named_metrics(metrics, loss))


def measure(model: Module, loss: Loss, X: Tensor, y: Tensor, judges: Sequence[Judge]) -> dict[str, float]:
    """Evaluate on tensors that are ready; `fit` calls this each epoch."""
    with inference(model):
        prediction = one_output("evaluate", model(X))
        y = matched(prediction, y)
        values = {"loss": one_number("evaluate", loss(prediction, y)).item()}
    answers, targets = prediction.numpy(), y.numpy()
    for judge in judges:
        values[judge.name] = judge(answers, targets)[0]
    return values


def one_output(op: str, value: Any) -> Tensor:
    """What a model returned, which must be one Tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{op}: the model must return one Tensor, not a {_kind(value)}. "
            "Put several outputs side by side, tw.cat([a, b], 1), and take them apart in the loss"
        )
    return value


def one_number(op: str, value: Any) -> Tensor:
    """What a loss returned, which must be a Tensor with one number."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{op}: the loss must return a Tensor, not a {_kind(value)}. "
            "Compute it from the predictions with their own methods, without .item() and .numpy()"
        )
    if value.shape not in ((), (1,)):
        raise ShapeError(
            f"the loss must be one number to be minimised, this one has shape {value.shape}",
            op=op,
            shapes=(value.shape,),
            hint="use reduction='mean'",
        )
    return value


def _kind(value: object) -> str:
    return type(value).__name__
