"""Loss and metrics over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...extras import require
from .axes import BLUE, ORANGE, dress, new_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
        panels: NDArray[Any] = new_grid(1, len(recorded), 4.6, 3.5)[0]
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
        dress(ax, title if i == 0 else "", "epoch", {"loss": "log-loss"}.get(name, name))
    return panels
