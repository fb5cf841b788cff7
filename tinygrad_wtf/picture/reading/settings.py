"""The settings of an operation, in short."""

from __future__ import annotations

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.picture.model import readable
from tinygrad_wtf.picture.text import typed

__all__ = ["LONGEST_SETTINGS", "settings"]

LONGEST_SETTINGS = 28  # characters


def settings(node: Node) -> str:
    """The settings of an operation, in short; what is the ordinary case goes without saying."""
    said = []
    for name, value in node.params.items():
        ordinary = value is None or value is False or (name == "dims" and value == tuple(reversed(range(node.ndim))))
        if not ordinary:
            said.append(f"{name}={typed(value)}")
    return readable(", ".join(said), LONGEST_SETTINGS)
