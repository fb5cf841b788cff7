"""`nn.fit`, its history, callbacks and metrics, and how it stops at a number that is not finite."""

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
    X, y = map(tw.Tensor, CIRCLES)
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


def test_a_summed_loss_is_summed_over_batches():
    model = network(2, 4, 1)
    loss = nn.BCELoss(reduction="sum")
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


def test_accuracy_counts_one_half_as_class_one():
    a, y = np.array([[0.5], [0.49], [0.5]]), np.array([[1.0], [0.0], [0.0]])
    from tinygrad_wtf.nn.training.metrics import accuracy

    assert accuracy(a, y) == 2 / 3


def test_accuracy_of_logits_decides_at_zero():
    with_sigmoid = network(2, 4, 1)
    logits = with_sigmoid[:-1]
    a = nn.evaluate(with_sigmoid, nn.BCELoss(), CIRCLES)
    z = nn.evaluate(logits, nn.BCEWithLogitsLoss(), CIRCLES)
    assert a == pytest.approx(z, rel=1e-9)
    functional = nn.evaluate(logits, nn.functional.binary_cross_entropy_with_logits, CIRCLES)
    assert functional == z


def test_accuracy_refuses_shapes_that_would_broadcast():
    from tinygrad_wtf.nn.training.metrics import accuracy

    with pytest.raises(tw.ShapeError, match=r"\(3, 1\) and \(3,\)"):
        accuracy(np.ones((3, 1)), np.ones(3))


def test_own_metric_goes_by_its_name():
    def largest(prediction, target):
        return prediction.max()

    model = network(2, 4, 1)
    history = nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 2, metrics=(largest,), validation=CIRCLES)
    assert list(history) == ["loss", "largest", "val_loss", "val_largest"]


def test_unknown_metric_is_refused():
    model = network(2, 1)
    with pytest.raises(ValueError, match="no 'f1', only accuracy"):
        nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1, metrics=("f1",))


def test_data_take_the_dtype_of_the_parameters():
    model = network(2, 4, 1, dtype=np.float32)
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1)
    assert {parameter.dtype for parameter in model.parameters()} == {tw.float32}
    assert nn.predict(model, CIRCLES.X).dtype == np.float32


def test_tensors_are_taken_as_data():
    model = network(2, 4, 1)
    assert nn.fit(model, nn.BCELoss(), sgd(model), tuple(map(tw.Tensor, CIRCLES)), 1).epoch == [1]


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
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1, validation=CIRCLES)
    assert modes == [(False, False), (True, True), (False, False)]
    assert model.training


def test_predict_in_batches_is_predict_at_once():
    model = network(2, 4, 1)
    np.testing.assert_allclose(nn.predict(model, CIRCLES.X, batch_size=7), nn.predict(model, CIRCLES.X), rtol=1e-12)


# ------------------------------------------------------------------ callbacks


def test_early_stopping_waits_and_brings_the_best_weights_back():
    X, y = datasets.moons(n_samples=60, noise=0.4, dtype=np.float64)
    data, held_out = (X[:20], y[:20]), (X[20:], y[20:])
    model = network(2, 16, 1)
    stopping = nn.EarlyStopping(patience=3, restore_best_weights=True)
    history = nn.fit(model, nn.BCELoss(), sgd(model, 20.0), data, 300, validation=held_out, callbacks=[stopping])
    best = int(np.argmin(history["val_loss"])) + 1
    assert stopping.best_epoch == best
    assert stopping.stopped_epoch == history.epoch[-1] == best + 3 < 300
    assert nn.evaluate(model, nn.BCELoss(), held_out)["loss"] == min(history["val_loss"])


def test_early_stopping_on_accuracy_wants_more():
    model = network(2, 4, 1)
    stopping = nn.EarlyStopping(monitor="accuracy", patience=2)
    run = nn.fit(model, nn.BCELoss(), sgd(model, lr=0.0), CIRCLES, 50, callbacks=[stopping])
    assert (stopping.best, stopping.best_epoch, run.epoch[-1]) == (run["accuracy"][0], 1, 3)


def test_early_stopping_ignores_what_is_better_by_too_little():
    model = network(2, 4, 1)
    stopping = nn.EarlyStopping(monitor="loss", min_delta=10.0, patience=1)
    assert nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 50, callbacks=[stopping]).epoch == [1, 2]


def test_early_stopping_says_when_its_number_is_not_recorded():
    model = network(2, 1)
    with pytest.raises(ValueError, match=r"'val_loss' is not recorded, only loss, accuracy.*validation="):
        nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1, callbacks=[nn.EarlyStopping()])


@pytest.mark.parametrize("wrong", [{"mode": "least"}, {"patience": -1}])
def test_early_stopping_refuses_nonsense(wrong):
    with pytest.raises(ValueError, match="EarlyStopping"):
        nn.EarlyStopping(**wrong)


def test_callbacks_are_called_in_order():
    calls = []

    class Watch(nn.Callback):
        def on_train_begin(self, run):
            calls.append("begin")

        def on_epoch_end(self, run):
            calls.append(run.epoch)
            run.stop = run.epoch == 2

        def on_train_end(self, run):
            calls.append("end")

    model = network(2, 1)
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 9, callbacks=[Watch()])
    assert calls == ["begin", 1, 2, "end"]


# ------------------------------------------------------------------ history


