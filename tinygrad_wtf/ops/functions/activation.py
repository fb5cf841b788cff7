"""The functions between a network's layers, entry by entry. Those of whole vectors, as softmax, are in `vectors`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Value
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.dims import axis_of, taken
from tinygrad_wtf.ops.draws import drawn
from tinygrad_wtf.ops.functions.choice import _fitting, clamp, where
from tinygrad_wtf.ops.functions.extremes import argmax
from tinygrad_wtf.ops.functions.vectors import softmax
from tinygrad_wtf.ops.overwriting import may_overwrite
from tinygrad_wtf.ops.rows import activation as rows
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.comparison import isnan
from tinygrad_wtf.ops.rows.elementary import tanh
from tinygrad_wtf.ops.rows.indexing import constant
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.random import RandomSource

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # they keep mean 0 and variance 1 (Klambauer et al.)


def _ready(op: str, x: Any, floating: bool = True) -> None:
    """Refuse integers where PyTorch does."""
    if taken(op, x).dtype.kind != "f" and (floating or x.dtype.kind == "b"):
        raise DTypeError(
            f"takes floating-point numbers, not {x.dtype}", op=op, shapes=(x.shape,), hint="Convert with .float()"
        )


def softplus(input: Value, beta: float = 1.0, threshold: float = math.inf) -> Value:
    """``log(1 + exp(beta x)) / beta``; where ``beta x > threshold``, x itself."""
    _ready("softplus", input)
    if beta == 0:
        raise SettingError("beta cannot be zero, the result is divided by it", op="softplus")
    return rows.softplus(input, beta=beta, threshold=threshold)


@may_overwrite
def relu6(input: Value, inplace: bool = False) -> Value:
    """``min(max(0, x), 6)``; the slope is 0 at 0 and at 6."""
    return hardtanh(input, 0, 6)


@may_overwrite
def leaky_relu(input: Value, negative_slope: float = 0.01, inplace: bool = False) -> Value:
    """``x`` above 0, else ``negative_slope * x``; at 0 the slope is the negative one."""
    _ready("leaky_relu", input)
    return where(input > 0, input, input * negative_slope)


@may_overwrite
def elu(input: Value, alpha: float = 1.0, inplace: bool = False) -> Value:
    """``x`` above 0, else ``alpha * (exp(x) - 1)`` (Clevert et al., 2015)."""
    _ready("elu", input)
    return rows.elu(input, height=alpha, width=1.0)


@may_overwrite
def selu(input: Value, inplace: bool = False) -> Value:
    """`elu` scaled so that a layer keeps mean 0 and variance 1 (Klambauer et al., 2017)."""
    _ready("selu", input)
    return SELU_SCALE * rows.elu(input, height=SELU_ALPHA, width=1.0)


@may_overwrite
def celu(input: Value, alpha: float = 1.0, inplace: bool = False) -> Value:
    """``x`` above 0, else ``alpha * (exp(x / alpha) - 1)``: smooth at 0 for every alpha (Barron, 2017)."""
    _ready("celu", input)
    if alpha == 0:
        raise SettingError("alpha cannot be 0, x is divided by it", op="celu", hint="relu is the limit of small alpha")
    return rows.elu(input, height=alpha, width=alpha)


def gelu(input: Value, approximate: str = "none") -> Value:
    """``x Φ(x)``, Φ of the normal distribution; or with ``"tanh"`` an approximation (Hendrycks and Gimpel, 2016)."""
    _ready("gelu", input)
    if approximate == "none":
        return rows.gelu(input)
    if approximate != "tanh":
        raise SettingError(f"approximate is 'none' or 'tanh', not {approximate!r}", op="gelu")
    return rows.gelu_tanh(input)


@may_overwrite
def silu(input: Value, inplace: bool = False) -> Value:
    """``x σ(x)``, also called swish (Elfwing et al., 2017)."""
    _ready("silu", input)
    return rows.silu(input)


@may_overwrite
def mish(input: Value, inplace: bool = False) -> Value:
    """``x tanh(softplus(x))`` (Misra, 2019)."""
    _ready("mish", input)
    return rows.mish(input)


def softsign(input: Value) -> Value:
    """``x / (1 + |x|)``."""
    return input / (1 + abs(input))


@may_overwrite
def hardtanh(input: Value, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Value:
    """``x`` kept between two numbers; at both the slope is 0, unlike `clamp`'s."""
    _ready("hardtanh", input, floating=False)
    if min_val > max_val:
        raise SettingError(f"min_val {min_val} is above max_val {max_val}", op="hardtanh", hint="Exchange them")
    if input.dtype.kind != "f":
        return clamp(input, int(min_val), int(max_val))
    inside = where(isnan(input), math.nan, input)  # nan has no slope here
    return where(input <= min_val, min_val, where(input >= max_val, max_val, inside))


@may_overwrite
def hardsigmoid(input: Value, inplace: bool = False) -> Value:
    """``x / 6 + 1/2`` kept between 0 and 1: a sigmoid of straight lines."""
    _ready("hardsigmoid", input)
    return hardtanh(input + 3, 0, 6) / 6


@may_overwrite
def hardswish(input: Value, inplace: bool = False) -> Value:
    """``x hardsigmoid(x)`` (Howard et al., 2019)."""
    _ready("hardswish", input)
    middle = where((input <= -3) | (input >= 3), 0, input)  # beyond it, no slope of 0 may meet an infinite x
    return where(input >= 3, input, where(input <= -3, input * 0, middle * (middle + 3) / 6))


