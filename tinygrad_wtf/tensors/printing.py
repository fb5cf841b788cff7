"""How a tensor is shown: as text, in format strings, in a notebook."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.tensors.convert import Conversions


class Printing(Conversions):
    """Text, and a picture where that can be drawn."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __repr__(self) -> str:
        value = mode.recorder.read(self, "printing it")
        numbers = np.array2string(value, separator=", ", prefix="tensor(")
        notes = [f"dtype={self.dtype}"]
        if self.name:
            notes.append(f"name={self.name!r}")
        if self._maker:
            notes.append(f"op={self._maker}")
        if self.requires_grad:
            notes.append("requires_grad=True")
        return f"tensor({numbers}, {', '.join(notes)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For Jupyter: the numbers, and the picture of a small graph where it can be drawn."""
        shown = {"text/plain": repr(self)}
        if self.requires_grad and not self.is_leaf:
            shown |= import_module("tinygrad_wtf.picture").bundle(self)  # it stands above: found when it is wanted
        return shown
