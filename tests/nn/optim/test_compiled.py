"""Rates of an optimizer are inputs of a compiled step: what changes them, and everything else of it, is seen."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.training.step import Step

RATES = {"lr": 0.1, "momentum": 0.9, "dampening": 0.25, "weight_decay": 0.01, "l1": 0.02}
OTHERS = {"lr": 0.03, "momentum": 0.5, "dampening": 0.75, "weight_decay": 0.2, "l1": 0.5}


class Twins:
    """The same step of two equal parameters, compiled and not."""

    def __init__(self, kind=nn.optim.SGD, **settings):
        self.w = [tw.tensor([1.0, -2.0, 0.5], requires_grad=True) for _ in range(2)]
        self.optimizers = [kind([w], **settings) for w in self.w]
        self.compiled = tw.compile(lambda x: self.step(0, x))

    def step(self, which, x):
        w, optimizer = self.w[which], self.optimizers[which]
        optimizer.zero_grad()
        ((w - x) ** 2).sum().backward()
        optimizer.step()

    def steps(self, n=4):
        for _ in range(n):
            x = tw.tensor([0.0, 1.0, 2.0])
            self.compiled(x)
            self.step(1, x)
            np.testing.assert_allclose(self.w[0].numpy(), self.w[1].numpy(), rtol=1e-5)

    def change(self, change):
        for optimizer in self.optimizers:
            change(optimizer)


@pytest.mark.parametrize("name", RATES)
def test_a_rate_that_changes_is_followed_without_a_new_trace(name):
    twins = Twins(**RATES)
    twins.steps()
    before = twins.compiled.traces
    for factor in (1.0, 0.5, 0.25):
        twins.change(lambda optimizer, factor=factor: optimizer.param_groups[0].update({name: factor * OTHERS[name]}))
        twins.steps()
        assert twins.optimizers[0].param_groups[0][name] == factor * OTHERS[name]
    assert twins.compiled.traces == before


@pytest.mark.parametrize("name", [name for name in RATES if name != "lr"])
def test_a_rate_switched_off_and_on_is_followed(name):
    twins = Twins(**{**RATES, name: 0})
    twins.steps()
    for value in (OTHERS[name], 0, 0.5 * OTHERS[name]):
        twins.change(lambda optimizer, value=value: optimizer.param_groups[0].__setitem__(name, value))
        twins.steps()


@pytest.mark.parametrize(
    "change",
    [
        lambda optimizer: optimizer.state.clear(),
        lambda optimizer: optimizer.state[optimizer.param_groups[0]["params"][0]].clear(),
        lambda optimizer: optimizer.state[optimizer.param_groups[0]["params"][0]].pop("momentum_buffer"),
        lambda optimizer: optimizer.param_groups[0].__setitem__("maximize", True),
        lambda optimizer: optimizer.param_groups[0]["params"].clear(),
        lambda optimizer: optimizer.param_groups.clear(),
        lambda optimizer: setattr(optimizer, "param_groups", []),
        lambda optimizer: optimizer.param_groups.__setitem__(0, {**optimizer.param_groups[0], "lr": 0.7}),
    ],
    ids=["state", "state of one", "entry", "maximize", "params", "groups", "new groups", "a plain group"],
)
def test_what_is_no_rate_is_followed_too(change):
    twins = Twins(**RATES)
    twins.steps()
    twins.change(change)
    twins.steps()


def test_a_rate_read_by_the_function_itself_is_followed():
    w = tw.tensor(1.0, requires_grad=True)
    optimizer = nn.optim.SGD([w], lr=0.5)
    scaled = tw.compile(lambda x: x * optimizer.param_groups[0]["lr"])
    for rate in (0.5, 0.25, 0.125):
        optimizer.param_groups[0]["lr"] = rate
        for _ in range(3):
            assert scaled(tw.tensor(2.0)).item() == 2 * rate


class Halved(nn.optim.SGD):
    def update(self, parameter, gradient, group, state):
        parameter.sub_(gradient, alpha=group["lr"] / 2)


class Passed(nn.optim.SGD):
    def update(self, parameter, gradient, group, state):
        super().update(parameter, gradient, {**group, "lr": group["lr"] / 2}, state)


@pytest.mark.parametrize("kind", [Halved, Passed])
def test_an_update_of_ones_own_gets_numbers_and_is_followed(kind):
    twins = Twins(kind, lr=0.1)
    twins.steps()
    twins.change(lambda optimizer: optimizer.param_groups[0].__setitem__("lr", 0.3))
    twins.steps()


def test_a_schedule_inside_a_compiled_step_is_refused():
    twins = Twins(lr=0.1)

    def step(x):
        twins.step(0, x)
        twins.optimizers[0].param_groups[0]["lr"] = 0.05

    with pytest.raises(tw.TraceError, match="changes the setting 'lr' of an optimizer"):
        tw.compile(step)(tw.tensor([0.0, 1.0, 2.0]))
    assert twins.optimizers[0].param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda optimizer: pickle.loads(pickle.dumps(optimizer))])
def test_a_copy_has_rates_of_its_own(copied):
    twins = Twins(**RATES)
    twins.steps()
    other = copied(twins.optimizers[0])
    other.param_groups[0]["lr"] = 5.0
    assert twins.optimizers[0].param_groups[0]["lr"] == RATES["lr"]
    twins.steps()
    (v,) = other.param_groups[0]["params"]
    assert v is not twins.w[0]
    assert list(other.state) == [v]


def test_the_learning_rate_of_a_training_changes_without_a_new_trace():
    def trained(compile, decay):
        model = nn.Sequential(nn.Linear(2, 4, generator=0), nn.Sigmoid(), nn.Linear(4, 1, generator=0))
        optimizer = nn.optim.SGD(model.parameters(), lr=0.5)
        step = Step(model, nn.MSELoss(), optimizer, compile)
        X = tw.arange(20.0).reshape(10, 2) / 20
        y = X[:, :1]
        losses = []
        for epoch in range(20):
            losses.append(step(X, y, epoch, True)[0])
            optimizer.param_groups[0]["lr"] *= decay
        return losses, step

    eager, _ = trained(False, 0.9)
    compiled, step = trained(True, 0.9)
    np.testing.assert_allclose(compiled, eager, rtol=1e-4)
    _, steady = trained(True, 1.0)
    assert step.fast.traces == steady.fast.traces


def test_a_step_that_was_put_on_an_optimizer_and_taken_away_again():
    weight = nn.Parameter(tw.zeros(1))
    optimizer = nn.optim.SGD([weight], lr=1.0)

    @tw.compile
    def step():
        optimizer.zero_grad()
        weight.sum().backward()
        optimizer.step()

    for _ in range(4):
        step()
    assert weight.item() == -4.0
    once = optimizer.step

    def twice():
        once()
        once()

    optimizer.step = twice
    step()
    assert weight.item() == -6.0
    del optimizer.step
    step()
    assert weight.item() == -7.0
