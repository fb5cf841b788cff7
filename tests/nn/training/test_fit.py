"""`nn.fit`: its steps, batches and data, what it refuses, and why a step is not compiled."""

import functools
from itertools import chain, pairwise

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets


def network(*widths, seed=0, dtype=np.float64):
    generator, model = tw.Generator(seed), nn.Sequential()
    for inputs, outputs in pairwise(widths):
        model.append(nn.Linear(inputs, outputs, dtype=dtype, generator=generator)).append(nn.Sigmoid())
    return model


def sgd(model, lr=0.5):
    return nn.optim.SGD(model.parameters(), lr=lr)


CIRCLES = datasets.circles(dtype=np.float64)


CIRCLES_32 = datasets.circles()


@pytest.mark.parametrize(("compile", "tolerance"), [(False, 0), (True, 1e-12)])
def test_full_batch_is_the_loop_written_by_hand(compile, tolerance):
    by_hand, by_fit = network(2, 4, 1), network(2, 4, 1)
    X, y = map(tw.tensor, CIRCLES)
    optimizer, losses = sgd(by_hand), []
    for _ in range(5):
        loss = nn.BCELoss()(by_hand(X), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    history = nn.fit(by_fit, nn.BCELoss(), sgd(by_fit), CIRCLES, 5, compile=compile)
    np.testing.assert_allclose(history["loss"], losses, rtol=tolerance, atol=0)
    for a, b in zip(by_hand.parameters(), by_fit.parameters(), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=tolerance, atol=tolerance)


def test_training_numbers_are_from_before_the_update_and_validation_numbers_from_after():
    model = network(2, 4, 1)
    before = nn.evaluate(model, nn.BCELoss(), CIRCLES)
    history = nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1, validation=CIRCLES)
    after = nn.evaluate(model, nn.BCELoss(), CIRCLES)
    expected = {
        "loss": before["loss"],
        "accuracy": before["accuracy"],
        "val_loss": after["loss"],
        "val_accuracy": after["accuracy"],
    }
    assert history.last == pytest.approx(expected, rel=1e-12)  # a compiled step may add up in another order
    assert before != after


def test_mini_batches_see_each_sample_once_an_epoch_and_the_last_batch_is_what_is_left():
    seen = []

    class Watch(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(1, 1)

        def forward(self, x):
            seen.append(x.numpy()[:, 0].tolist())
            return self.linear(x).sigmoid()

    model = Watch()
    X, y = np.arange(10.0)[:, None], np.ones((10, 1))
    nn.fit(model, nn.BCELoss(), sgd(model, 0.0), (X, y), 2, batch_size=4, seed=0)
    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    assert sorted(chain(*seen[:3])) == sorted(chain(*seen[3:])) == list(range(10))
    assert seen[:3] != seen[3:]


def test_samples_and_labels_are_shuffled_together():
    X = np.linspace(-1, 1, 50)[:, None]
    model = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())
    history = nn.fit(model, nn.BCELoss(), sgd(model, 1.0), (X, X > 0), 60, batch_size=8, seed=1)
    assert history["accuracy"][-1] > 0.9


def test_mini_batch_numbers_are_means_over_all_samples():
    model = network(2, 4, 1)
    expected = nn.evaluate(model, nn.BCELoss(), CIRCLES)
    history = nn.fit(model, nn.BCELoss(), sgd(model, lr=0.0), CIRCLES, 1, batch_size=32, seed=0)
    assert history.last == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "loss",
    [
        nn.BCELoss(reduction="sum"),
        nn.BCELoss(reduction="sum").forward,
        functools.partial(nn.functional.binary_cross_entropy, reduction="sum"),
    ],
    ids=["module", "method", "partial"],
)
def test_a_summed_loss_is_summed_over_batches(loss):
    model = network(2, 4, 1)
    expected = nn.evaluate(model, loss, CIRCLES)["loss"]
    history = nn.fit(model, loss, sgd(model, lr=0.0), CIRCLES, 1, batch_size=32, seed=0)
    assert history["loss"][0] == pytest.approx(expected, rel=1e-12)


def test_the_seed_decides_the_shuffling():
    def run(seed):
        model = network(2, 4, 1)
        return nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 3, batch_size=16, seed=seed)["loss"]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_without_shuffling_batches_come_in_order():
    def run(**how):
        model = network(2, 4, 1)
        return nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 2, batch_size=16, shuffle=False, **how)["loss"]

    assert run(seed=1) == run(seed=2)


