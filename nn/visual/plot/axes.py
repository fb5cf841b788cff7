"""The common look of all figures: their colours, new axes, what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ...extras import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#8a8a8a", "#222222"  # Okabe and Ito
MARKS = ("o", "^")


def new_axes(width: float, height: float) -> Axes:
    """Make a figure with one panel."""
    pyplot = require("matplotlib.pyplot", "plot")
    axes: Axes = pyplot.subplots(figsize=(width, height), layout="constrained")[1]
    return axes


def new_grid(rows: int, columns: int, width: float, height: float) -> NDArray[Any]:
    """Make a figure with panels in rows and columns."""
    pyplot = require("matplotlib.pyplot", "plot")
    grid: NDArray[Any] = pyplot.subplots(
        rows, columns, figsize=(width * columns, height * rows), layout="constrained", squeeze=False
    )[1]
    return grid


def dress(ax: Axes, title: str, x_label: str, y_label: str) -> Axes:
    """The common look: names at the axes, a light grid behind, no box."""
    if title:
        ax.set_title(title)
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.grid(visible=True, color="#dddddd", linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
