"""Rows of tests: joining and dividing."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers, one_array


@st.composite
def joined(draw):
    """Up to four arrays that differ in their last size only."""
    shape = draw(hnp.array_shapes(max_dims=2, max_side=3))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    return tuple(draw(hnp.arrays(np.float64, (*shape, n), elements=numbers(WIDE))) for n in sizes)


CASES = [
    Case("cat", lambda *xs: tw.cat(xs, -1), lambda *xs: np.concatenate(xs, -1), joined()),
    Case("cat", lambda x: tw.stack((x, x * x), 1), lambda x: np.stack((x, x * x), 1), one_array(), label="stack"),
    Case("cat", lambda x: tw.vstack((x, x * x)), lambda x: np.vstack((x, x * x)), one_array(), label="vstack"),
    Case("cat", lambda x: tw.dstack((x, x * x)), lambda x: np.dstack((x, x * x)), one_array(), label="dstack"),
    Case(
        "getitem",
        lambda x: tw.cat(tw.split(x, 2, -1)[::-1], -1),
        lambda x: np.concatenate(np.split(x, range(2, x.shape[-1], 2), -1)[::-1], -1),
        one_array(),
        label="split",
    ),
    Case(
        "getitem",
        lambda x: tw.cat(tw.tensor_split(x, 2)[::-1]),
        lambda x: np.concatenate(np.array_split(x, 2)[::-1]),
        one_array(),
        label="tensor_split",
    ),
    Case(
        "getitem",
        lambda x: sum(tw.unbind(x, -1), start=0 * x[..., 0]),
        lambda x: x.sum(-1),
        one_array(),
        label="unbind",
    ),
    Case(
        "reshape",
        lambda x: tw.meshgrid(tw.ravel(x), tw.ravel(x), indexing="xy")[0],
        lambda x: np.meshgrid(x.ravel(), x.ravel())[0],
        one_array(),
        label="meshgrid",
    ),
]
