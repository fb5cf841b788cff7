"""Rows of tests: repeating, turning round, sliding windows."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array

ALL = slice(None)


def counts(x):
    """0, 1, 2, 0, ...: how often each slice along the last axis is repeated."""
    return np.arange(x.shape[-1]) % 3


CASES = [
    Case("repeat", lambda x: tw.tile(x, (2, 3)), lambda x: np.tile(x, (2, 3)), one_array()),
    Case(
        "repeat", lambda x: tw.repeat(x, (2, *(1,) * x.ndim)), lambda x: np.stack([x, x]), one_array(), label="repeat"
    ),
    Case("flip", lambda x: tw.flip(x, 0, -1) if x.ndim > 1 else tw.flip(x, 0), np.flip, one_array(max_dims=2)),
    Case("cat", lambda x: tw.roll(x, 1, -1), lambda x: np.roll(x, 1, -1), one_array(), label="roll along an axis"),
    Case("cat", lambda x: tw.roll(x, -2), lambda x: np.roll(x, -2), one_array(), label="roll of the flattened"),
    Case(
        "getitem",
        lambda x: tw.repeat_interleave(x, counts(x), -1),
        lambda x: np.repeat(x, counts(x), -1),
        one_array(),
        label="repeat_interleave",
    ),
    Case(
        "getitem",
        lambda x: tw.unfold(x, 0, 2, 1),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, 0),
        one_array(min_side=2),
        label="unfold",
    ),
]
