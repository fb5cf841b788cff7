"""Rows of tests: normalisation."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array
from tests.ops.cases.convolution import arrays
from tinygrad_wtf.core.op import Op

EPS = 0.5  # so that the variance's own zero, where all entries are equal, is no corner


def standardized(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPS)


def slope(g, y, x):
    centred = g - g.mean(-1, keepdims=True) - y * (g * y).mean(-1, keepdims=True)
    return centred / np.sqrt(x.var(-1, keepdims=True) + EPS)


CASES = [
    Case("standardize", lambda x: Op.table["standardize"](x, eps=EPS), standardized, one_array()),
    Case(
        "standardize_slope",
        lambda g, y, x: Op.table["standardize_slope"](g, y, x, eps=EPS),
        slope,
        arrays((1, 3), (1, 3), (1, 3)),
    ),
    Case(
        "standardize",
        lambda x, w, b: tw.layer_norm(x, (1, 3), w, b, EPS),
        lambda x, w, b: standardized(x.reshape(2, 3)).reshape(2, 1, 3) * w + b,
        arrays((2, 1, 3), (1, 3), (1, 3)),
        label="layer_norm",
    ),
    Case(
        "standardize",
        lambda x, w: tw.batch_norm(x, None, None, w, training=True, eps=EPS),
        lambda x, w: np.moveaxis(standardized(np.moveaxis(x, 1, 0).reshape(2, 4)).reshape(2, 2, 2), 0, 1) * w[:, None],
        arrays((2, 2, 2), (2,)),
        label="batch_norm",
    ),
    Case(
        "standardize",
        lambda x: tw.group_norm(x, 2, eps=EPS),
        lambda x: standardized(x.reshape(1, 2, 4)).reshape(1, 4, 2),
        arrays((1, 4, 2)),
        label="group_norm",
    ),
]
