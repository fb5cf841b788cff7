"""Rows of tests: running sums and products."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array, reduced

CASES = [
    Case("cumsum", lambda x: tw.cumsum(x, 0), lambda x: np.cumsum(x, 0), reduced()),
    Case("cumprod", lambda x: tw.cumprod(x, -1), lambda x: np.cumprod(x, -1), reduced()),
    Case("recurrence", lambda x: tw.cumprod(x, 0), lambda x: np.cumprod(x, 0), reduced(), label="slope of cumprod"),
    Case(
        "logcumsumexp",
        lambda x: tw.logcumsumexp(x, 0),
        lambda x: np.log(np.cumsum(np.exp(x), 0)),
        one_array(max_dims=2),
    ),
    Case("argcummax", lambda x: tw.cummax(x, 0).values, np.maximum.accumulate, one_array(max_dims=2, distinct=True)),
    Case("argcummin", lambda x: tw.cummin(x, 0).values, np.minimum.accumulate, one_array(max_dims=2, distinct=True)),
]
