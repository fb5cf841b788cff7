"""What rules share that is no operation of its own: the derivative of what small changes do not change."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.ops.broadcasting import unbroadcast
from tinygrad_wtf.ops.choice import where


def flat(g: Any, x: Any) -> Any:
    """The cotangent of an argument whose small changes change nothing, whatever the size of `g`."""
    return unbroadcast(where(False, g, 0), x.shape)