def test_history_names_what_it_has_when_asked_for_something_else():
    model = network(2, 1)
    history = nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 2)
    assert history.seconds > 0
    with pytest.raises(KeyError, match="no 'val_loss' in this history, only loss, accuracy"):
        history["val_loss"]


def test_history_refuses_other_names_later():
    history = nn.History()
    history.record(1, {"loss": 1.0})
    with pytest.raises(ValueError, match="epoch 2"):
        history.record(2, {"loss": 1.0, "accuracy": 1.0})


# ------------------------------------------------------------------ progress


def test_nothing_is_printed_where_there_is_no_terminal(capsys):
    model = network(2, 1)
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 3)
    assert capsys.readouterr() == ("", "")


def test_progress_true_shows_one_bar(capsys):
    model = network(2, 1)
    nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 3, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "0/3" in err
    assert "\n" not in err


# ------------------------------------------------------------------ numbers that are not finite


class Explode(nn.Module):
    """Finite going forward, and not in the value or the gradient once `after` calls are over."""

    def __init__(self, what, after=0):
        super().__init__()
        self.what, self.left = what, after

    def forward(self, x):
        self.left -= 1
        if self.left >= 0:
            return x
        if self.what == "value":
            return x / 0.0
        return x + 0 * tw.sqrt(x - x.detach())  # the slope of the root at zero is infinite


def stopped(*layers, lr=0.5, data=CIRCLES, epochs=5, loss=None):
    model = nn.Sequential(*layers)
    optimizer = sgd(model, lr)
    before = [parameter.numpy().copy() for parameter in model.parameters()]
    with pytest.raises(nn.NonFiniteError) as caught:
        nn.fit(model, loss or nn.MSELoss(), optimizer, data, epochs)
    return caught.value, model, before


def test_output_that_is_not_finite_is_traced_to_its_layer_and_epoch():
    error, _, _ = stopped(nn.Linear(2, 3), Explode("value", after=2), nn.Linear(3, 1))
    assert (error.epoch, error.layer) == (3, "1: Explode")
    assert isinstance(error, FloatingPointError)
    for told in (
        "epoch 3",
        "output of layer '1: Explode'",
        "smaller learning rate (now 0.5)",
        "BCEWithLogitsLoss",
        "inputs",
    ):
        assert told in str(error)


def test_gradient_that_is_not_finite_is_traced_and_the_weights_are_kept():
    error, model, before = stopped(nn.Linear(2, 3), Explode("gradient"), nn.Linear(3, 1))
    assert (error.epoch, error.layer) == (1, "0: Linear")
    assert "gradient with respect to the output of layer '0: Linear'" in str(error)
    for parameter, value in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(parameter.numpy(), value)


def test_diagnosis_leaves_the_layers_as_they_were():
    _, model, _ = stopped(nn.Linear(2, 3), Explode("value"), nn.Linear(3, 1))
    assert all("forward" not in vars(module) for module in model.modules())


def test_data_that_are_not_finite_are_named():
    X, y = CIRCLES.X.copy(), CIRCLES.y
    X[7, 1] = np.nan
    error, _, _ = stopped(nn.Linear(2, 1), data=(X, y))
    assert "X holds nan, first in row 7" in str(error)
    assert error.layer == ""


def test_too_large_a_rate_is_stopped():
    error, model, _ = stopped(nn.Linear(2, 8), nn.Linear(8, 1), lr=1e30, epochs=50)
    assert (error.epoch, error.layer) == (2, "1: Linear")
    assert all(np.isfinite(parameter.numpy()).all() for parameter in model.parameters())


def test_overflow_in_the_last_update_is_not_returned_as_a_result():
    error, _, _ = stopped(nn.Linear(2, 1), lr=1e308, data=(1e3 * CIRCLES.X, 1e3 * CIRCLES.y), epochs=1)
    assert "the last update" in str(error)


def test_loss_that_is_not_finite_by_itself_is_named():
    def broken(prediction, target):
        return (prediction - target).mean() / 0.0

    error, _, _ = stopped(nn.Linear(2, 1), loss=broken)
    assert "although the outputs of all layers are finite" in str(error)


def test_large_but_finite_gradients_go_through():
    model = nn.Sequential(nn.Linear(2, 1, dtype=np.float32))
    # the square of this gradient's length overflows float32, the gradient does not
    nn.fit(model, lambda z, y: 1e25 * (z - y).mean(), sgd(model, 1e-30), CIRCLES, 1)


def test_an_update_that_overflowed_is_told_in_the_step_after_it():
    layer = nn.Linear(2, 1)
    error, _, _ = stopped(layer, lr=1e308, data=(1e3 * CIRCLES.X, 1e3 * CIRCLES.y), epochs=9)
    assert (error.epoch, error.layer) == (2, "0: Linear")
    assert "the update before this step left" in str(error)


def test_a_failed_training_hands_over_its_history():
    X, y = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    model = nn.Sequential(nn.Linear(1, 1, generator=0))
    with pytest.raises(nn.NonFiniteError) as failed:
        nn.fit(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=1e6), (X, y), epochs=100)
    assert len(failed.value.history["loss"]) == failed.value.epoch - 1


def test_data_that_are_not_finite_are_not_blamed_on_the_rate():
    model = nn.Sequential(nn.Linear(1, 1))
    with pytest.raises(nn.NonFiniteError, match="row 1") as failed:
        data = (np.array([[1.0], [np.nan]]), np.array([[0.0], [1.0]]))
        nn.fit(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=0.1), data, epochs=1)
    assert "learning rate" not in str(failed.value)


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
