"""What is kept of one moment of a training: how long each layer's gradient is, and how far an epoch moved the layer.

Read from the parameters and their gradients alone, as they are after a step; nothing is run here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygrad_wtf import Tensor

from ...module import Module


@dataclass(frozen=True)
class Snapshot:
    """One moment.

    Attributes
    ----------
    epoch : int
        After which epoch; 0 is before training.
    gradients : tuple of float or None
        For each layer the Euclidean norm of the gradient of all its parameters, from the last step of the epoch. None
        where no gradient was computed.
    updates : tuple of float or None
        For each layer how far the epoch moved its parameters, divided by their norm before. None where that is not
        known, as when the epoch before was not recorded.
    grid : bytes or None
        The shading of the plane (see `plane`), from when the page is written; None without a plane.
    """

    epoch: int
    gradients: tuple[float | None, ...]
    updates: tuple[float | None, ...]
    grid: bytes | None


@dataclass(frozen=True)
class Layer:
    """A module's own parameters, those of the modules inside it left out."""

    path: str
    kind: str
    parameters: tuple[Tensor, ...]

    @property
    def entries(self) -> int:
        """How many numbers it learns."""
        return sum(parameter.numel() for parameter in self.parameters)

    def gradient(self) -> float | None:
        """The norm of its gradient."""
        found = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        return length([gradient.numpy() for gradient in found]) if found else None

    def copied(self) -> list[NDArray[Any]]:
        """Its parameters' values, to compare with later."""
        return [parameter.numpy().copy() for parameter in self.parameters]

    def update(self, before: Sequence[NDArray[Any]]) -> float | None:
        """How far it moved since, relative to how long it was."""
        size = length(before)
        moved = length([now.numpy() - then for now, then in zip(self.parameters, before, strict=True)])
        return moved / size if size else None


def layers_of(model: Module) -> tuple[Layer, ...]:
    """The layers that learn, in the order of the model; a shared parameter belongs to the first that holds it."""
    layers: list[Layer] = []
    counted: set[int] = set()
    for path, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if p.requires_grad and id(p) not in counted]
        counted.update(map(id, own))
        if own:
            layers.append(Layer(path, type(module).__name__, tuple(own)))
    return tuple(layers)


def length(arrays: Sequence[NDArray[Any]]) -> float:
    """The Euclidean norm of all entries together, in float64."""
    flats = [array.ravel("K").astype(np.float64) for array in arrays]
    square = sum(float(np.vdot(flat, flat)) for flat in flats)
    if 1e-200 < square < 1e200:
        return math.sqrt(square)
    # squares that left the range of a float, or zeros: measured by the largest entry
    peak = max((float(np.abs(flat).max(initial=0.0)) for flat in flats), default=0.0)
    if not 0 < peak < math.inf:
        return peak
    return peak * math.sqrt(sum(float(np.vdot(flat / peak, flat / peak)) for flat in flats))


def due_epochs(epochs: int, snapshots: int) -> tuple[int, ...]:
    """The epochs after which to look: 0, then ever further apart as training slows down, and the last.

    The k-th of n is at (k / (n - 1))² of the run, or at epoch k where that would be sooner than k: the first epochs, in
    which most happens, are all there, and the last steps are no longer than 2 / n of the run.

    Examples
    --------
    >>> due_epochs(1000, 11)
    (0, 10, 40, 90, 160, 250, 360, 490, 640, 810, 1000)
    >>> due_epochs(12, 6)
    (0, 1, 2, 4, 8, 12)
    >>> due_epochs(3, 50)
    (0, 1, 2, 3)
    """
    if snapshots > epochs:
        return tuple(range(epochs + 1))
    last = snapshots - 1
    return tuple(max(k, round(epochs * (k / last) ** 2)) for k in range(snapshots))
