"""What stands beside the engine, under PyTorch's names: data in batches, and layers that are computed again."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_wtf.utils import checkpoint as checkpoint
    from tinygrad_wtf.utils import data as data

__all__ = ["checkpoint", "data"]

if not TYPE_CHECKING:  # type checkers read the lines above

    def __getattr__(name: str) -> Any:
        if name in __all__:
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
