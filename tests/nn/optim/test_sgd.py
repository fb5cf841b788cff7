"""Gradient descent against its formulas in plain NumPy, and what the optimizer refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.optim import SGD


def descend(w, gradient, steps, *, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False, l1=0, maximize=False):
    """The formula of the SGD docstring, once more, on arrays."""
    v = None
    for _ in range(steps):
        g = (-1 if maximize else 1) * gradient(w) + weight_decay * w + l1 * np.sign(w)
        if momentum:
            v = g if v is None else momentum * v + (1 - dampening) * g
            g = g + momentum * v if nesterov else v
        w = w - lr * g
    return w


settings = st.fixed_dictionaries(
    {
        "lr": st.floats(0.001, 0.3),
        "momentum": st.sampled_from([0, 0.5, 0.9]),
        "dampening": st.sampled_from([0, 0.25]),
        "weight_decay": st.sampled_from([0, 0.1]),
        "l1": st.sampled_from([0, 0.05]),
        "maximize": st.booleans(),
    }
)


@given(settings, st.booleans(), st.lists(st.floats(-3, 3), min_size=1, max_size=4))
def test_sgd_follows_its_formula(options, nesterov, start):
    if nesterov and options["momentum"]:
        options = {**options, "nesterov": True, "dampening": 0}
    start = np.array(start)
    target = np.arange(len(start)) * 1.0
    w = nn.Parameter(start)
    optimizer = SGD([w], **options)
    for _ in range(5):
        optimizer.zero_grad()
        ((w - target) ** 2).sum().backward()
        optimizer.step()
    expected = descend(start, lambda w: 2 * (w - target), 5, **options)
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-9, atol=1e-12)


@given(st.integers(1, 6), st.integers(0, 1000))
def test_one_step_of_the_neuron_is_the_guides_update(m, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(m, 2)), rng.integers(0, 2, size=(m, 1)).astype(float)
    model = nn.Sequential(nn.Linear(2, 1, dtype=np.float64, generator=seed), nn.Sigmoid())
    w, b = model[0].weight.numpy().copy(), model[0].bias.numpy().copy()
    nn.BCELoss()(model(tw.tensor(x)), y).backward()
    SGD(model.parameters(), lr=0.1).step()
    a = 1 / (1 + np.exp(-(x @ w.T + b)))
    np.testing.assert_allclose(model[0].weight.numpy(), w + 0.1 / m * ((y - a) * x).sum(0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model[0].bias.numpy(), b + 0.1 / m * (y - a).sum(), rtol=1e-9, atol=1e-12)


def test_the_default_rate_is_pytorchs():
    w = nn.Parameter([1.0])
    w.grad = tw.tensor([1.0])
    SGD([w]).step()
    assert w.item() == pytest.approx(0.999)


def test_a_step_keeps_the_parameter_a_leaf_of_its_dtype():
    w = nn.Parameter(np.ones(2, np.float32))
    (w * w).sum().backward()
    SGD([w], lr=0.1, momentum=0.9, weight_decay=0.1, l1=0.1).step()
    assert w.is_leaf
    assert w.requires_grad
    assert w.dtype == np.float32


def test_parameters_without_gradient_stay():
    w, frozen = nn.Parameter([1.0]), nn.Parameter([1.0], requires_grad=False)
    unused = nn.Parameter([1.0])
    optimizer = SGD([w, frozen, unused], lr=1.0, weight_decay=0.5)
    (w * frozen).sum().backward()
    optimizer.step()
    assert (w.item(), frozen.item(), unused.item()) == (-0.5, 1.0, 1.0)


def test_groups_have_their_own_settings():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.5)
    (a + b).sum().backward()
    optimizer.step()
    assert (a.item(), b.item()) == (0.5, 0.0)
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    assert a.item() == 0.25


def test_zero_grad():
    w = nn.Parameter([1.0])
    optimizer = SGD([w])
    (w * 2).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0.0]
    optimizer.zero_grad()
    assert w.grad is None


def test_a_closure_is_recorded_and_its_loss_returned():
    w = nn.Parameter([3.0])
    optimizer = SGD([w], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    with tw.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert w.item() == 0.0
    assert optimizer.step() is None


def test_a_step_after_create_graph_records_nothing():
    w = nn.Parameter([2.0])
    (w**3).sum().backward(create_graph=True)
    optimizer = SGD([w], lr=0.5, momentum=0.5)
    optimizer.step()
    assert w.is_leaf
    assert w.item() == -4.0
    assert not optimizer.state[w]["momentum_buffer"].requires_grad


def momentum_run(steps, resume_after=None):
    w = nn.Parameter(np.array([1.0, -2.0]))
    optimizer = SGD([w], lr=0.1, momentum=0.9)
    for step in range(steps):
        if step == resume_after:
            saved, value = optimizer.state_dict(), w.numpy().copy()
            w = nn.Parameter(value)
            optimizer = SGD([w], lr=0.7)
            optimizer.load_state_dict(saved)
        optimizer.zero_grad()
        (w**2).sum().backward()
        optimizer.step()
    return w.numpy()


def test_saved_state_resumes_exactly():
    assert np.array_equal(momentum_run(6), momentum_run(6, resume_after=3))


def test_state_dict_is_in_pytorchs_form():
    a, b = nn.Parameter([1.0]), nn.Parameter([1.0, 2.0])
    optimizer = SGD([a, b], lr=0.1, momentum=0.5)
    (b * 3).sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    assert state["param_groups"][0]["params"] == [0, 1]
    assert state["param_groups"][0]["lr"] == 0.1
    assert list(state["state"]) == [1]
    assert state["state"][1]["momentum_buffer"].tolist() == [3.0, 3.0]


def test_a_state_that_does_not_fit_changes_nothing():
    w = nn.Parameter([1.0])
    optimizer = SGD([w], lr=0.1)
    state = SGD([nn.Parameter([1.0]), nn.Parameter([1.0])], lr=0.5).state_dict()
    with pytest.raises(ValueError, match=r"groups of \[1\] parameters cannot take the state of groups of \[2\]"):
        optimizer.load_state_dict(state)
    wrong = {"state": {0: {"momentum_buffer": np.ones(2)}}, "param_groups": [{"params": [0], "lr": 0.5}]}
    with pytest.raises(ValueError, match=r"momentum_buffer of parameter 0 has shape \(2,\)"):
        optimizer.load_state_dict(wrong)
    with pytest.raises(ValueError, match="keys 'state' and 'param_groups'"):
        optimizer.load_state_dict({})
    assert optimizer.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("name", ["lr", "momentum", "dampening", "weight_decay", "l1"])
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, "0.1", None, True])
def test_settings_that_make_no_sense_are_refused(name, value):
    with pytest.raises(ValueError, match=f"SGD: {name} is a finite number"):
        SGD([nn.Parameter([1.0])], **{name: value})


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_without_dampening(options):
    with pytest.raises(ValueError, match="nesterov needs"):
        SGD([nn.Parameter([1.0])], nesterov=True, **options)


def test_an_unknown_setting_of_a_group_is_refused():
    with pytest.raises(ValueError, match="no setting 'rate'"):
        SGD([{"params": [nn.Parameter([1.0])], "rate": 0.1}])
    with pytest.raises(ValueError, match="needs the key 'params'"):
        SGD([{"lr": 0.1}])


def test_what_is_no_list_of_parameters_is_refused():
    w = nn.Parameter([1.0])
    with pytest.raises(TypeError, match=r"pass model\.parameters\(\)"):
        SGD(nn.Linear(1, 1))
    with pytest.raises(TypeError, match="put it in a list"):
        SGD(w)
    with pytest.raises(TypeError, match="an order that stays the same"):
        SGD([{"params": {w}}])
    with pytest.raises(TypeError, match="parameter 1 is a ndarray"):
        SGD([w, np.ones(2)])
    with pytest.raises(TypeError, match=r"or named_parameters\(\)"):
        SGD(["weight", "bias"])
    with pytest.raises(ValueError, match="empty list of parameters"):
        SGD(nn.Sigmoid().parameters())
    with pytest.raises(ValueError, match="was computed from other tensors"):
        SGD([w * 2])
    with pytest.raises(ValueError, match=r"\('twice'\) is there twice"):
        SGD([{"params": [p := nn.Parameter([1.0], name="twice")]}, {"params": [p]}])


def test_a_tensor_that_needs_gradients_can_be_learnt_too():
    w = tw.tensor([1.0], requires_grad=True)
    (w * 2).sum().backward()
    SGD([w], lr=0.5).step()
    assert w.item() == 0.0


def test_the_l1_penalty_pulls_towards_zero_and_rests_there():
    w = nn.Parameter([1.0, -1.0, 0.0])
    w.grad = tw.zeros(3)
    SGD([w], lr=0.5, l1=0.5).step()
    assert w.tolist() == [0.75, -0.75, 0.0]


def test_repr_lists_the_settings():
    text = repr(SGD([nn.Parameter([1.0])], lr=0.1))
    assert text.startswith("SGD (\nParameter Group 0\n")
    assert "    lr: 0.1\n" in text


def test_a_circle_of_training_reaches_the_minimum():
    w = nn.Parameter(np.array([5.0]))
    optimizer = SGD([w], lr=0.1, momentum=0.9)
    for _ in range(400):
        optimizer.zero_grad()
        ((w - 3.0) ** 2).sum().backward()
        optimizer.step()
    assert w.item() == pytest.approx(3.0, abs=1e-6)


def test_momentum_does_not_live_in_the_gradients_memory():
    w = nn.Parameter(np.array([1.0]))
    optimizer = SGD([w], lr=0.1, momentum=0.5)
    for _ in range(2):
        optimizer.zero_grad(set_to_none=False)
        (w * 1.0).sum().backward()
        optimizer.step()
    assert w.grad.tolist() == [1.0]
    assert w.item() == pytest.approx(1.0 - 0.1 - 0.15)


class Counting(nn.optim.Optimizer):
    """Gradient descent with a rate that falls with the number of steps, which it remembers as Adam does."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    def update(self, parameter, gradient, group, state):
        if "step" not in state:
            state["step"] = tw.zeros(())
        state["step"].add_(1)
        parameter.sub_(group["lr"] / state["step"] * gradient)


