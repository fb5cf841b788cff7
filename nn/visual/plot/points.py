"""Labelled points in the plane, and on the sigmoid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import ShapeError, Tensor

from .axes import BLUE, GREY, INK, MARKS, ORANGE, dress, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    points, label = plane(X, y)
    ax = ax if ax is not None else new_axes(5.4, 4.4)
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
    return dress(ax, title, *labels)


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
    ax = ax if ax is not None else new_axes(6.0, 4.0)
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
    return dress(ax, title, "$z = w_1 x_1 + w_2 x_2 + b$", r"$a = \sigma(z)$")


def plane(X: ArrayLike | Tensor, y: ArrayLike | Tensor) -> tuple[NDArray[Any], NDArray[Any]]:
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
