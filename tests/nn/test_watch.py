"""`nn.watch`: which moments it keeps, that their numbers are the true ones, that training is the same, and its page."""

import base64
import html.parser
import itertools
import json
import re
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets
from tinygrad_wtf.nn.visual.watching.plane import MOST_POINTS, plane_of
from tinygrad_wtf.nn.visual.watching.snapshot import due_epochs, layers_of, length

CIRCLES = datasets.circles()


def network(*widths, seed=0):
    generator, model = tw.Generator(seed), nn.Sequential()
    for inputs, outputs in itertools.pairwise(widths):
        model.append(nn.Linear(inputs, outputs, generator=generator)).append(nn.Sigmoid())
    return model


def train(model, callbacks, data=CIRCLES, epochs=30, lr=0.5, **settings):
    return nn.fit(
        model,
        settings.pop("loss", nn.BCELoss()),
        nn.optim.SGD(model.parameters(), lr=lr),
        data,
        epochs,
        callbacks=callbacks,
        **settings,
    )


def read(watching):
    """The numbers of a page."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page_of(watching), re.DOTALL)
    return json.loads(text)


def page_of(watching):
    return watching.path.read_text(encoding="utf-8")


def probabilities(grid):
    root = (np.frombuffer(grid, np.uint8).astype(float) - 127) / 127
    return 1 / (1 + np.exp(-16 * np.sign(root) * root**2))


# ---- which moments


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


# ---- the numbers


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
            return tw.Tensor(z if logits else answer)

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


# ---- the training is the same


class Noisy(nn.Module):
    """Has what differs between training and evaluation, and draws random numbers."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 1), nn.Sigmoid())

    def forward(self, x):
        return self.body(x)


@pytest.mark.parametrize("make", [lambda: network(2, 8, 1), Noisy])
@pytest.mark.parametrize("settings", [{}, {"batch_size": 16}, {"record_every": 3}])
def test_training_is_the_same_to_the_last_bit(tmp_path, make, settings):
    results = []
    for watched in (False, True):
        tw.manual_seed(3)
        model = make()
        callbacks = [nn.watch(model, tmp_path / "page.html", CIRCLES)] if watched else []
        history = train(model, callbacks, epochs=12, **settings)
        results.append((dict(history), {name: t.numpy().copy() for name, t in model.state_dict().items()}))
        assert all(module.training for module in model.modules())
        assert tw.rand(1).item() is not None
        results[-1] += (tw.rand(3).tolist(),)
    assert results[0][0] == results[1][0]
    assert results[0][2] == results[1][2]
    for name, array in results[0][1].items():
        np.testing.assert_array_equal(array, results[1][1][name])


def test_the_model_keeps_its_last_weights_and_an_interrupted_one_too(tmp_path):
    for problem in (None, KeyboardInterrupt()):
        model = Noisy()
        watching, noting = nn.watch(model, tmp_path / "page.html", CIRCLES, snapshots=[1, 3]), Weights()
        try:
            train(model, [noting, watching, *([Failing(problem)] if problem else [])], epochs=9)
        except KeyboardInterrupt:
            assert problem
        for name, tensor in model.state_dict().items():
            np.testing.assert_array_equal(tensor.numpy(), noting.last[name])


class Weights(nn.Callback):
    """The state after the last epoch that was seen."""

    def on_epoch_end(self, run):
        self.last = {name: tensor.numpy().copy() for name, tensor in run.model.state_dict().items()}


def test_every_grid_belongs_to_the_weights_of_its_epoch(tmp_path):
    class Asking(nn.Callback):
        answers: ClassVar = {}

        def on_epoch_end(self, run):
            self.answers[run.epoch] = nn.predict(run.model, watching.plane.grid).ravel()

    watching = nn.watch(Noisy(), tmp_path / "page.html", CIRCLES, snapshots=5, resolution=7)
    train(watching.model, [watching, Asking()], epochs=16)
    for snapshot in watching.snapshots[1:]:
        np.testing.assert_allclose(probabilities(snapshot.grid), Asking.answers[snapshot.epoch], atol=0.007)


