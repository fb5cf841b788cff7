"""Rows of tests: steps."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import elementwise

WHOLE = tuple(range(-3, 4))
HALVES = tuple(n + 0.5 for n in range(-4, 4))


def flat(x):
    return 0 * x


CASES = [
    elementwise("sign", tw.sign, np.sign, flat, away_from=(0,)),
    elementwise("floor", tw.floor, np.floor, flat, away_from=WHOLE),
    elementwise("ceil", tw.ceil, np.ceil, flat, away_from=WHOLE),
    elementwise("trunc", tw.trunc, np.trunc, flat, away_from=WHOLE),
    elementwise("round", tw.round, np.round, flat, away_from=HALVES),
    elementwise(
        "round",
        lambda x: tw.round(x, decimals=-1),
        lambda x: np.round(x, -1),
        flat,
        domains=((-4, 4),),
        label="decimals",
    ),
    elementwise("trunc", tw.frac, lambda x: np.modf(x)[0], np.ones_like, away_from=WHOLE, label="frac"),
]
