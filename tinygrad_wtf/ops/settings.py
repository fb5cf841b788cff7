"""How the settings of windows are read: kernel sizes, strides, paddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.errors import DTypeError, SettingError

Sizes = tuple[int, ...]


def several(op: str, name: str, given: Any, count: int | None, least: int) -> Sizes:
    """A setting for each of `count` dimensions: one whole number for all, or as many as there are."""
    sizes = tuple(given) if isinstance(given, tuple | list) else (given,)
    for size in sizes:
        if not isinstance(size, int | np.integer) or isinstance(size, bool):
            raise DTypeError(f"{name} is a whole number or a tuple of them, not {given!r}", op=op)
        if size < least:
            wanted = "cannot be negative" if least == 0 else f"must be at least {least}"
            raise SettingError(f"{name} {wanted}, got {given!r}", op=op)
    whole = tuple(int(size) for size in sizes)
    if count is None or len(whole) == count:
        return whole
    if len(whole) != 1:
        raise SettingError(f"{name} is one number or {count}, got {given!r}", op=op)
    return whole * count