def test_a_large_models_weights_are_not_kept_and_its_plane_is_the_same(tmp_path):
    grids = []
    for most in (0, 10**9):
        names = ("class 0", "class 1"), ("x", "y"), "title"
        watching = nn.Watch(network(2, 4, 1), tmp_path / "page.html", CIRCLES, 4, None, 10, *names, most_kept=most)
        train(watching.model, [watching], epochs=9)
        grids.append([snapshot.grid for snapshot in watching.snapshots])
    assert grids[0] == grids[1]
    assert None not in grids[0]


def test_a_plane_given_up_in_one_run_is_back_in_the_next(tmp_path):
    model = nn.Sequential(nn.Linear(2, 1))
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES)
    for targets, drawn in ((3 * CIRCLES[1], False), (0.5 + 0 * CIRCLES[1], True)):
        with tw.no_grad():
            model[0].weight.zero_()
            model[0].bias.fill_(0.5)
        train(model, [watching], loss=nn.MSELoss(), data=(CIRCLES[0], targets), lr=0.3, epochs=20)
        assert isinstance(read(watching)["plane"], dict) == drawn


# ---- when the page is written


def test_the_same_run_gives_the_same_bytes(tmp_path):
    pages = []
    for name in ("a.html", "b.html"):
        model = network(2, 4, 1)
        train(model, [nn.watch(model, tmp_path / name, CIRCLES)], epochs=20)
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.parametrize("first", [True, False])
def test_a_run_that_is_stopped_early_ends_with_a_snapshot_of_its_last_weights(tmp_path, first):
    model = network(2, 4, 1)
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES, snapshots=3)
    stopping = nn.EarlyStopping("loss", patience=5, min_delta=10.0, restore_best_weights=True)
    noting = Noting()
    train(model, [noting, *([watching, stopping] if first else [stopping, watching])], epochs=200)
    assert stopping.stopped_epoch == watching.snapshots[-1].epoch == 6
    np.testing.assert_allclose(watching.snapshots[-1].gradients, noting.gradients[6], rtol=1e-6)
    assert "6 epochs of 200" in read(watching)["subtitle"]


class Failing(nn.Callback):
    def __init__(self, problem):
        self.problem = problem

    def on_epoch_end(self, run):
        if run.epoch == 7:
            raise self.problem


@pytest.mark.parametrize(
    ("problem", "words"),
    [(KeyboardInterrupt(), "KeyboardInterrupt"), (OSError("no <space> left"), "OSError: no <space> left")],
)
def test_a_run_that_is_interrupted_leaves_its_page(tmp_path, problem, words):
    model = network(2, 4, 1)
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES, snapshots=200)
    with pytest.raises(type(problem)):
        train(model, [watching, Failing(problem)], epochs=200)
    data = read(watching)
    assert data["epochs"] == list(range(8))
    assert data["ending"] == f"The training ended in {words}"


class Removing(nn.Callback):
    """Takes the page's folder away while the training runs."""

    def __init__(self, folder):
        self.folder = folder

    def on_epoch_end(self, run):
        if run.epoch == 5:
            self.folder.rmdir()


def test_a_page_that_cannot_be_written_does_not_lose_the_training(tmp_path, caplog):
    folder = tmp_path / "pages"
    folder.mkdir()
    model = network(2, 4, 1)
    watching = nn.watch(model, folder / "page.html", CIRCLES)
    history = train(model, [watching, Removing(folder)], epochs=20)
    assert len(history.epoch) == 20
    assert "could not be written" in caplog.text
    folder.mkdir()
    assert watching.save().is_file()


def test_a_page_that_cannot_be_written_hides_no_other_problem(tmp_path, caplog):
    folder = tmp_path / "pages"
    folder.mkdir()
    model = network(2, 4, 1)
    with pytest.raises(ZeroDivisionError):
        train(
            model,
            [nn.watch(model, folder / "page.html"), Removing(folder), Failing(ZeroDivisionError())],
            epochs=20,
        )
    assert "could not be written" in caplog.text


