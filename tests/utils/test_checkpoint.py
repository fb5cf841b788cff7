"""What is computed again gives the same gradients, draws and second derivatives, and keeps nothing meanwhile."""

import gc
import weakref

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.utils.checkpoint import checkpoint, checkpoint_sequential


def leaf(*numbers):
    return tw.tensor(numbers, dtype=tw.float64, requires_grad=True)


def both(function, *leaves):
    """The gradients of all leaves, with and without."""
    found = []
    for call in (lambda f, *args: f(*args), checkpoint):
        for x in leaves:
            x.grad = None
        function(call).backward()
        found.append([None if x.grad is None else x.grad.tolist() for x in leaves])
    return found


def test_gradients_of_arguments_and_of_what_is_captured():
    x, w = leaf(1.0, 2.0), leaf(0.5, -0.5)
    plain, again = both(lambda call: (call(lambda x: (x * w).exp(), x * 2) * w).sum(), x, w)
    assert plain == again


def test_a_weight_used_inside_and_before():
    x, w = leaf(1.0, 2.0), leaf(0.5, -0.5)
    plain, again = both(lambda call: call(lambda h: (h * w).sin(), (x * w).exp()).sum(), x, w)
    assert plain == again


def test_a_captured_result_of_the_same_graph():
    x, w = leaf(1.0, 2.0), leaf(0.5, -0.5)

    def function(call):
        h = (x * w).exp()
        return (call(lambda y: (y * h * w).sin(), x) + h).sum()

    plain, again = both(function, x, w)
    np.testing.assert_allclose(plain, again, rtol=1e-12)


def test_several_results_and_other_arguments():
    x = leaf(1.0, 2.0)

    def split(x, n, name=None):
        return x * n, (x**2).sum(), x.argmax()

    def function(call):
        a, b, c = call(split, x, 3)
        assert not c.requires_grad
        return (a * b).sum()

    plain, again = both(function, x)
    assert plain == again


def test_random_draws_are_the_same():
    x = tw.ones(100, requires_grad=True)
    tw.manual_seed(0)
    y = checkpoint(lambda x: nn.functional.dropout(x * 2, 0.5), x)
    after = tw.rand(3).tolist()
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()
    tw.manual_seed(0)
    nn.functional.dropout(x * 2, 0.5)
    assert tw.rand(3).tolist() == after


def test_second_derivatives():
    def function(x):
        return checkpoint(lambda x: x.exp() * x, x * 1)

    assert tw.gradcheck(function, leaf(0.5, -1.0))
    assert tw.gradgradcheck(function, leaf(0.5, -1.0))
    w = leaf(0.5)
    (slope,) = tw.grad(checkpoint(lambda x: (x * w).exp(), w * 2).sum(), w, create_graph=True)
    (curvature,) = tw.grad(slope.sum(), w)
    # exp(2 w²): slope 4 w e, curvature (4 + 16 w²) e
    e = np.exp(0.5)
    assert slope.item() == pytest.approx(2 * e)
    assert curvature.item() == pytest.approx(8 * e)


def test_nothing_inside_is_kept():
    kept = []

    def function(x):
        y = x.exp()
        kept.append(weakref.ref(y.node))
        return y * y

    gc.disable()
    try:
        out = checkpoint(function, leaf(1.0))
        assert kept[0]() is None
        out.sum().backward()
        assert len(kept) == 2
    finally:
        gc.enable()


def test_a_module_trains_alike():
    X = tw.tensor(np.random.default_rng(0).standard_normal((8, 3)))
    losses = []
    for segments in (None, 2, 4):
        model = nn.Sequential(*(nn.Linear(3, 3, generator=i, dtype=tw.float64) for i in range(4)))
        optimizer = tw.optim.Adam(model.parameters(), lr=0.05)
        losses.append([])
        for _ in range(4):
            optimizer.zero_grad()
            out = model(X) if segments is None else checkpoint_sequential(model, segments, X)
            loss = (out**2).mean()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-12)
    np.testing.assert_allclose(losses[2], losses[0], rtol=1e-12)


def test_compiled_it_is_an_ordinary_call():
    x = tw.tensor([1.0, 2.0])
    w = [tw.tensor([0.5, 0.25], requires_grad=True) for _ in range(2)]

    def step(v, x):
        v.grad = None
        checkpoint(lambda x: (x * v).exp(), x).sum().backward()

    tw.compile(lambda x: step(w[0], x))(x)
    step(w[1], x)
    np.testing.assert_allclose(w[0].grad.numpy(), w[1].grad.numpy(), rtol=1e-6)


def test_without_recording_and_without_gradients():
    with tw.no_grad():
        assert not checkpoint(tw.exp, leaf(1.0)).requires_grad
    assert not checkpoint(tw.exp, tw.ones(1)).requires_grad


def test_what_is_refused():
    with pytest.raises(tw.DTypeError, match="must return Tensors"):
        checkpoint(lambda x: None, leaf(1.0))
    with pytest.raises(tw.UnsupportedError, match="context_fn"):
        checkpoint(tw.exp, leaf(1.0), context_fn=lambda: None)
    with pytest.raises(ValueError, match="from 1 to 2"):
        checkpoint_sequential([tw.exp, tw.exp], 3, leaf(1.0))