@pytest.mark.parametrize("shape", [(2,), ()])
@pytest.mark.parametrize("saved_by", ["us", "numpy"])
def test_a_count_in_the_state_comes_back(shape, saved_by):
    w = nn.Parameter(np.ones(shape))
    optimizer = Counting([w], lr=1.0)
    for _ in range(3):
        w.grad = tw.ones(shape, dtype=tw.float64)
        optimizer.step()
    state = optimizer.state_dict()
    if saved_by == "numpy":
        state["state"][0]["step"] = state["state"][0]["step"].numpy()
    fresh = Counting([w], lr=0.5)
    fresh.load_state_dict(state)
    assert fresh.state[w]["step"].item() == 3.0
    assert fresh.param_groups[0]["lr"] == 1.0
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state[w]["step"].item() == 3.0


def test_a_saved_state_is_read_by_its_own_numbers():
    a, b = nn.Parameter(np.zeros(1)), nn.Parameter(np.zeros(1))
    optimizer = SGD([a, b], momentum=0.9)
    saved = optimizer.state_dict()
    saved["param_groups"][0]["params"] = [7, 3]  # a was number 7 there, b number 3
    saved["state"] = {3: {"momentum_buffer": np.array([3.0])}, 7: {"momentum_buffer": np.array([7.0])}}
    optimizer.load_state_dict(saved)
    assert [optimizer.state[w]["momentum_buffer"].item() for w in (a, b)] == [7.0, 3.0]


def test_a_group_may_be_empty_but_not_all():
    w = nn.Parameter([1.0])
    optimizer = SGD([{"params": [w]}, {"params": [], "lr": 0.1}], lr=1.0)
    (w * 2).sum().backward()
    optimizer.step()
    assert w.tolist() == [-1.0]
    with pytest.raises(ValueError, match="all empty"):
        SGD([{"params": []}])
