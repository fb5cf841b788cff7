"""Grey images side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_wtf import ShapeError, Tensor

from .axes import new_grid


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
    panels = new_grid(-(-len(stack) // width), width, 1.25, 1.45 if titles else 1.25)
    for k, ax in enumerate(panels.ravel()):
        ax.set_axis_off()
        if k < len(stack):
            ax.imshow(stack[k], cmap="gray", interpolation="nearest")
            if titles:
                ax.set_title(titles[k], fontsize=10)
    if title:
        panels[0, 0].figure.suptitle(title)
    return panels
