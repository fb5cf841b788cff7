"""Activations that cut: shrinkages and thresholds, the random leaky ReLU; and softmax of minus the numbers."""

from __future__ import annotations

from tinygrad_wtf import ShapeError, Tensor

from .. import functional
from ..module import Module
from .activation import _Activation


class Softmin(_Activation):
    """``softmax(-x)`` along `dim`.

    Parameters
    ----------
    dim : int, optional
        Along which the results add up to 1; without it PyTorch's old choice, with a warning.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Softmin(-1)(tw.tensor([0.0, 1000.0])).tolist()
    [1.0, 0.0]
    """

    function = staticmethod(functional.softmin)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self._set(dim=dim)


class Softmax2d(Module):
    """Softmax over the channels of images (N, C, H, W) or (C, H, W), for each pixel.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Softmax2d()(tw.zeros(2, 1, 1)).flatten().tolist()
    [0.5, 0.5]
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply softmax to the third dimension from the end."""
        if input.ndim not in (3, 4):
            raise ShapeError(f"takes images (N, C, H, W) or (C, H, W), not {input.shape}", op=type(self).__name__)
        return functional.softmax(input, -3)


class Hardshrink(_Activation):
    """``x``, and 0 between ``-lambd`` and ``lambd``.

    Parameters
    ----------
    lambd : float, default 0.5
        Where it begins to be 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Hardshrink()(tw.tensor([-1.0, 0.25, 1.0])).tolist()
    [-1.0, 0.0, 1.0]
    """

    function = staticmethod(functional.hardshrink)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self._set(lambd=lambd)


class Softshrink(_Activation):
    """``x`` moved towards 0 by `lambd`, and 0 where it is nearer.

    Parameters
    ----------
    lambd : float, default 0.5
        How far; not negative.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Softshrink()(tw.tensor([-1.0, 0.25, 1.0])).tolist()
    [-0.5, 0.0, 0.5]
    """

    function = staticmethod(functional.softshrink)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self._set(lambd=lambd)


class Threshold(_Activation):
    """``x`` where it is above a threshold, else a value.

    Parameters
    ----------
    threshold, value : float
        Where it is cut, and what is put there.
    inplace : bool, default False
        Write the result into the input.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Threshold(0.1, 20.0)(tw.tensor([0.0, 1.0])).tolist()
    [20.0, 1.0]
    """

    function = staticmethod(functional.threshold)

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self._set(inplace, threshold=threshold, value=value)


class RReLU(Module):
    """A leaky ReLU whose slope is drawn for each entry in training, and is the middle one in evaluation.

    Parameters
    ----------
    lower, upper : float, default 1/8 and 1/3
        Between which slopes are drawn.
    inplace : bool, default False
        Write the result into the input.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.RReLU(0.2, 0.6).eval()(tw.tensor([-1.0, 2.0])).tolist()
    [-0.4000000059604645, 2.0]
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.rrelu`."""
        return functional.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        settings = f"lower={self.lower}, upper={self.upper}"
        return settings + (", inplace=True" if self.inplace else "")
