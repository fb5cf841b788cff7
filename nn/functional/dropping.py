"""Dropout of whole channels, and such that keeps mean and variance."""

from __future__ import annotations

import tinygrad_wtf as tw
from tinygrad_wtf import DimensionError, Generator, SettingError, Tensor, as_tensor

Source = Generator | int | None
ALPHA = -1.7580993408473766  # where SELU ends on the left: -scale * alpha


def _probability(op: str, p: float) -> None:
    if not 0 <= p <= 1:
        raise SettingError(f"p is a probability, not {p}", op=op, hint="Give it a number from 0 to 1")


def _returned(input: Tensor, y: Tensor, inplace: bool) -> Tensor:
    return input.copy_(y) if inplace else y


def _channels(
    op: str, input: Tensor, p: float, training: bool, inplace: bool, generator: Generator | int | None
) -> Tensor:
    x, count = as_tensor(input), int(op[-2])
    _probability(op, p)
    if x.ndim not in (count + 1, count + 2):
        raise DimensionError(
            f"takes (N, C, ...) or (C, ...) of {count} dimensions, not {x.shape}", op=op, shapes=(x.shape,)
        )
    if not training or p == 0:
        return input
    kept = tw.dropout(tw.ones(*x.shape[:-count], *(1,) * count, dtype=x.dtype), p, True, generator=generator)
    return _returned(input, x * kept, inplace)


def dropout1d(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | int | None = None,
) -> Tensor:
    """In training, zero each channel of signals (N, C, L) or (C, L) with probability `p`: see `dropout2d`.

    Parameters
    ----------
    input, p, training, inplace, generator
        As in `dropout2d`.
    """
    return _channels("dropout1d", input, p, training, inplace, generator)


def dropout2d(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | int | None = None,
) -> Tensor:
    """In training, zero each channel with probability `p`, and divide the others by ``1 - p`` (Tompson et al., 2015).

    Parameters
    ----------
    input : Tensor of shape (N, C, H, W) or (C, H, W)
        The images.
    p : float, default 0.5
        The probability.
    training : bool, default True
        Whether it is done at all.
    inplace : bool, default False
        Write the result into the input.
    generator : Generator or int, optional
        Where it is drawn from; an int is a seed. By default the one that `tinygrad_wtf.manual_seed` starts.

    Raises
    ------
    DimensionError
        When the input has other dimensions.
    SettingError
        When p is no probability.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> y = nn.functional.dropout2d(tw.ones(1, 8, 2, 2), 0.5, generator=0)
    >>> sorted(set(y.sum((0, 2, 3)).tolist()))
    [0.0, 8.0]
    """
    return _channels("dropout2d", input, p, training, inplace, generator)


def dropout3d(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | int | None = None,
) -> Tensor:
    """In training, zero each channel of volumes (N, C, D, H, W) or (C, D, H, W): see `dropout2d`.

    Parameters
    ----------
    input, p, training, inplace, generator
        As in `dropout2d`.
    """
    return _channels("dropout3d", input, p, training, inplace, generator)


def alpha_dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | int | None = None,
) -> Tensor:
    """In training, put entries with probability `p` to SELU's lowest value, and scale to the old mean and variance.

    For networks with SELU (Klambauer et al., 2017).

    Parameters
    ----------
    input : Tensor
        Of any shape, with mean 0 and variance 1.
    p : float, default 0.5
        The probability.
    training : bool, default False
        Whether it is done at all.
    inplace : bool, default False
        Write the result into the input.
    generator : Generator or int, optional
        Where it is drawn from; an int is a seed.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> y = nn.functional.alpha_dropout(tw.zeros(1000), 0.5, training=True, generator=0)
    >>> len(set(y.tolist()))
    2
    """
    x = as_tensor(input)
    return _alpha("alpha_dropout", input, x.shape, p, training, inplace, generator)


def feature_alpha_dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | int | None = None,
) -> Tensor:
    """`alpha_dropout` of whole channels of (N, C, ...).

    Parameters
    ----------
    input, p, training, inplace, generator
        As in `alpha_dropout`.
    """
    x = as_tensor(input)
    if not training or p == 0:
        _probability("feature_alpha_dropout", p)
        return input
    if x.ndim < 2:
        raise DimensionError(f"takes (N, C, ...), not {x.shape}", op="feature_alpha_dropout", shapes=(x.shape,))
    shape = (*x.shape[:2], *(1,) * (x.ndim - 2))
    return _alpha("feature_alpha_dropout", input, shape, p, training, inplace, generator)


def _alpha(
    op: str,
    input: Tensor,
    shape: tuple[int, ...],
    p: float,
    training: bool,
    inplace: bool,
    generator: Source,
) -> Tensor:
    _probability(op, p)
    if not training or p == 0:
        return input
    x = as_tensor(input)
    if p == 1:
        return _returned(input, x * 0, inplace)
    kept = tw.dropout(tw.ones(shape, dtype=x.dtype), p, True, generator=generator) > 0
    scale = ((1 - p) * (1 + p * ALPHA**2)) ** -0.5
    return _returned(input, scale * tw.where(kept, x, ALPHA) - scale * ALPHA * p, inplace)
