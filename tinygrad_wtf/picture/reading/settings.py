"""The settings of an operation, in short."""

from __future__ import annotations

import numpy as np

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.picture.model import readable

__all__ = ["LONGEST_SETTINGS", "settings"]

LONGEST_SETTINGS = 28  # characters


def settings(node: Node) -> str:
    """The settings of an operation, in short; what is the ordinary case goes without saying."""
    said = []
    for name, value in node.params.items():
        ordinary = value is None or value is False or (name == "dims" and value == tuple(reversed(range(node.ndim))))
        if not ordinary:
            said.append(f"{name}={_setting(value)}")
    return readable(", ".join(said), LONGEST_SETTINGS)


def _setting(value: object) -> str:
    """As one would type it; of an object that prints its address, which differs from run to run, only the kind."""
    if isinstance(value, tuple | list):
        return "(" + ", ".join(map(_setting, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if value is Ellipsis:
        return "..."
    return type(value).__name__ if " at 0x" in str(value) else str(value)
