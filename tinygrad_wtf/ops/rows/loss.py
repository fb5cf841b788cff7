"""Losses that lose their meaning when they are taken apart: one number for each pair (prediction, label)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.rows.choice import maximum
from tinygrad_wtf.ops.rows.elementary import log, log1p, sigmoid
from tinygrad_wtf.ops.rows.elementwise import elementwise

# PyTorch's bounds: log(0) counts as -100, and a (1 - a) as 1e-12 rounded to float32.
LOWEST_LOG = -100
SMALLEST = 1e-12
SMALLEST_VARIANCE = float(np.float32(SMALLEST))


def _log_loss(a: Any, y: Any) -> Any:
    return (y - 1) * np.maximum(np.log1p(-a), LOWEST_LOG) - y * np.maximum(np.log(a), LOWEST_LOG)


def _variance(a: Any) -> Any:
    return (a + SMALLEST) * (1 - a + SMALLEST)


def _slope(a: Any, y: Any) -> Any:
    return (a - y) / np.maximum(a * (1 - a), SMALLEST_VARIANCE)


# A row of its own, since the bound is no constant to PyTorch when it differentiates again: y/a² + (1 - y)/(1 - a)².
binary_cross_entropy_slope = elementwise(
    "binary_cross_entropy_slope",
    "({0} - {1}) / ({0} (1 - {0}))",
    in_float32(_slope),
    lambda slope, a, y: (a * a - 2 * a * y + y) / (_variance(a) * _variance(a)),
    lambda slope, a, y: -1 / maximum(a * (1 - a), SMALLEST_VARIANCE),
    sign="BCE'",
)
# The guide's log-loss of one sample, -(y log a + (1 - y) log(1 - a)); its derivative is -(y/a - (1 - y)/(1 - a)).
binary_cross_entropy = elementwise(
    "binary_cross_entropy",
    "-({1} log {0} + (1 - {1}) log(1 - {0}))",
    in_float32(_log_loss),
    lambda loss, a, y: binary_cross_entropy_slope(a, y),
    lambda loss, a, y: maximum(log1p(-a), LOWEST_LOG) - maximum(log(a), LOWEST_LOG),
    sign="BCE",
)


def _log_loss_of_logits(z: Any, y: Any) -> Any:
    return (1 - y) * np.maximum(z, 0) + y * np.maximum(-z, 0) + np.log1p(np.exp(-np.abs(z)))


# The same loss of a = σ(z) without ever forming the logarithm of `a`: its derivative is the guide's dZ = A - y.
binary_cross_entropy_with_logits = elementwise(
    "binary_cross_entropy_with_logits",
    "-({1} log σ({0}) + (1 - {1}) log(1 - σ({0})))",
    in_float32(_log_loss_of_logits),
    lambda loss, z, y: sigmoid(z) - y,
    lambda loss, z, y: -z,
    sign="BCE(σ)",
)
