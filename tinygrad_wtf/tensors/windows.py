"""Windows for the parts of a signal: weights that fall off towards both ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.ops.bessel_functions import modified
from tinygrad_wtf.tensors.creation import _floating, _integer, _made, _random_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_wtf.tensors.tensor import Tensor


def _window(
    op: str, length: Any, periodic: bool, dtype: Any, requires_grad: bool, shape: Callable[[Any], Any]
) -> Tensor:
    """The window at points from 0 to 1; `periodic`, the last of one more point is left out."""
    count, wanted = _integer(op, length), _random_dtype(op, _floating(dtype))
    if count < 0:
        raise SettingError(f"there is no window of {count} entries", op=op)
    points = np.arange(count) / max(count if periodic else count - 1, 1)
    return _made((np.ones(count) if count == 1 else shape(points)).astype(wanted), requires_grad)


def hann_window(window_length: int, periodic: bool = True, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Hann's window, ``sin²(π k / n)``; with ``periodic=False`` it is symmetric, and n one less.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(w, 4) for w in tw.hann_window(4).tolist()]
    [0.0, 0.5, 1.0, 0.5]
    """
    return _window("hann_window", window_length, periodic, dtype, requires_grad, lambda u: np.sin(math.pi * u) ** 2)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Hamming's window, ``alpha - beta cos(2π k / n)``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(w, 4) for w in tw.hamming_window(4).tolist()]
    [0.08, 0.54, 1.0, 0.54]
    """
    return _window(
        "hamming_window",
        window_length,
        periodic,
        dtype,
        requires_grad,
        lambda u: alpha - beta * np.cos(2 * math.pi * u),
    )


def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Blackman's window, ``0.42 - 0.5 cos(2π k / n) + 0.08 cos(4π k / n)``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(abs(w), 4) for w in tw.blackman_window(4).tolist()]
    [0.0, 0.34, 1.0, 0.34]
    """
    return _window(
        "blackman_window",
        window_length,
        periodic,
        dtype,
        requires_grad,
        lambda u: 0.42 - 0.5 * np.cos(2 * math.pi * u) + 0.08 * np.cos(4 * math.pi * u),
    )


def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Bartlett's window, a triangle from 0 to 1 and back.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.bartlett_window(4).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return _window("bartlett_window", window_length, periodic, dtype, requires_grad, lambda u: 1 - np.abs(2 * u - 1))


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Kaiser's window, ``I₀(beta √(1 - (2k/n - 1)²)) / I₀(beta)``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(w, 4) for w in tw.kaiser_window(4, beta=0.0).tolist()]
    [1.0, 1.0, 1.0, 1.0]
    """

    def shape(u: Any) -> Any:
        return modified(beta * np.sqrt(np.maximum(1 - (2 * u - 1) ** 2, 0)), 0) / modified(np.array(float(beta)), 0)

    return _window("kaiser_window", window_length, periodic, dtype, requires_grad, shape)
