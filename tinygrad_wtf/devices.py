"""Devices by PyTorch's names. Everything lives in the memory of the processor: the only one that is here is "cpu"."""

from __future__ import annotations

import operator
from typing import Any

from tinygrad_wtf.errors import SettingError, UnsupportedError

TYPES = ("cpu", "cuda", "hip", "hpu", "ipu", "lazy", "maia", "meta", "mps", "mtia", "vulkan", "xla", "xpu")  # PyTorch's


class device:  # noqa: N801 - PyTorch's name
    """A device's name: a type, and a number where there are several.

    Any device that PyTorch knows can be named, as scripts do before they ask ``cuda.is_available()``; only "cpu" can
    be used. Devices are equal when type and number are. In a `with` block it is the device of what is made there.

    Parameters
    ----------
    type : str or device
        "cpu", "cuda", "cuda:0", ...
    index : int, optional
        The number, where `type` does not say it.

    Raises
    ------
    SettingError
        For a type that PyTorch does not know, or a number that is none.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> here = tw.device("cuda" if tw.cuda.is_available() else "cpu")
    >>> here, str(tw.device("cuda", 1)), tw.device("cuda:1").index
    (device(type='cpu'), 'cuda:1', 1)
    >>> tw.zeros(2, device=here).device == here
    True
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            kind, number = type.type, type.index
        elif isinstance(type, str):
            kind, colon, digits = type.partition(":")
            if colon and not digits.isdecimal():
                raise SettingError(f"{type!r} has no number after the colon", op="device", hint='Write "cuda:0"')
            number = int(digits) if colon else None
        else:
            raise SettingError(f"a device is named by a text, not {type!r}", op="device", hint='Write device("cpu")')
        if kind not in TYPES:
            raise SettingError(f"no device is called {kind!r}", op="device", hint=f"Use one of {', '.join(TYPES)}")
        if index is not None:
            if number is not None:
                raise SettingError(f"{type!r} says its number already", op="device", hint="Give the number once")
            number = operator.index(index)
        if number is not None and number < 0:
            raise SettingError(f"a device's number cannot be negative: {number}", op="device")
        object.__setattr__(self, "type", kind)
        object.__setattr__(self, "index", number)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a device cannot be changed: make another one")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        number = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{number})"

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (str(self),)

    def __enter__(self) -> device:
        check_device("device", self)
        return self

    def __exit__(self, *error: object) -> None:
        """There is one device: nothing has changed."""


CPU = device("cpu")


def is_named(given: Any) -> bool:
    """Whether this names a device, where a dtype could be meant too."""
    return isinstance(given, device | int) or (isinstance(given, str) and given.partition(":")[0] in TYPES)


def check_device(op: str, wanted: Any, pin_memory: bool = False) -> None:
    """Refuse a device that is not here, and memory that only another device could use.

    Parameters
    ----------
    op : str
        What was given the argument.
    wanted : None, str or device
        None and "cpu" are taken.
    pin_memory : bool
        Pinned memory is for copies to a GPU.

    Raises
    ------
    UnsupportedError
        For any other device, such as "cuda", and for pinned memory.
    """
    if wanted is not None and wanted is not CPU:
        found = device("cuda", wanted) if isinstance(wanted, int) else device(wanted)
        if found.type != "cpu":
            raise UnsupportedError(
                f"there is no device '{found}' here", op=op, hint='Leave it out, or give "cpu": NumPy is the device'
            )
    if pin_memory:
        raise UnsupportedError("pinned memory is for copies to a GPU, and there is none", op=op, hint="Leave it out")


def get_default_device() -> device:
    """The device on which tensors are made: the processor.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.get_default_device()
    device(type='cpu')
    """
    return CPU


def set_default_device(device: Any) -> None:
    """Choose the device on which tensors are made. There is only "cpu", which changes nothing.

    Parameters
    ----------
    device : None, str or device
        None and "cpu" are taken.

    Raises
    ------
    UnsupportedError
        For any other.
    """
    check_device("set_default_device", device)
