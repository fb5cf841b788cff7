"""Rows of tests: counting, and reductions into places."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers, one_array
from tests.ops.cases.scattering import REPEATED, rows

EDGES = np.linspace(-3, 3, 5)


def whole(x):
    """Small integers of at least 0, from drawn numbers."""
    return x.abs().to(tw.int64) if isinstance(x, tw.Tensor) else np.abs(x).astype(np.int64)


def counted(x, edges=EDGES):
    """How many entries lie in each bin, the last of which has both ends."""
    last = edges[-1]
    return np.array([((x >= a) & ((x < b) | ((x == b) & (b == last)))).sum() for a, b in pairwise(edges)])


def runs(x):
    return [value for k, value in enumerate(x) if not k or value != x[k - 1]]


def extreme(x, v, largest):
    y = x.copy()
    for k, place in enumerate(REPEATED):
        y[place] = np.maximum(y[place], v[k]) if largest else np.minimum(y[place], v[k])
    return y


vector = one_array(max_dims=1)
apart = rows(4).map(lambda pair: (pair[0] + np.sqrt(2), pair[1] + np.sqrt(3) * np.arange(4)[:, None]))
CASES = [
    Case("unique", tw.unique, lambda x: sorted(set(x.ravel().tolist())), one_array(), differentiable=False),
    Case("unique_consecutive", tw.unique_consecutive, runs, vector, differentiable=False),
    Case(
        "bincount",
        lambda x: tw.bincount(whole(x), minlength=4),
        lambda x: [Counter(whole(x).tolist())[k] for k in range(4)],
        vector,
        differentiable=False,
    ),
    Case(
        "searchsorted",
        lambda x: tw.searchsorted(tw.tensor(EDGES, dtype=x.dtype), x),
        lambda x: (EDGES[:, None] < x).sum(0),
        hnp.arrays(np.float64, 5, elements=numbers(WIDE)).map(lambda x: (x,)),
        differentiable=False,
    ),
    Case(
        "histogram_edges",
        lambda x: tw.histogram(x, 4, range=(-3.0, 3.0)).bin_edges,
        lambda x: EDGES,
        one_array(),
        differentiable=False,
    ),
    Case("histogram", lambda x: tw.histogram(x, 4, range=(-3.0, 3.0)).hist, counted, one_array(), differentiable=False),
    Case("histc", lambda x: tw.histc(x, 4, -3, 3), counted, one_array(), differentiable=False),
    Case(
        "repetition",
        lambda x: tw.scatter_reduce(x, 0, whole(x) * 0, x, "prod") * 0 + x,
        lambda x: x,
        vector,
        differentiable=False,
    ),
    *[
        Case(
            name,
            lambda x, v, name=name: tw.index_reduce(x, 0, tw.tensor(REPEATED), v, name[:4]),
            lambda x, v, name=name: extreme(x, v, name == "amax_at"),
            apart,
        )
        for name in ("amax_at", "amin_at")
    ],
]
