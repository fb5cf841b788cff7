"""PyTorch's place of the layers, for programs that name it: `nn.modules.Linear` is `nn.Linear`."""

from __future__ import annotations

from typing import Any

from . import module as module


def __getattr__(name: str) -> Any:
    from tinygrad_wtf import nn

    if name in dir(nn):
        return getattr(nn, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
