"""The guide's figures: points, learning curves, decision boundaries. Each returns its axes and never calls `show`.

matplotlib is imported when a function is called, so nothing else needs it. Colours are from the palette of Okabe and
Ito, which colour-blind readers can tell apart; the classes differ in the shape of their marks too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import ShapeError, Tensor

from ..extras import require
from ..module import Module
from ..training.evaluate import predict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["decision_boundary", "images", "learning_curves", "scatter", "sigmoid_points", "wall"]

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#8a8a8a", "#222222"
MARKS = ("o", "^")


def scatter(
    X: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    ax: Axes | None = None,
    *,
    classes: tuple[str, str] = ("class 0", "class 1"),
    labels: tuple[str, str] = ("$x_1$", "$x_2$"),
    title: str = "",
    legend: bool = True,
) -> Axes:
    """Draw labelled points in the plane.

    Parameters
    ----------
    X : array or Tensor of shape (m, 2)
        The points.
    y : array or Tensor of shape (m, 1) or (m,)
        Their labels, 0 or 1.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.
    classes : pair of str
        What the labels 0 and 1 are called.
    labels : pair of str
        What the axes are called.
    title : str
        Above the axes.
    legend : bool
        Whether a legend explains the marks.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ShapeError
        Not points in the plane, or another number of labels.
    """
    points, label = _plane(X, y)
    ax = ax if ax is not None else _new_axes(5.4, 4.4)
    size = 34.0 if len(points) <= 300 else 12.0
    for k, (colour, mark) in enumerate(zip((BLUE, ORANGE), MARKS, strict=True)):
        of_class = points[label == bool(k)]
        ax.scatter(
            of_class[:, 0],
            of_class[:, 1],
            s=size,
            c=colour,
            marker=mark,
            edgecolors="white",
            linewidths=0.6 if size > 20 else 0.3,
            label=classes[k],
            zorder=3,
        )
    if legend:
        ax.legend(loc="best", framealpha=0.9)
    return _dress(ax, title, *labels)


def learning_curves(
    history: Mapping[str, Sequence[float]],
    axes: Axes | Sequence[Axes] | NDArray[Any] | None = None,
    *,
    title: str = "",
    names: tuple[str, str] = ("training", "validation"),
) -> NDArray[Any]:
    """Draw the loss and each metric over the epochs, training and validation in one panel.

    Parameters
    ----------
    history : History or mapping of str to sequence of float
        What `fit` returned. A plain mapping has its epochs counted from 1.
    axes : Axes or sequence of Axes, optional
        One for the loss and one for each metric; a new figure without them.
    title : str
        Above the figure, or above the first of the given axes.
    names : pair of str
        What the legend calls the two kinds of data.

    Returns
    -------
    numpy.ndarray of Axes
        The panels, loss first.

    Raises
    ------
    ValueError
        An empty history, or not as many axes as panels.
    """
    recorded = [name for name in history if not name.startswith("val_")]
    if not recorded or not len(history[recorded[0]]):
        raise ValueError("learning_curves: the history is empty; draw what fit(...) returned")
    if axes is None:
        panels: NDArray[Any] = _new_grid(1, len(recorded), 4.6, 3.5)[0]
        if title:
            panels[0].figure.suptitle(title)
        title = ""
    else:
        panels = np.array(axes, dtype=object).reshape(-1)
    if len(panels) != len(recorded):
        raise ValueError(
            f"learning_curves: {len(recorded)} panels are needed ({', '.join(recorded)}), got {len(panels)} axes"
        )
    for i, (name, ax) in enumerate(zip(recorded, panels, strict=True)):
        epochs = getattr(history, "epoch", None) or range(1, len(history[name]) + 1)
        single = "." if len(history[name]) == 1 else ""
        ax.plot(epochs, history[name], color=BLUE, linewidth=1.8, marker=single, label=names[0], zorder=3)
        if f"val_{name}" in history:
            ax.plot(
                epochs,
                history[f"val_{name}"],
                color=ORANGE,
                linewidth=1.8,
                linestyle="--",
                marker=single,
                label=names[1],
                zorder=4,
            )
            ax.legend(framealpha=0.9)
        if name == "accuracy":
            ax.set_ylim(min(0.45, ax.get_ylim()[0]), 1.02)
            ax.yaxis.set_major_formatter(require("matplotlib.ticker", "plot").PercentFormatter(1.0))
        elif ax.get_ylim()[0] > 0 and name == "loss":
            ax.set_ylim(bottom=0)
        _dress(ax, title if i == 0 else "", "epoch", {"loss": "log-loss"}.get(name, name))
    return panels


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
    points, _ = _plane(X, y)
    ax = ax if ax is not None else _new_axes(6.0 if colorbar else 5.2, 4.6)
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


def sigmoid_points(
    z: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    ax: Axes | None = None,
    *,
    classes: tuple[str, str] = ("class 0", "class 1"),
    title: str = "",
) -> Axes:
    """Draw samples on the sigmoid, at (z, a(z)): near z = 0 the neuron is least sure.

    Parameters
    ----------
    z : array or Tensor of shape (m, 1) or (m,)
        What the neuron computed before its sigmoid.
    y : array or Tensor of shape (m, 1) or (m,)
        Labels, 0 or 1.
    ax : matplotlib Axes, optional
        Where to draw; a new figure without it.
    classes, title
        As in `scatter`.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Notes
    -----
    Source: the guide's figure 9.
    """
    score, label = np.asarray(z, dtype=np.float64).ravel(), np.asarray(y).ravel() >= 0.5
    if score.shape != label.shape:
        raise ShapeError(
            f"{score.size} values of z beside {label.size} labels",
            op="sigmoid_points",
            shapes=(score.shape, label.shape),
        )
    ax = ax if ax is not None else _new_axes(6.0, 4.0)
    reach = 1.08 * max(4.0, float(np.abs(score).max()))
    line = np.linspace(-reach, reach, 400)
    ax.plot(line, 0.5 * np.tanh(0.5 * line) + 0.5, color=INK, linewidth=1.4, zorder=2)
    ax.axvline(0, color=GREY, linewidth=1, linestyle="--", zorder=1)
    ax.axhline(0.5, color=GREY, linewidth=1, linestyle="--", zorder=1)
    for k, (colour, mark) in enumerate(zip((BLUE, ORANGE), MARKS, strict=True)):
        of_class = score[label == bool(k)]
        ax.scatter(
            of_class,
            0.5 * np.tanh(0.5 * of_class) + 0.5,
            s=38,
            c=colour,
            marker=mark,
            edgecolors="white",
            linewidths=0.6,
            alpha=0.85,
            label=classes[k],
            zorder=3,
        )
    ax.legend(loc="upper left", framealpha=0.9)
    ax.set_xlim(-reach, reach)
    return _dress(ax, title, "$z = w_1 x_1 + w_2 x_2 + b$", r"$a = \sigma(z)$")


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
    points, label = _plane(X, y)
    panels = _new_grid(height, width, 2.5, 2.2)
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


def images(
    pictures: ArrayLike | Tensor,
    titles: Sequence[str] = (),
    *,
    columns: int = 8,
    title: str = "",
) -> NDArray[Any]:
    """Draw grey images side by side.

    Parameters
    ----------
    pictures : array or Tensor of shape (m, height, width)
        Bright is large.
    titles : sequence of str
        One above each image.
    columns : int
        How many stand in a row.
    title : str
        Above them all.

    Returns
    -------
    numpy.ndarray of Axes
        The grid; places without an image are switched off.

    Raises
    ------
    ShapeError
        Not a stack of images.
    ValueError
        Not one title for each image.
    """
    stack = np.asarray(pictures)
    if stack.ndim != 3 or not len(stack):
        raise ShapeError(
            f"expected images of shape (m, height, width), got {stack.shape}",
            op="images",
            shapes=(stack.shape,),
            hint="give flattened images their form back, for example X.reshape(-1, 64, 64)",
        )
    if titles and len(titles) != len(stack):
        raise ValueError(f"images: {len(stack)} images but {len(titles)} titles")
    width = min(columns, len(stack))
    panels = _new_grid(-(-len(stack) // width), width, 1.25, 1.45 if titles else 1.25)
    for k, ax in enumerate(panels.ravel()):
        ax.set_axis_off()
        if k < len(stack):
            ax.imshow(stack[k], cmap="gray", interpolation="nearest")
            if titles:
                ax.set_title(titles[k], fontsize=10)
    if title:
        panels[0, 0].figure.suptitle(title)
    return panels


def _plane(X: ArrayLike | Tensor, y: ArrayLike | Tensor) -> tuple[NDArray[Any], NDArray[Any]]:
    """Points (m, 2) and their labels as booleans (m,)."""
    points, label = np.asarray(X, dtype=np.float64), np.asarray(y).ravel()
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ShapeError(
            f"only points in the plane can be drawn, shape (m, 2), got {points.shape}",
            op="plot",
            shapes=(points.shape,),
            hint="choose two columns, for example X[:, :2]",
        )
    if len(label) != len(points):
        raise ShapeError(
            f"{len(points)} points beside {len(label)} labels",
            op="plot",
            shapes=(points.shape, np.shape(np.asarray(y))),
        )
    return points, label >= 0.5


def _new_axes(width: float, height: float) -> Axes:
    pyplot = require("matplotlib.pyplot", "plot")
    axes: Axes = pyplot.subplots(figsize=(width, height), layout="constrained")[1]
    return axes


def _new_grid(rows: int, columns: int, width: float, height: float) -> NDArray[Any]:
    pyplot = require("matplotlib.pyplot", "plot")
    grid: NDArray[Any] = pyplot.subplots(
        rows, columns, figsize=(width * columns, height * rows), layout="constrained", squeeze=False
    )[1]
    return grid


def _dress(ax: Axes, title: str, x_label: str, y_label: str) -> Axes:
    """The common look: names at the axes, a light grid behind, no box."""
    if title:
        ax.set_title(title)
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.grid(visible=True, color="#dddddd", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
