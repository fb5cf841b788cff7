"""Where a model with two inputs decides: its probabilities on a grid over the plane, small enough to keep many of them.

How the grid is drawn is said in `plane.js`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygrad_wtf import as_tensor

from ...modes import inference
from ...module import Module
from ...training.evaluate import predict

MOST_POINTS = 2000  # of the data, drawn on the page
AT_ONCE = 2048  # points of the grid in one forward pass, so that activations stay in the processor's cache

HIGHEST_SCORE = 16.0
MOST_SURE = float(np.tanh(HIGHEST_SCORE / 2))


@dataclass(frozen=True)
class Plane:
    """A piece of the plane, with the data on it.

    Attributes
    ----------
    low, high : array of shape (2,)
        Its corners.
    resolution : int
        Points along each side.
    grid : array of shape (resolution², 2)
        All points, the first feature changing fastest, from the lower left.
    points : array of shape (k, 2)
        The data to draw, evenly chosen where there are more than `MOST_POINTS`.
    label : array of shape (k,), bool
        Their classes.
    total : int
        How many there were.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    resolution: int
    grid: NDArray[Any]
    points: NDArray[np.float64]
    label: NDArray[np.bool_]
    total: int

    def shade(self, model: Module, logits: bool) -> bytes:
        """Evaluate the model at every point; one byte for each, 127 where the probability is one half.

        A byte holds the signed root of the score z = log(a / (1 - a)), cut at ±16, where float32 rounds a to 0 or 1.
        The steps are finest about z = 0, where the boundary runs; no probability is off by more than 0.7 %.

        Raises
        ------
        ValueError
            The model's answers are not probabilities.
        """
        answer = predict(model, self.grid, AT_ONCE).ravel().astype(np.float64)
        if np.isnan(answer).any() or not (logits or (answer.min() >= 0 and answer.max() <= 1)):
            raise ValueError(
                f"watch: the model gives numbers from {answer.min():.3g} to {answer.max():.3g}, not probabilities. "
                "Pass logits=True when it ends before the sigmoid, or data=None to leave the plane out"
            )
        # z = 2 artanh(2a - 1), with 2a - 1 kept away from ±1
        score = answer if logits else 2 * np.arctanh(np.clip(2 * answer - 1, -MOST_SURE, MOST_SURE))
        part = np.clip(score / HIGHEST_SCORE, -1, 1)
        root = np.sign(part) * np.sqrt(np.abs(part))
        return bytes(np.rint(127 + 127 * root).astype(np.uint8))


def plane_of(model: Module, X: NDArray[Any], y: NDArray[Any], resolution: int) -> Plane | str:
    """The plane about the data; or, in words, why there is none."""
    if X.ndim != 2 or X.shape[1] != 2:
        features = f"these have {X[0].size:,}" if X.ndim == 2 else f"these have shape {X.shape[1:]}"
        return f"The decision boundary is drawn for inputs with two features; {features}."
    with inference(model):
        outputs = model(as_tensor(X[:1])).numpy().size
    if outputs != 1:
        return f"The decision boundary is drawn for models that give one number a point; this one gives {outputs}."
    if not np.isin(y, (0, 1)).all() or y.size != len(X):
        return "The decision boundary is drawn for labels that are 0 or 1, one for each point; these are not."
    points = X.astype(np.float64)
    extent = np.ptp(points, axis=0)
    margin = np.where(extent > 0, 0.15 * extent, 0.5)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    x1, x2 = (np.linspace(a, b, resolution) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2).astype(X.dtype)
    chosen = np.unique(np.linspace(0, len(X) - 1, min(len(X), MOST_POINTS)).astype(int))
    return Plane(low, high, resolution, grid, points[chosen], y.ravel()[chosen] >= 0.5, len(X))
