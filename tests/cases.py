"""One row of tests for each row of the table: how to call it, where, and what its value and derivatives must be.

Closed forms are written in the arguments, never in the value, so that no test echoes the rule it checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import strategies as st

import tinygrad_wtf as tw

WIDE = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)


@dataclass(frozen=True)
class Case:
    """How one row is tested."""

    row: str
    call: Callable[..., Any]
    value: Callable[..., Any]
    inputs: Any  # a strategy of tuples of float64 arrays
    derivatives: tuple[Callable[..., Any], ...] = ()
    differentiable: bool = True
    smooth: bool = True  # to third order, on the inputs that the strategy draws
    label: str = field(default="")

    def __str__(self) -> str:
        return self.label or self.row


def numbers(domain, away_from=()):
    """Floats of the domain, on a grid (so that ties are exact), not close to a kink."""
    low, high = domain
    grid = st.integers(int(np.ceil(low * 64)), int(np.floor(high * 64))).map(lambda n: n / 64)
    return grid.filter(lambda x: all(abs(x - kink) > 1e-3 for kink in away_from))


@st.composite
def broadcastable(draw, *domains, away_from=(), distinct=False):
    """Arrays of shapes that broadcast against each other, one for each domain; 0-d among them."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=len(domains), max_dims=3, max_side=3)).input_shapes
    arrays = [draw(hnp.arrays(np.float64, shape, elements=numbers(domain, away_from))) for shape, domain in zip(shapes, domains, strict=True)]
    if distinct:  # no ties between the arguments: an irrational offset
        arrays = [a + i * np.sqrt(2) / 7 for i, a in enumerate(arrays)]
    return tuple(arrays)


def elementwise(row, call, value, *derivatives, domains=None, away_from=(), distinct=False, **settings):
    """A row that works entry by entry."""
    domains = domains or (WIDE,) * max(1, len(derivatives))
    return Case(row, call, value, broadcastable(*domains, away_from=away_from, distinct=distinct), derivatives, **settings)


@st.composite
def one_array(draw, min_dims=1, max_dims=3, domain=WIDE, distinct=False, min_side=1):
    """A single array; with `distinct`, no two entries are equal."""
    shape = draw(hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=3))
    x = draw(hnp.arrays(np.float64, shape, elements=numbers(domain)))
    if distinct:
        x = x + np.sqrt(2) * np.random.default_rng(0).permutation(x.size).reshape(x.shape)
    return (x,)


@st.composite
def reduced(draw, distinct=False, domain=WIDE):
    """An array; the case picks the axes from its shape."""
    return draw(one_array(max_dims=3, distinct=distinct, domain=domain))


@st.composite
def matrix_pairs(draw):
    """All of NumPy's matmul: vectors, matrices, batches, stretched batches."""
    n, k, m = (draw(st.integers(1, 3)) for _ in range(3))
    batches = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2)).input_shapes
    left = draw(st.sampled_from([(k,), (n, k), (*batches[0], n, k)]))
    right = draw(st.sampled_from([(k,), (k, m), (*batches[1], k, m)]))
    return tuple(draw(hnp.arrays(np.float64, shape, elements=numbers(WIDE))) for shape in (left, right))


@st.composite
def joined(draw):
    """Up to four arrays that differ in their last size only."""
    shape = draw(hnp.array_shapes(max_dims=2, max_side=3))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=4))
    return tuple(draw(hnp.arrays(np.float64, (*shape, n), elements=numbers(WIDE))) for n in sizes)


def condition(*arrays):
    """A fixed pattern of booleans in the first array's shape."""
    return np.arange(arrays[0].size).reshape(arrays[0].shape) % 3 == 0


ROWS = np.array([0, 2, 0, -1])
MASK = np.array([True, False, True])


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


three_rows = hnp.arrays(np.float64, st.tuples(st.just(3), st.integers(1, 3)), elements=numbers(WIDE)).map(lambda x: (x,))
LABELS = (0.0, 1.0)
PROBABILITIES = (0.05, 0.95)

