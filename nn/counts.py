"""Counts among arguments: whole numbers, and what is said about others."""

from __future__ import annotations

from typing import Any


def count(op: str, name: str, given: Any, least: int = 1) -> int:
    """Give a whole number as an int, also one that came as 3.0 or from NumPy.

    Raises
    ------
    ValueError
        When it is no whole number, or less than `least`.

    Examples
    --------
    >>> count("fit", "epochs", 6 / 2)
    3
    >>> count("fit", "epochs", 2.5)
    Traceback (most recent call last):
    ...
    ValueError: fit: epochs must be a whole number of at least 1, got 2.5
    """
    try:
        whole = int(given)
    except (TypeError, ValueError, OverflowError):  # no number, nan, infinity
        whole = least - 1
    if isinstance(given, bool | str) or whole < least or whole != given:
        raise ValueError(f"{op}: {name} must be a whole number of at least {least}, got {given!r}")
    return whole
