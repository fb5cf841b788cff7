"""Rows of tests: choosing between values, and `cast`."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import elementwise


def condition(*arrays):
    """A fixed pattern of booleans in the first array's shape."""
    return np.arange(arrays[0].size).reshape(arrays[0].shape) % 3 == 0


CASES = [
    elementwise("maximum", tw.maximum, np.maximum, lambda a, b: a > b, lambda a, b: b > a, distinct=True),
    elementwise("minimum", tw.minimum, np.minimum, lambda a, b: a < b, lambda a, b: b < a, distinct=True),
    elementwise("clamp_min", tw.clamp_min, np.maximum, lambda x, low: x > low, lambda x, low: x < low, distinct=True),
    elementwise(
        "clamp_max",
        lambda x, high: tw.clamp(x, max=high),
        np.minimum,
        lambda x, high: x < high,
        lambda x, high: x > high,
        distinct=True,
    ),
    elementwise(
        "clamp",
        tw.clamp,
        lambda x, low, high: np.minimum(np.maximum(x, low), high),
        lambda x, low, high: (low < x) & (x < high),
        lambda x, low, high: (x < low) & (low < high),
        lambda x, low, high: (high < x) | (high < low),
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
        "where",
        lambda x: tw.masked_fill(x, condition(x), 7),
        lambda x: np.where(condition(x), 7, x),
        lambda x: ~condition(x),
        label="masked_fill",
    ),
    elementwise("where", tw.nan_to_num, lambda x: x, np.ones_like, label="nan_to_num"),
    elementwise(
        "cast",
        lambda x: tw.Tensor.to(x, tw.float64) if x.dtype == tw.float32 else tw.Tensor.clone(x),
        lambda x: x,
        lambda x: 1,
    ),
    elementwise("fmax", tw.fmax, np.fmax, lambda a, b: a > b, lambda a, b: b > a, distinct=True),
    elementwise("fmin", tw.fmin, np.fmin, lambda a, b: a < b, lambda a, b: b < a, distinct=True),
    elementwise(
        "heaviside",
        tw.heaviside,
        lambda x, at_0: (x > 0) + 0 * at_0,
        lambda x, at_0: 0 * (x + at_0),
        lambda x, at_0: 0 * (x + at_0),
        away_from=(0,),
    ),
    elementwise(
        "where",
        lambda x: tw.threshold(x, 0.3, 2),
        lambda x: np.where(x > 0.3, x, 2),
        lambda x: x > 0.3,
        away_from=(0.3,),
        label="threshold",
    ),
    elementwise(
        "where",
        lambda x: tw.hardshrink(x, 0.3),
        lambda x: np.where(np.abs(x) > 0.3, x, 0),
        lambda x: np.abs(x) > 0.3,
        away_from=(-0.3, 0.3),
        label="hardshrink",
    ),
    elementwise(
        "where",
        lambda x: tw.softshrink(x, 0.3),
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.3, 0),
        lambda x: np.abs(x) > 0.3,
        away_from=(-0.3, 0.3),
        label="softshrink",
    ),
]
