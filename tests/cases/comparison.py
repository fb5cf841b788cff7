"""Rows of tests: comparisons."""

import numpy as np

import tinygrad_wtf as tw
from tests.cases.common import WIDE, elementwise

CASES = [
    *[
        elementwise(op.name, op, oracle, domains=(WIDE, WIDE), differentiable=False)
        for op, oracle in [
            (tw.eq, np.equal),
            (tw.ne, np.not_equal),
            (tw.lt, np.less),
            (tw.le, np.less_equal),
            (tw.gt, np.greater),
            (tw.ge, np.greater_equal),
            (tw.logical_and, np.logical_and),
            (tw.logical_or, np.logical_or),
            (tw.logical_xor, np.logical_xor),
        ]
    ],
    *[
        elementwise(op.name, op, oracle, differentiable=False)
        for op, oracle in [
            (tw.logical_not, np.logical_not),
            (tw.isnan, np.isnan),
            (tw.isinf, np.isinf),
            (tw.isfinite, np.isfinite),
        ]
    ],
]
