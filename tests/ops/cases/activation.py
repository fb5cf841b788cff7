"""Rows of tests: the functions between layers."""

import math

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, elementwise
from tests.ops.cases.elementary import sigmoid
from tinygrad_wtf.ops.rows import activation as rows


def normal(x):
    return 0.5 * np.vectorize(math.erfc, otypes=[float])(-x / np.sqrt(2))


def bell(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def softplus(x):
    return np.logaddexp(x, 0)


CASES = [
    elementwise("relu", tw.relu, lambda x: np.where(x > 0, x, 0), lambda x: x > 0, away_from=(0,)),
    elementwise("softplus", tw.softplus, softplus, sigmoid),
    elementwise(
        "softplus",
        lambda x: tw.softplus(x, beta=2, threshold=1),
        lambda x: np.where(x > 0.5, x, softplus(2 * x) / 2),
        lambda x: np.where(x > 0.5, 1, sigmoid(2 * x)),
        away_from=(0.5,),
        label="softplus with a threshold",
    ),
    elementwise("softplus", tw.logsigmoid, lambda x: -softplus(-x), lambda x: sigmoid(-x), label="logsigmoid"),
    elementwise(
        "mish",
        tw.mish,
        lambda x: x * np.tanh(softplus(x)),
        lambda x: np.tanh(softplus(x)) + x * sigmoid(x) / np.cosh(softplus(x)) ** 2,
    ),
    elementwise(
        "silu",
        tw.silu,
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
    ),
    elementwise(
        "elu",
        lambda x: tw.elu(x, 1.5),
        lambda x: np.where(x > 0, x, 1.5 * np.expm1(x)),
        lambda x: np.where(x > 0, 1, 1.5 * np.exp(x)),
        away_from=(0,),
    ),
    elementwise(
        "elu",
        lambda x: tw.celu(x, 2),
        lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2)),
        lambda x: np.where(x > 0, 1, np.exp(x / 2)),
        away_from=(0,),
        label="celu",
    ),
    elementwise("gelu", tw.gelu, lambda x: x * normal(x), lambda x: normal(x) + x * bell(x)),
    elementwise(
        "gelu_tanh",
        lambda x: tw.gelu(x, "tanh"),
        lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        domains=(WIDE,),
    ),
    elementwise(
        "within",
        lambda x: rows.within(x, bound=2.0),
        lambda x: np.clip(x, -2, 2),
        lambda x: abs(x) <= 2,
        away_from=(-2, 2),
    ),
    elementwise(
        "where",
        lambda x: tw.leaky_relu(x, 0.1),
        lambda x: np.maximum(x, x / 10),
        lambda x: np.where(x > 0, 1, 0.1),
        away_from=(0,),
        label="leaky_relu",
    ),
    elementwise(
        "where",
        lambda x: tw.hardtanh(x, -1, 2),
        lambda x: np.clip(x, -1, 2),
        lambda x: (x > -1) & (x < 2),
        away_from=(-1, 2),
        label="hardtanh",
    ),
    elementwise(
        "where",
        tw.hardswish,
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x < 3, x / 3 + 0.5, 1) * (x > -3),
        away_from=(-3, 3),
        label="hardswish",
    ),
    elementwise(
        "div", tw.softsign, lambda x: x / (1 + abs(x)), lambda x: (1 + abs(x)) ** -2.0, away_from=(0,), label="softsign"
    ),
]
