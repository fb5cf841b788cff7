"""`nn.watch`: which moments are kept, and their numbers."""

import base64
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.support.watched import CIRCLES, network, probabilities, read, train
from tinygrad_wtf import nn
from tinygrad_wtf.nn.visual.watching.plane import plane_of
from tinygrad_wtf.nn.visual.watching.snapshot import due_epochs, layers_of, length


@given(st.integers(1, 5000), st.integers(2, 200))
def test_due_epochs_rise_from_before_training_to_the_last_and_are_as_many_as_asked(epochs, snapshots):
    due = due_epochs(epochs, snapshots)
    assert (due[0], due[-1]) == (0, epochs)
    assert all(a < b for a, b in itertools.pairwise(due))
    assert len(due) == min(snapshots, epochs + 1)


@given(st.integers(1, 5000), st.integers(2, 200))
def test_due_epochs_get_further_apart(epochs, snapshots):
    steps = np.diff(due_epochs(epochs, snapshots))
    assert (np.diff(steps) >= -1).all()  # but for rounding
    assert steps.max() <= 2 * epochs / (snapshots - 1) + 2


def test_snapshots_are_taken_when_they_are_due(tmp_path):
    watching = nn.watch(network(2, 3, 1), tmp_path / "page.html", CIRCLES, snapshots=6)
    train(watching.model, [watching], epochs=100)
    assert [snapshot.epoch for snapshot in watching.snapshots] == [0, 4, 16, 36, 64, 100]
    assert read(watching)["epochs"] == [0, 4, 16, 36, 64, 100]


def test_epochs_can_be_named_and_the_last_is_added(tmp_path):
    watching = nn.watch(network(2, 3, 1), tmp_path / "page.html", snapshots=[5, 2, 99])
    train(watching.model, [watching], epochs=10)
    assert [snapshot.epoch for snapshot in watching.snapshots] == [2, 5, 10]


def test_where_epochs_are_not_recorded_the_next_recorded_one_is_taken(tmp_path):
    watching = nn.watch(network(2, 3, 1), tmp_path / "page.html", snapshots=[0, 2, 3, 5])
    train(watching.model, [watching], epochs=10, record_every=4)
    assert [snapshot.epoch for snapshot in watching.snapshots] == [0, 5, 10]


def test_another_run_begins_anew(tmp_path):
    watching = nn.watch(network(2, 3, 1), tmp_path / "page.html", snapshots=3)
    for _ in range(2):
        train(watching.model, [watching], epochs=4)
    assert [snapshot.epoch for snapshot in watching.snapshots] == [0, 1, 4]


class Noting(nn.Callback):
    """What the numbers should be, from each epoch's parameters and gradients."""

    def __init__(self):
        self.gradients, self.weights, self.answers = {}, {}, {}

    def on_train_begin(self, run):
        self.note(run, 0)

    def on_epoch_end(self, run):
        self.note(run, run.epoch)

    def note(self, run, epoch):
        layers = [run.model[0], run.model[2]]
        if epoch:
            self.gradients[epoch] = [
                np.linalg.norm(np.concatenate([p.grad.numpy().ravel() for p in layer.parameters()])) for layer in layers
            ]
        self.weights[epoch] = [np.concatenate([p.numpy().ravel() for p in layer.parameters()]) for layer in layers]
        self.answers[epoch] = lambda X, model=run.model: nn.predict(model, X)


@pytest.mark.parametrize("batch_size", [None, 32])
def test_gradients_and_updates_are_those_of_the_training(tmp_path, batch_size):
    watching, noting = nn.watch(network(2, 5, 1), tmp_path / "page.html", CIRCLES, snapshots=8), Noting()
    train(watching.model, [noting, watching], epochs=40, batch_size=batch_size, seed=0)
    for snapshot in watching.snapshots[1:]:
        epoch = snapshot.epoch
        np.testing.assert_allclose(snapshot.gradients, noting.gradients[epoch], rtol=1e-6)
        before, after = noting.weights[epoch - 1], noting.weights[epoch]
        moved = [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)]
        np.testing.assert_allclose(snapshot.updates, moved, rtol=1e-5)


