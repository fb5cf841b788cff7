"""Factors of the samples that go into the input, and guards that look at a sum."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.graphs import Hand, assert_same_results, functions
from tests.support.programs import Training, assert_close, assert_same_state, points
from tinygrad_wtf import nn
from tinygrad_wtf.compiler.passes.fold_factors import fold_factors, keeps_digits
from tinygrad_wtf.compiler.passes.guard_by_sum import is_near_by_sum
from tinygrad_wtf.compiler.passes.stable_bce import FAR
from tinygrad_wtf.compiler.program import STATIC_AFTER

X = np.array([[1.0, -2.0], [0.5, 0.0], [4.0, 8.0]])
C = np.array([[1.0], [-1.0], [0.5]])


def neuron(of_result, **changes):
    """A graph of c (x w), and of xᵀ (c d) for a d that changes from run to run."""
    given = {"x": X, "c": C, "w": np.array([[0.5], [-0.25]]), **changes}
    hand = Hand()
    x, c, w = hand.argument(given["x"]), hand.argument(given["c"]), hand.memory(given["w"])
    hand.stores[w] = new = hand.call(np.add, w, 1.0)
    scaled = hand.call(of_result, hand.call(np.multiply, c, hand.call(np.dot, x, w)))
    d = hand.call(np.multiply, c, hand.call(np.dot, hand.call(np.exp, x), w))
    return hand.lowered(scaled, hand.call(np.dot, hand.call(np.transpose, x, (1, 0)), d), new)


def test_a_factor_of_the_result_and_one_of_an_operand_go_into_the_input():
    graph = neuron(np.exp)
    made = fold_factors(graph)
    assert functions(made).count(np.multiply) == functions(graph).count(np.multiply)  # of inputs, once
    assert functions(made).count(keeps_digits) == 2
    assert_same_results(made, graph, X, C)
    assert fold_factors(made) is made


def test_the_sign_of_zero_keeps_a_factor_where_it_is():
    """-(0) is -0, and the sum of -0 is 0: whoever divides by it sees the difference."""
    for user, is_folded in ((np.exp, True), (np.reciprocal, False)):
        hand = Hand()
        x, w = hand.argument(X), hand.memory(np.ones((2, 1)))
        hand.stores[w] = hand.call(np.add, w, 1.0)
        z = hand.call(np.negative, hand.call(np.dot, x, w))
        graph = hand.lowered(hand.call(user, z))
        assert (fold_factors(graph) is not graph) == is_folded


@pytest.mark.parametrize(
    ("c", "x", "holds"),
    [
        (-1.0, np.inf, True), (-1.0, 1e-40, True), (0.0, 3.0, True), (0.5, 0.0, True), (0.5, 3e38, True),
        (2.0, 1.0, False), (0.5, np.inf, False), (0.0, np.inf, False), (1e-20, 1e-20, False), (np.nan, 1.0, False),
        (1e-30, 1e-30, False), (0.5, np.nan, False),
    ],
)  # fmt: skip
def test_what_the_guard_of_a_factor_asks(c, x, holds):
    with np.errstate(all="ignore"):
        assert keeps_digits(np.full((2, 1), c, np.float32), np.full((2, 3), x, np.float32)) == holds


def test_what_the_guard_by_a_sum_asks():
    near, far = np.array([FAR, -1.0]), np.array([0.0, np.nan])
    for sums, u, holds in (([1.0, 5.0], far, True), ([1.0, 9.0], near, True), ([1.0, 9.0], far, False)):
        assert is_near_by_sum(u, np.array(sums), 6.0) == holds
    assert not is_near_by_sum(far, np.array([np.nan, np.nan]), 6.0)


def test_a_neuron_takes_nine_calls_a_step():
    """No factor of the samples is left, and the largest is not looked for while it is near."""
    X, y = points(20)
    training = Training(lambda: nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()))
    compiled = training.compiled()
    for _ in range(STATIC_AFTER + 3):
        assert_close(compiled.run(X, y), training.run(X, y))
    assert_same_state(compiled, training)
    body = compiled.run.program.source.split("def body")[1]
    assert len(compiled.run.program.executable.running[1]) == 9  # and the guard
    assert body.count(".dot(") == 3


@pytest.mark.parametrize(("first", "later"), [(0.1, 0.01), (0.5, 1e-30), (0.5, 3.0), (2.0, 3.0), (3.0, 0.1)])
def test_a_rate_in_the_input_is_the_one_of_each_step(first, later):
    """One of at most 1 goes into the input; however it changes, nothing is traced again before guards fail."""
    X, y = points(20)
    training = Training(lambda: nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), lr=first)
    compiled = training.compiled()
    for rate in [first] * (STATIC_AFTER + 3) + [later] * 6 + [first] * 2:
        training.optimizer.param_groups[0]["lr"] = compiled.optimizer.param_groups[0]["lr"] = rate
        assert_close(compiled.run(X, y), training.run(X, y))
        assert_same_state(compiled, training)
    assert compiled.run.traces == 1
    is_folded = first <= 1 and later <= 1
    assert (len(compiled.run.program.executable.running[1]) == 9) == is_folded


@pytest.mark.parametrize("scale", [1.0, 9.9, 10.1, 1e4])
def test_samples_near_and_beyond_the_guard(scale):
    """One sample is wrong by `scale`, so the sum says nothing, and the largest decides."""
    X, y = points(20)
    X = X * 0
    X[3, 0] = scale
    y = y * 0

    def model():
        layer = nn.Linear(2, 1)
        with tw.no_grad():
            layer.weight.copy_(tw.ones(1, 2))
            layer.bias.copy_(tw.zeros(1))
        return nn.Sequential(layer, nn.Sigmoid())

    training = Training(model, lr=1e-6)
    compiled = training.compiled()
    for _ in range(STATIC_AFTER + 3):
        assert_close(compiled.run(X, y), training.run(X, y))
        assert_same_state(compiled, training)


@pytest.mark.parametrize("factor", [1e-30, 1e30, 3.0])
def test_a_scaled_loss_that_no_input_can_take(factor):
    """The factor of the samples is too small or too large to go into the input: the step is traced again without."""
    X, y = points(20)
    X = X * 1e-10
    loss = nn.BCELoss()
    training = Training(lambda: nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), lambda p, y: loss(p, y) * factor)
    training.optimizer.param_groups[0]["lr"] = 0.1 / factor
    compiled = training.compiled()
    compiled.optimizer.param_groups[0]["lr"] = 0.1 / factor
    for _ in range(STATIC_AFTER + 5):
        assert_close(compiled.run(X, y), training.run(X, y))
        assert_same_state(compiled, training)
