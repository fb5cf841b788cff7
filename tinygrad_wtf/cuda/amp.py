"""The older names of mixed precision: `autocast` and `GradScaler` of `tinygrad_wtf.amp` for a GPU."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import amp
from tinygrad_wtf.amp import GradScaler as GradScaler

__all__ = ["GradScaler", "autocast"]


class autocast(amp.autocast):  # noqa: N801 - PyTorch's name
    """``tinygrad_wtf.autocast("cuda", ...)``, which does nothing and says so once.

    Parameters
    ----------
    enabled : bool
        With False nothing is said.
    dtype : dtype, optional
        What PyTorch would compute in.
    cache_enabled : bool
        Whether PyTorch would keep converted weights.
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)
