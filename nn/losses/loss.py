"""`Loss`: what all losses share. They keep the settings, and `nn.functional` does the computing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import Tensor, as_tensor

from ..functional.checks import known_reduction
from ..module import Module


class Loss(Module):
    """What the losses share: how the single losses become one, and weights that follow the module's dtype."""

    reads: ClassVar[str] = "numbers"  # what it takes predictions and labels for, see training/metrics.py
    _settings: ClassVar[tuple[str, ...]] = ()  # what else its line says
    _reductions: ClassVar[tuple[str, ...]] = ()  # besides "mean", "sum" and "none"

    def __init__(
        self, reduction: str, size_average: bool | None = None, reduce: bool | None = None, **weights: Any
    ) -> None:
        super().__init__()
        older = {"size_average": size_average, "reduce": reduce}
        self.reduction = known_reduction(type(self).__name__, reduction, *self._reductions, **older, stacklevel=4)
        for name, weight in weights.items():
            if weight is not None and not isinstance(weight, Tensor):
                weight = as_tensor(np.asarray(weight))  # NumPy keeps Python's numbers exact; the loss rounds them
            self.register_buffer(name, weight)

    def extra_repr(self) -> str:
        """Return the settings."""
        settings = {name: value for name, value in vars(self).items() if name in self._settings}
        return ", ".join(f"{name}={value!r}" for name, value in {"reduction": self.reduction, **settings}.items())