def test_a_full_disk_leaves_the_page_of_before_whole(tmp_path, caplog):
    resource = pytest.importorskip("resource")
    model = network(2, 4, 1)
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES)
    train(model, [watching], epochs=3)
    before = watching.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
        history = train(model, [watching], epochs=20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(history.epoch) == 20
    assert "could not be written" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
    assert watching.path.read_bytes() == before


def test_a_run_that_diverges_leaves_its_page(tmp_path):
    model = nn.Sequential(nn.Linear(2, 1))
    watching = nn.watch(model, tmp_path / "page.html")
    with pytest.raises(nn.NonFiniteError):
        train(model, [watching], loss=nn.MSELoss(), lr=1e6, epochs=100)
    data = read(watching)
    assert data["ending"].startswith("The training ended in NonFiniteError: ")
    assert data["curves"]["epochs"][-1] > 1


def test_a_last_update_that_overflows_leaves_its_page(tmp_path):
    model = nn.Sequential(nn.Linear(2, 1))
    watching = nn.watch(model, tmp_path / "page.html")
    with pytest.raises(nn.NonFiniteError, match="last update") as caught:
        train(model, [watching], loss=nn.MSELoss(), lr=3e38, data=(1000 * CIRCLES[0], CIRCLES[1]), epochs=1)
    assert caught.value.history is not None
    assert "last update" in read(watching)["ending"]


def test_a_plane_that_ceases_to_be_of_probabilities_does_not_end_the_training(tmp_path):
    model = nn.Sequential(nn.Linear(2, 1))
    with tw.no_grad():
        model[0].weight.zero_()
        model[0].bias.fill_(0.5)
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES)
    history = train(model, [watching], loss=nn.MSELoss(), data=(CIRCLES[0], 3 * CIRCLES[1]), lr=0.3, epochs=20)
    assert len(history.epoch) == 20
    assert re.match(r"No decision boundary: after epoch \d+ the model gives numbers from", read(watching)["plane"])


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"path": "page.png"}, ValueError, "must end in .html"),
        ({"snapshots": 1}, ValueError, "at least 2"),
        ({"snapshots": [-1, 3]}, ValueError, "from 0 on"),
        ({"snapshots": []}, ValueError, "from 0 on"),
        ({"resolution": 1}, ValueError, "at least 2"),
        ({"data": CIRCLES[0]}, TypeError, "pair"),
        ({"data": (CIRCLES[0], CIRCLES[1][:-1])}, tw.ShapeError, "99 labels"),
        ({"model": CIRCLES}, TypeError, "first argument is the model"),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        nn.watch(**({"model": network(2, 1)} | arguments))


def test_answers_that_are_no_probabilities_are_refused_before_training(tmp_path):
    model = network(2, 4, 1)[:-1]
    with tw.no_grad():
        model[-1].bias.fill_(-3.0)
    with pytest.raises(ValueError, match="logits=True"):
        train(model, [nn.watch(model, tmp_path / "page.html", CIRCLES)], loss=nn.MSELoss())


@pytest.mark.parametrize(
    ("loss", "logits"),
    [
        (nn.BCEWithLogitsLoss(), None),
        (nn.functional.binary_cross_entropy_with_logits, None),
        (lambda z, y: nn.functional.softplus((1 - 2 * y) * z).mean(), True),
    ],
)
def test_a_model_that_gives_logits_is_shown_by_its_probabilities(tmp_path, loss, logits):
    model = network(2, 4, 1)[:-1]
    watching = nn.watch(model, tmp_path / "page.html", CIRCLES, logits=logits)
    train(model, [watching], loss=loss)
    z = nn.predict(model, watching.plane.grid).ravel()
    np.testing.assert_allclose(probabilities(watching.snapshots[-1].grid), 1 / (1 + np.exp(-z)), atol=0.007)


def test_another_model_than_the_trained_one_is_refused(tmp_path):
    with pytest.raises(ValueError, match="another model"):
        train(network(2, 1), [nn.watch(network(2, 1), tmp_path / "page.html")])


def test_a_missing_folder_is_told_before_training(tmp_path):
    model = network(2, 1)
    with pytest.raises(FileNotFoundError, match="no folder"):
        train(model, [nn.watch(model, tmp_path / "missing" / "page.html")])


