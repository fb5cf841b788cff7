"""Rows of tests: comparisons."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, elementwise

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
    *[
        elementwise(
            op.name,
            lambda a, b, op=op: op(a > 0, b > 0),
            lambda a, b, oracle=oracle: oracle(a > 0, b > 0),
            domains=(WIDE, WIDE),
            differentiable=False,
        )
        for op, oracle in [
            (tw.bitwise_and, np.logical_and),
            (tw.bitwise_or, np.logical_or),
            (tw.bitwise_xor, np.not_equal),
        ]
    ],
    elementwise("bitwise_not", lambda x: tw.bitwise_not(x > 0), lambda x: x <= 0, differentiable=False),
    elementwise(
        "is_among",
        lambda x: tw.isin(x, x.reshape(-1)[:1]),
        lambda x: np.isin(x, x.reshape(-1)[:1]),
        differentiable=False,
    ),
    elementwise("where", tw.isreal, np.isreal, differentiable=False, label="isreal"),
]
