"""Where a model with two inputs decides: one plane, or a wall of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import ShapeError, Tensor

from ...extras import require
from ...module import Module
from ...training.evaluate import predict
from .axes import INK, new_axes, new_grid
from .points import plane, scatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def decision_boundary(
    model: Module,
    X: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    ax: Axes | None = None,
    *,
    step: float | None = None,
    margin: float = 0.5,
    logits: bool = False,
    classes: tuple[str, str] = ("class 0", "class 1"),
    labels: tuple[str, str] = ("$x_1$", "$x_2$"),
    title: str = "",
    legend: bool = True,
    colorbar: bool = True,
) -> Axes:
    """Shade the plane by the probability that a binary model gives, and draw the line where it is one half.

    Parameters
    ----------
    model : Module
        From (k, 2) to (k, 1).
    X, y
        The points to draw on top, as in `scatter`; they also say which part of the plane is shown.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.
    step : float, optional
        Distance of the grid's points. None makes 300 steps along the longer side; the guide takes 0.01.
    margin : float
        How far the plane is shown beyond the points, 0.5 as in the guide.
    logits : bool
        The model gives z, as it does when trained with `BCEWithLogitsLoss`; the probability is the sigmoid of it.
    classes, labels, title, legend
        As in `scatter`.
    colorbar : bool
        Whether a bar explains the shading.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ValueError
        The model's answers are not probabilities.
    """
    points, _ = plane(X, y)
    ax = ax if ax is not None else new_axes(6.0 if colorbar else 5.2, 4.6)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    stride = step if step is not None else float((high - low).max()) / 300
    if not stride > 0:
        raise ValueError(f"decision_boundary: step must be positive, got {step}")
    x1, x2 = (np.linspace(a, b, max(2, round((b - a) / stride) + 1)) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(x1, x2), axis=-1)
    answer = predict(model, grid.reshape(-1, 2)).astype(np.float64)
    if answer.size != x1.size * x2.size:
        raise ShapeError(
            f"the model must give one number a point, it gave {answer.shape}",
            op="decision_boundary",
            shapes=(answer.shape,),
        )
    # 1 / (1 + e^-z) written with tanh, which does not overflow
    probability = (0.5 * np.tanh(0.5 * answer) + 0.5 if logits else answer).reshape(grid.shape[:2])
    if not (probability.min() >= 0 and probability.max() <= 1):
        raise ValueError(
            f"decision_boundary: the model gives numbers from {answer.min():.3g} to {answer.max():.3g}, not "
            "probabilities. Pass logits=True when it ends before the sigmoid"
        )
    colours = require("matplotlib.colors", "plot").LinearSegmentedColormap.from_list(
        "probability", ["#4c9fd1", "#cfe5f3", "#fbfbfb", "#fbdcc4", "#ee8d4f"]
    )
    shading = ax.contourf(x1, x2, probability, levels=np.linspace(0, 1, 21), cmap=colours, vmin=0, vmax=1, zorder=0)
    if probability.min() < 0.5 < probability.max():
        ax.contour(x1, x2, probability, levels=[0.5], colors=INK, linewidths=1.6, zorder=2)
    if colorbar:
        ax.figure.colorbar(shading, ax=ax, label=f"probability of {classes[1]}", ticks=[0, 0.25, 0.5, 0.75, 1])
    scatter(points, y, ax, classes=classes, labels=labels, title=title, legend=legend)
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    ax.grid(visible=False)
    return ax


def wall(
    models: Sequence[Sequence[Module]],
    X: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    title: str = "",
    logits: bool = False,
    step: float | None = None,
) -> NDArray[Any]:
    """Draw a wall of decision boundaries on the same points, each with its accuracy.

    Parameters
    ----------
    models : sequence of rows of Module
        Rows of equal length.
    X, y
        The points, as in `scatter`.
    rows, columns : sequence of str
        What stands beside the rows and above the columns.
    title : str
        Above the wall.
    logits, step
        As in `decision_boundary`; without `step`, 150 along the longer side.

    Returns
    -------
    numpy.ndarray of Axes
        As many rows and columns as there are models.

    Raises
    ------
    ValueError
        Rows of different length, or not one name for each row or column.
    """
    height, width = len(models), len(models[0]) if models else 0
    if not width or any(len(row) != width for row in models):
        raise ValueError("wall: models must be rows of equal length, with at least one model")
    if (rows and len(rows) != height) or (columns and len(columns) != width):
        raise ValueError(f"wall: {height} rows and {width} columns, but {len(rows)} and {len(columns)} names")
    points, label = plane(X, y)
    panels = new_grid(height, width, 2.5, 2.2)
    stride = step if step is not None else float(np.ptp(points, axis=0).max() + 1) / 150
    for i, row in enumerate(models):
        for j, model in enumerate(row):
            ax = panels[i, j]
            decision_boundary(
                model, points, label, ax, step=stride, logits=logits, labels=("", ""), legend=False, colorbar=False
            )
            for marks in ax.collections:
                if len(marks.get_offsets()) > 1 and marks.get_zorder() == 3:
                    marks.set_sizes([12.0])
            right = float(np.mean((predict(model, points).ravel() >= (0.0 if logits else 0.5)) == label))
            ax.text(
                0.97,
                0.04,
                f"{right:.0%}",
                transform=ax.transAxes,
                ha="right",
                va="bottom",
                fontsize=9,
                fontweight="bold",
                color=INK,
                bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
                zorder=5,
            )
            ax.set_xticks([])
            ax.set_yticks([])
            if j == 0 and rows:
                ax.set_ylabel(rows[i], fontsize=10)
            if i == 0 and columns:
                ax.set_title(columns[j], fontsize=10)
    if title:
        panels[0, 0].figure.suptitle(title)
    return panels