def logsigmoid(input: Value) -> Value:
    """``log σ(x)``, without overflow."""
    _ready("logsigmoid", input)
    return -softplus(-input)


def tanhshrink(input: Value) -> Value:
    """``x - tanh(x)``."""
    return input - tanh(input)


def prelu(input: Value, weight: Any) -> Value:
    """``x`` above 0, else ``weight * x``: one learnt weight, or one for each channel (dimension 1)."""
    _ready("prelu", input)
    if weight.ndim > 1:
        raise ShapeError(
            f"the weight has {weight.ndim} dimensions: give one number, or one for each channel",
            op="prelu",
            shapes=(input.shape, weight.shape),
        )
    if weight.size != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if not input.ndim or weight.size != channels:
            raise ShapeError(
                f"{weight.size} weights do not fit an input of shape {input.shape} with {channels} channels",
                op="prelu",
                shapes=(input.shape, weight.shape),
                hint="Channels are dimension 1",
            )
    if weight.ndim:
        weight = reshaped(weight, (weight.size, *(1,) * (input.ndim - 2)) if input.ndim > 1 else (1,) * input.ndim)
    return where(input > 0, input, weight * where(input > 0, 0, input))


@may_overwrite
def dropout(
    input: Value, p: float = 0.5, training: bool = True, inplace: bool = False, *, generator: RandomSource = None
) -> Value:
    """In training, zero each entry with probability `p` and divide the others by ``1 - p`` (Srivastava et al., 2014).

    Which ones is drawn from `generator`, by default the one that `manual_seed` starts.
    """
    _ready("dropout", input, floating=training)
    if not 0 <= p <= 1:
        raise SettingError(f"p is a probability, not {p}", op="dropout", hint="Give it a number from 0 to 1")
    if not training or p == 0:
        return input
    shape = input.shape
    kept = drawn(generator, lambda g: g.random(shape) >= p)
    return input * (kept / (1 - p) if p < 1 else kept).astype(input.dtype)


@may_overwrite
def threshold(input: Value, threshold: float, value: float, inplace: bool = False) -> Value:
    """``x`` where it is above `threshold`, elsewhere the number `value`, where the slope is 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.threshold(tw.tensor([-1.0, 0.5, 2.0]), 0.5, 9.0).tolist()
    [9.0, 9.0, 2.0]
    """
    _ready("threshold", input, floating=False)
    return where(input <= threshold, _fitting(value, input.dtype), input)


def hardshrink(input: Value, lambd: float = 0.5) -> Value:
    """``x`` where it is larger than `lambd` in size, else 0, where the slope is 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.hardshrink(tw.tensor([-2.0, 0.3, 1.0])).tolist()
    [-2.0, 0.0, 1.0]
    """
    _ready("hardshrink", input)
    return where((input >= -lambd) & (input <= lambd), 0.0, input)


def softshrink(input: Value, lambd: float = 0.5) -> Value:
    """``x`` moved towards 0 by `lambd`, and 0 where it would pass it; SettingError if `lambd` is negative.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.softshrink(tw.tensor([-2.0, 0.3, 1.0])).tolist()
    [-1.5, 0.0, 0.5]
    """
    _ready("softshrink", input)
    if not lambd >= 0:
        raise SettingError(f"lambd is at least 0, not {lambd}", op="softshrink")
    shrunk = where(input > lambd, input - lambd, where(input < -lambd, input + lambd, 0.0))
    return where(isnan(input), input, shrunk)


def softmin(input: Value, dim: int | None = None, *, dtype: Any = None) -> Value:
    """`softmax` of ``-x``: positive numbers with the sum 1 along `dim`, large where `x` is small.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> [round(y, 4) for y in tw.softmin(tw.tensor([0.0, 1.0]), 0).tolist()]
    [0.7311, 0.2689]
    """
    _ready("softmin", input, floating=dtype is None)
    if dim is None:  # PyTorch's guess, with a warning there
        dim = 0 if input.ndim in (0, 1, 3) else 1
    return softmax(-input, dim, dtype=dtype)


def gumbel_softmax(
    logits: Value,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: RandomSource = None,
) -> Value:
    """A random choice along `dim`, softened: ``softmax((logits + noise) / tau)`` (Jang, Gu and Poole, 2016).

    Parameters
    ----------
    logits : Tensor
        Unnormalised logarithms of probabilities, of any shape.
    tau : float
        The smaller, the closer to a choice of one class; not 0.
    hard : bool
        Give 1 for the class chosen and 0 for the others, with the gradient of the soft answer ("straight through").
    eps : float
        Not used, as in PyTorch.
    generator : Generator or int, optional
        Where the noise, of Gumbel's distribution, is drawn from.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> chosen = tw.gumbel_softmax(tw.zeros(4, 3), hard=True)
    >>> chosen.sum(1).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    _ready("gumbel_softmax", logits)
    shape, dtype = logits.shape, logits.dtype
    noise = drawn(generator, lambda g: -np.log(g.standard_exponential(shape)).astype(dtype))
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    axis = axis_of("gumbel_softmax", logits, dim)
    places = np.arange(shape[axis]).reshape((-1,) + (1,) * (logits.ndim - axis - 1)) if shape else np.zeros((), int)
    chosen = cast(argmax(soft, axis, True) == places, dtype=dtype)
    return chosen - constant(soft) + soft
