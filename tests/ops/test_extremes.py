"""At the ends of the numbers and at ties: values and gradients are what mathematics, and PyTorch, say."""

import numpy as np
import pytest

import tinygrad_wtf as tw

BOTH = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def value_and_gradient(function, entries, dtype):
    x = tw.tensor(entries, dtype=dtype, requires_grad=True)
    y = function(x)
    y.sum().backward()
    return y.tolist(), x.grad.tolist()


@BOTH
def test_logsumexp_is_shifted(dtype):
    value, gradient = value_and_gradient(lambda x: x.logsumexp(0), [1e4, 1e4], dtype)
    np.testing.assert_allclose(value, 1e4 + np.log(2), rtol=1e-6)
    assert gradient == [0.5, 0.5]


@BOTH
def test_logsumexp_of_very_negative_numbers_is_shifted(dtype):
    value, gradient = value_and_gradient(lambda x: x.logsumexp(0), [-1e4, -1e4], dtype)
    np.testing.assert_allclose(value, -1e4 + np.log(2), rtol=1e-6)
    assert gradient == [0.5, 0.5]


@BOTH
@pytest.mark.parametrize(
    ("entries", "value"), [([-np.inf, -np.inf], -np.inf), ([np.inf, 1.0], np.inf), ([-np.inf, 2.0], 2.0)]
)
def test_logsumexp_at_infinity(entries, value, dtype):
    assert tw.logsumexp(tw.tensor(entries, dtype=dtype), 0).item() == value


@BOTH
def test_sigmoid_and_softplus_are_finite_with_finite_slopes(dtype):
    ends = [-np.inf, -1e4, -1e-40, 0.0, 1e-40, 1e4, np.inf]
    value, slope = value_and_gradient(tw.sigmoid, ends, dtype)
    assert value == [0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 1.0]
    assert slope == [0.0, 0.0, 0.25, 0.25, 0.25, 0.0, 0.0]
    value, slope = value_and_gradient(tw.softplus, ends, dtype)
    np.testing.assert_allclose(value, [0, 0, np.log(2), np.log(2), np.log(2), 1e4, np.inf], rtol=1e-6)
    assert slope == [0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 1.0]


@BOTH
def test_logits_far_out_lose_nothing(dtype):
    z = tw.Tensor([20.0, -20.0, 1e4, -1e4], dtype=dtype, requires_grad=True)
    y = tw.Tensor([1.0, 0.0, 0.0, 1.0], dtype=dtype)
    loss = tw.binary_cross_entropy_with_logits(z, y)
    small = np.log1p(np.exp(-20.0))
    np.testing.assert_allclose(loss.tolist(), [small, small, 1e4, 1e4], rtol=1e-5)


def test_an_infinite_logit_on_the_wrong_side_costs_infinitely_much():
    z, y = tw.Tensor([np.inf, -np.inf]), tw.Tensor([0.0, 1.0])
    assert tw.binary_cross_entropy_with_logits(z, y).tolist() == [np.inf, np.inf]


def test_amax_shares_the_gradient_between_ties():
    assert value_and_gradient(lambda x: x.amax(0), [3.0, 1.0, 3.0], np.float64)[1] == [0.5, 0.0, 0.5]
    assert value_and_gradient(lambda x: x.max(), [3.0, 1.0, 3.0], np.float64)[1] == [0.5, 0.0, 0.5]


def test_amin_shares_the_gradient_between_ties():
    assert value_and_gradient(lambda x: x.amin(0), [3.0, 1.0, 1.0], np.float64)[1] == [0.0, 0.5, 0.5]


def test_max_along_a_dimension_gives_it_to_the_first():
    assert value_and_gradient(lambda x: x.max(0).values, [3.0, 1.0, 3.0], np.float64)[1] == [1.0, 0.0, 0.0]


def test_maximum_and_minimum_share_ties():
    a, b = (tw.Tensor([2.0], requires_grad=True) for _ in range(2))
    (tw.maximum(a, b) + tw.minimum(a, b)).backward()
    assert a.grad.item() == b.grad.item() == 1.0
    a.grad = None
    tw.maximum(a, b).backward()
    assert a.grad.item() == 0.5


def test_clamp_passes_the_gradient_at_its_bounds():
    assert value_and_gradient(lambda x: x.clamp(0.0, 1.0), [-1.0, 0.0, 0.5, 1.0, 2.0], np.float64)[1] == [0, 1, 1, 1, 0]


def test_relu_and_abs_are_flat_at_zero():
    assert value_and_gradient(tw.relu, [0.0], np.float64)[1] == [0.0]
    assert value_and_gradient(tw.abs, [0.0], np.float64)[1] == [0.0]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_powers_at_zero_to_the_fourth_derivative(n):
    x = tw.Tensor(0.0, dtype=tw.float64, requires_grad=True)
    y = x**n + 0 * x
    for order in range(1, 5):
        (y,) = tw.grad(y, x, create_graph=True)
        assert y.item() == (float(np.prod(range(1, n + 1))) if order == n else 0.0)
        y = y + 0 * x


def test_zero_to_a_tensor_power():
    x = tw.Tensor([0.0, 0.0, 0.0], requires_grad=True)
    n = tw.Tensor([0.0, 1.0, 2.0], requires_grad=True)
    y = x**n
    y.sum().backward()
    assert y.tolist() == [1.0, 0.0, 0.0]
    assert x.grad.tolist() == [0.0, 1.0, 0.0]
    assert n.grad.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("x", [0.0, 1e-45, -1e-45, np.inf, -np.inf, np.nan])
def test_the_power_0_is_flat_wherever_it_is_taken(x):
    """Also where 1/x overflows, and the rule would give 0 times infinity."""
    base = tw.Tensor([x], requires_grad=True)
    (base ** tw.Tensor([0.0])).sum().backward()
    assert base.grad.tolist() == [0.0]


def test_a_branch_without_a_gradient_does_not_hold_up_the_others():
    x = tw.Tensor([1.0, 0.0, 2.0], requires_grad=True)
    condition = x * 1.0  # used by `where`, whose rule gives it nothing
    tw.where(condition != 0, 3 * x, 0 * condition).sum().backward()
    assert x.grad.tolist() == [3.0, 0.0, 3.0]


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "sin", "log1p", "expm1"])
def test_float32_is_float64_rounded(name):
    entries = np.linspace(0.05, 4, 50)
    single = value_and_gradient(getattr(tw, name), entries, np.float32)
    double = value_and_gradient(getattr(tw, name), entries, np.float64)
    for a, b in zip(single, double, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-7)


def test_sums_of_small_integers_and_booleans_are_int64():
    assert tw.tensor([200, 200], dtype=tw.uint8).sum().dtype == tw.int64
    assert tw.tensor([200, 200], dtype=tw.uint8).sum().item() == 400
    assert tw.tensor([True, True]).sum().item() == 2
