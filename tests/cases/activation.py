"""Rows of tests: the functions between layers."""

import numpy as np

import tinygrad_wtf as tw
from tests.cases.common import elementwise


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


CASES = [
    elementwise("sigmoid", tw.sigmoid, sigmoid, lambda x: 1 / (2 + 2 * np.cosh(x))),
    elementwise("relu", tw.relu, lambda x: np.where(x > 0, x, 0), lambda x: x > 0, away_from=(0,)),
    elementwise("softplus", tw.softplus, lambda x: np.logaddexp(x, 0), sigmoid),
]
