"""Losses against closed forms in plain NumPy, at their edges, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn
import tinygrad_wtf as tw
from nn import functional

shapes = hnp.array_shapes(min_dims=1, max_dims=2, max_side=5)


@st.composite
def pairs(draw, low=0.01, high=0.99):
    shape = draw(shapes)
    a = draw(hnp.arrays(np.float64, shape, elements=st.floats(low, high)))
    y = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1)))
    w = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 3)))
    return a, y, w


REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": lambda losses: losses}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(pairs())
def test_bce_is_the_guides_log_loss(reduction, data):
    a, y, w = data
    losses = -w * (y * np.log(a) + (1 - y) * np.log(1 - a))
    actual = functional.binary_cross_entropy(tw.tensor(a), tw.tensor(y), weight=w, reduction=reduction)
    np.testing.assert_allclose(actual.numpy(), REDUCTIONS[reduction](losses), rtol=1e-9, atol=1e-12)


@given(pairs())
def test_bce_slope_is_the_guides(data):
    a, y, _ = data
    inputs = tw.tensor(a, requires_grad=True)
    functional.binary_cross_entropy(inputs, y).backward()
    np.testing.assert_allclose(inputs.grad.numpy(), -(y / a - (1 - y) / (1 - a)) / a.size, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(pairs(-20, 20), st.floats(0.1, 5))
def test_bce_with_logits_is_bce_of_the_sigmoid(reduction, data, p):
    z, y, w = data
    log_a, log_not_a = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    plain = -w * (y * log_a + (1 - y) * log_not_a)
    actual = functional.binary_cross_entropy_with_logits(tw.tensor(z), y, weight=w, reduction=reduction)
    np.testing.assert_allclose(actual.numpy(), REDUCTIONS[reduction](plain), rtol=1e-9, atol=1e-12)
    positive = -w * (p * y * log_a + (1 - y) * log_not_a)
    actual = functional.binary_cross_entropy_with_logits(tw.tensor(z), y, weight=w, reduction=reduction, pos_weight=p)
    np.testing.assert_allclose(actual.numpy(), REDUCTIONS[reduction](positive), rtol=1e-9, atol=1e-12)


@given(pairs(-20, 20))
def test_the_slope_with_logits_is_a_minus_y(data):
    z, y, _ = data
    inputs = tw.tensor(z, requires_grad=True)
    functional.binary_cross_entropy_with_logits(inputs, y).backward()
    np.testing.assert_allclose(inputs.grad.numpy(), (1 / (1 + np.exp(-z)) - y) / z.size, rtol=1e-9, atol=1e-12)


@given(pairs(-20, 20), st.floats(0.1, 5))
def test_the_slope_with_logits_and_pos_weight(data, p):
    z, y, _ = data
    inputs = tw.tensor(z, requires_grad=True)
    functional.binary_cross_entropy_with_logits(inputs, y, pos_weight=p, reduction="sum").backward()
    a = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(inputs.grad.numpy(), (1 - y) * a - p * y * (1 - a), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(pairs(-5, 5))
def test_mse_is_the_mean_of_squares(reduction, data):
    a, y, _ = data
    actual = nn.MSELoss(reduction)(tw.tensor(a), y)
    np.testing.assert_allclose(actual.numpy(), REDUCTIONS[reduction]((a - y) ** 2), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bce_is_finite_and_exact_at_zero_and_one(dtype):
    a = tw.tensor(np.array([0, 0, 1, 1], dtype), requires_grad=True)
    losses = functional.binary_cross_entropy(a, [0, 1, 0, 1], reduction="none")
    assert losses.tolist() == [0.0, 100.0, 100.0, 0.0]
    assert losses.dtype == dtype
    losses.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), np.array([0, -1e12, 1e12, 0], dtype), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_guides_epsilon(dtype):
    a = tw.tensor(np.array([0, 0, 1, 1, 0.25], dtype), requires_grad=True)
    losses = nn.BCELoss(reduction="none", eps=1e-15)(a, [0, 1, 0, 1, 1])
    worst = -np.log(1e-15)
    np.testing.assert_allclose(losses.numpy(), [0, worst, worst, 0, np.log(4)], rtol=1e-6, atol=1e-12)
    assert losses.dtype == dtype
    losses.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), [1, -1e15, 1e15, -1, -4], rtol=1e-6)


@given(pairs())
def test_the_guides_epsilon_stands_inside_both_logarithms(data):
    a, y, _ = data
    expected = -np.mean(y * np.log(a + 0.125) + (1 - y) * np.log(1 - a + 0.125))
    actual = functional.binary_cross_entropy(tw.tensor(a), y, eps=0.125).item()
    assert actual == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("eps", [0, -1e-15, np.nan, np.inf])
def test_an_epsilon_that_does_not_help_is_refused(eps):
    with pytest.raises(ValueError, match="eps is a small positive number"):
        functional.binary_cross_entropy(tw.tensor([0.5]), [1.0], eps=eps)


def test_an_epsilon_that_vanishes_in_the_dtype_is_refused():
    with pytest.raises(ValueError, match="that float16 can hold"):
        functional.binary_cross_entropy(tw.tensor([0.5], dtype=tw.float16), [1.0], eps=1e-15)


def test_logits_far_out_stay_finite():
    z = tw.tensor([-1e4, -1e4, 1e4, 1e4], requires_grad=True)
    losses = nn.BCEWithLogitsLoss(reduction="none")(z, [0, 1, 0, 1])
    assert losses.tolist() == [0.0, 1e4, 1e4, 0.0]
    losses.sum().backward()
    assert z.grad.tolist() == [0.0, -1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "labels", [[[1], [0]], [[True], [False]], np.array([[1], [0]], np.uint8), np.array([[1.0], [0.0]])]
)
def test_labels_of_any_dtype_are_taken(labels):
    a = tw.tensor([[0.75], [0.25]])
    loss = nn.BCELoss()(a, labels)
    assert loss.dtype == tw.float32
    assert loss.item() == pytest.approx(-np.log(0.75), rel=1e-6)


LOSSES = [functional.binary_cross_entropy, functional.binary_cross_entropy_with_logits, functional.mse_loss]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("input", "target", "mend"),
    [
        ((4, 1), (4,), r"y\.reshape\(-1, 1\)"),
        ((4, 1), (1, 4), r"y\.reshape\(-1, 1\)"),
        ((4,), (4, 1), r"y\.reshape\(-1\)"),
        ((2, 3), (3, 2), r"y\.reshape\(2, 3\)"),
        ((4, 2), (4, 1), "out_features"),
        ((4, 1), (3, 1), "the same samples"),
        ((4, 1), (), "the same samples"),
    ],
)
def test_a_target_that_would_broadcast_is_refused(loss, input, target, mend):
    with pytest.raises(tw.ShapeError, match=mend) as caught:
        loss(tw.full(input, 0.5), np.zeros(target))
    assert caught.value.shapes == (input, target)
    assert str(input) in str(caught.value)
    assert str(target) in str(caught.value)


@pytest.mark.parametrize("loss", LOSSES[:2])
@pytest.mark.parametrize(("wrong", "text"), [(2.0, "2.0"), (-0.5, "-0.5"), (np.nan, "nan"), (np.inf, "inf")])
def test_a_label_out_of_range_is_named_with_its_place(loss, wrong, text):
    with pytest.raises(ValueError, match=rf"at \[2, 0\] is {text}"):
        loss(tw.full((4, 1), 0.5), [[0.0], [1.0], [wrong], [0.0]])


def test_several_wrong_labels_are_counted():
    with pytest.raises(ValueError, match=r"at \[0\] is -1.0 \(and 1 more\).*\(y \+ 1\) / 2"):
        functional.binary_cross_entropy(tw.full((3,), 0.5), [-1, 1, -1])


@pytest.mark.parametrize("wrong", [1.5, -0.1, np.inf])
def test_a_probability_out_of_range_is_named_with_the_mend(wrong):
    with pytest.raises(ValueError, match=r"at \[1\] is .*BCEWithLogitsLoss"):
        functional.binary_cross_entropy(tw.tensor([0.5, wrong, np.nan]), [0, 1, 1])


def test_a_probability_that_is_not_a_number_gives_a_loss_that_is_not_a_number():
    assert np.isnan(functional.binary_cross_entropy(tw.tensor([0.5, np.nan]), [0, 1]).item())


@pytest.mark.parametrize("loss", LOSSES)
def test_whole_numbers_are_no_predictions(loss):
    with pytest.raises(tw.DTypeError, match="must be floating-point"):
        loss(tw.tensor([0, 1]), [0, 1])


@pytest.mark.parametrize("loss", LOSSES)
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', not 'average'"):
        loss(tw.tensor([0.5]), [1.0], reduction="average")


@pytest.mark.parametrize("module", [nn.BCELoss, nn.BCEWithLogitsLoss, nn.MSELoss])
def test_a_module_refuses_an_unknown_reduction_when_it_is_made(module):
    with pytest.raises(ValueError, match=module.__name__):
        module(reduction="average")


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(tw.ShapeError, match="weight has shape"):
        functional.binary_cross_entropy(tw.full((4, 1), 0.5), np.zeros((4, 1)), weight=np.ones(3))
    with pytest.raises(tw.ShapeError, match="pos_weight has shape"):
        functional.binary_cross_entropy_with_logits(tw.zeros(4), np.zeros(4), pos_weight=np.ones((2, 4)))


def test_modules_pass_their_weights_on():
    z, y = tw.tensor([[0.0], [0.0]]), [[1.0], [0.0]]
    doubled = nn.BCEWithLogitsLoss(weight=[[2.0], [0.0]], reduction="sum")
    assert doubled(z, y).item() == pytest.approx(2 * np.log(2), rel=1e-6)
    positive = nn.BCEWithLogitsLoss(pos_weight=3.0, reduction="sum")
    assert positive(z, y).item() == pytest.approx(4 * np.log(2), rel=1e-6)
    assert positive.state_dict() == {}
    assert doubled.weight.shape == (2, 1)
    assert nn.BCELoss(weight=2.0, reduction="sum")(tw.tensor([0.5]), [1.0]).item() == pytest.approx(2 * np.log(2))


def test_a_loss_of_no_samples_sums_to_zero():
    assert functional.binary_cross_entropy(tw.zeros(0, 1), tw.zeros(0, 1), reduction="sum").item() == 0.0


def test_a_loss_reaches_the_weights_of_a_network():
    model = nn.Sequential(nn.Linear(2, 1, generator=0), nn.Sigmoid())
    nn.BCELoss()(model(tw.ones(3, 2)), [[1], [0], [1]]).backward()
    assert model[0].weight.grad is not None
    assert model[0].weight.grad.numpy().any()


def test_repr_says_the_settings():
    assert repr(nn.BCELoss(eps=1e-15)) == "BCELoss(reduction='mean', eps=1e-15)"


def test_python_numbers_keep_their_digits_in_float64():
    z = tw.tensor(np.zeros(1))
    assert nn.BCEWithLogitsLoss(pos_weight=0.1)(z, [1]).item() == pytest.approx(0.1 * np.log(2), rel=1e-14)
    assert nn.MSELoss()(z, [0.1]).item() == pytest.approx(0.01, rel=1e-14)
