"""What is seen from outside of a compiled step: held results and gradients, and changes made between the calls."""

import gc

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close, assert_same_state, points, small_network
from tinygrad_wtf import nn

X, Y = points()
HOLDS = {
    "the tensor": lambda t: t,
    "detach": lambda t: t.detach(),
    "data": lambda t: t.data,
    "numpy": lambda t: t.numpy(),
    "a slice": lambda t: t.numpy()[..., :1],
    "a view of a view": lambda t: t.detach().reshape(-1)[:1],
    "memoryview": lambda t: memoryview(t.numpy()),
    "in a list": lambda t: [t],
}


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
@pytest.mark.parametrize("start", [0, 3], ids=["from the first call on", "later"])
def test_held_gradients_are_never_overwritten(hold, start):
    expected, compiled = Training(small_network), Training(small_network).compiled()
    held = []
    for number in range(6):
        expected.run(X, Y)
        compiled.run(X, Y)
        if number >= start:
            for p, q in zip(compiled.model.parameters(), expected.model.parameters(), strict=True):
                held.append((hold(p.grad), np.array(hold(q.grad))))
    gc.collect()
    for found, e in held:
        np.testing.assert_allclose(np.asarray(found), e, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_held_results_are_never_overwritten(hold):
    function = lambda x: [x * 2, (x * 2).T, x.sum(), tw.ones(2) * 3]  # noqa: E731
    compiled = tw.compile(function)
    held = []
    for number in range(5):
        x = tw.rand(3, 2, generator=number)
        held += [(hold(found), np.array(hold(e))) for found, e in zip(compiled(x)[:2], function(x)[:2], strict=True)]
        compiled(x)
    for found, e in held:
        np.testing.assert_allclose(np.asarray(found), e, rtol=1e-5)


def test_two_results_share_no_memory():
    compiled = tw.compile(lambda x: (x * 2, x * 2, tw.ones(2)))
    a, b, c = compiled(tw.ones(2))
    a.add_(1)
    c.add_(5)
    assert (a.tolist(), b.tolist(), c.tolist()) == ([3, 3], [2, 2], [6, 6])
    assert [t.tolist() for t in compiled(tw.ones(2))] == [[2, 2], [2, 2], [1, 1]]


def test_gradients_of_two_leaves_share_no_memory():
    v, w = (tw.Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    step = tw.compile(lambda: (v + w).sum().backward())
    step()
    v.grad.mul_(10)
    assert w.grad.tolist() == [1, 1]
    step()
    assert (v.grad.tolist(), w.grad.tolist()) == ([11, 11], [2, 2])


def test_numpy_views_of_parameters_see_the_updates():
    for momentum in (0.0, 0.9):
        training = Training(small_network, momentum=momentum)
        before = [p.numpy() for p in training.model.parameters()]
        compiled = tw.compile(training.step)
        for _ in range(4):
            compiled(X, Y)
        for view, p in zip(before, training.model.parameters(), strict=True):
            np.testing.assert_array_equal(view, p.numpy())


def test_state_dicts_share_memory_before_and_after():
    training = Training(small_network)
    before = training.model.state_dict()
    compiled = tw.compile(training.step)
    for _ in range(3):
        compiled(X, Y)
    after = training.model.state_dict()
    for name, p in training.model.named_parameters():
        np.testing.assert_array_equal(before[name].numpy(), p.numpy())
        np.testing.assert_array_equal(after[name].numpy(), p.numpy())


def copied(t, number):
    with tw.no_grad():
        t.model[0].weight.copy_(t.model[0].weight * 0.5)


def entry_written(t, number):
    with tw.no_grad():
        t.model[0].weight[0] = float(number)


def data_given(t, number):
    if number % 2:
        t.model[0].weight.data = tw.full((5, 2), 0.1 * number)


def loaded(t, number):
    t.model.load_state_dict({name: 0.9 * value.numpy() for name, value in t.model.state_dict().items()})


def optimizer_loaded(t, number):
    saved = t.optimizer.state_dict()
    saved["state"] = {n: {k: 0.5 * v.numpy() for k, v in memory.items()} for n, memory in saved["state"].items()}
    t.optimizer.load_state_dict(saved)


def an_ordinary_step(t, number):
    t.step(X, Y)


def frozen(t, number):
    if number in (1, 3):
        t.model[0].requires_grad_(number == 3)


def one_frozen(t, number):
    if number in (1, 3):
        t.model[0].weight.requires_grad_(number == 3)


def rate(t, number):
    t.optimizer.param_groups[0]["lr"] *= 0.5


def momentum(t, number):
    t.optimizer.param_groups[0]["momentum"] = 0.1 * number


def layer_replaced(t, number):
    if number == 2:
        t.model[1] = nn.ReLU()
    if number == 3:
        t.model[0] = nn.Linear(2, 5, generator=3)
        t.optimizer.add_param_group({"params": list(t.model[0].parameters())})


def hooked(t, number):
    if number == 1:
        t.hook = t.model[0].weight.register_hook(lambda g: g * 0.1)
    if number == 3:
        t.hook.remove()


def gradients_taken(t, number):
    for p in t.model.parameters():
        p.grad = None


def gradients_changed(t, number):
    for p in t.model.parameters():
        p.grad.mul_(2)
        p.grad.add_(1)


def a_gradient_given(t, number):
    t.model[0].bias.grad = tw.full((5,), float(number))


def evaluation(t, number):
    t.model.train(number % 2 == 0)


CHANGES = [
    copied, entry_written, data_given, loaded, optimizer_loaded, an_ordinary_step, frozen, one_frozen, rate, momentum,
    layer_replaced, hooked, gradients_taken, gradients_changed, a_gradient_given, evaluation,
]  # fmt: skip


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}], ids=["plain", "momentum"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changes_between_the_calls(change, settings):
    expected, compiled = Training(small_network, **settings), Training(small_network, **settings).compiled()
    for number in range(6):
        assert_close(compiled.run(X, Y), expected.run(X, Y))
        for training in (expected, compiled):
            change(training, number)
        assert_same_state(compiled, expected)


@pytest.mark.parametrize("change", [gradients_taken, gradients_changed, a_gradient_given], ids=lambda c: c.__name__)
def test_changes_of_gradients_that_add_up(change):
    def adding(training):
        return lambda X, y: training.loss(training.model(X), y).backward()

    expected, compiled = Training(small_network), Training(small_network)
    eager, run = adding(expected), tw.compile(adding(compiled))
    for number in range(6):
        eager(X, Y)
        run(X, Y)
        assert_same_state(compiled, expected)
        for training in (expected, compiled):
            change(training, number)


def test_several_programs_share_the_parameters():
    """Two functions and two sizes, in turn."""
    expected, twin = Training(small_network, momentum=0.9), Training(small_network, momentum=0.9)
    first, second = tw.compile(twin.step), tw.compile(twin.step)
    for number in range(5):
        for run, size in ((first, 8), (second, 3), (first, 5)):
            expected.run(X[:size], Y[:size])
            run(X[:size], Y[:size])
        assert_same_state(twin, expected)
        if number == 2:
            for training in (expected, twin):
                data_given(training, 1)
    assert second.traces <= 3


def test_arguments_changed_in_place_between_the_calls():
    expected, compiled = Training(small_network), Training(small_network).compiled()
    x = X.clone()
    for number in range(4):
        x.copy_(tw.rand(8, 2, generator=number))
        assert_close(compiled.run(x, Y), expected.run(x, Y))
        x[0] = 2.0
        assert_close(compiled.run(x, Y), expected.run(x, Y))
        x.data = tw.rand(8, 2, generator=number)
        assert_close(compiled.run(x, Y), expected.run(x, Y))
    assert compiled.run.traces == 1


def test_backward_sees_that_a_compiled_step_changed_a_parameter():
    w = tw.Tensor([1.0, 2.0], requires_grad=True)

    @tw.compile
    def step():
        with tw.no_grad():
            w.sub_(1.0)

    step()
    loss = (w * w).sum()
    step()
    with pytest.raises(tw.GraphError, match="changed in place"):
        loss.backward()


def test_a_compiled_result_is_not_differentiated_after_its_arguments_changed():
    w = tw.Tensor([1.0, 2.0], requires_grad=True)
    compiled = tw.compile(lambda: (w * w).sum())
    compiled()
    loss = compiled()
    with tw.no_grad():
        w.mul_(2)
    with pytest.raises(tw.GraphError, match="changed in place"):
        loss.backward()
