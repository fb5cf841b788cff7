"""Every optimizer against its paper's formula in plain NumPy, eager and compiled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.nn.optim.formulas import FORMULAS
from tests.support.optimizers import SETTINGS
from tinygrad_wtf import nn

TARGET = np.array([0.5, -1.0, 2.0])
CURVATURE = np.array([1.0, 3.0, 0.2])
START = np.array([1.5, 1.0, -2.0])


def gradient(w):
    return CURVATURE * (w - TARGET) + 0.5 * np.cos(3 * w)


def loss(w):
    return (0.5 * tw.tensor(CURVATURE) * (w - tw.tensor(TARGET)) ** 2 + tw.sin(3 * w) / 6).sum()


def trained(name, settings, steps, compiled):
    w = nn.Parameter(START)
    optimizer = getattr(nn.optim, name)([w], **settings)

    def step():
        optimizer.zero_grad()
        loss(w).backward()
        optimizer.step()

    run = tw.compile(step) if compiled else step
    for _ in range(steps):
        run()
    return w.detach().numpy(), run


@pytest.mark.parametrize("name", FORMULAS)
@settings(max_examples=12)
@given(data=st.data())
def test_it_follows_its_formula(name, data):
    options = data.draw(st.fixed_dictionaries(SETTINGS[name]))
    found, _ = trained(name, options, 12, compiled=False)
    np.testing.assert_allclose(found, FORMULAS[name](START, gradient, 12, options), rtol=2e-7, atol=1e-9)


@pytest.mark.parametrize("name", FORMULAS)
@settings(max_examples=3)
@given(data=st.data())
def test_compiled_it_is_the_same_and_traced_twice(name, data):
    options = data.draw(st.fixed_dictionaries(SETTINGS[name]))
    eager, _ = trained(name, options, 12, compiled=False)
    compiled, run = trained(name, options, 12, compiled=True)
    np.testing.assert_allclose(compiled, eager, rtol=1e-9, atol=1e-12)
    assert run.traces == 2  # without memory, and with it: no count and no rate is a constant


@pytest.mark.parametrize("name", FORMULAS)
def test_every_rate_is_an_input_of_a_compiled_step(name):
    twins = [nn.Parameter(START) for _ in range(2)]
    optimizers = [getattr(nn.optim, name)([w]) for w in twins]

    def step(which):
        w, optimizer = twins[which], optimizers[which]
        optimizer.zero_grad()
        loss(w).backward()
        optimizer.step()

    compiled = tw.compile(lambda: step(0))
    for _ in range(3):
        compiled()
        step(1)
    traces = compiled.traces
    for rate in optimizers[0].rates:
        value = optimizers[0].param_groups[0][rate]
        if value in (0, 0.0):
            continue
        for factor in (0.9, 0.95):
            new = tuple(x * factor for x in value) if isinstance(value, tuple) else value * factor
            new = (0.6 * factor, 1.3 / factor) if rate == "etas" else new
            for optimizer in optimizers:
                optimizer.param_groups[0][rate] = new
            compiled()
            step(1)
            np.testing.assert_allclose(twins[0].numpy(), twins[1].numpy(), rtol=1e-7)
    assert compiled.traces == traces


def test_asgd_averages_from_its_step_on():
    w = nn.Parameter([1.0], requires_grad=True)
    optimizer = nn.optim.ASGD([w], lr=0.25, lambd=0.0, t0=2)
    seen = []
    for _ in range(6):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        seen.append(w.item())
    assert optimizer.state[w]["ax"].item() == pytest.approx(np.mean(seen[3:]), rel=0.2)
    assert optimizer.state[w]["mu"].item() == 1 / 4


class TestCounts:
    """Parameters that are in step share one count; the others have their own."""

    def make(self):
        ws = [nn.Parameter([float(n + 1)]) for n in range(3)]
        return ws, nn.optim.Adam(ws, lr=0.1)

    def step(self, ws, optimizer, which):
        optimizer.zero_grad()
        sum((ws[n] ** 2).sum() for n in which).backward()
        optimizer.step()

    def counts(self, ws, optimizer):
        return [optimizer.state[w]["step"].item() if w in optimizer.state else 0 for w in ws]

    def test_one_that_misses_gradients_counts_its_own_steps(self):
        ws, optimizer = self.make()
        self.step(ws, optimizer, [0, 1])
        assert optimizer.state[ws[0]]["step"] is optimizer.state[ws[1]]["step"]
        self.step(ws, optimizer, [1, 2])
        self.step(ws, optimizer, [0, 1, 2])
        assert self.counts(ws, optimizer) == [2, 3, 2]

    def test_it_is_as_if_each_had_an_optimizer_of_its_own(self):
        ws, optimizer = self.make()
        alone = [nn.Parameter([float(n + 1)]) for n in range(3)]
        theirs = [nn.optim.Adam([w], lr=0.1) for w in alone]
        for which in ([0], [0, 1], [2], [1, 2], [0, 1, 2], [0]):
            self.step(ws, optimizer, which)
            for n in which:
                theirs[n].zero_grad()
                (alone[n] ** 2).sum().backward()
                theirs[n].step()
        assert [w.item() for w in ws] == [w.item() for w in alone]

    def test_a_loaded_state_is_shared_again(self):
        ws, optimizer = self.make()
        self.step(ws, optimizer, [0, 1, 2])
        saved = optimizer.state_dict()
        others, loaded = self.make()
        loaded.load_state_dict(saved)
        assert loaded.state[others[0]]["step"] is loaded.state[others[2]]["step"]
        assert loaded.state[others[0]]["step"] is not optimizer.state[ws[0]]["step"]
