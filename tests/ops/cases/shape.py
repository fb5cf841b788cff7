"""Rows of tests: shape."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array

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
    Case(
        "reshape",
        lambda x: tw.squeeze(tw.unflatten(tw.ravel(x), 0, (1, -1, 1)), (0, -1)),
        np.ravel,
        one_array(),
        label="unflatten and squeeze",
    ),
    Case("reshape", lambda x: tw.atleast_3d(x), lambda x: np.atleast_3d(x), one_array(), label="atleast_3d"),
    Case(
        "broadcast_to",
        lambda x: tw.expand(tw.reshape(x, (-1, 1)), 2, -1, 3),
        lambda x: np.broadcast_to(x.reshape(-1, 1), (2, x.size, 3)),
        one_array(),
        label="expand",
    ),
]
