"""Rows of tests: indexing."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers, reduced

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
    Case(
        "getitem",
        lambda x: tw.gather(x, 0, np.broadcast_to(np.array([[1], [1], [0]]), x.shape)),
        lambda x: x[[1, 1, 0]],
        three_rows,
        label="gather",
    ),
    Case(
        "getitem",
        lambda x: tw.take_along_dim(x, np.array([[-1]]), 1),
        lambda x: x[:, -1:],
        three_rows,
        label="take_along_dim, stretched",
    ),
    Case(
        "getitem",
        lambda x: tw.index_select(x, 1, np.zeros(2, np.int64)),
        lambda x: x[:, [0, 0]],
        three_rows,
        label="index_select",
    ),
    Case(
        "getitem",
        lambda x: tw.masked_select(x, MASK[:, None]),
        lambda x: x[MASK].ravel(),
        three_rows,
        label="masked_select",
    ),
    Case("getitem", lambda x: tw.take(x, ROWS), lambda x: x.ravel()[ROWS], three_rows, label="take"),
    Case("nonzero", tw.nonzero, lambda x: np.argwhere(x), three_rows, differentiable=False),
]
