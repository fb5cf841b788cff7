"""What the tests of compiled programs share: comparing with the eager run, training side by side, order kept."""

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler.passes.features_first import features_first
from tinygrad_wtf.compiler.passes.fold_bias import fold_bias
from tinygrad_wtf.compiler.passes.fold_factors import fold_factors
from tinygrad_wtf.compiler.passes.fold_rates import fold_rates
from tinygrad_wtf.compiler.passes.sigmoid_by_tanh import sigmoid_by_tanh
from tinygrad_wtf.compiler.passes.stable_bce import stable_bce
from tinygrad_wtf.compiler.passes.sums_as_dots import sums_as_dots
from tinygrad_wtf.compiler.pipeline import Options

ROUNDING = {np.dtype(np.float64): (1e-9, 1e-10), np.dtype(np.float32): (2e-4, 2e-5)}  # relative and absolute


def numbers(t):
    """The values of a tensor, or None."""
    return None if t is None else np.array(t.detach() if isinstance(t, tw.Tensor) else t)


def assert_bits(found, expected):
    """The same bits, whichever nan it is."""
    found, expected = numbers(found), numbers(expected)
    assert (found is None) == (expected is None)
    if found is not None:
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        if found.dtype.kind == "f":
            assert np.array_equal(np.isnan(found), np.isnan(expected))
            found, expected = (np.where(np.isnan(a), a.dtype.type(0), a) for a in (found, expected))
        assert found.tobytes() == expected.tobytes(), f"{found} is not {expected}"


def assert_close(found, expected, factor=1.0):
    """The same up to rounding; None is a gradient of zeros."""
    found, expected = numbers(found), numbers(expected)
    if found is None or expected is None:
        given = expected if found is None else found
        assert given is None or not given.any()
        return
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    if found.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected)
        return
    relative, absolute = ROUNDING.get(found.dtype, (1e-2, 1e-2))
    np.testing.assert_allclose(found, expected, rtol=factor * relative, atol=factor * absolute)


# Without what takes sums in another order, or computes in another form: what is left must agree to the bit.
IN_ORDER = Options().without(
    stable_bce, sigmoid_by_tanh, sums_as_dots, fold_bias, features_first, fold_factors, fold_rates
)


def compiled_in_order(function):
    """The compiled function, whose results have the bits of the ordinary one's."""
    return Compiled(function, options=IN_ORDER)


def cotangent(y):
    """A fixed direction without symmetries, so that a transposed or reversed gradient shows."""
    return tw.tensor(np.cos(1.0 + np.arange(y.size)).reshape(y.shape), dtype=y.dtype)


class Training:
    """A model, its optimizer and its step; `twin` makes the same once more, to be compiled."""

    def __init__(self, model, loss=None, seed=0, prepare=None, **settings):
        self.make = lambda: Training(model, loss, seed, prepare, **settings)
        tw.manual_seed(seed)
        self.model, self.loss = model(), loss or nn.BCELoss()
        settings = {"lr": 0.5, **settings}
        self.optimizer = nn.optim.SGD(self.model.parameters(), **settings)
        self.run = self.step

    def step(self, X, y):
        """One step of training."""
        self.optimizer.zero_grad()
        loss = self.loss(self.model(X), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def compiled(self, options=None):
        """A twin whose step is compiled."""
        twin = self.make()
        twin.run = Compiled(twin.step, options=options)
        return twin


def assert_same_state(found, expected, factor=1.0):
    """Parameters, buffers, gradients and the optimizer's memory agree."""
    mine, theirs = found.model.state_dict(), expected.model.state_dict()
    assert list(mine) == list(theirs)
    for name in mine:
        assert_close(mine[name], theirs[name], factor)
    for (name, p), q in zip(found.model.named_parameters(), expected.model.parameters(), strict=True):
        assert (p.grad is None) == (q.grad is None), f"{name}: a gradient is there in one and not in the other"
        assert p.requires_grad == q.requires_grad
        assert_close(p.grad, q.grad, factor)
    mine, theirs = found.optimizer.state_dict(), expected.optimizer.state_dict()
    assert mine["param_groups"] == theirs["param_groups"]
    assert mine["state"].keys() == theirs["state"].keys()
    for number, memory in mine["state"].items():
        assert memory.keys() == theirs["state"][number].keys()
        for name, value in memory.items():
            assert_close(value, theirs["state"][number][name], factor)


def small_network():
    """Two layers for two features."""
    return nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1), nn.Sigmoid())


def points(samples=8, seed=0):
    """Points of the unit square, and whether they lie right of its middle."""
    X = tw.rand(samples, 2, generator=seed)
    return X, (X[:, :1] > 0.5).float()
