"""Callbacks, early stopping, the history and the progress bar."""

from itertools import pairwise

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


@pytest.mark.parametrize(
    ("monitor", "best"),
    [("loss", np.inf), ("val_loss", np.inf), ("val_accuracy", -np.inf), ("class_accuracy", -np.inf)],
)
def test_early_stopping_knows_the_direction_of_losses_and_accuracies(monitor, best):
    assert nn.EarlyStopping(monitor).best == best


@pytest.mark.parametrize("monitor", ["f1", "val_auc", "mean_error"])
def test_early_stopping_asks_for_the_direction_of_other_numbers(monitor):
    with pytest.raises(ValueError, match=f"'{monitor}' is better is not known: give mode='min' or mode='max'"):
        nn.EarlyStopping(monitor)
    assert nn.EarlyStopping(monitor, mode="max").best == -np.inf


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
