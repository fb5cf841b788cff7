"""Settings that programs for PyTorch make by habit, where here there is nothing to choose: what they ask for is so.

Each checks its argument and gives it back where PyTorch does, so that such programs run unchanged.
"""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.errors import DTypeError, SettingError

_PRECISIONS = ("highest", "high", "medium")
_state: dict[str, Any] = {"precision": "highest", "deterministic": False, "warn_only": False}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same bits in every run. They are the same here anyway, so this is only remembered.

    Every operation is one of NumPy's on one processor, and random numbers come from generators with seeds.
    ``compile(tune=True)`` alone measures, and says so; `set_num_threads` changes the last bits of compiled steps.

    Parameters
    ----------
    mode : bool
        What `are_deterministic_algorithms_enabled` answers from now on.
    warn_only : bool
        PyTorch would warn where it raises; here there is nothing to warn of.

    Raises
    ------
    DTypeError
        If `mode` is no bool.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.use_deterministic_algorithms(True)
    >>> tw.are_deterministic_algorithms_enabled()
    True
    >>> tw.use_deterministic_algorithms(False)
    """
    if not isinstance(mode, bool):
        raise DTypeError(f"takes True or False, not {mode!r}", op="use_deterministic_algorithms")
    _state["deterministic"], _state["warn_only"] = mode, mode and bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was last given, at first False. Results are the same in every run anyway."""
    return bool(_state["deterministic"])


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was last given ``warn_only=True``."""
    return bool(_state["warn_only"])


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 matrices to be less precise. None are: this is only remembered.

    Parameters
    ----------
    precision : {"highest", "high", "medium"}
        What `get_float32_matmul_precision` answers from now on.

    Raises
    ------
    SettingError
        For another word.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.set_float32_matmul_precision("high")
    >>> tw.get_float32_matmul_precision()
    'high'
    >>> tw.set_float32_matmul_precision("highest")
    """
    if precision not in _PRECISIONS:
        raise SettingError(
            f"no precision is called {precision!r}",
            op="set_float32_matmul_precision",
            hint=f"Use one of {', '.join(_PRECISIONS)}",
        )
    _state["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was last given; products are always computed in full float32."""
    return str(_state["precision"])
