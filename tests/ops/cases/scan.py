"""Rows of tests: running sums and products."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, reduced

CASES = [
    Case("cumsum", lambda x: tw.cumsum(x, 0), lambda x: np.cumsum(x, 0), reduced()),
    Case("cumprod", lambda x: tw.cumprod(x, -1), lambda x: np.cumprod(x, -1), reduced()),
    Case("recurrence", lambda x: tw.cumprod(x, 0), lambda x: np.cumprod(x, 0), reduced(), label="slope of cumprod"),
]
