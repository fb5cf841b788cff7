"""Initial values with a structure: identities, orthogonal and sparse matrices, truncated draws. Part of `nn.init`."""

from __future__ import annotations

from math import ceil, erf, prod, sqrt
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import Generator, ShapeError, Tensor, as_generator, float64, no_grad, rand, randn, randperm

Array = np.ndarray[Any, np.dtype[np.float64]]


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on the diagonal and zeros elsewhere: a linear layer that passes on what it can.

    Parameters
    ----------
    tensor : Tensor of shape (n, m)
        What is filled, in place.

    Raises
    ------
    ShapeError
        When the tensor has not two dimensions.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.init.eye_(tw.zeros(2, 3)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    if tensor.ndim != 2:
        raise ShapeError(f"fills a matrix, not a tensor of shape {tensor.shape}", op="eye_", shapes=(tensor.shape,))
    with no_grad():
        return tensor.copy_(tw.eye(*tensor.shape, dtype=tensor.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it passes its channels on unchanged.

    Parameters
    ----------
    tensor : Tensor of 3 to 5 dimensions
        What is filled, in place: (out_channels, in_channels / groups, ...kernel).
    groups : int, default 1
        Into how many parts the channels are divided.

    Raises
    ------
    ShapeError
        When the tensor has other dimensions, or the groups do not divide the channels.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.init.dirac_(tw.zeros(1, 1, 3)).tolist()
    [[[0.0, 1.0, 0.0]]]
    """
    shape = tensor.shape
    if len(shape) not in (3, 4, 5) or groups < 1 or shape[0] % groups:
        raise ShapeError(
            f"a tensor of shape {shape} is no convolution's in {groups} groups", op="dirac_", shapes=(shape,)
        )
    values = np.zeros(shape)
    each = shape[0] // groups
    middle = tuple(size // 2 for size in shape[2:])
    for group in range(groups):
        for channel in range(min(each, shape[1])):
            values[(group * each + channel, channel, *middle)] = 1
    with no_grad():
        return tensor.copy_(tw.tensor(values, dtype=tensor.dtype))


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | int | None = None) -> Tensor:
    """Fill with a random orthogonal matrix (Saxe et al., 2013): it keeps the lengths of vectors.

    Parameters
    ----------
    tensor : Tensor of two dimensions or more
        What is filled, in place; the first dimension counts as rows and all others as columns. The rows, or with fewer
        columns these, are orthogonal.
    gain : float, default 1
        A factor.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ShapeError
        When the tensor has less than two dimensions.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = nn.init.orthogonal_(tw.zeros(3, 5), generator=0)
    >>> bool(tw.allclose(w @ w.T, tw.eye(3), atol=1e-6))
    True
    """
    if tensor.ndim < 2:
        raise ShapeError(f"a tensor of shape {tensor.shape} is no matrix", op="orthogonal_", shapes=(tensor.shape,))
    rows, columns = tensor.shape[0], prod(tensor.shape[1:])
    if not rows * columns:
        return tensor
    drawn = randn(rows, columns, dtype=float64, generator=as_generator(generator)).numpy()
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.sign(np.diag(r))  # uniform among all orthogonal matrices (Mezzadri, 2007)
    matrix = (q.T if rows < columns else q) * gain
    with no_grad():
        return tensor.copy_(tw.tensor(matrix.reshape(tensor.shape)))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | int | None = None) -> Tensor:
    """Fill from a normal distribution, and set a part of each column to 0 (Martens, 2010).

    Parameters
    ----------
    tensor : Tensor of shape (n, m)
        What is filled, in place.
    sparsity : float
        The part of each column that is 0, rounded up.
    std : float, default 0.01
        The standard deviation of the others.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ShapeError
        When the tensor has not two dimensions.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> int((nn.init.sparse_(tw.zeros(10, 3), 0.25, generator=0) == 0).sum())
    9
    """
    if tensor.ndim != 2:
        raise ShapeError(f"fills a matrix, not a tensor of shape {tensor.shape}", op="sparse_", shapes=(tensor.shape,))
    source = as_generator(generator)
    rows, columns = tensor.shape
    values = std * randn(rows, columns, dtype=float64, generator=source).numpy()
    zeros = min(rows, ceil(sparsity * rows))
    for column in range(columns):
        values[randperm(rows, generator=source).numpy()[:zeros], column] = 0
    with no_grad():
        return tensor.copy_(tw.tensor(values))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | int | None = None,
) -> Tensor:
    """Fill with draws from a normal distribution, of which only what lies between `a` and `b` is taken.

    Parameters
    ----------
    tensor : Tensor
        What is filled, in place.
    mean, std : float, default 0 and 1
        The mean and the standard deviation of the whole distribution.
    a, b : float, default -2 and 2
        The bounds.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ValueError
        When `std` is not positive, or `a` is not below `b`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> t = nn.init.trunc_normal_(tw.zeros(1000), std=2.0, generator=0)
    >>> bool(t.min() >= -2 and t.max() <= 2)
    True
    """
    if not (std > 0 and a < b):
        raise ValueError(f"trunc_normal_: std is positive and a below b, not std={std}, a={a}, b={b}")
    low, high = (0.5 * (1 + erf((bound - mean) / (std * sqrt(2)))) for bound in (a, b))
    uniform = rand(*tensor.shape, dtype=float64, generator=as_generator(generator)).numpy()
    values = mean + std * _normal_quantile(low + (high - low) * uniform)
    with no_grad():
        return tensor.copy_(tw.tensor(np.clip(values, a, b)))


# The coefficients of Acklam's rational approximation of the normal quantile: in the centre and in the tails.
CENTRE = (
    (
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.357751867269,
        -30.66479806614716,
        2.506628277459239,
    ),
    (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0),
)
TAIL = (
    (-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
     2.938163982698783),
    (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0),
)  # fmt: skip


def _normal_quantile(p: Array) -> Array:
    """Where the standard normal distribution function is p: an approximation, and a step of Halley's."""
    p = np.clip(p, 1e-300, 1 - 1e-16)
    r = p - 0.5
    centre = np.polyval(CENTRE[0], r * r) * r / np.polyval(CENTRE[1], r * r)
    q = np.sqrt(-2 * np.log(np.minimum(p, 1 - p)))
    tail = np.polyval(TAIL[0], q) / np.polyval(TAIL[1], q) * np.sign(0.5 - p)
    x = np.where(np.abs(r) <= 0.47575, centre, tail)
    error = 0.5 * np.asarray(tw.erfc(tw.tensor(-x / sqrt(2))).numpy()) - p
    step = error * sqrt(2 * np.pi) * np.exp(x * x / 2)
    return np.asarray(x - step / (1 + x * step / 2))
