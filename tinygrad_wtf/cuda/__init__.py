"""GPUs by PyTorch's names: there are none. What programs ask before they choose a device is answered with no.

What would need a GPU is refused; seeds are taken, and change nothing, as in PyTorch without a GPU.
"""

from __future__ import annotations

from typing import Any, NoReturn

from tinygrad_wtf.cuda import amp as amp
from tinygrad_wtf.errors import UnsupportedError

__all__ = [
    "amp",
    "device_count",
    "empty_cache",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "memory_allocated",
    "memory_reserved",
]


def is_available() -> bool:
    """False: there is no GPU here.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> "cuda" if tw.cuda.is_available() else "cpu"
    'cpu'
    """
    return False


def device_count() -> int:
    """0: there is no GPU here."""
    return 0


def is_initialized() -> bool:
    """False: there is nothing to initialise."""
    return False


def is_bf16_supported() -> bool:
    """False: bfloat16 is no dtype of NumPy."""
    return False


def manual_seed(seed: int) -> None:
    """Seed the generator of a GPU, if there were one; `tinygrad_wtf.manual_seed` seeds the one that is here."""


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all GPUs, of which there are none."""


def empty_cache() -> None:
    """Give back unused memory of the GPU, of which there is none."""


def memory_allocated(device: Any = None) -> int:
    """0 bytes: of a GPU that is not here."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """0 bytes: of a GPU that is not here."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """0 bytes: of a GPU that is not here."""
    return 0


def __getattr__(name: str) -> NoReturn:
    """Say of everything else in `torch.cuda` that it needs a GPU."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
    raise AttributeError(
        f"tinygrad_wtf.cuda has no {name!r}: it would need a GPU, and NumPy is the device. "
        "Ask cuda.is_available() first",
        name=name,
        obj=None,
    )


def _refuse(op: str) -> NoReturn:
    raise UnsupportedError("there is no GPU here", op=f"cuda.{op}", hint="Ask cuda.is_available() first")


def synchronize(device: Any = None) -> None:
    """Refused, as in PyTorch without a GPU: everything has been computed when a function returns."""
    _refuse("synchronize")


def current_device() -> int:
    """Refused, as in PyTorch without a GPU."""
    _refuse("current_device")


def get_device_name(device: Any = None) -> str:
    """Refused, as in PyTorch without a GPU."""
    _refuse("get_device_name")
