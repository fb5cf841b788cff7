"""Losses of numbers: distances and likelihoods against their formulas."""

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


def slope(loss, a, *others, **settings):
    inputs = tw.tensor(np.asarray(a), requires_grad=True)
    loss(inputs, *others, reduction="sum", **settings).backward()
    return inputs.grad.tolist()


@given(pairs(-5, 5))
def test_the_absolute_error(data):
    a, y, _ = data
    np.testing.assert_allclose(nn.L1Loss()(tw.tensor(a), y).numpy(), np.abs(a - y).mean(), rtol=1e-12)


def test_the_absolute_error_is_flat_where_there_is_none():
    assert slope(functional.l1_loss, [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == [-1.0, 0.0, 1.0]


@given(pairs(-5, 5), st.sampled_from([0.25, 1.0, 2.0]))
def test_huber_and_smooth_l1_are_squares_with_tangents(data, bound):
    a, y, _ = data
    d = np.abs(a - y)
    joined = np.where(d < bound, d * d / 2, bound * (d - bound / 2))
    huber = nn.HuberLoss("none", delta=bound)(tw.tensor(a), y)
    smooth = nn.SmoothL1Loss(reduction="none", beta=bound)(tw.tensor(a), y)
    np.testing.assert_allclose(huber.numpy(), joined, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(smooth.numpy(), joined / bound, rtol=1e-12, atol=1e-12)


def test_huber_has_the_slope_of_its_tangent_at_infinity():
    assert slope(functional.huber_loss, [np.inf, -np.inf, 0.5], [0.0, 0.0, 0.0]) == [1.0, -1.0, 0.5]


def test_smooth_l1_without_a_bend_is_the_absolute_error():
    assert functional.smooth_l1_loss(tw.tensor([0.5]), [0.0], beta=0).item() == 0.5


@pytest.mark.parametrize(("loss", "settings"), [("huber_loss", {"delta": 0}), ("smooth_l1_loss", {"beta": -1})])
def test_a_bend_of_no_width_is_refused(loss, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        getattr(functional, loss)(tw.tensor([0.5]), [0.0], **settings)


def test_a_weighted_mean_is_divided_by_the_weights():
    a, y, w = tw.tensor([1.0, 2.0]), [0.0, 0.0], [3.0, 1.0]
    assert functional.mse_loss(a, y, weight=w).item() == (3 * 1 + 4) / 4
    assert functional.l1_loss(a, y, weight=w).item() == (3 * 1 + 2) / 4
    assert functional.huber_loss(a, y, weight=w).item() == (3 * 0.5 + 1.5) / 2  # PyTorch's exception
    with pytest.raises(tw.ShapeError, match="Give each loss its weight"):
        functional.mse_loss(a, y, weight=[1.0])


@given(pairs(-20, 20))
def test_the_soft_margin_is_the_log_loss_with_other_labels(data):
    z, y, _ = data
    y = np.round(y)
    expected = functional.binary_cross_entropy_with_logits(tw.tensor(z), y)
    actual = nn.SoftMarginLoss()(tw.tensor(z), 2 * y - 1)
    np.testing.assert_allclose(actual.numpy(), expected.numpy(), rtol=1e-9, atol=1e-12)


@given(pairs(0.1, 3))
def test_the_poisson_likelihood(data):
    a, y, _ = data
    y = np.round(5 * y)
    stirling = np.where(y > 1, y * np.log(np.maximum(y, 1)) - y + np.log(2 * np.pi * np.maximum(y, 1)) / 2, 0)
    loss = functional.poisson_nll_loss(tw.tensor(a), y, full=True, reduction="none")
    np.testing.assert_allclose(loss.numpy(), np.exp(a) - y * a + stirling, rtol=1e-9)
    loss = nn.PoissonNLLLoss(log_input=False, reduction="none")(tw.tensor(a), y)
    np.testing.assert_allclose(loss.numpy(), a - y * np.log(a + 1e-8), rtol=1e-9, atol=1e-12)


def test_the_poisson_likelihood_of_no_events_has_a_gradient():
    y = tw.zeros(1, requires_grad=True)
    functional.poisson_nll_loss(tw.tensor([2.0]), y, full=True).backward()
    assert y.grad.tolist() == [-2.0]


@given(pairs(-3, 3))
def test_the_gaussian_likelihood(data):
    a, y, v = data
    v = v + 0.1
    expected = (np.log(v) + (a - y) ** 2 / v + np.log(2 * np.pi)) / 2
    loss = nn.GaussianNLLLoss(full=True, reduction="none")(tw.tensor(a), y, v)
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-9, atol=1e-12)


def test_one_variance_for_a_row_and_one_for_all():
    a, y = tw.zeros(2, 3), np.ones((2, 3))
    row = functional.gaussian_nll_loss(a, y, [1.0, 2.0], reduction="none")
    assert row.numpy()[:, 0].tolist() == row.numpy()[:, 2].tolist()
    assert functional.gaussian_nll_loss(a, y, 1.0).item() == 0.5


def test_a_variance_below_the_least_can_grow_again():
    v = tw.tensor([0.0], requires_grad=True)
    loss = functional.gaussian_nll_loss(tw.tensor([1.0]), [0.0], v, eps=0.5)
    loss.backward()
    assert loss.item() == pytest.approx((np.log(0.5) + 2) / 2)
    assert v.grad.item() == pytest.approx((1 / 0.5 - 1 / 0.25) / 2)


@pytest.mark.parametrize(("variances", "text"), [([-1.0, 1.0], "negative"), (np.ones((2, 2)), "shape")])
def test_variances_that_are_none_are_refused(variances, text):
    with pytest.raises(ValueError, match=text):
        functional.gaussian_nll_loss(tw.zeros(2), [0.0, 0.0], variances)
