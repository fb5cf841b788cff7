"""Rows of tests: losses."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, elementwise
from tinygrad_wtf.core.op import Op

LABELS = (0.0, 1.0)
PROBABILITIES = (0.05, 0.95)

CASES = [
    elementwise(
        "binary_cross_entropy",
        tw.binary_cross_entropy,
        lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)),
        lambda a, y: -(y / a - (1 - y) / (1 - a)),
        lambda a, y: np.log(1 - a) - np.log(a),
        domains=(PROBABILITIES, LABELS),
    ),
    elementwise(
        "binary_cross_entropy_slope",
        Op.table["binary_cross_entropy_slope"],
        lambda a, y: (1 - y) / (1 - a) - y / a,
        lambda a, y: (1 - y) / (1 - a) ** 2 + y / a**2,
        lambda a, y: -1 / (1 - a) - 1 / a,
        domains=(PROBABILITIES, LABELS),
    ),
    elementwise(
        "binary_cross_entropy_with_logits",
        tw.binary_cross_entropy_with_logits,
        lambda z, y: (1 - y) * z + np.logaddexp(-z, 0),
        lambda z, y: 1 / (1 + np.exp(-z)) - y,
        lambda z, y: -z,
        domains=(WIDE, LABELS),
    ),
]
