"""Each pass on random programs with 0, subnormal, huge and infinite numbers: what is finite stays finite."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.programs import compiled_in_order
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler.passes.features_first import features_first
from tinygrad_wtf.compiler.passes.fold_bias import fold_bias
from tinygrad_wtf.compiler.passes.fold_factors import fold_factors
from tinygrad_wtf.compiler.passes.fold_rates import fold_rates
from tinygrad_wtf.compiler.passes.stable_bce import stable_bce
from tinygrad_wtf.compiler.passes.stacked_products import stacked_products
from tinygrad_wtf.compiler.passes.sums_as_dots import sums_as_dots
from tinygrad_wtf.compiler.pipeline import PIPELINE, Options
from tinygrad_wtf.compiler.program import STATIC_AFTER

EXTREMES = [0.0, -0.0, 1e-40, -1e-45, 1e30, -1e30, 1e-30, -1e-30, np.inf, -np.inf, 3e38, -3e38]
entries = st.sampled_from(EXTREMES) | st.floats(-3, 3, width=32)
EXACT = Options(verify=False).without(
    stable_bce, sums_as_dots, fold_bias, features_first, fold_factors, fold_rates, stacked_products
)
ONES = np.ones((3, 3), np.float32)
SCALED = ("scaled", ("matmul", "x", "w"))  # a factor that must not go to one of the operands


def arrays(*shape):
    count = int(np.prod(shape))
    return st.lists(entries, min_size=count, max_size=count).map(lambda e: np.array(e, np.float32).reshape(shape))


UNARY = [
    "tanh",
    "sigmoid",
    "relu",
    "exp",
    "square",
    "neg",
    "abs",
    "double",
    "half",
    "sum",
    "mean",
    "sum0",
    "T",
    "scaled",
]
BINARY = ["add", "sub", "mul", "div", "matmul"]
trees = st.recursive(
    st.sampled_from("xw"),
    lambda e: st.tuples(st.sampled_from(UNARY), e) | st.tuples(st.sampled_from(BINARY), e, e),
    max_leaves=6,
)


def computed(tree, x, w):
    """What a tree of operations gives for two tensors of shape (3, 3); reduced values are stretched again."""
    if isinstance(tree, str):
        return {"x": x, "w": w}[tree]
    name, *parts = tree
    a, *b = (computed(part, x, w) for part in parts)
    if b:
        ways = {"add": a.__add__, "sub": a.__sub__, "mul": a.__mul__, "div": a.__truediv__, "matmul": a.__matmul__}
        return ways[name](b[0])
    reduced = {"sum": lambda: a.sum(), "mean": lambda: a.mean(), "sum0": lambda: a.sum(0)}
    if name in reduced:
        return reduced[name]() + a * 0.5
    others = {"T": lambda: a.T, "square": lambda: a**2, "neg": lambda: -a, "abs": lambda: a.abs()}
    others |= {"double": lambda: a * 2.0, "half": lambda: a / 2.0, "scaled": lambda: 1e30 * (a * 1e-30)}
    return others[name]() if name in others else getattr(a, name)()


def step_of(tree, w):
    """A value, its gradient, and an update."""

    def step(x):
        w.grad = None
        y = computed(tree, x, w)
        if y.requires_grad:
            y.sum().backward()
        gradient = w.grad.clone() if w.grad is not None else x * 0
        return y.detach(), gradient

    return step


def may_cancel(*given):
    """Whether terms may be so large that what they leave of each other is a matter of their order."""
    huge = any((np.abs(a[np.isfinite(a)]) > 1e30).any() for a in given)
    return huge and any((a < 0).any() and (a > 0).any() for a in given)


def assert_finite_where_expected(found, expected, scale=1e-30, compare=True):
    for f, e in zip(found, expected, strict=True):
        f, e = f.numpy(), e.numpy()
        lost = np.isfinite(e) & ~np.isfinite(f)
        assert not lost.any(), f"{f} where {e} is finite"
        both = np.isfinite(e) & np.isfinite(f) & compare
        largest = max(float(np.abs(e[both]).max(initial=0)), scale)
        np.testing.assert_allclose(f[both] / np.float32(largest), e[both] / np.float32(largest), rtol=1e-3, atol=1e-3)


@given(tree=trees, x=arrays(3, 3), w=arrays(3, 3), other=arrays(3, 3))
@example(tree=SCALED, x=ONES * np.float32(1e30), w=ONES * np.float32(1e-30), other=ONES)
def test_passes_that_keep_the_order_give_the_eager_bits(tree, x, w, other):
    leaf, twin = (tw.tensor(w, requires_grad=True) for _ in range(2))
    compiled, eager = compiled_in_order(step_of(tree, leaf)), step_of(tree, twin)
    for a in (x, other):
        for found, expected in zip(compiled(tw.tensor(a)), eager(tw.tensor(a)), strict=True):
            np.testing.assert_array_equal(found.numpy(), expected.numpy())


@pytest.mark.parametrize(
    "run", [stable_bce, sums_as_dots, fold_bias, None], ids=lambda p: getattr(p, "__name__", "all")
)
@given(tree=trees, x=arrays(3, 3), w=arrays(3, 3), other=arrays(3, 3))
@example(tree=SCALED, x=ONES * np.float32(1e30), w=ONES * np.float32(1e-30), other=ONES)
@example(tree=("mean", "x"), x=ONES * np.float32(3e38) * np.array([[1], [-1], [0]], np.float32), w=ONES, other=ONES)
def test_no_pass_loses_what_is_finite(run, tree, x, w, other):
    chosen = tuple(p for p in PIPELINE if p is run or p in EXACT.pipeline) if run is not None else PIPELINE
    leaf, twin = (tw.tensor(w, requires_grad=True) for _ in range(2))
    compiled = Compiled(step_of(tree, leaf), options=Options(pipeline=chosen, verify=False))
    eager = step_of(tree, twin)
    for a in (x, other):
        found, expected = compiled(tw.tensor(a)), eager(tw.tensor(a))
        assert_finite_where_expected(found, expected, compare=not may_cancel(a, w))


@pytest.mark.parametrize("dtype", [tw.float32, tw.float64])
def test_a_mean_of_the_smallest_numbers_does_not_become_0(dtype):
    smallest = np.full(5, np.finfo(dtype).smallest_subnormal)
    compiled = tw.compile(lambda x: x.mean())
    assert compiled(tw.tensor(smallest)).item() == smallest[0]


@given(x=arrays(4, 2), weights=arrays(1, 2), bias=arrays(1), labels=st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_neuron_with_extreme_numbers_learns_as_eager_does(x, weights, bias, labels):
    """The log-loss from logits, folded bias and factors, the packed update, where a guard may fail at any step."""

    def training():
        layer, loss = nn.Linear(2, 1), nn.BCELoss()
        with tw.no_grad():
            layer.weight.copy_(tw.tensor(weights))
            layer.bias.copy_(tw.tensor(bias))
        descent = nn.optim.SGD(layer.parameters(), lr=0.1)

        def step(X, y):
            descent.zero_grad()
            value = loss(layer(X).sigmoid(), y)
            value.backward()
            descent.step()
            return value.detach()

        return step, layer

    (plain, mine), (twin, theirs) = training(), training()
    compiled, X = tw.compile(twin), tw.tensor(x)
    y = tw.tensor(np.array(labels, np.float32).reshape(4, 1))
    for number in range(STATIC_AFTER + 2):
        outcomes = []
        for run in (compiled, plain):
            try:
                outcomes.append(run(X, y))
            except nn.RangeError as error:  # the loss refuses predictions that are no numbers
                outcomes.append(str(error))
        if isinstance(outcomes[1], str):
            assert isinstance(outcomes[0], str)
            return
        assert_finite_where_expected(outcomes[:1], outcomes[1:])
        after = [[layer.weight.detach(), layer.bias.detach()] for layer in (theirs, mine)]
        scale = 1e-30 if number < 3 else 0.1  # what cancels in each step adds up
        assert_finite_where_expected(*after, scale)