CASES = [
    # arithmetic
    elementwise("add", tw.add, np.add, lambda a, b: 1, lambda a, b: 1),
    elementwise("sub", tw.sub, np.subtract, lambda a, b: 1, lambda a, b: -1),
    elementwise("mul", tw.mul, np.multiply, lambda a, b: b, lambda a, b: a),
    elementwise("div", tw.div, np.true_divide, lambda a, b: 1 / b, lambda a, b: -a / b**2, domains=(WIDE, POSITIVE)),
    elementwise("neg", tw.neg, np.negative, lambda x: -1),
    elementwise(
        "pow", tw.pow, np.power, lambda x, n: n * x ** (n - 1), lambda x, n: x**n * np.log(x), domains=(POSITIVE, WIDE)
    ),
    elementwise("pow", lambda x: x**3, lambda x: x * x * x, lambda x: 3 * x * x, label="pow by 3"),
    elementwise("pow", lambda x: 2**x, np.exp2, lambda x: np.exp2(x) * np.log(2), label="pow of 2"),
    elementwise("abs", tw.abs, np.abs, lambda x: np.where(x > 0, 1, -1), away_from=(0,)),
    elementwise("sign", tw.sign, np.sign, lambda x: 0 * x, away_from=(0,)),
    elementwise("maximum", tw.maximum, np.maximum, lambda a, b: a > b, lambda a, b: b > a, distinct=True),
    elementwise("minimum", tw.minimum, np.minimum, lambda a, b: a < b, lambda a, b: b < a, distinct=True),
    elementwise("clamp_min", lambda x, low: tw.clamp(x, min=low), np.maximum, lambda x, low: x > low, lambda x, low: x < low, distinct=True),
    elementwise("clamp_max", lambda x, high: tw.clamp(x, max=high), np.minimum, lambda x, high: x < high, lambda x, high: x > high, distinct=True),
    elementwise(
        "where",
        lambda a, b: tw.where(condition(a), a, b),
        lambda a, b: np.where(condition(a), a, b),
        lambda a, b: condition(a),
        lambda a, b: ~condition(a),
    ),
    elementwise("cast", lambda x: tw.Tensor.to(x, tw.float64) if x.dtype == tw.float32 else tw.Tensor.clone(x), lambda x: x, lambda x: 1),
    # functions of one number
    elementwise("exp", tw.exp, np.exp, np.exp),
    elementwise("expm1", tw.expm1, np.expm1, np.exp),
    elementwise("log", tw.log, np.log, lambda x: 1 / x, domains=(POSITIVE,)),
    elementwise("log1p", tw.log1p, np.log1p, lambda x: 1 / (1 + x), domains=((-0.8, 3.0),)),
    elementwise("sqrt", tw.sqrt, np.sqrt, lambda x: 0.5 * x**-0.5, domains=(POSITIVE,)),
    elementwise("sin", tw.sin, np.sin, np.cos),
    elementwise("cos", tw.cos, np.cos, lambda x: -np.sin(x)),
    elementwise("tanh", tw.tanh, np.tanh, lambda x: np.cosh(x) ** -2),
    elementwise("sigmoid", tw.sigmoid, sigmoid, lambda x: 1 / (2 + 2 * np.cosh(x))),
    elementwise("relu", tw.relu, lambda x: np.where(x > 0, x, 0), lambda x: x > 0, away_from=(0,)),
    elementwise("softplus", tw.softplus, lambda x: np.logaddexp(x, 0), sigmoid),
    # losses
    elementwise(
        "binary_cross_entropy",
        tw.binary_cross_entropy,
        lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)),
        lambda a, y: -(y / a - (1 - y) / (1 - a)),
        lambda a, y: np.log(1 - a) - np.log(a),
        domains=(PROBABILITIES, LABELS),
    ),
    elementwise(
        "binary_cross_entropy_with_logits",
        tw.binary_cross_entropy_with_logits,
        lambda z, y: (1 - y) * z + np.logaddexp(-z, 0),
        lambda z, y: 1 / (1 + np.exp(-z)) - y,
        lambda z, y: -z,
        domains=(WIDE, LABELS),
    ),
    # comparisons
    *[
        elementwise(op.name, op, oracle, domains=(WIDE, WIDE), differentiable=False)
        for op, oracle in [
            (tw.eq, np.equal), (tw.ne, np.not_equal), (tw.lt, np.less), (tw.le, np.less_equal), (tw.gt, np.greater),
            (tw.ge, np.greater_equal), (tw.logical_and, np.logical_and), (tw.logical_or, np.logical_or),
            (tw.logical_xor, np.logical_xor),
        ]
    ],
    *[
        elementwise(op.name, op, oracle, differentiable=False)
        for op, oracle in [(tw.logical_not, np.logical_not), (tw.isnan, np.isnan), (tw.isinf, np.isinf), (tw.isfinite, np.isfinite)]
    ],
    # reductions
    Case("sum", lambda x: tw.sum(x, 0), lambda x: x.sum(0), reduced(), (np.ones_like,)),
    Case("sum", tw.sum, np.sum, reduced(), (np.ones_like,), label="sum of all"),
    Case("prod", lambda x: tw.prod(x, -1, keepdim=True), lambda x: x.prod(-1, keepdims=True), reduced()),
    Case("prod", tw.prod, np.prod, reduced(), label="prod of all"),
    Case("amax", lambda x: tw.amax(x, 0), lambda x: x.max(0), reduced(distinct=True)),
    Case("amin", lambda x: tw.amin(x, (0,)), lambda x: x.min(0), reduced(distinct=True)),
    Case("amax", tw.max, np.max, reduced(distinct=True), (lambda x: x == x.max(),), label="max of all"),
    Case("logsumexp", lambda x: tw.logsumexp(x, -1, keepdim=True), lambda x: np.log(np.exp(x).sum(-1, keepdims=True)), reduced(), (lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),)),
    Case("logsumexp", lambda x: tw.logsumexp(x, 0), lambda x: np.log(np.exp(x).sum(0)), reduced(), label="logsumexp over rows"),
    Case("argmax", lambda x: tw.argmax(x, 0), lambda x: x.argmax(0), reduced(), differentiable=False),
    Case("argmin", tw.argmin, np.argmin, reduced(), differentiable=False),
    Case("all", lambda x: tw.all(x > 0, -1), lambda x: (x > 0).all(-1), reduced(), differentiable=False),
    Case("any", lambda x: tw.any(x > 0, 0, True), lambda x: (x > 0).any(0, keepdims=True), reduced(), differentiable=False),
    Case("sum", lambda x: tw.mean(x, 0), lambda x: x.mean(0), reduced(), (lambda x: np.ones_like(x) / len(x),), label="mean"),
    Case("sum", lambda x: tw.var(x, correction=0), lambda x: x.var(), reduced(), (lambda x: 2 * (x - x.mean()) / x.size,), label="var"),
    Case("sqrt", lambda x: tw.std(x, correction=0), lambda x: x.std(), one_array(distinct=True, min_side=2), label="std"),
    # shape
    Case("sum_to", lambda x: tw.broadcast_to(x, (2, *x.shape)), lambda x: np.stack([x, x]), one_array()),
    Case("broadcast_to", lambda x: tw.broadcast_to(tw.unsqueeze(x, 1), (x.shape[0], 3, *x.shape[1:])), lambda x: np.repeat(x[:, None], 3, 1), one_array()),
    Case("reshape", lambda x: tw.reshape(x, (-1,)), np.ravel, one_array()),
    Case("reshape", lambda x: tw.unsqueeze(tw.flatten(x, 0), -1), lambda x: x.reshape(-1, 1), one_array(), label="flatten and unsqueeze"),
    Case("permute", lambda x: tw.movedim(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), one_array(min_dims=2)),
    Case("permute", lambda x: tw.transpose(x, 0, 1), lambda x: np.swapaxes(x, 0, 1), one_array(min_dims=2), label="transpose"),
    Case("cat", lambda *xs: tw.cat(xs, -1), lambda *xs: np.concatenate(xs, -1), joined()),
    Case("cat", lambda x: tw.stack((x, x * x), 1), lambda x: np.stack((x, x * x), 1), one_array(), label="stack"),
    # indexing
    Case("getitem", lambda x: x[ROWS], lambda x: x[ROWS], three_rows, label="integer array, repeated"),
    Case("getitem", lambda x: x[MASK], lambda x: x[MASK], three_rows, label="boolean array"),
    Case("getitem", lambda x: x[..., None, ::-2], lambda x: x[..., None, ::-2], three_rows, label="slices"),
    Case("getitem", lambda x: x[1], lambda x: x[1], three_rows, label="an integer"),
    Case("getitem", lambda x: x[ROWS, 0], lambda x: x[ROWS, 0], three_rows, label="mixed index"),
    Case("getitem", lambda x: tw.max(x, 0).values, lambda x: x.max(0), reduced(distinct=True), label="max along a dim"),
    Case("add_into_zeros", lambda x: tw.grad((x[ROWS] ** 2).sum(), x, create_graph=True)[0] if isinstance(x, tw.Tensor) and x.requires_grad else 2 * x * np.array([[2], [0], [2]]), lambda x: 2 * x * np.array([[2], [0], [2]]), three_rows, label="gradient of an index"),
    # linear algebra
    Case("matmul", tw.matmul, np.matmul, matrix_pairs()),
]
