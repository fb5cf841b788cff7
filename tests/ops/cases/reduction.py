"""Rows of tests: reductions."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import POSITIVE, Case, one_array, reduced


def _with_columns_apart(arrays):
    """Columns of other sizes, so that no two have about the same sum."""
    (x,) = arrays
    return (x * 100.0 ** np.arange(x.shape[1]),)


CASES = [
    Case("sum", lambda x: tw.sum(x, 0), lambda x: x.sum(0), reduced(), (np.ones_like,)),
    Case("sum", tw.sum, np.sum, reduced(), (np.ones_like,), label="sum of all"),
    Case("prod", lambda x: tw.prod(x, -1, keepdim=True), lambda x: x.prod(-1, keepdims=True), reduced()),
    Case("prod", tw.prod, np.prod, reduced(), label="prod of all"),
    Case(
        "peak",
        lambda x: tw.logsumexp(x, -1, keepdim=True),
        lambda x: np.log(np.exp(x).sum(-1, keepdims=True)),
        reduced(),
        (lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),),
        label="logsumexp",
    ),
    Case(
        "peak",
        lambda x: tw.logsumexp(x, 0),
        lambda x: np.log(np.exp(x).sum(0)),
        reduced(),
        label="logsumexp over rows",
    ),
    Case("all", lambda x: tw.all(x > 0, -1), lambda x: (x > 0).all(-1), reduced(), differentiable=False),
    Case(
        "any",
        lambda x: tw.any(x > 0, 0, True),
        lambda x: (x > 0).any(0, keepdims=True),
        reduced(),
        differentiable=False,
    ),
    Case(
        "sum",
        lambda x: tw.mean(x, 0),
        lambda x: x.mean(0),
        reduced(),
        (lambda x: np.ones_like(x) / len(x),),
        label="mean",
    ),
    Case(
        "var",
        lambda x: tw.var(x, correction=0),
        lambda x: x.var(),
        reduced(),
        (lambda x: 2 * (x - x.mean()) / x.size,),
    ),
    Case(
        "var",
        lambda x: tw.var(x, 0, keepdim=True),
        lambda x: x.var(0, ddof=1, keepdims=True),
        one_array(min_side=2),
        (lambda x: 2 * (x - x.mean(0)) / (len(x) - 1),),
        label="var along a dim",
    ),
    Case(
        "sqrt", lambda x: tw.std(x, correction=0), lambda x: x.std(), one_array(distinct=True, min_side=2), label="std"
    ),
    Case("sum", lambda x: tw.count_nonzero(x, 0), lambda x: np.count_nonzero(x, 0), reduced(), differentiable=False),
    Case(
        "sum",
        lambda x: tw.linalg.vector_norm(x, 3, 0),
        lambda x: np.linalg.norm(x, 3, 0),
        one_array(distinct=True, domain=POSITIVE, max_dims=2),
        (lambda x: x**2 / (x**3).sum(0, keepdims=True) ** (2 / 3),),
        label="vector norm of order 3",
    ),
    Case(
        "sqrt",
        tw.norm,
        np.linalg.norm,
        one_array(domain=POSITIVE, max_dims=2),
        (lambda x: x / np.sqrt((x**2).sum()),),
        label="norm",
    ),
    Case(
        "abs",
        lambda x: tw.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x, 1),
        one_array(min_dims=2, max_dims=2, domain=POSITIVE).map(_with_columns_apart),
        label="matrix norm of order 1",  # no two columns have about the same sum: there is a kink
    ),
]
