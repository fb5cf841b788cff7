"""Rows of tests: padding."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array

CASES = [
    Case(
        "add_into_zeros",
        lambda x: tw.pad(x, (2, 1)),
        lambda x: np.pad(x, [(0, 0)] * (x.ndim - 1) + [(2, 1)]),
        one_array(),
        label="pad with 0",
    ),
    Case(
        "put",
        lambda x: tw.pad(x, (2, -1), value=1.5),
        lambda x: np.pad(x[..., :-1], [(0, 0)] * (x.ndim - 1) + [(2, 0)], constant_values=1.5),
        one_array(),
        label="pad with a value",
    ),
    *[
        Case(
            "cat",
            lambda x, mode=mode: tw.pad(x, (1, 2), mode),
            lambda x, numpys=numpys: np.pad(x, [(0, 0)] * (x.ndim - 1) + [(1, 2)], mode=numpys),
            one_array(min_dims=2, min_side=3),
            label=f"pad {mode}",
        )
        for mode, numpys in [("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")]
    ],
]
