"""Rows of tests: arithmetic."""

import numpy as np

import tinygrad_wtf as tw
from tests.cases.common import POSITIVE, WIDE, elementwise


def condition(*arrays):
    """A fixed pattern of booleans in the first array's shape."""
    return np.arange(arrays[0].size).reshape(arrays[0].shape) % 3 == 0


CASES = [
    elementwise("add", tw.add, np.add, lambda a, b: 1, lambda a, b: 1),
    elementwise("sub", tw.sub, np.subtract, lambda a, b: 1, lambda a, b: -1),
    elementwise("mul", tw.mul, np.multiply, lambda a, b: b, lambda a, b: a),
    elementwise("div", tw.div, np.true_divide, lambda a, b: 1 / b, lambda a, b: -a / b**2, domains=(WIDE, POSITIVE)),
    elementwise("neg", tw.neg, np.negative, lambda x: -1),
    elementwise(
        "pow", tw.pow, np.power, lambda x, n: n * x ** (n - 1), lambda x, n: x**n * np.log(x), domains=(POSITIVE, WIDE)
    ),
    elementwise("pow", lambda x: x**3, lambda x: x * x * x, lambda x: 3 * x * x, label="pow by 3"),
    elementwise("pow", lambda x: 2**x, np.exp2, lambda x: np.exp2(x) * np.log(2), label="pow of 2"),
    elementwise("abs", tw.abs, np.abs, lambda x: np.where(x > 0, 1, -1), away_from=(0,)),
    elementwise("sign", tw.sign, np.sign, lambda x: 0 * x, away_from=(0,)),
    elementwise("maximum", tw.maximum, np.maximum, lambda a, b: a > b, lambda a, b: b > a, distinct=True),
    elementwise("minimum", tw.minimum, np.minimum, lambda a, b: a < b, lambda a, b: b < a, distinct=True),
    elementwise(
        "clamp_min",
        lambda x, low: tw.clamp(x, min=low),
        np.maximum,
        lambda x, low: x > low,
        lambda x, low: x < low,
        distinct=True,
    ),
    elementwise(
        "clamp_max",
        lambda x, high: tw.clamp(x, max=high),
        np.minimum,
        lambda x, high: x < high,
        lambda x, high: x > high,
        distinct=True,
    ),
    elementwise(
        "where",
        lambda a, b: tw.where(condition(a), a, b),
        lambda a, b: np.where(condition(a), a, b),
        lambda a, b: condition(a),
        lambda a, b: ~condition(a),
    ),
    elementwise(
        "cast",
        lambda x: tw.Tensor.to(x, tw.float64) if x.dtype == tw.float32 else tw.Tensor.clone(x),
        lambda x: x,
        lambda x: 1,
    ),
]
