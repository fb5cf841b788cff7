"""The functions between a network's layers, finite and silent at every input."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.ops.broadcasting import elementwise


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


# name, notation, forward, dy/dx
# One row, not 1 / (1 + exp(-x)) step by step: there a large |x| gives 0 * inf on the way back.
sigmoid = elementwise("sigmoid", "σ({})", lambda x: 1 / (1 + np.exp(-x)), lambda y, x: y * (1 - y))
relu = elementwise("relu", "relu({})", lambda x: np.maximum(x, 0), lambda y, x: x > 0, takes="numbers")
softplus = elementwise("softplus", "softplus({})", _softplus, lambda y, x: sigmoid(x))
