"""Rows of tests: shape."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.cases.common import WIDE, Case, numbers, one_array


@st.composite
def joined(draw):
    """Up to four arrays that differ in their last size only."""
    shape = draw(hnp.array_shapes(max_dims=2, max_side=3))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    return tuple(draw(hnp.arrays(np.float64, (*shape, n), elements=numbers(WIDE))) for n in sizes)


CASES = [
    Case("sum_to", lambda x: tw.broadcast_to(x, (2, *x.shape)), lambda x: np.stack([x, x]), one_array()),
    Case(
        "broadcast_to",
        lambda x: tw.broadcast_to(tw.unsqueeze(x, 1), (x.shape[0], 3, *x.shape[1:])),
        lambda x: np.repeat(x[:, None], 3, 1),
        one_array(),
    ),
    Case("reshape", lambda x: tw.reshape(x, (-1,)), np.ravel, one_array()),
    Case(
        "reshape",
        lambda x: tw.unsqueeze(tw.flatten(x, 0), -1),
        lambda x: x.reshape(-1, 1),
        one_array(),
        label="flatten and unsqueeze",
    ),
    Case("permute", lambda x: tw.movedim(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), one_array(min_dims=2)),
    Case(
        "permute",
        lambda x: tw.transpose(x, 0, 1),
        lambda x: np.swapaxes(x, 0, 1),
        one_array(min_dims=2),
        label="transpose",
    ),
    Case("cat", lambda *xs: tw.cat(xs, -1), lambda *xs: np.concatenate(xs, -1), joined()),
    Case("cat", lambda x: tw.stack((x, x * x), 1), lambda x: np.stack((x, x * x), 1), one_array(), label="stack"),
]
