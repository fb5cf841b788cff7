"""Log-loss of probabilities and logits against the guide's formulas; the mean squared error."""

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
    actual = nn.MSELoss(reduction=reduction)(tw.tensor(a), y)
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