def test_saving_before_training_is_refused():
    with pytest.raises(RuntimeError, match="nothing was trained"):
        nn.watch(network(2, 1)).save()


# ---- what the page says


@pytest.mark.parametrize(
    ("widths", "X", "y", "words"),
    [
        ((3, 1), (4, 3), 1.0, "two features; these have 3."),
        ((2, 3), (4, 2), 1.0, "this one gives 3."),
        ((2, 1), (4, 2), 0.3, "labels that are 0 or 1"),
    ],
)
def test_why_there_is_no_boundary_is_said(tmp_path, widths, X, y, words):
    model = network(*widths)
    data = np.zeros(X), np.full((4, widths[-1]), y)
    watching = nn.watch(model, tmp_path / "page.html", data)
    train(model, [watching], data=data, epochs=2)
    assert words in read(watching)["plane"]


def test_without_data_the_page_says_how_to_get_a_boundary(tmp_path):
    watching = nn.watch(network(2, 1), tmp_path / "page.html")
    train(watching.model, [watching], epochs=2)
    assert "data=(X, y)" in read(watching)["plane"]


class Reader(html.parser.HTMLParser):
    """The elements of a page, and what lies outside of scripts and styles."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.title = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        if self.tags[-1:] == ["h1"] and not self.title:
            self.title = data


AWKWARD = '</script><b>&amp;"\u2028{{data}} \\ é 植物'


def test_everything_shown_is_escaped(tmp_path):
    watching = nn.watch(
        network(2, 1), tmp_path / "page.html", CIRCLES, title=AWKWARD, classes=(AWKWARD, "b"), labels=(AWKWARD, "y")
    )
    train(watching.model, [watching, Failing(OSError(AWKWARD))], epochs=3)
    plain = nn.watch(network(2, 1), tmp_path / "plain.html", CIRCLES)
    train(plain.model, [plain], epochs=3)
    found, expected = Reader(), Reader()
    found.feed(page_of(watching))
    expected.feed(page_of(plain))
    assert found.tags == expected.tags  # nothing of the words became an element
    assert found.title == AWKWARD
    assert read(watching)["plane"]["classes"] == [AWKWARD, "b"]


def test_the_page_asks_for_nothing_outside(tmp_path):
    watching = nn.watch(network(2, 1), tmp_path / "page.html", CIRCLES)
    train(watching.model, [watching], epochs=3)
    reader = Reader()
    reader.feed(page_of(watching))
    assert reader.addresses == ["data:,"]
    assert "default-src 'none'" in page_of(watching)
    assert not re.findall(r"\{\{\w+\}\}|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", page_of(watching))


def test_long_runs_and_many_points_are_thinned_and_the_page_says_so(tmp_path):
    X, y = datasets.moons(MOST_POINTS + 500)[:2]
    watching = nn.watch(network(2, 1), tmp_path / "page.html", (X, y), snapshots=7)
    history = train(watching.model, [watching], epochs=1201)
    data = read(watching)
    curves = data["curves"]
    assert curves["every"] == 3
    assert len(curves["epochs"]) < 420
    assert set(data["epochs"]) - {0} <= set(curves["epochs"])
    assert curves["epochs"][-1] == 1201
    kept = [history["loss"][epoch - 1] for epoch in curves["epochs"]]
    np.testing.assert_allclose(curves["charts"][0]["training"], kept, rtol=1e-5)
    assert (data["plane"]["total"], len(data["plane"]["label"])) == (MOST_POINTS + 500, MOST_POINTS)
    assert len(set(zip(*data["plane"]["points"], strict=True))) == MOST_POINTS


def test_the_page_needs_no_matplotlib(tmp_path):
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from tinygrad_wtf import nn\n"
        "model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())\n"
        "data = [[0.0, 1.0], [1.0, 0.0]], [[0.0], [1.0]]\n"
        "watching = nn.watch(model, sys.argv[1], data)\n"
        "nn.fit(model, nn.BCELoss(), nn.optim.SGD(model.parameters(), lr=1.0), data, 5, callbacks=[watching])\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, tmp_path / "page.html"], check=True, timeout=120)
    assert (tmp_path / "page.html").stat().st_size > 10_000
