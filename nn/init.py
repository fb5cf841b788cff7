"""Initial values: each function fills a tensor in place and returns it, under PyTorch's names (``torch.nn.init``).

A `generator` is a `tinygrad_wtf.Generator`, a whole number (the seed of a new one) or None (the global one). Numbers
are drawn in float64 and then rounded, so a seed gives the same values in every dtype.
"""

from __future__ import annotations

from math import isfinite, prod, sqrt
from typing import TYPE_CHECKING, Any

from tinygrad_wtf import DTypeError, Generator, ShapeError, Tensor, as_generator, float64, no_grad, rand, randn

from .initial_matrices import dirac_, eye_, orthogonal_, sparse_, trunc_normal_

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | int | None = None) -> Tensor:
    """Fill with draws from the uniform distribution between `a` and `b`.

    Parameters
    ----------
    tensor : Tensor
        What is filled, in place.
    a, b : float
        The bounds, 0 and 1 by default.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ValueError
        When a or b is not finite, or `a` is greater than `b`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> t = nn.init.uniform_(tw.zeros(1000), -2, 2, generator=0)
    >>> t.min().item() >= -2 and t.max().item() <= 2
    True
    """
    if not (isfinite(a) and isfinite(b) and a <= b):
        raise ValueError(f"uniform_: the bounds are finite with a <= b, not a={a}, b={b}")
    _floating("uniform_", tensor)
    with no_grad():
        return tensor.copy_(a + (b - a) * rand(*tensor.shape, dtype=float64, generator=as_generator(generator)))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | int | None = None) -> Tensor:
    """Fill with draws from the normal distribution; the defaults are the guide's ``randn``.

    Parameters
    ----------
    tensor : Tensor
        What is filled, in place.
    mean, std : float
        The mean and the standard deviation, 0 and 1 by default.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ValueError
        When mean or std is not finite, or `std` is negative.
    """
    if not (isfinite(mean) and isfinite(std) and std >= 0):
        raise ValueError(f"normal_: mean and std are finite with std >= 0, not mean={mean}, std={std}")
    _floating("normal_", tensor)
    with no_grad():
        return tensor.copy_(mean + std * randn(*tensor.shape, dtype=float64, generator=as_generator(generator)))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    Parameters
    ----------
    tensor : Tensor
        What is filled, in place.
    val : float
        The value.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.init.constant_(tw.zeros(2), 0.5).tolist()
    [0.5, 0.5]
    """
    _tensor("constant_", tensor)
    with no_grad():
        return tensor.fill_(val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    Parameters
    ----------
    tensor : Tensor
        What is filled, in place.
    """
    return constant_(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    Parameters
    ----------
    tensor : Tensor
        What is filled, in place.
    """
    return constant_(tensor, 1)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | int | None = None) -> Tensor:
    """Fill from U(-c, c) with ``c = gain √(6 / (fan_in + fan_out))``: the variance survives both directions.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Parameters
    ----------
    tensor : Tensor
        What is filled, of shape (out_features, in_features, ...).
    gain : float, default 1
        A factor for the activation that follows, see `calculate_gain`.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ShapeError
        When the tensor has less than two dimensions.
    """
    fan_in, fan_out = _fans("xavier_uniform_", tensor)
    bound = gain * sqrt(6 / max(1, fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | int | None = None) -> Tensor:
    """Fill from N(0, s²) with ``s = gain √(2 / (fan_in + fan_out))``.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    Parameters
    ----------
    tensor : Tensor
        What is filled, of shape (out_features, in_features, ...).
    gain : float, default 1
        A factor for the activation that follows, see `calculate_gain`.
    generator : Generator or int, optional
        Where the values are drawn from; an int is a seed.

    Raises
    ------
    ShapeError
        When the tensor has less than two dimensions.
    """
    fan_in, fan_out = _fans("xavier_normal_", tensor)
    return normal_(tensor, 0.0, gain * sqrt(2 / max(1, fan_in + fan_out)), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | int | None = None,
) -> Tensor:
    """Fill from U(-c, c) with ``c = gain √(3 / fan)``: the variance survives layers with ReLU.

    He et al., "Delving deep into rectifiers", 2015. With ``a=√5`` it is PyTorch's default for linear layers, where
    ``c = 1/√fan_in``.

    Parameters
    ----------
    tensor : Tensor
        What is filled, of shape (out_features, in_features, ...).
    a : float
        The slope of the leaky ReLU for negative inputs.
    mode : {"fan_in", "fan_out"}
        Whether the forward or the backward pass keeps its variance.
    nonlinearity : str
        What follows the layer; see `calculate_gain`.
    generator : Generator or int, optional
        Where the values are drawn from.
    """
    bound = sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | int | None = None,
) -> Tensor:
    """Fill from N(0, s²) with ``s = gain / √fan``; the arguments are those of `kaiming_uniform_`.

    He et al., "Delving deep into rectifiers", 2015.

    Parameters
    ----------
    tensor, a, mode, nonlinearity, generator
        As in `kaiming_uniform_`.
    """
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which weights must be larger for the variance to survive an activation.

    Parameters
    ----------
    nonlinearity : {"linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"}
        What follows the layer. The names of convolutions, "conv1d" to "conv_transpose3d", count as "linear".
    param : float, optional
        The negative slope of "leaky_relu", 0.01 when None.

    Raises
    ------
    ValueError
        When the name is not one of these.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> nn.init.calculate_gain("tanh")
    1.6666666666666667
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": sqrt(2),
        "leaky_relu": sqrt(2 / (1 + slope**2)),
        "selu": 3 / 4,
    }
    if nonlinearity in _CONVOLUTIONS:
        return 1.0
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain: no gain is known for {nonlinearity!r}, only for {', '.join(gains)}")
    return gains[nonlinearity]


_CONVOLUTIONS = tuple(f"{kind}{n}d" for kind in ("conv", "conv_transpose") for n in (1, 2, 3))


def _kaiming_std(op: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"{op}: mode is 'fan_in' or 'fan_out', not {mode!r}")
    fan_in, fan_out = _fans(op, tensor)
    return calculate_gain(nonlinearity, a) / sqrt(max(1, fan_in if mode == "fan_in" else fan_out))


def _fans(op: str, tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output depends on, and how many outputs an input reaches."""
    _floating(op, tensor)
    if tensor.ndim < 2:
        raise ShapeError(
            f"a tensor of shape {tensor.shape} has no fan-in and fan-out, it needs two dimensions or more",
            op=op,
            shapes=(tensor.shape,),
            hint="Fill a bias with zeros_ or uniform_",
        )
    outputs, inputs, *window = tensor.shape
    return inputs * prod(window), outputs * prod(window)


def _tensor(op: str, tensor: Tensor) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{op}: fills a Tensor in place, not a {type(tensor).__name__}")


def _floating(op: str, tensor: Tensor) -> None:
    _tensor(op, tensor)
    if tensor.dtype.kind != "f":
        raise DTypeError(f"cannot draw real numbers into a tensor of {tensor.dtype}", op=op, shapes=(tensor.shape,))


if not TYPE_CHECKING:  # a name that is not there is an error to type checkers too

    def __getattr__(name: str) -> Any:
        from tinygrad_wtf import absent

        raise absent.error("tinygrad_wtf.nn.init", "nn.init", name)
