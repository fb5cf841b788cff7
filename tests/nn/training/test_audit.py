"""`fit` compares its compiled steps with ordinary ones, at first and then ever more rarely."""

import warnings

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import points
from tinygrad_wtf import nn
from tinygrad_wtf.nn.training.audit import Audit, Saved
from tinygrad_wtf.nn.training.step import Step

X, Y = (t.numpy() for t in points())


def trained(model, loss=None, epochs=10, compile=True, **settings):
    optimizer = nn.optim.SGD(model.parameters(), lr=0.2, **settings)
    history = nn.fit(
        model, loss or nn.BCELoss(), optimizer, (X, Y), epochs, metrics=(), progress=False, compile=compile, seed=3,
        batch_size=4, callbacks=[CALLBACKS.pop()] if CALLBACKS else (),
    )  # fmt: skip
    return history, [p.numpy().copy() for p in model.parameters()]


CALLBACKS = []


def network(*more):
    tw.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), *more, nn.Linear(4, 1), nn.Sigmoid())


def test_it_is_due_at_the_first_steps_and_then_ever_more_rarely():
    model = network()
    audit = Audit(model, nn.BCELoss(), nn.optim.SGD(model.parameters(), lr=0.1))
    assert [n for n in range(1100) if audit.is_due()] == [0, 1, 4, 16, 64, 256, 1024]


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"weight_decay": 0.1, "l1": 0.01}], ids=str)
@pytest.mark.parametrize(
    "more", [lambda: (), lambda: (nn.Dropout(0.3),), lambda: (nn.BatchNorm1d(4),)], ids=["plain", "drop", "norm"]
)
def test_a_healthy_training_is_what_it_was(more, settings):
    (history, compiled), (_, eager) = (trained(network(*more()), compile=c, **settings) for c in (True, False))
    assert history.not_compiled == ""
    for found, expected in zip(compiled, eager, strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-4)


def hidden_factor(names):
    """A number that is found where no guard looks: in the memory of an iterator's owner."""
    import ctypes

    return ctypes.c_double.from_address(names).value


def test_a_step_that_reads_what_no_guard_sees_is_not_compiled_any_more(caplog):
    import ctypes

    cell = ctypes.c_double(1.0)
    address = ctypes.addressof(cell)

    def loss(prediction, target):
        return ((prediction - target) ** 2).mean() * hidden_factor(address)

    class Annealing(nn.Callback):
        def on_epoch_end(self, run):
            cell.value *= 0.5

    ends = []
    for compile in (True, False):
        cell.value = 1.0
        CALLBACKS.append(Annealing())
        history, end = trained(network(), loss, epochs=12, compile=compile)
        ends.append(end)
        if compile:
            assert "where the ordinary step gives" in history.not_compiled
            assert any("where the ordinary step gives" in record.message for record in caplog.records)
    for found, expected in zip(*ends, strict=True):  # the few steps before it was noticed are those of the old factor
        np.testing.assert_allclose(found, expected, atol=0.2)


