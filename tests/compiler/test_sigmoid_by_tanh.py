"""The sigmoid by way of tanh: where it is used, where a small value would show it, and how far it may be off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.graphs import Hand, functions, interpreted
from tests.support.programs import Training, assert_close, assert_same_state, points
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.compiler.passes.sigmoid_by_tanh import HALF, halves, sigmoid_by_tanh
from tinygrad_wtf.compiler.pipeline import PIPELINE, Options


def always(graph):
    """Small sigmoids too."""
    return sigmoid_by_tanh(graph, many=0)


BY_TANH = Options(pipeline=tuple(always if run is sigmoid_by_tanh else run for run in PIPELINE))


def compiled_by_tanh(function):
    return Compiled(function, options=BY_TANH)


def network(*widths, dtype=tw.float32):
    layers = []
    for inputs, outputs in zip((2, *widths), (*widths, 1), strict=True):
        layers += [nn.Linear(inputs, outputs, dtype=dtype), nn.Sigmoid()]
    return nn.Sequential(*layers)


@given(widths=st.lists(st.integers(1, 6), min_size=1, max_size=3), seed=st.integers(0, 50))
def test_networks_learn_the_same(widths, seed):
    X, y = points(9, seed)
    training = Training(lambda: network(*widths), seed=seed)
    compiled = training.compiled(BY_TANH)
    for _ in range(running.STATIC_AFTER + 3):
        assert_close(compiled.run(X, y), training.run(X, y))
    assert_same_state(compiled, training)
    assert compiled.run.program.source.count("tanh(") == len(widths)


def test_it_is_for_float32_only():
    training = Training(lambda: network(4, dtype=tw.float64))
    compiled = training.compiled(BY_TANH)
    X, y = (t.double() for t in points(9))
    compiled.run(X, y)
    assert "tanh(" not in compiled.run.program.source


@pytest.mark.parametrize("z", [0.0, 1.0, -1.0, -9.0, 9.0, -20.0, 20.0, -1e4, 1e4, np.inf, -np.inf, np.nan, 1e-40])
def test_it_is_off_by_two_roundings_of_one_at_most(z):
    w = tw.ones(1, 1)
    compiled, x = compiled_by_tanh(lambda x: (x.sigmoid() @ w).relu()), tw.tensor([[z]])
    found, expected = compiled(x).item(), 1 / (1 + np.exp(-np.float64(max(min(z, 700), -700)))) if z == z else np.nan
    assert "tanh(" in compiled.program.source
    assert found == pytest.approx(expected, rel=0, abs=2 * float(np.finfo(np.float32).eps), nan_ok=True)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: x.sigmoid(),
        lambda x, w: x.sigmoid().log().sum(),
        lambda x, w: (x.sigmoid() * 1e30).sum(),
        lambda x, w: 1 / x.sigmoid(),
        lambda x, w: (1 - x.sigmoid()).log(),
        lambda x, w: ((y := x.sigmoid()) @ w, y),
        lambda x, w: x.sigmoid().T.log(),
        lambda x, w: (x.sigmoid() @ w).log(),
        lambda x, w: (x.sigmoid() * (1 - x.sigmoid())).log(),
        lambda x, w: (x.sigmoid() @ w) / (x.sigmoid() @ (w * 2)),
        lambda x, w: x.sigmoid() @ w,
    ],
    ids=[
        "given out",
        "logarithm",
        "scaled",
        "reciprocal",
        "complement",
        "given out too",
        "transposed",
        "logarithm of a sum",
        "logarithm of the slope",
        "quotient of sums",
        "sum given out",
    ],
)
def test_where_small_values_may_show_it_is_not_used(function):
    compiled, x = compiled_by_tanh(function), tw.tensor([[-30.0, 3.0]])
    w = tw.ones(2, 1)
    found, expected = compiled(x, w), function(x, w)
    for f, e in zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]:
        np.testing.assert_allclose(f.numpy(), e.numpy(), rtol=1e-6)
    assert "tanh(" not in compiled.program.source


def finite(*arrays):
    if not all(np.isfinite(a).all() for a in arrays):
        raise ArithmeticError


@pytest.mark.parametrize("what", ["gradients", "loss", "hidden", "gradients and hidden"])
def test_a_check_sees_gradients_as_they_are_and_nothing_less_exact(what):
    X, y = points(9)
    model, twin = network(4), network(4)
    twin.load_state_dict(model.state_dict())

    def step(model, X, y):
        for p in model.parameters():
            p.grad = None
        hidden = model[:2](X)
        loss = nn.functional.binary_cross_entropy(model[2:](hidden), y)
        loss.backward()
        gradients = [p.grad for p in model.parameters()]
        looked_at = {"gradients": gradients, "loss": [loss], "hidden": [hidden]}
        tw.check_values(finite, *(looked_at.get(what) or [*gradients, hidden]))
        return loss.detach()

    compiled = compiled_by_tanh(lambda X, y: step(model, X, y))
    for _ in range(running.STATIC_AFTER + 2):
        assert_close(compiled(X, y), step(twin, X, y))
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert_close(p.grad, q.grad)
    assert ("tanh(" in compiled.program.source) == ("hidden" not in what)
    with pytest.raises(ArithmeticError):
        compiled(X * np.nan, y)


def test_small_sigmoids_are_left_as_they_are():
    training = Training(lambda: network(4))
    compiled = training.compiled()
    compiled.run(*points(9))
    assert "tanh(" not in compiled.run.program.source


def halved(x, w, b):
    hand = Hand()
    a, v, c = hand.argument(x), hand.argument(w), hand.argument(b)
    z = hand.call(np.add, hand.call(np.dot, a, v), c)
    return hand, z, hand.call(np.multiply, z, HALF)


def test_the_half_of_a_large_result_is_that_of_small_operands():
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((50, 3), (3, 4), (4,)))
    hand, _, half = halved(x, w, b)
    graph = hand.returns(hand.call(np.tanh, half))
    made = halves(graph)
    assert functions(made) == [np.multiply, np.dot, np.multiply, np.add, np.tanh]
    np.testing.assert_array_equal(interpreted(made, [x, w, b])[0][0], interpreted(graph, [x, w, b])[0][0])


def test_a_small_result_and_one_that_is_read_elsewhere_are_halved_themselves():
    x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.ones(4)
    hand, _, half = halved(x, w, b)
    assert functions(halves(hand.returns(half))) == [np.dot, np.add, np.multiply]
    hand, z, half = halved(np.ones((50, 3)), w, b)
    assert functions(halves(hand.returns(half, z))) == [np.dot, np.add, np.multiply]
