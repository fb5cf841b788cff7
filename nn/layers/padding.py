"""Borders around signals, images and volumes, `nn.functional.pad` as modules."""

from __future__ import annotations

from typing import ClassVar

from tinygrad_wtf import ShapeError, Tensor

from .. import functional
from ..module import Module

Widths = int | tuple[int, ...]


class _Pad(Module):
    """What they share: everything but the number of dimensions and what is put there."""

    _dimensions: ClassVar[int]
    _mode: ClassVar[str] = "constant"

    def __init__(self, padding: Widths) -> None:
        super().__init__()
        count = 2 * self._dimensions
        self.padding = tuple(padding) if isinstance(padding, tuple | list) else (padding,) * count
        if len(self.padding) != count:
            raise ValueError(f"{type(self).__name__}: padding is one number or {count}, not {padding!r}")
        self.value = 0.0

    def forward(self, input: Tensor) -> Tensor:
        """Pad the last dimensions of `input`."""
        if input.ndim < self._dimensions:
            raise ShapeError(f"takes {self._dimensions} dimensions or more, not {input.shape}", op=type(self).__name__)
        value = self.value if self._mode == "constant" else None
        y: Tensor = functional.pad(input, self.padding, self._mode, value)
        return y

    def extra_repr(self) -> str:
        """Return the widths."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """A border of one value."""

    def __init__(self, padding: Widths, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """A border of one value around signals (N, C, L) or (C, L).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right); one number for all. Negative ones take entries away.
    value : float
        What is put there.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.ConstantPad1d(1, 9.0)(tw.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[9.0, 1.0, 2.0, 3.0, 9.0]]
    """

    _dimensions = 1


class ConstantPad2d(_ConstantPad):
    """A border of one value around images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom); one number for all. Negative ones take entries away.
    value : float
        What is put there.
    """

    _dimensions = 2


class ConstantPad3d(_ConstantPad):
    """A border of one value around volumes (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom, front, back); one number for all. Negative ones take entries away.
    value : float
        What is put there.
    """

    _dimensions = 3


class ZeroPad1d(_Pad):
    """A border of zeros around signals (N, C, L) or (C, L).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right); one number for all. Negative ones take entries away.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.ZeroPad1d((1, 2))(tw.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[0.0, 1.0, 2.0, 3.0, 0.0, 0.0]]
    """

    _dimensions = 1


class ZeroPad2d(_Pad):
    """A border of zeros around images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom); one number for all. Negative ones take entries away.
    """

    _dimensions = 2


class ZeroPad3d(_Pad):
    """A border of zeros around volumes (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom, front, back); one number for all. Negative ones take entries away.
    """

    _dimensions = 3


class ReflectionPad1d(_Pad):
    """A border that mirrors the entries beside it around signals (N, C, L) or (C, L).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right); one number for all. Negative ones take entries away.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.ReflectionPad1d(2)(tw.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]]
    """

    _dimensions = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """A border that mirrors the entries beside it around images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom); one number for all. Negative ones take entries away.
    """

    _dimensions = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """A border that mirrors the entries beside it around volumes (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom, front, back); one number for all. Negative ones take entries away.
    """

    _dimensions = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """A border that repeats the outermost entries around signals (N, C, L) or (C, L).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right); one number for all. Negative ones take entries away.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.ReplicationPad1d(1)(tw.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[1.0, 1.0, 2.0, 3.0, 3.0]]
    """

    _dimensions = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """A border that repeats the outermost entries around images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom); one number for all. Negative ones take entries away.
    """

    _dimensions = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """A border that repeats the outermost entries around volumes (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom, front, back); one number for all. Negative ones take entries away.
    """

    _dimensions = 3
    _mode = "replicate"


class CircularPad1d(_Pad):
    """A border of the entries at the other end around signals (N, C, L) or (C, L).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right); one number for all. Negative ones take entries away.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.CircularPad1d(1)(tw.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[3.0, 1.0, 2.0, 3.0, 1.0]]
    """

    _dimensions = 1
    _mode = "circular"


class CircularPad2d(_Pad):
    """A border of the entries at the other end around images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom); one number for all. Negative ones take entries away.
    """

    _dimensions = 2
    _mode = "circular"


class CircularPad3d(_Pad):
    """A border of the entries at the other end around volumes (N, C, D, H, W) or (C, D, H, W).

    Parameters
    ----------
    padding : int or tuple of int
        The widths (left, right, top, bottom, front, back); one number for all. Negative ones take entries away.
    """

    _dimensions = 3
    _mode = "circular"
