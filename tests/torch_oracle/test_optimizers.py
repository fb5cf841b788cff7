"""A hundred steps of every optimizer equal PyTorch's in float64, on random problems and settings."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.optimizers import COMMON, DECAY, SETTINGS
from tinygrad_wtf import nn

SGD = {
    **COMMON,
    **DECAY,
    "momentum": st.sampled_from([0.0, 0.9]),
    "dampening": st.sampled_from([0.0, 0.3]),
}
ALL = {"SGD": SGD, **SETTINGS}


class Problem:
    """A small network's least squares, with tensors of either library."""

    def __init__(self, seed, library, make):
        rng = np.random.default_rng(seed)
        self.library = library
        self.weights = [make(rng.standard_normal(s)) for s in ((3, 4), (4,), (4, 1), ())]
        for w in self.weights:
            w.requires_grad_()
        self.X, self.y = make(rng.standard_normal((6, 3))), make(rng.standard_normal((6, 1)))

    def loss(self):
        W1, b1, W2, b2 = self.weights
        errors = self.library.tanh(self.X @ W1 + b1) @ W2 + b2 - self.y
        return (errors**2 / (1 + errors**2)).sum()

    def step(self, optimizer):
        optimizer.zero_grad()
        self.loss().backward()
        optimizer.step()


def problems(seed):
    return Problem(seed, tw, tw.tensor), Problem(seed, torch, torch.tensor)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=3)
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_a_hundred_steps_are_pytorchs(name, data, seed):
    options = data.draw(st.fixed_dictionaries(ALL[name]))
    if name == "Rprop":  # climbing, units saturate, and the sign of a gradient that is 0 but for rounding is chance
        options["maximize"] = False
    ours, theirs = problems(seed)
    _, shaken = problems(seed)  # PyTorch's again, with the last bits changed: how far rounding goes in a hundred steps
    with torch.no_grad():
        for w in shaken.weights:
            w.mul_(1 + 1e-14)
    mine = getattr(nn.optim, name)(ours.weights, **options)
    reference, other = (getattr(torch.optim, name)(p.weights, foreach=False, **options) for p in (theirs, shaken))
    for _ in range(100):
        ours.step(mine)
        theirs.step(reference)
        shaken.step(other)
    for w, t, s in zip(ours.weights, theirs.weights, shaken.weights, strict=True):
        moved = float((t - s).detach().abs().max())
        np.testing.assert_allclose(w.detach().numpy(), t.detach().numpy(), rtol=1e-9, atol=1e-9 + 100 * moved)


@pytest.mark.parametrize("name", ALL)
def test_states_are_exchanged_with_pytorch(name):
    ours, theirs = problems(0)
    mine, reference = getattr(nn.optim, name)(ours.weights), getattr(torch.optim, name)(theirs.weights)
    for _ in range(3):
        theirs.step(reference)
    for w, t in zip(ours.weights, theirs.weights, strict=True):
        w.data = tw.tensor(t.detach().numpy())
    mine.load_state_dict(reference.state_dict())
    for _ in range(3):
        ours.step(mine)
        theirs.step(reference)
    for w, t in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(w.detach().numpy(), t.detach().numpy(), rtol=1e-12)
    saved, its = mine.state_dict(), reference.state_dict()
    assert saved["param_groups"][0].keys() - {"l1"} == its["param_groups"][0].keys()
    assert {n: list(m) for n, m in saved["state"].items()} == {n: list(m) for n, m in its["state"].items()}
    as_torch = {n: {k: torch.tensor(v.numpy()) for k, v in m.items()} for n, m in saved["state"].items()}
    reference.load_state_dict({"state": as_torch, "param_groups": saved["param_groups"]})
    for _ in range(3):
        ours.step(mine)
        theirs.step(reference)
    for w, t in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(w.detach().numpy(), t.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("options", [{}, {"line_search_fn": "strong_wolfe"}, {"history_size": 3, "max_iter": 6}])
@pytest.mark.parametrize("seed", range(3))
def test_lbfgs_goes_pytorchs_way(options, seed):
    paths = []
    for problem, package in zip(problems(seed), (nn.optim, torch.optim), strict=True):
        optimizer = package.LBFGS(problem.weights, **options)
        losses: list[float] = []

        def closure(problem=problem, optimizer=optimizer, losses=losses):
            optimizer.zero_grad()
            loss = problem.loss()
            loss.backward()
            losses.append(loss.item())
            return loss

        for _ in range(2):
            optimizer.step(closure)
        paths.append((losses, optimizer.state[problem.weights[0]]))
    (ours, state), (theirs, reference) = paths
    assert len(ours) == len(theirs)
    assert (state["n_iter"], state["func_evals"]) == (reference["n_iter"], reference["func_evals"])
    np.testing.assert_allclose(ours[:10], theirs[:10], rtol=1e-9)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
