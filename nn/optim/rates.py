"""The numbers of an update, plain or as inputs of a compiled step; and what all updates begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinygrad_wtf import Tensor, float64, full, is_compiling


def scalar(value: Any) -> Any:
    """A setting or a count as the number it is; while a step is traced, a tensor that is an input stays one."""
    if value.__class__ is float or value.__class__ is bool:
        return value
    if isinstance(value, Tensor):
        if not is_compiling():
            return value.item()
        return value if value.dtype is float64 else value.to(float64)  # as precise as Python's numbers
    return float(value)


def scalars(group: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Some settings as numbers."""
    return {name: scalar(group[name]) for name in names}


def first(value: float) -> Tensor:
    """What a count starts from, a tensor of one number as in PyTorch."""
    return full((), float(value))


def penalised(w: Any, g: Any, weight_decay: Any, maximize: bool) -> Any:
    """The gradient of the loss, or of its negative, and of the L2 penalty ``weight_decay/2 Σ w²``."""
    if maximize:
        g = -g
    return g + weight_decay * w if weight_decay else g
