"""`nn.plot`: every function returns its axes, draws what it was given, and never opens a window."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets, plot

X, y = datasets.circles()


@pytest.fixture(autouse=True)
def _no_window_and_nothing_left_open(monkeypatch):
    monkeypatch.setattr(pyplot, "show", lambda *a, **k: pytest.fail("a plot function called show"))
    yield
    pyplot.close("all")


class Slope(nn.Module):
    """Probability 1/2 exactly where x1 = 0, so the boundary is known."""

    def forward(self, x):
        return tw.sigmoid(4 * x[:, :1])


def test_scatter_draws_each_class_with_a_mark_of_its_own():
    ax = plot.scatter(X, y, classes=("safe", "toxic"), labels=("a", "b"), title="T")
    zero, one = ax.collections
    np.testing.assert_allclose(zero.get_offsets(), X[y[:, 0] == 0])
    np.testing.assert_allclose(one.get_offsets(), X[y[:, 0] == 1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["safe", "toxic"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("a", "b", "T")
    assert len(zero.get_paths()[0].vertices) != len(one.get_paths()[0].vertices)


def test_scatter_draws_on_the_axes_it_is_given_and_takes_tensors_and_flat_labels():
    ax = pyplot.subplots()[1]
    assert plot.scatter(tw.tensor(X), y[:, 0], ax) is ax
    assert sum(len(marks.get_offsets()) for marks in ax.collections) == 100


@pytest.mark.parametrize(
    ("points", "labels", "told"),
    [
        (np.ones((4, 3)), np.ones(4), r"\(4, 3\).*two columns"),
        (np.ones((4, 2)), np.ones(3), "4 points beside 3 labels"),
    ],
)
def test_points_that_cannot_be_drawn_are_refused(points, labels, told):
    with pytest.raises(tw.ShapeError, match=told):
        plot.scatter(points, labels)


def test_learning_curves_draw_training_and_validation_over_the_recorded_epochs():
    history = nn.History()
    for epoch in (1, 11, 20):
        history.record(epoch, {"loss": 1 / epoch, "accuracy": 0.5, "val_loss": 2 / epoch, "val_accuracy": 0.4})
    loss, accuracy = plot.learning_curves(history, names=("train", "test"))
    training, validation = loss.lines
    np.testing.assert_allclose(training.get_xydata(), [(1, 1), (11, 1 / 11), (20, 1 / 20)])
    np.testing.assert_allclose(validation.get_ydata(), [2, 2 / 11, 0.1])
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["train", "test"]
    assert accuracy.get_ylim()[0] <= 0.4


def test_learning_curves_take_a_plain_mapping_and_the_axes_for_it():
    ax = pyplot.subplots()[1]
    (panel,) = plot.learning_curves({"loss": [3.0, 2.0]}, ax, title="T")
    assert panel is ax
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2])
    assert ax.get_title() == "T"


def test_learning_curves_refuse_an_empty_history_and_too_few_axes():
    with pytest.raises(ValueError, match="empty"):
        plot.learning_curves(nn.History())
    with pytest.raises(ValueError, match=r"2 panels are needed \(loss, accuracy\), got 1"):
        plot.learning_curves({"loss": [1.0], "accuracy": [1.0]}, pyplot.subplots()[1])


def test_decision_boundary_lies_where_the_probability_is_one_half():
    ax = plot.decision_boundary(Slope(), X, y, step=0.05)
    line = next(c for c in ax.collections if np.array_equal(getattr(c, "levels", []), [0.5]))
    (path,) = line.get_paths()
    np.testing.assert_allclose(path.vertices[:, 0], 0, atol=1e-3)
    low, high = X.min(axis=0) - 0.5, X.max(axis=0) + 0.5
    np.testing.assert_allclose([*ax.get_xlim(), *ax.get_ylim()], [low[0], high[0], low[1], high[1]], rtol=1e-6)


def test_decision_boundary_of_logits_is_that_of_the_probabilities():
    class Score(nn.Module):
        def forward(self, x):
            return 1e4 * x[:, :1]

    ax = plot.decision_boundary(Score(), X, y, logits=True)
    line = next(c for c in ax.collections if np.array_equal(getattr(c, "levels", []), [0.5]))
    np.testing.assert_allclose(np.concatenate([p.vertices for p in line.get_paths()])[:, 0], 0, atol=0.02)
    with pytest.raises(ValueError, match="logits=True"):
        plot.decision_boundary(Score(), X, y)


def test_decision_boundary_of_a_model_that_is_sure_of_one_class_has_no_line():
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    nn.init.zeros_(model[0].weight)
    nn.init.constant_(model[0].bias, 5.0)
    ax = plot.decision_boundary(model, X, y)
    assert not any(np.array_equal(getattr(c, "levels", []), [0.5]) for c in ax.collections)


def test_decision_boundary_refuses_several_outputs_and_a_step_of_zero():
    with pytest.raises(tw.ShapeError, match="one number a point"):
        plot.decision_boundary(nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()), X, y)
    with pytest.raises(ValueError, match="step must be positive"):
        plot.decision_boundary(Slope(), X, y, step=0)


def test_sigmoid_points_lie_on_the_sigmoid():
    z = np.array([[-2.0], [0.0], [3.0]])
    ax = plot.sigmoid_points(z, [0, 1, 1])
    points = np.concatenate([marks.get_offsets() for marks in ax.collections])
    np.testing.assert_allclose(points, np.column_stack([z, 1 / (1 + np.exp(-z))]))
    assert ax.get_xlim()[0] < -2


def test_sigmoid_points_refuse_another_number_of_labels():
    with pytest.raises(tw.ShapeError, match="3 values of z beside 2 labels"):
        plot.sigmoid_points([1.0, 2.0, 3.0], [0, 1])


def test_wall_has_a_panel_for_each_model_with_its_accuracy():
    axes = plot.wall([[Slope(), Slope()]], X, y, rows=["r"], columns=["a", "b"], step=0.2)
    assert axes.shape == (1, 2)
    right = np.mean((X[:, 0] >= 0) == (y[:, 0] == 1))
    assert [ax.texts[0].get_text() for ax in axes[0]] == [f"{right:.0%}"] * 2
    assert [ax.get_title() for ax in axes[0]] == ["a", "b"]
    assert axes[0, 0].get_ylabel() == "r"


class Logit(nn.Module):
    """The score of a neuron that knows the answer but for a shift: right from x1 = -0.5 on."""

    def forward(self, x):
        return x[:, :1] + 0.5


def test_wall_of_logits_decides_at_zero():
    axes = plot.wall([[Logit()]], X, y, logits=True, step=0.2)
    right, wrong = (np.mean((X[:, 0] + 0.5 >= middle) == (y[:, 0] == 1)) for middle in (0.0, 0.5))
    assert right != wrong
    assert axes[0, 0].texts[0].get_text() == f"{right:.0%}"


def test_wall_refuses_ragged_rows_and_missing_names():
    with pytest.raises(ValueError, match="equal length"):
        plot.wall([[Slope()], []], X, y)
    with pytest.raises(ValueError, match="1 rows and 1 columns, but 0 and 2 names"):
        plot.wall([[Slope()]], X, y, columns=["a", "b"])


def test_images_fill_a_grid_and_switch_the_rest_off():
    pictures = datasets.digits().images[:5]
    axes = plot.images(pictures, list("abcde"), columns=3)
    assert axes.shape == (2, 3)
    np.testing.assert_array_equal(axes[1, 1].images[0].get_array(), pictures[4])
    assert not axes[1, 2].axison
    assert not axes[1, 2].images
    assert axes[0, 2].get_title() == "c"


def test_images_refuse_flat_pictures_and_missing_titles():
    with pytest.raises(tw.ShapeError, match="reshape"):
        plot.images(np.ones((3, 64)))
    with pytest.raises(ValueError, match="3 images but 1 titles"):
        plot.images(np.ones((3, 8, 8)), ["a"])


def test_every_function_returns_axes():
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    single = [plot.scatter(X, y), plot.decision_boundary(model, X, y), plot.sigmoid_points([1.0], [1])]
    many = [plot.learning_curves({"loss": [1.0]}), plot.wall([[model]], X, y), plot.images(np.ones((1, 2, 2)))]
    assert all(isinstance(ax, Axes) for ax in [*single, *(ax for axes in many for ax in axes.flat)])


def test_nothing_is_clipped_at_the_edge_of_the_figure():
    ax = plot.decision_boundary(Slope(), X, y, title="A title", labels=("leaf length", "leaf width"))
    figure = ax.figure
    figure.canvas.draw()
    page = figure.bbox
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        box = text.get_window_extent()
        assert box.x0 >= page.x0
        assert box.y0 >= page.y0
        assert box.x1 <= page.x1
        assert box.y1 <= page.y1
