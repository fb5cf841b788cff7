"""Rows of tests: pooling."""

import numpy as np
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers
from tests.ops.cases.convolution import arrays

distinct = hnp.arrays(np.float64, (1, 2, 3, 4), elements=numbers(WIDE)).map(
    lambda x: (x + np.sqrt(2) * np.random.default_rng(0).permutation(x.size).reshape(x.shape),)
)


def largest(x, of=np.max):
    """Of the windows of 2 by 2, at every place."""
    return of(np.lib.stride_tricks.sliding_window_view(x, (2, 2), (2, 3)).reshape(1, 2, 2, 3, 4), -1)


CASES = [
    Case(
        "argmax_windows",
        lambda x: tw.max_pool2d(x, 2, 1, return_indices=True).indices,
        lambda x: largest(x, np.argmax) // 2 * 4 + largest(x, np.argmax) % 2 + np.arange(2)[:, None] * 4 + np.arange(3),
        distinct,
        differentiable=False,
    ),
    Case("argmax_windows", lambda x: tw.max_pool2d(x, 2, 1), largest, distinct, label="max_pool2d"),
    Case(
        "sum",
        lambda x: tw.adaptive_avg_pool2d(x, (2, 1)),
        lambda x: np.stack([x[:, :, :2].mean((2, 3)), x[:, :, 1:].mean((2, 3))], -1)[..., None],
        arrays((1, 2, 3, 2)),
        label="adaptive_avg_pool2d",
    ),
]
