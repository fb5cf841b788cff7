"""Rows of tests: writing entries."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers

PLACES = np.array([2, 0])
REPEATED = np.array([2, 0, 2, 1])


@st.composite
def rows(draw, count):
    """Three rows, and `count` rows to be written among them."""
    width = draw(st.integers(1, 3))
    return tuple(draw(hnp.arrays(np.float64, (n, width), elements=numbers(WIDE))) for n in (3, count))


def written(x, v):
    y = x.copy()
    y[PLACES] = v
    return y


def added(x, v):
    y = x.copy()
    np.add.at(y, REPEATED, v)
    return y


def everywhere(places, v):
    """The same places in every column."""
    return np.broadcast_to(places[:, None], v.shape)


CASES = [
    Case("put", lambda x, v: tw.index_put(x, (PLACES,), v), written, rows(2)),
    Case("put", lambda x, v: tw.index_copy(x, 0, PLACES, v), written, rows(2), label="index_copy"),
    Case("put", lambda x, v: tw.scatter(x, 0, everywhere(PLACES, v), v), written, rows(2), label="scatter"),
    Case(
        "put",
        lambda x, v: tw.select_scatter(tw.slice_scatter(x, v[:1], 0, 2), v[1], 0, 0),
        written,
        rows(2),
        label="slice_scatter and select_scatter",
    ),
    Case(
        "add_into_zeros",
        lambda x, v: tw.scatter_add(x, 0, everywhere(REPEATED, v), v),
        added,
        rows(4),
        label="scatter_add",
    ),
    Case("add_into_zeros", lambda x, v: tw.index_add(x, 0, REPEATED, v), added, rows(4), label="index_add"),
    Case(
        "add_into_zeros",
        lambda x, v: tw.index_put(x, (REPEATED,), v, accumulate=True),
        added,
        rows(4),
        label="index_put with accumulate",
    ),
    Case(
        "where",
        lambda x, v: tw.index_fill(x, 0, REPEATED[:3], v[0, 0]),
        lambda x, v: np.where([[True], [False], [True]], v[0, 0], x),
        rows(1),
        label="index_fill",
    ),
]