def test_the_page_has_the_snapshots_numbers(tmp_path):
    watching = nn.watch(network(2, 5, 1), tmp_path / "page.html", CIRCLES, snapshots=8)
    history = train(watching.model, [watching], epochs=40, validation=CIRCLES)
    data = read(watching)
    for kind in ("gradients", "updates"):
        for row, snapshot in zip(data[kind], watching.snapshots, strict=True):
            for shown, true in zip(row, getattr(snapshot, kind), strict=True):
                assert shown == (None if true is None else pytest.approx(true, rel=1e-5))
    assert [layer["name"] for layer in data["layers"]] == ["0 Linear 2 → 5", "2 Linear 5 → 1"]
    assert [layer["entries"] for layer in data["layers"]] == [15, 6]
    charts = {chart["name"]: chart for chart in data["curves"]["charts"]}
    assert list(charts) == ["loss", "accuracy"]
    for name, chart in charts.items():
        np.testing.assert_allclose(chart["training"], history[name], rtol=1e-5)
        np.testing.assert_allclose(chart["validation"], history[f"val_{name}"], rtol=1e-5)


def test_before_training_there_is_a_plane_but_no_gradient_of_an_earlier_training(tmp_path):
    model = network(2, 3, 1)
    train(model, [], epochs=1)
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES)
    train(model, [watching], epochs=2)
    assert watching.snapshots[0].gradients == (None, None)
    assert watching.snapshots[0].updates == (None, None)
    assert watching.snapshots[0].grid is not None


def test_an_update_over_epochs_that_were_not_recorded_is_not_known(tmp_path):
    watching = nn.watch(network(2, 3, 1), tmp_path / "page.html", snapshots=[1, 5])
    train(watching.model, [watching], epochs=5, record_every=4)
    assert watching.snapshots[0].updates[0] is not None
    assert watching.snapshots[1].updates == (None, None)


def test_the_last_grid_is_what_the_model_answers(tmp_path):
    moved = CIRCLES[0] * [1, 3] + [0, 5], CIRCLES[1]  # so that the axes cannot be taken for each other
    watching = nn.watch(network(2, 5, 1), tmp_path / "page.html", moved, resolution=17)
    train(watching.model, [watching], moved, epochs=50, lr=5.0)
    data = read(watching)["plane"]
    x1, x2 = (np.linspace(a, b, 17) for a, b in zip(data["low"], data["high"], strict=True))
    points = np.array([[a, b] for b in x2 for a in x1])
    found = probabilities(base64.b64decode(data["grids"][-1]))
    np.testing.assert_allclose(found, nn.predict(watching.model, points).ravel(), atol=0.007)


@given(hnp.arrays(np.float32, (9, 1), elements=st.floats(0, 1, width=32)), st.booleans())
def test_a_byte_tells_a_probability_to_seven_tenths_of_a_percent_and_its_side_exactly(answer, logits):
    class Fixed(nn.Module):
        def forward(self, x):
            return tw.tensor(z if logits else answer)

    with np.errstate(divide="ignore"):
        z = np.log(answer) - np.log1p(-answer)
    plane = plane_of(network(2, 1), np.zeros((1, 2), np.float32), np.ones((1, 1), np.float32), 3)
    grid = plane.shade(Fixed(), logits)
    np.testing.assert_allclose(probabilities(grid), answer.ravel(), atol=0.007)
    surely = abs(answer.ravel() - 0.5) > 1e-4
    sides = np.sign(np.frombuffer(grid, np.uint8).astype(int) - 127)
    np.testing.assert_array_equal(sides[surely], np.sign(answer.ravel() - 0.5)[surely])


@given(hnp.arrays(np.float64, 4, elements=st.integers(-9, 9)), st.sampled_from([1.0, 1e-250, 1e250]))
def test_a_norm_is_numpys_and_neither_overflows_nor_vanishes(entries, scale):
    assert length([scale * entries[:2], scale * entries[2:]]) == pytest.approx(
        scale * np.linalg.norm(entries), rel=1e-9, abs=0
    )


def test_norms_that_are_not_finite_are_told_in_words(tmp_path):
    assert length([np.array([1.0, np.inf])]) == np.inf
    assert np.isnan(length([np.array([1.0, np.nan, np.inf])]))

    def strange(prediction, target):
        return float("inf") if prediction[0, 0] > 2 else float("nan")

    watching = nn.watch(network(2, 1), tmp_path / "page.html")
    train(watching.model, [watching], epochs=1, metrics=[strange])
    assert read(watching)["curves"]["charts"][1]["training"] == ["NaN"]


def test_frozen_and_shared_parameters_are_counted_once_or_not_at_all(tmp_path):
    model = network(2, 3, 3, 3, 1)
    model[4].weight = model[2].weight
    model[0].requires_grad_(False)
    layers = layers_of(model)
    assert [(layer.path, layer.entries) for layer in layers] == [("2", 12), ("4", 3), ("6", 4)]
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES)
    train(model, [watching], epochs=3)
    assert all(value > 0 for value in watching.snapshots[-1].gradients)