def test_record_every_keeps_the_first_each_nth_and_the_last_epoch_and_trains_the_same():
    often, seldom = network(2, 4, 1), network(2, 4, 1)
    full = nn.fit(often, nn.BCELoss(), sgd(often), CIRCLES, 12, validation=CIRCLES)
    some = nn.fit(seldom, nn.BCELoss(), sgd(seldom), CIRCLES, 12, validation=CIRCLES, record_every=5)
    assert some.epoch == [1, 6, 11, 12]
    for name in full:
        assert some[name] == [full[name][epoch - 1] for epoch in some.epoch]


def test_data_take_the_dtype_of_the_parameters():
    model = network(2, 4, 1, dtype=np.float32)
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1)
    assert {parameter.dtype for parameter in model.parameters()} == {tw.float32}
    assert nn.predict(model, CIRCLES.X).dtype == np.float32


def test_tensors_are_taken_as_data():
    model = network(2, 4, 1)
    assert nn.fit(model, nn.BCELoss(), sgd(model), tuple(map(tw.tensor, CIRCLES)), 1).epoch == [1]


@pytest.mark.parametrize(
    ("data", "error", "told"),
    [
        ((np.ones((3, 2)), np.ones((4, 1))), ValueError, "3 samples but 4 labels"),
        ((np.ones((3, 2)), np.ones(3)), ValueError, r"\(3,\)"),
        ((np.ones((0, 2)), np.ones((0, 1))), ValueError, "no samples"),
        (np.ones((3, 2)), TypeError, "pair"),
    ],
)
def test_data_that_do_not_fit_are_refused(data, error, told):
    model = network(2, 1)
    with pytest.raises(error, match=told):
        nn.fit(model, nn.BCELoss(), sgd(model), data, 1)


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"epochs": 1.5}, {"batch_size": 0}, {"record_every": -1}])
def test_counts_are_positive_whole_numbers(wrong):
    model = network(2, 1)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, **{"epochs": 1, **wrong})


def test_loss_that_is_not_one_number_is_refused():
    model = network(2, 1)
    with pytest.raises(tw.ShapeError, match=r"\(100, 1\).*reduction='mean'"):
        nn.fit(model, nn.BCELoss(reduction="none"), sgd(model), CIRCLES, 1)


def test_optimizer_of_another_model_is_refused():
    with pytest.raises(ValueError, match="no parameter of this model"):
        nn.fit(network(2, 1), nn.BCELoss(), sgd(network(2, 1)), CIRCLES, 1)


def test_modes_are_those_of_training_and_of_evaluation_and_are_put_back():
    modes = []

    class Watch(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 1)

        def forward(self, x):
            modes.append((self.training, tw.is_grad_enabled()))
            return self.linear(x).sigmoid()

    model = Watch()
    model.linear.eval()
    nn.evaluate(model, nn.BCELoss(), CIRCLES)
    assert (model.training, model.linear.training) == (True, False)
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1, validation=CIRCLES, compile=False)
    assert modes == [(False, False), (True, True), (False, False)]
    assert model.training


def test_predict_in_batches_is_predict_at_once():
    model = network(2, 4, 1)
    np.testing.assert_allclose(nn.predict(model, CIRCLES.X, batch_size=7), nn.predict(model, CIRCLES.X), rtol=1e-12)


@pytest.mark.parametrize(
    "parts",
    [
        lambda model: (nn.BCELoss, nn.optim.SGD(model.parameters())),
        lambda model: (nn.BCELoss(), nn.optim.SGD),
        lambda model: (nn.optim.SGD(model.parameters()), nn.BCELoss()),
    ],
    ids=["a class for the loss", "a class for the optimizer", "exchanged"],
)
def test_wrong_parts_are_named(parts):
    model = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())
    with pytest.raises(TypeError, match=r"fit.*(loss|optimizer)"):
        nn.fit(model, *parts(model), (np.ones((2, 1)), np.ones((2, 1))), epochs=1)


class Impatient(nn.Module):
    """A layer that asks for a number, which no program can answer."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        z = self.linear(x)
        return tw.sigmoid(z if z.sum().item() < 1e9 else -z)


def test_a_step_that_cannot_be_compiled_runs_as_it_is_and_tells_why(caplog):
    model = Impatient()
    history = nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES_32, 3)
    assert "item() asks for the numbers" in history.not_compiled
    assert "test_fit.py" in history.not_compiled
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_compiled_step_has_no_reason_to_tell():
    model = network(2, 4, 1)
    assert nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 2).not_compiled == ""


def test_fit_without_compiling_says_so():
    model = network(2, 4, 1)
    assert nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 2, compile=False).not_compiled == "compile=False"
