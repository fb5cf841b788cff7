"""Rows of tests: the largest and the smallest entries, and sorting."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import Case, one_array, reduced

DISTINCT = reduced(distinct=True)

CASES = [
    Case("amax", lambda x: tw.amax(x, 0), lambda x: x.max(0), DISTINCT),
    Case("amin", lambda x: tw.amin(x, (0,)), lambda x: x.min(0), DISTINCT),
    Case("max", tw.max, np.max, DISTINCT, (lambda x: x == x.max(),)),
    Case("min", tw.min, np.min, DISTINCT, (lambda x: x == x.min(),)),
    Case("argmax", lambda x: tw.argmax(x, 0), lambda x: x.argmax(0), reduced(), differentiable=False),
    Case("argmin", tw.argmin, np.argmin, reduced(), differentiable=False),
    Case("median", tw.median, lambda x: np.sort(x, None)[(x.size - 1) // 2], DISTINCT),
    Case(
        "argmedian",
        lambda x: tw.median(x, -1).values,
        lambda x: np.sort(x, -1)[..., (x.shape[-1] - 1) // 2],
        DISTINCT,
        label="median along a dim",
    ),
    Case("argsort", lambda x: tw.sort(x, 0).values, lambda x: np.sort(x, 0), DISTINCT, label="sort"),
    Case(
        "argsort",
        lambda x: tw.argsort(x, -1, descending=True),
        lambda x: np.argsort(-x, -1, stable=True),
        reduced(),
        differentiable=False,
    ),
    Case(
        "argsort",
        lambda x: tw.topk(x, 1, 0).values,
        lambda x: x.max(0, keepdims=True),
        DISTINCT,
        label="topk",
    ),
    Case("nanmedian", tw.nanmedian, lambda x: np.sort(x.ravel())[(x.size - 1) // 2], one_array(distinct=True)),
    Case(
        "argnanmedian",
        lambda x: tw.nanmedian(x, 0).values,
        lambda x: np.sort(x, 0)[(x.shape[0] - 1) // 2],
        one_array(distinct=True, max_dims=2),
    ),
    Case(
        "argmode",
        lambda x: tw.mode(tw.cat((x, x[:1]))).values if x.ndim == 1 else x.max(),
        lambda x: np.asarray(x[0] if x.ndim == 1 else x.max()),
        one_array(distinct=True, max_dims=1),
    ),
]
