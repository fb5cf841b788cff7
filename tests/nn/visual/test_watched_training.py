"""`nn.watch`: the training is the same, and its page is written whatever happens."""

import re
from typing import ClassVar

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.watched import CIRCLES, network, probabilities, read, train
from tinygrad_wtf import nn


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
