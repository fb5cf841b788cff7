"""Rows of tests: indexing."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.cases.common import WIDE, Case, numbers, reduced

ROWS = np.array([0, 2, 0, -1])
MASK = np.array([True, False, True])
three_rows = hnp.arrays(np.float64, st.tuples(st.just(3), st.integers(1, 3)), elements=numbers(WIDE)).map(
    lambda x: (x,)
)

CASES = [
    Case("getitem", lambda x: x[ROWS], lambda x: x[ROWS], three_rows, label="integer array, repeated"),
    Case("getitem", lambda x: x[MASK], lambda x: x[MASK], three_rows, label="boolean array"),
    Case("getitem", lambda x: x[..., None, ::-2], lambda x: x[..., None, ::-2], three_rows, label="slices"),
    Case("getitem", lambda x: x[1], lambda x: x[1], three_rows, label="an integer"),
    Case("getitem", lambda x: x[ROWS, 0], lambda x: x[ROWS, 0], three_rows, label="mixed index"),
    Case("getitem", lambda x: tw.max(x, 0).values, lambda x: x.max(0), reduced(distinct=True), label="max along a dim"),
    Case(
        "add_into_zeros",
        lambda x: (
            tw.grad((x[ROWS] ** 2).sum(), x, create_graph=True)[0]
            if isinstance(x, tw.Tensor) and x.requires_grad
            else 2 * x * np.array([[2], [0], [2]])
        ),
        lambda x: 2 * x * np.array([[2], [0], [2]]),
        three_rows,
        label="gradient of an index",
    ),
]
