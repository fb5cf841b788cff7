"""Rows of tests: whole numbers, and the bits of floating-point ones."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, elementwise


def whole(x):
    """Whole numbers from drawn ones."""
    return (x * 4).to(tw.int64) if isinstance(x, tw.Tensor) else np.trunc(x * 4).astype(int)


CASES = [
    *[
        elementwise(
            name,
            lambda a, b, name=name: getattr(tw, name)(whole(a), whole(b)),
            lambda a, b, name=name: getattr(np, name)(whole(a), whole(b)),
            domains=(WIDE, WIDE),
            differentiable=False,
        )
        for name in ("gcd", "lcm")
    ],
    *[
        elementwise(
            name,
            lambda a, b, name=name: getattr(tw, name)(whole(a), whole(b)),
            lambda a, b, numpys=numpys: numpys(whole(a), whole(b)),
            domains=(WIDE, (0.0, 3.0)),
            differentiable=False,
        )
        for name, numpys in [("bitwise_left_shift", np.left_shift), ("bitwise_right_shift", np.right_shift)]
    ],
    elementwise("nextafter", tw.nextafter, np.nextafter, domains=(WIDE, WIDE), differentiable=False),
    elementwise("signbit", tw.signbit, np.signbit, differentiable=False),
    elementwise("exponent", lambda x: tw.frexp(x).exponent, lambda x: np.frexp(x)[1], differentiable=False),
]
