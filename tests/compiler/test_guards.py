"""The log-loss by way of its logits, and its guards: where it could show, the ordinary program runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_bits, assert_close, assert_same_state, points
from tinygrad_wtf import nn
from tinygrad_wtf.compiler.passes.stable_bce import FAR, is_binary, is_near

EDGES = [0.0, -0.0, 1.0, -1.0, FAR, -FAR, np.nextafter(FAR, 20), -np.nextafter(FAR, 20), 11.0, -11.0, 37.0, -37.0,
         89.0, -89.0, 110.0, -110.0, 1000.0, -1000.0, np.inf, -np.inf, np.nan, 1e-40]  # fmt: skip


def training_step(reduction="mean"):
    """A step on logits that are leaves themselves."""
    loss = nn.BCELoss(reduction=reduction)

    def step(z, y):
        z.grad = None
        result = loss(z.sigmoid(), y)
        result.backward(None if reduction != "none" else tw.ones(*result.shape, dtype=result.dtype))
        return result

    return step


def test_the_rewriting_is_used():
    step = tw.compile(training_step())
    z = tw.tensor([0.5, -2.0, 3.0]).requires_grad_()
    step(z, tw.tensor([1.0, 0.0, 1.0]))
    assert str(step.program).count("# guard") == 2


@pytest.mark.parametrize(
    "losses",
    [("mean", "mean"), ("mean", "sum"), ("sum", "mean", "mean"), ("none", "mean")],
    ids=str,
)
def test_one_sigmoid_may_have_several_losses(losses):
    def step(z, y):
        return sum((nn.BCELoss(reduction=reduction)(z.sigmoid(), y).sum() for reduction in losses), start=z.sum() * 0)

    compiled, z = tw.compile(step), tw.tensor([[0.3], [-1.0], [2.0]])
    for y in (tw.tensor([[1.0], [0.0], [1.0]]), tw.tensor([[0.0], [0.0], [1.0]])):
        for logits in (z, z * 100, z):
            assert_close(compiled(logits, y), step(logits, y))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@given(
    numbers=st.lists(st.one_of(st.floats(-9, 9, width=32), st.sampled_from(EDGES)), min_size=1, max_size=6),
    dtype=st.sampled_from([np.float32, np.float64]),
    data=st.data(),
)
def test_any_logits_and_labels(reduction, numbers, dtype, data):
    labels = data.draw(
        st.lists(st.sampled_from([0.0, 1.0, 0.0, 1.0, 0.25, -0.0]), min_size=len(numbers), max_size=len(numbers))
    )
    step = training_step(reduction)
    compiled = tw.compile(step)
    ordinary = np.zeros(len(numbers))
    for z, y in ((ordinary, np.round(ordinary)), (numbers, labels), (ordinary, labels), (numbers, np.round(labels))):
        mine, theirs = (tw.tensor(z, dtype=dtype, requires_grad=True) for _ in range(2))
        y = tw.tensor(y, dtype=dtype)
        assert_close(compiled(mine, y), step(theirs, y))
        assert_close(mine.grad, theirs.grad)


@pytest.mark.parametrize("edge", [z for z in EDGES if not abs(z) <= FAR])
def test_beyond_the_guard_it_is_the_ordinary_result_to_the_bit(edge):
    """From here on the rounding of 1 - a shows in the ordinary loss; it is shown here too."""
    step = training_step("none")
    for y in (0.0, 1.0):
        mine, theirs = (tw.tensor(np.array([0.5, edge, -0.25]), requires_grad=True) for _ in range(2))
        labels = tw.tensor(np.array([1.0, y, 0.0]))
        if np.isnan(edge) or (1 - 2 * y) * edge > FAR:
            compiled = tw.compile(step)
            assert_bits(compiled(mine, labels), step(theirs, labels))
            assert_bits(mine.grad, theirs.grad)


def test_what_the_guards_ask():
    assert is_near(np.array([FAR, -np.inf]))
    assert not is_near(np.array([0.0, np.nextafter(FAR, 20)]))
    assert not is_near(np.array([0.0, np.nan, 1.0]))
    assert is_binary(np.array([0.0, 1.0, -0.0]))
    assert not is_binary(np.array([0.0, 0.5]))
    assert not is_binary(np.array([np.nan]))


def logistic():
    return nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}], ids=["plain", "momentum"])
def test_back_and_forth_in_training(settings):
    """Each step is taken once, whichever program takes it; parameters and memory are those of the eager run."""
    X, y = points()
    expected, compiled = Training(logistic, **settings), Training(logistic, **settings).compiled()
    soft, far = (y + 0.5) / 2, X * 1000
    for inputs, labels in [(X, y), (X, soft), (X, y), (far, y), (far, 1 - y), (X, 1 - y), (far, soft), (X, y)] * 2:
        assert_close(compiled.run(inputs, labels), expected.run(inputs, labels), factor=5)
        assert_same_state(compiled, expected, factor=5)


def test_gradients_that_add_up_are_added_once():
    X, y = points()
    mine, theirs = Training(logistic), Training(logistic)

    def adding(training):
        def step(X, y):
            for half in (slice(0, 4), slice(4, 8)):
                training.loss(training.model(X[half]), y[half]).backward()
            return training.model(X)

        return step

    eager, compiled = adding(theirs), tw.compile(adding(mine))
    far = X.clone()
    far[4:] *= 1000  # the first loss is near, the second far
    for inputs in (X, far, X, far):
        assert_close(compiled(inputs, y), eager(inputs, y), factor=5)
        assert_same_state(mine, theirs, factor=5)


def test_two_steps_in_one_function():
    """The guard of the second loss comes after the first step has written."""
    X, y = points()

    def twice(training):
        def step(X, y):
            training.step(X[:4], y[:4])
            return training.step(X[4:], y[4:])

        return step

    mine, theirs = Training(logistic, momentum=0.5), Training(logistic, momentum=0.5)
    eager, compiled = twice(theirs), tw.compile(twice(mine))
    far = X.clone()
    far[4:] *= 1000
    for inputs in (X, X, far, X, far):
        assert_close(compiled(inputs, y), eager(inputs, y), factor=5)
        assert_same_state(mine, theirs, factor=5)


def test_counters_are_counted_once():
    counter = tw.zeros(1)

    @tw.compile
    def step(z, y):
        counter.add_(1)
        return nn.functional.binary_cross_entropy(z.sigmoid(), y)

    for number, z in enumerate((0.5, 50.0, 0.5, np.nan), 1):
        step(tw.tensor([z]), tw.tensor([0.0]))
        assert counter.item() == number


def test_draws_are_drawn_once():
    X, y = points()
    model = lambda: nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 1), nn.Sigmoid())  # noqa: E731
    expected, compiled = Training(model), Training(model).compiled()
    for training in (expected, compiled):
        tw.manual_seed(0)
        for inputs in (X, X * 1000, X, X * 1000):
            training.run(inputs, y)
    assert_same_state(compiled, expected, factor=5)


def test_other_uses_of_the_sigmoid_and_the_labels():
    """The answers are returned, reused and differentiated in other ways too."""

    def step(z, y):
        a = z.sigmoid()
        loss = nn.functional.binary_cross_entropy(a, y) + (a * a).sum() + nn.functional.binary_cross_entropy(a, 1 - y)
        loss.backward()
        return loss, a

    compiled = tw.compile(step)
    for shift in (0.0, 5.0, 20.0):
        mine, theirs = (tw.Tensor([[0.5 + shift], [-1.0]], requires_grad=True) for _ in range(2))
        y = tw.Tensor([[1.0], [0.0]])
        for found, e in zip(compiled(mine, y), step(theirs, y), strict=True):
            assert_close(found, e)
        assert_close(mine.grad, theirs.grad)


def test_weights_of_the_samples():
    weight = tw.tensor([1.0, 2.0, 0.5])

    def step(z, y):
        z.grad = None
        nn.functional.binary_cross_entropy(z.sigmoid(), y, weight=weight).backward()

    compiled = tw.compile(step)
    for factor in (1.0, 3.0, 30.0):
        mine, theirs = (tw.Tensor([0.5, -1.0, 2.0]) * factor for _ in range(2))
        mine, theirs = mine.detach().requires_grad_(), theirs.detach().requires_grad_()
        y = tw.tensor([1.0, 1.0, 0.0])
        compiled(mine, y)
        step(theirs, y)
        assert_close(mine.grad, theirs.grad)


def test_second_derivatives_of_the_loss():
    def slope(z, y):
        (g,) = tw.grad(nn.functional.binary_cross_entropy(z.sigmoid(), y), z, create_graph=True)
        return (g * g).sum()

    compiled = tw.compile(slope)
    for shift in (0.0, 3.0, 12.0):
        z = tw.Tensor([0.5 + shift, -1.0], requires_grad=True, dtype=tw.float64)
        y = tw.tensor([1.0, 0.0], dtype=tw.float64)
        assert_close(tw.grad(compiled(z, y), z)[0], tw.grad(slope(z, y), z)[0])
