"""Rows of tests: reductions."""

import numpy as np

import tinygrad_wtf as tw
from tests.cases.common import Case, one_array, reduced

CASES = [
    Case("sum", lambda x: tw.sum(x, 0), lambda x: x.sum(0), reduced(), (np.ones_like,)),
    Case("sum", tw.sum, np.sum, reduced(), (np.ones_like,), label="sum of all"),
    Case("prod", lambda x: tw.prod(x, -1, keepdim=True), lambda x: x.prod(-1, keepdims=True), reduced()),
    Case("prod", tw.prod, np.prod, reduced(), label="prod of all"),
    Case("amax", lambda x: tw.amax(x, 0), lambda x: x.max(0), reduced(distinct=True)),
    Case("amin", lambda x: tw.amin(x, (0,)), lambda x: x.min(0), reduced(distinct=True)),
    Case("amax", tw.max, np.max, reduced(distinct=True), (lambda x: x == x.max(),), label="max of all"),
    Case(
        "logsumexp",
        lambda x: tw.logsumexp(x, -1, keepdim=True),
        lambda x: np.log(np.exp(x).sum(-1, keepdims=True)),
        reduced(),
        (lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),),
    ),
    Case(
        "logsumexp",
        lambda x: tw.logsumexp(x, 0),
        lambda x: np.log(np.exp(x).sum(0)),
        reduced(),
        label="logsumexp over rows",
    ),
    Case("argmax", lambda x: tw.argmax(x, 0), lambda x: x.argmax(0), reduced(), differentiable=False),
    Case("argmin", tw.argmin, np.argmin, reduced(), differentiable=False),
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
        "sum",
        lambda x: tw.var(x, correction=0),
        lambda x: x.var(),
        reduced(),
        (lambda x: 2 * (x - x.mean()) / x.size,),
        label="var",
    ),
    Case(
        "sqrt", lambda x: tw.std(x, correction=0), lambda x: x.std(), one_array(distinct=True, min_side=2), label="std"
    ),
]
