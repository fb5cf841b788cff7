"""`nn.watch`: what is refused, and what the page says."""

import html.parser
import re
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.watched import CIRCLES, network, page_of, probabilities, read, train
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets
from tinygrad_wtf.nn.visual.watching.plane import MOST_POINTS


class Failing(nn.Callback):
    def __init__(self, problem):
        self.problem = problem

    def on_epoch_end(self, run):
        if run.epoch == 7:
            raise self.problem


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