@pytest.mark.parametrize("dtype", [tw.float32, tw.float64])
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-6])
def test_a_wrong_factor_is_noticed_however_small_the_loss_is(size, dtype):
    """Numbers of this size have losses and gradients that are smaller still."""
    import ctypes

    cell = ctypes.c_double(1.0)
    address = ctypes.addressof(cell)

    class Later(nn.Callback):
        def on_epoch_end(self, run):
            cell.value = 1.5

    tw.manual_seed(0)
    model = nn.Linear(2, 1, dtype=dtype)
    with tw.no_grad():
        for p in model.parameters():
            p.mul_(size)
    history = nn.fit(
        model, lambda a, y: ((a - y) ** 2).mean() * hidden_factor(address), nn.optim.SGD(model.parameters(), lr=0.1),
        (X.astype(dtype), Y.astype(dtype) * size), 6, progress=False, callbacks=[Later()],
    )  # fmt: skip
    assert "where the ordinary step gives" in history.not_compiled


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.BCELoss(), nn.BCEWithLogitsLoss()], ids=repr)
def test_rounding_of_a_training_that_has_ended_is_no_difference(loss):
    """All that is left of the gradients is rounding, or less than the last bit of a probability."""
    tw.manual_seed(0)
    inputs = np.concatenate([X, -X])
    layer = nn.Linear(2, 1)
    if isinstance(loss, nn.MSELoss):
        model, labels = layer, layer(tw.tensor(inputs)).detach().numpy() * np.float32(1 + 1e-7)
    else:
        with tw.no_grad():
            layer.weight.copy_(tw.tensor([[9.0, 9.0]]))
        labels = (inputs @ np.array([[1.0], [1.0]], np.float32) > 0).astype(np.float32)
        model = nn.Sequential(layer, nn.Sigmoid()) if isinstance(loss, nn.BCELoss) else layer
    optimizer = nn.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    history = nn.fit(model, loss, optimizer, (inputs * 2, labels), 20, progress=False)
    assert history.not_compiled == ""


def test_all_that_a_step_changes_is_put_back():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.calls, self.source = 0, tw.Generator(5)

        def forward(self, x):
            self.calls += 1
            return x + tw.rand(1, generator=self.source) * 0

    model = network(nn.BatchNorm1d(4), nn.Dropout(0.5), Counting())
    optimizer = nn.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)

    def everything():
        return (
            [t.tolist() for t in (*model.parameters(), *model.buffers())],
            [None if p.grad is None else p.grad.tolist() for p in model.parameters()],
            [[v.tolist() for v in memory.values()] for memory in optimizer.state.values()],
            tw.get_rng_state(),
            model[4].calls,
            model[4].source.get_state(),
            np.random.get_state()[1].tolist(),
        )

    def step():
        optimizer.zero_grad()
        nn.BCELoss()(model(tw.tensor(X)), tw.tensor(Y)).backward()
        optimizer.step()
        np.random.random()

    for _ in range(3):
        before = everything()
        saved = Saved(model, nn.BCELoss(), optimizer)
        step()
        assert everything() != before
        saved.put_back()
        assert everything() == before
        step()


