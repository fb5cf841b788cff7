"""The errors of the engine: each says what happened, with which shapes, and the likely fix.

Every class also derives from the built-in error that a NumPy or PyTorch user would catch.
Where the errors are raised is not decided here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from tinygrad_wtf._aliases import OWN_FOLDERS
from tinygrad_wtf._state import mode


class TinygradError(Exception):
    """Base of the engine's errors.

    Parameters
    ----------
    message : str
        What happened.
    op : str, optional
        The operation at fault.
    shapes : sequence of tuple of int
        The shapes of its arguments.
    hint : str
        The likely fix.
    scope : tuple of str, optional
        The path of the layer at fault; by default the one in which the error arises.

    The message names the layer, when there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        op: str | None = None,
        shapes: Sequence[tuple[int, ...]] = (),
        hint: str = "",
        scope: tuple[str, ...] | None = None,
    ) -> None:
        self.op = op
        self.shapes = tuple(shapes)
        self.hint = hint
        self.layer = " / ".join(mode.scope if scope is None else scope)
        place = f" (in layer {self.layer})" if self.layer else ""
        prefix = f"{op}: " if op else ""
        super().__init__(f"{prefix}{message}{place}" + (f". {hint}" if hint else ""))


class ShapeError(TinygradError, ValueError, RuntimeError):
    """Shapes that do not fit together (NumPy raises ValueError here, PyTorch RuntimeError)."""


class DimensionError(ShapeError, IndexError):
    """A `dim` that the tensor does not have."""


class IndexRangeError(TinygradError, IndexError, RuntimeError):
    """An index outside the tensor (NumPy raises IndexError here, PyTorch one or the other)."""


class DTypeError(TinygradError, TypeError, RuntimeError):
    """A dtype, or a kind of object, that the operation does not take."""


class IndexDTypeError(DTypeError, IndexError):
    """An index that is neither an integer nor a boolean."""


class DataError(DTypeError, ValueError):
    """Data of which no tensor can be made: ragged lists, strings, None."""


class SettingError(TinygradError, ValueError, RuntimeError):
    """A setting that the operation does not know, or for which it is not defined."""


class UnsupportedError(DTypeError, NotImplementedError):
    """A dtype, or a variant, for which an operation is not made (PyTorch raises NotImplementedError)."""


class LinAlgError(TinygradError, np.linalg.LinAlgError, RuntimeError):
    """A matrix that has no inverse, or no such factors."""


class GraphError(TinygradError, RuntimeError):
    """The recorded graph cannot do what was asked: freed, changed in place, or never recorded."""


class ExportError(GraphError, BufferError):
    """A tensor that cannot be handed to another library."""


class TraceError(TinygradError, RuntimeError):
    """A compiled function did what cannot be made a straight line of calls."""


def caller(*others: str) -> tuple[str, int]:
    """The line of the user's that asked for this: outside the project's packages, and the `others`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(OWN_FOLDERS)
        or frame.f_globals.get("__name__", "").startswith(others or "\0")
    ):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
