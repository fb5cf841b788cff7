"""Rows of tests: looking up rows."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case
from tests.ops.cases.indexing import three_rows

WORDS = np.array([[0, 2], [2, 1]])

CASES = [
    Case("getitem", lambda x: tw.embedding(WORDS, x), lambda x: x[WORDS], three_rows, label="embedding"),
    Case("in_range", lambda x: tw.embedding(WORDS, x), lambda x: x[WORDS], three_rows, label="embedding in range"),
    Case(
        "constant",  # not differentiated by it is the point of the row
        lambda x: tw.embedding(WORDS, x, padding_idx=2),
        lambda x: x[WORDS],
        three_rows,
        differentiable=False,
    ),
]
