"""The functions between a network's layers, entry by entry. Those of whole vectors, as softmax, are in `vectors`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_wtf.ops.precision import cast_to, in_float32, widened
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.elementary import exp, sigmoid, tanh
from tinygrad_wtf.ops.rows.elementwise import elementwise
from tinygrad_wtf.ops.rows.special import erfc


def _log_one_plus_exp(x: Any, beta: float = 1.0, threshold: float = math.inf) -> Any:
    z = x * beta
    return np.where(z > threshold, x, (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta)


# name, notation, forward, dy/dx
relu = elementwise(
    "relu",
    "relu({})",
    lambda x: np.maximum(x, 0),
    lambda y, x: y != 0,  # nan passes
    takes="numbers",
    kinks="0, with slope 0",
)
softplus = elementwise(
    "softplus",
    "softplus({})",
    _log_one_plus_exp,
    lambda y, x, beta=1.0, threshold=math.inf: where(
        x * beta > threshold, 1, sigmoid(where(x * beta >= threshold, threshold, x * beta))
    ),
)
elu = elementwise(
    "elu",
    "elu({})",
    lambda x, height, width: np.where(x > 0, x, height * np.expm1(np.minimum(x, 0) / width)),
    lambda y, x, height=1.0, width=1.0: where(x > 0, 1, height / width * exp(where(x >= 0, 0, x) / width)),
    kinks="0, where the slope is that of the negative side, and it does not bend",
)
# Gates: x times how far a unit is open. Beyond `FAR` it is open or closed to the last bit in every precision, and there
# x itself in the derivative would overflow against a slope of 0.
FAR = 750.0
ROOT_2_OVER_PI = math.sqrt(2 / math.pi)
within = elementwise(
    "within",
    "{}",
    lambda x, bound=FAR: np.minimum(np.maximum(x, -bound), bound),
    lambda y, x, bound=FAR: y == x,
    meaning=lambda x, bound=FAR: x,
    kinks="the bounds, where the slope is 1",
)


def _times_normal(x: Any) -> Any:
    return x * (0.5 * erfc.forward(x * -math.sqrt(0.5)))


def _times_tanh(x: Any) -> Any:
    z = np.minimum(np.maximum(x, -10), 10)  # where the cube is finite; beyond, tanh is ±1
    return 0.5 * x * (1 + np.tanh(ROOT_2_OVER_PI * (z + 0.044715 * (z * z * z))))


def _silu_slope(x: Any) -> Any:
    open = sigmoid(x)
    return open * (1 + x * (1 - open))


def _mish_slope(x: Any) -> Any:
    open = tanh(softplus(x))
    return open + x * ((1 - open * open) * sigmoid(x))


def _gelu_slope(x: Any) -> Any:
    return 0.5 * erfc(x * -math.sqrt(0.5)) + x * (exp(-0.5 * (x * x)) / math.sqrt(2 * math.pi))


def _gelu_tanh_slope(x: Any) -> Any:
    open = tanh(ROOT_2_OVER_PI * (x + 0.044715 * (x * x * x)))
    return 0.5 * (1 + open) + 0.5 * x * ((1 - open * open) * (ROOT_2_OVER_PI * (1 + 3 * 0.044715 * (x * x))))


silu = elementwise(
    "silu",
    "silu({})",
    lambda x: x * sigmoid.forward(x),
    lambda y, x: _silu_slope(within(x, bound=FAR)),
    meaning=lambda x: x * sigmoid(x),
)
mish = elementwise(
    "mish",
    "mish({})",
    lambda x: x * np.tanh(_log_one_plus_exp(x, 1.0, math.inf)),
    lambda y, x: _mish_slope(within(x, bound=FAR)),
    meaning=lambda x: x * tanh(softplus(x)),
)
gelu = elementwise(
    "gelu",
    "gelu({})",
    _times_normal,
    lambda y, x: _gelu_slope(within(x, bound=40.0)),
    meaning=lambda x: x * (0.5 * erfc(x * -math.sqrt(0.5))),
)
gelu_tanh = elementwise(
    "gelu_tanh",
    "gelu({})",
    in_float32(_times_tanh),
    lambda y, x: cast_to(_gelu_tanh_slope(within(widened(x), bound=10.0)), x.dtype),
    meaning=lambda x: 0.5 * x * (1 + tanh(ROOT_2_OVER_PI * (x + 0.044715 * x**3))),
    sign="gelu",
)
