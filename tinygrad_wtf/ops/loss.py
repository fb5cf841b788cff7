"""Losses that lose their meaning when they are taken apart: one number for each pair (prediction, label)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.ops.activation import sigmoid
from tinygrad_wtf.ops.arithmetic import maximum
from tinygrad_wtf.ops.broadcasting import elementwise
from tinygrad_wtf.ops.elementary import log, log1p

# PyTorch's bounds: log(0) counts as -100, and a (1 - a) as 1e-12.
LOWEST_LOG = -100
SMALLEST_VARIANCE = 1e-12


def _log_loss(a: Any, y: Any) -> Any:
    return (y - 1) * np.maximum(np.log1p(-a), LOWEST_LOG) - y * np.maximum(np.log(a), LOWEST_LOG)


# The guide's log-loss of one sample, -(y log a + (1 - y) log(1 - a)); its derivative is -(y/a - (1 - y)/(1 - a)).
binary_cross_entropy = elementwise(
    "binary_cross_entropy",
    "-({1} log {0} + (1 - {1}) log(1 - {0}))",
    _log_loss,
    lambda loss, a, y: (a - y) / maximum(a * (1 - a), SMALLEST_VARIANCE),
    lambda loss, a, y: maximum(log1p(-a), LOWEST_LOG) - maximum(log(a), LOWEST_LOG),
    sign="BCE",
)


def _log_loss_of_logits(z: Any, y: Any) -> Any:
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


# The same loss of a = σ(z) without ever forming the logarithm of `a`: its derivative is the guide's dZ = A - y.
binary_cross_entropy_with_logits = elementwise(
    "binary_cross_entropy_with_logits",
    "-({1} log σ({0}) + (1 - {1}) log(1 - σ({0})))",
    _log_loss_of_logits,
    lambda loss, z, y: sigmoid(z) - y,
    lambda loss, z, y: -z,
    sign="BCE∘σ",
)
