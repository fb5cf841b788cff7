"""How a tensor is shown: as text, in format strings, in a notebook."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import numpy as np

from tinygrad_wtf._state import mode
from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.tensors.alike import Alike

_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": sys.maxsize, "edgeitems": 3, "linewidth": 80},
}
_options: dict[str, Any] = {}  # of `np.array2string`; what is not set here follows NumPy's own settings


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are printed. What was never chosen follows ``np.set_printoptions``.

    Parameters
    ----------
    precision : int, optional
        Digits after the point.
    threshold : float, optional
        From how many entries on only the edges are shown.
    edgeitems : int, optional
        How many entries are shown at each edge.
    linewidth : int, optional
        The characters of a line.
    profile : {"default", "short", "full"}, optional
        PyTorch's choices of all four.
    sci_mode : bool, optional
        True for powers of ten always, False for never.

    Raises
    ------
    SettingError
        For another profile.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.set_printoptions(precision=2)
    >>> tw.tensor([3.14159])
    tensor([3.14], dtype=float32)
    >>> tw.set_printoptions(precision=8)
    """
    chosen: dict[str, Any] = {}
    if profile is not None:
        if profile not in _PROFILES:
            raise SettingError(
                f"no profile is called {profile!r}", op="set_printoptions", hint=f"Use one of {', '.join(_PROFILES)}"
            )
        chosen |= _PROFILES[profile]
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen |= {name: value for name, value in given.items() if value is not None}
    if "linewidth" in chosen:
        chosen["max_line_width"] = chosen.pop("linewidth")
    _options.update(chosen)
    if sci_mode is not None:
        _options["sci_mode"] = sci_mode


def _numbers(value: Any) -> str:
    """The numbers as text."""
    options = dict(_options)
    if (always := options.pop("sci_mode", None)) is not None and value.dtype.kind == "f":
        digits = options.get("precision", np.get_printoptions()["precision"])
        write = np.format_float_scientific if always else np.format_float_positional
        options["formatter"] = {"float_kind": lambda n: write(n, precision=digits, unique=not always)}
    return np.array2string(value, separator=", ", prefix="tensor(", **options)


class Printing(Alike):
    """Text, and a picture where that can be drawn."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec or (not self.ndim and type(self) is self.made) else str(self)

    def __repr__(self) -> str:
        value = mode.recorder.read(self, "printing it")
        numbers = _numbers(value)
        notes = [f"dtype={self.dtype}"]
        if self.name:
            notes.append(f"name={self.name!r}")
        if self._maker:
            notes.append(f"op={self._maker}")
        if self.requires_grad:
            notes.append("requires_grad=True")
        return f"tensor({numbers}, {', '.join(notes)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For Jupyter: the numbers, and the picture of a small graph where it can be drawn."""
        shown = {"text/plain": repr(self)}
        if self.requires_grad and not self.is_leaf:
            shown |= import_module("tinygrad_wtf.picture").bundle(self)  # it stands above: found when it is wanted
        return shown
