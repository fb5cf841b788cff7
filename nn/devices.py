"""The argument `device` of layers: here everything lives in the memory of the processor."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import UnsupportedError


def on_cpu(kind: str, device: Any) -> None:
    """Refuse a device that is not here.

    Parameters
    ----------
    kind : str
        The class that was given the argument.
    device : None, str or device
        None and "cpu" (with any number) are taken.

    Raises
    ------
    UnsupportedError
        For any other, such as "cuda".

    Examples
    --------
    >>> on_cpu("LSTM", "cpu")
    >>> on_cpu("LSTM", "cuda:0")
    Traceback (most recent call last):
    ...
    tinygrad_wtf.errors.UnsupportedError: LSTM: there is no device 'cuda:0'. Leave it out, or give "cpu"
    """
    if device is not None and str(device).partition(":")[0] != "cpu":
        raise UnsupportedError(f"there is no device {str(device)!r}", op=kind, hint='Leave it out, or give "cpu"')