def test_a_model_that_counts_its_calls_counts_as_without_compiling():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return x * (1 + 0.1 * (self.calls % 3))

    ends = []
    for compile in (True, False):
        counting = Counting()
        with pytest.warns(RuntimeWarning, match="'calls'|calls") if compile else _nothing():
            history, end = trained(network(counting), compile=compile)
        ends.append([counting.calls, *end])
        if compile:
            assert "which the function reads" in history.not_compiled
    assert ends[0][0] == ends[1][0]
    for found, expected in zip(ends[0][1:], ends[1][1:], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


class _nothing:  # noqa: N801
    def __enter__(self):
        return self

    def __exit__(self, *problem):
        return None


def test_gradients_stay_in_the_same_memory_after_an_audit():
    """What the audit copies, it does not hold: a program goes on writing its gradients where they were."""
    model = network()
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    step = Step(model, nn.BCELoss(), optimizer, compile=True)
    places = []
    for _ in range(20):
        step(tw.tensor(X), tw.tensor(Y), 1, True)
        places.append(id(model[0].weight.grad))
    assert step.fast.program.reuses
    assert len(set(places[5:16])) == 1


def test_a_loss_may_have_parameters_of_its_own():
    """The audit puts back all that the optimizer changes, whoever it belongs to."""

    class Weighted(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(tw.ones(1))

        def forward(self, prediction, y):
            return (((prediction - y) * self.weight) ** 2).mean() + (self.weight**2).mean()

    outcomes = []
    for compile in (True, False):
        model, loss = network(), Weighted()
        optimizer = nn.optim.SGD([*model.parameters(), loss.weight], lr=0.2)
        history = nn.fit(model, loss, optimizer, (X, Y), 5, progress=False, compile=compile)
        outcomes.append([*history["loss"], loss.weight.item()])
        assert history.not_compiled == ("" if compile else "compile=False")
    np.testing.assert_allclose(*outcomes, rtol=1e-4)


def test_a_count_in_a_loss_goes_up_once_a_step():
    counts, losses = [], []
    for compile in (True, False):
        count = [0]

        def loss(prediction, y, count=count):
            count[0] += 1
            return ((prediction - y) ** 2).mean() / count[0]

        model = network()
        optimizer = nn.optim.SGD(model.parameters(), lr=0.2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # that the step is not compiled
            losses.append(nn.fit(model, loss, optimizer, (X, Y), 7, progress=False, compile=compile)["loss"])
        counts.append(count[0])
    assert counts == [7, 7]
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_a_model_that_caches_a_tensor_is_trained_as_it_is():
    """The cache holds numbers when the trace has been refused, and nothing is traced any more."""
    outcomes = []
    for compile in (True, False):
        cache = {}

        class Cached(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = network()

            def forward(self, x, cache=cache):
                if "scale" not in cache:
                    cache["scale"] = tw.ones(1) * 0.5
                return self.inner(x) * cache["scale"]

        model = Cached()
        optimizer = nn.optim.SGD(model.parameters(), lr=0.2)
        outcomes.append(nn.fit(model, nn.BCELoss(), optimizer, (X, Y), 4, progress=False, compile=compile)["loss"])
        assert cache["scale"].tolist() == [0.5]
    np.testing.assert_allclose(*outcomes, rtol=1e-4)


class Outside(nn.Module):
    """A model that keeps things where `model.buffers()` does not find them."""

    def __init__(self, kind):
        super().__init__()
        self.inner, self.kind = nn.Linear(2, 1), kind
        self.steps, self.listed = tw.zeros(1), [tw.zeros(1), nn.BatchNorm1d(2), tw.Generator(5)]

    def forward(self, x):
        if self.kind == "an attribute":
            self.steps.add_(1.0)
        elif self.kind == "a list":
            self.listed[0].mul_(0.9).add_(x.detach().mean(), alpha=0.1)
            self.steps.copy_(self.listed[0])
        elif self.kind == "a layer in a list":
            x = self.listed[1](x)
            self.steps.copy_(self.listed[1].running_mean[:1].detach())
        else:
            x = x + tw.rand(1, generator=self.listed[2])
        return self.inner(x) * (1 + self.steps)


@pytest.mark.parametrize("kind", ["an attribute", "a list", "a layer in a list", "a generator"])
def test_what_neither_model_nor_optimizer_know_of_is_put_back_too(kind):
    outcomes = []
    for compile in (True, False):
        tw.manual_seed(0)
        model = Outside(kind)
        optimizer = nn.optim.SGD(model.parameters(), lr=0.01)
        history = nn.fit(model, nn.MSELoss(), optimizer, (X, Y), 6, progress=False, compile=compile)
        assert history.not_compiled == ("" if compile else "compile=False")
        outcomes.append([*history["loss"], model.steps.item()])
    np.testing.assert_allclose(*outcomes, rtol=1e-4)


def test_an_optimizer_may_remember_in_a_list_of_its_own():
    class Heavy(nn.optim.SGD):
        def __init__(self, params, lr):
            super().__init__(params, lr)
            self.velocities = [tw.zeros(*p.shape) for p in self.param_groups[0]["params"]]

        def step(self):
            with tw.no_grad():
                for p, v in zip(self.param_groups[0]["params"], self.velocities, strict=True):
                    v.mul_(0.9).add_(p.grad)
                    p.sub_(v * 0.1)

    losses = []
    for compile in (True, False):
        model = network()
        optimizer = Heavy(model.parameters(), lr=0.1)
        history = nn.fit(model, nn.BCELoss(), optimizer, (X, Y), 6, progress=False, compile=compile)
        assert history.not_compiled == ("" if compile else "compile=False")
        losses.append(history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-4)
