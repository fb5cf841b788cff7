"""Losses of several classes against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

shapes = hnp.array_shapes(min_dims=1, max_dims=2, max_side=5)


@st.composite
def pairs(draw, low=0.01, high=0.99):
    shape = draw(shapes)
    a = draw(hnp.arrays(np.float64, shape, elements=st.floats(low, high)))
    y = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1)))
    w = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 3)))
    return a, y, w


@st.composite
def classified(draw):
    shape = draw(st.sampled_from([(3,), (4, 3), (2, 3, 2), (2, 3, 2, 1)]))
    along = 0 if len(shape) == 1 else 1
    z = draw(hnp.arrays(np.float64, shape, elements=st.floats(-20, 20)))
    y = draw(hnp.arrays(np.int64, shape[:along] + shape[along + 1 :], elements=st.integers(0, 2)))
    return np.moveaxis(z, along, -1), z, y, np.array([0.5, 1.0, 2.0])


def log_softmax(z):
    return z - z.max(-1, keepdims=True) - np.log(np.exp(z - z.max(-1, keepdims=True)).sum(-1, keepdims=True))


@given(classified())
def test_cross_entropy_is_minus_the_log_of_the_right_probability(data):
    rows, z, y, w = data
    logs = np.take_along_axis(log_softmax(rows), y[..., None], -1)[..., 0]
    for reduction, expected in (("none", -logs * w[y]), ("mean", -(logs * w[y]).sum() / w[y].sum())):
        actual = nn.CrossEntropyLoss(w, reduction=reduction)(tw.tensor(z), y)
        np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-9, atol=1e-12)


@given(classified(), st.sampled_from([0.1, 1.0]))
def test_smoothed_labels_are_probabilities(data, smoothing):
    _, z, y, _ = data
    targets = np.moveaxis(np.eye(3)[y] * (1 - smoothing) + smoothing / 3, -1, 0 if z.ndim == 1 else 1)
    smoothed = functional.cross_entropy(tw.tensor(z), y, label_smoothing=smoothing)
    spelled_out = functional.cross_entropy(tw.tensor(z), targets)
    np.testing.assert_allclose(smoothed.numpy(), spelled_out.numpy(), rtol=1e-9, atol=1e-12)


@given(classified(), st.sampled_from([0.1, 1.0]), st.booleans(), st.sampled_from(["mean", "sum", "none"]))
def test_smoothing_shares_the_loss_out_to_all_classes_by_their_weights(data, smoothing, weighted, reduction):
    rows, z, y, w = data
    w = w if weighted else np.ones(3)
    logs = log_softmax(rows)
    right = w[y] * np.take_along_axis(logs, y[..., None], -1)[..., 0]
    losses = -(1 - smoothing) * right - smoothing / 3 * (w * logs).sum(-1)
    expected = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / w[y].sum()}[reduction]
    loss = nn.CrossEntropyLoss(w if weighted else None, reduction=reduction, label_smoothing=smoothing)
    np.testing.assert_allclose(loss(tw.tensor(z), y).numpy(), expected, rtol=1e-9, atol=1e-12)


@given(classified())
def test_the_slope_of_cross_entropy_is_softmax_less_the_label(data):
    rows, z, y, _ = data
    inputs = tw.tensor(z, requires_grad=True)
    functional.cross_entropy(inputs, y, reduction="sum").backward()
    expected = np.moveaxis(np.exp(log_softmax(rows)) - np.eye(3)[y], -1, 0 if z.ndim == 1 else 1)
    np.testing.assert_allclose(inputs.grad.numpy(), expected, rtol=1e-9, atol=1e-12)


def test_an_ignored_class_neither_counts_nor_learns():
    z = tw.tensor([[0.0, 0.0], [-np.inf, 5.0]], requires_grad=True)
    loss = nn.CrossEntropyLoss(ignore_index=1)(z, [0, 1])
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2))
    assert z.grad.tolist() == [[-0.5, 0.5], [0.0, 0.0]]
    assert nn.NLLLoss(ignore_index=-1)(tw.tensor([[-1.0, -2.0], [-3.0, -4.0]]), [-1, 0]).item() == 3.0


@pytest.mark.parametrize("loss", [functional.cross_entropy, functional.nll_loss])
@pytest.mark.parametrize(
    ("target", "error", "text"),
    [
        ([0, 3], IndexError, r"from 0 to 2, and the one at \[1\] is 3"),
        ([0, -1], IndexError, r"the one at \[1\] is -1"),
        ([0, 1, 2], ValueError, r"\(2, 3\) takes \(2,\)"),
        ([[0], [1]], ValueError, "takes"),
        ([0.0, 1.0], TypeError, r"integers, not float32"),
    ],
)
def test_classes_that_do_not_fit_are_refused(loss, target, error, text):
    with pytest.raises(error, match=text):
        loss(tw.zeros(2, 3), target)


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        (np.zeros((4, 1)), r"NumPy array with y\.astype\(int\)\.reshape\(-1\)"),
        (np.zeros(4), r"NumPy array with y\.astype\(int\)$"),
        (np.zeros((4, 1), int), r"one for each sample: y\.reshape\(-1\)"),
        (np.zeros(3, int), "the input has the classes in dimension 1"),
        (np.array([0, 1, 2, 3]), "the one at \\[3\\] is 3.*a score for each, not 3 in all"),
    ],
)
def test_classes_that_do_not_fit_are_told_how_they_would(target, hint):
    with pytest.raises(tw.TinygradError, match=hint):
        functional.cross_entropy(tw.zeros(4, 3), target)


def test_settings_of_cross_entropy_that_do_not_fit_are_refused():
    z = tw.zeros(2, 3)
    with pytest.raises(ValueError, match="label_smoothing"):
        functional.cross_entropy(z, [0, 1], label_smoothing=2)
    with pytest.raises(tw.ShapeError, match="3 classes"):
        functional.cross_entropy(z, [0, 1], weight=[1.0, 1.0])
    with pytest.raises(tw.DTypeError, match="probabilities"):
        functional.cross_entropy(z, np.zeros((2, 3), int))
    with pytest.raises(ValueError, match="ignore_index"):
        functional.cross_entropy(z, np.full((2, 3), 1 / 3), ignore_index=0)


@given(pairs(-5, -0.1))
def test_the_divergence_of_kullback_and_leibler(data):
    a, y, _ = data
    expected = np.where(y > 0, y * np.log(np.where(y > 0, y, 1)), 0) - y * a
    np.testing.assert_allclose(nn.KLDivLoss(reduction="none")(tw.tensor(a), y).numpy(), expected, rtol=1e-9, atol=1e-12)
    batch = nn.KLDivLoss(reduction="batchmean")(tw.tensor(a), y)
    np.testing.assert_allclose(batch.numpy(), expected.sum() / len(a), rtol=1e-9, atol=1e-12)
    logs = functional.kl_div(tw.tensor(a), np.log(y + 0.5), reduction="none", log_target=True)
    np.testing.assert_allclose(logs.numpy(), (y + 0.5) * (np.log(y + 0.5) - a), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(1,), (4, 1), (4, 1, 2)])
@pytest.mark.parametrize("whole", [True, False])
def test_the_cross_entropy_of_one_class_would_be_zero_and_is_refused(shape, whole):
    z = tw.ones(*shape)
    y = np.zeros(shape[:-1] if len(shape) < 3 else (4, 2), int) if whole else np.zeros(shape, np.float32)
    with pytest.raises(tw.ShapeError, match=r"one class.*binary_cross_entropy_with_logits"):
        functional.cross_entropy(z, y)
