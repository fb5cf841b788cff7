"""Losses against closed forms in plain NumPy, at their edges, and what they refuse."""

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


LOSSES = [
    functional.binary_cross_entropy,
    functional.binary_cross_entropy_with_logits,
    functional.mse_loss,
    functional.l1_loss,
    functional.smooth_l1_loss,
    functional.huber_loss,
    functional.soft_margin_loss,
    functional.kl_div,
]
ALL_LOSSES = [*LOSSES, functional.poisson_nll_loss]


@pytest.mark.parametrize("loss", ALL_LOSSES)
@pytest.mark.parametrize(
    ("input", "target", "fix"),
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
def test_a_target_that_would_broadcast_is_refused(loss, input, target, fix):
    with pytest.raises(tw.ShapeError, match=fix) as caught:
        loss(tw.full(input, 0.5), np.zeros(target))
    assert caught.value.shapes == (input, target)
    assert str(input) in str(caught.value)
    assert str(target) in str(caught.value)


@pytest.mark.parametrize("loss", LOSSES[:2])
@pytest.mark.parametrize(("wrong", "text"), [(2.0, "2.0"), (-0.5, "-0.5"), (np.nan, "nan"), (np.inf, "inf")])
def test_a_label_out_of_range_is_named_with_its_place(loss, wrong, text):
    with pytest.raises(ValueError, match=rf"at \[2, 0\] is {text}"):
        loss(tw.full((4, 1), 0.5), [[0.0], [1.0], [wrong], [0.0]])


@pytest.mark.parametrize("loss", LOSSES[:2])
def test_labels_that_were_right_and_are_wrong_now_are_refused(loss):
    a, y = tw.full((2, 1), 0.5), tw.tensor([[0.0], [1.0]])
    loss(a, y)
    y[1, 0] = 2.0
    with pytest.raises(ValueError, match=r"at \[1, 0\] is 2.0"):
        loss(a, y)


def test_several_wrong_labels_are_counted():
    with pytest.raises(ValueError, match=r"at \[0\] is -1.0 \(and 1 more\).*\(y \+ 1\) / 2"):
        functional.binary_cross_entropy(tw.full((3,), 0.5), [-1, 1, -1])


@pytest.mark.parametrize("wrong", [1.5, -0.1, np.inf])
def test_a_probability_out_of_range_is_named_with_the_fix(wrong):
    with pytest.raises(ValueError, match=r"at \[1\] is .*BCEWithLogitsLoss"):
        functional.binary_cross_entropy(tw.tensor([0.5, wrong, np.nan]), [0, 1, 1])


def test_a_probability_that_is_not_a_number_gives_a_loss_that_is_not_a_number():
    assert np.isnan(functional.binary_cross_entropy(tw.tensor([0.5, np.nan]), [0, 1]).item())


@pytest.mark.parametrize("loss", LOSSES)
def test_whole_numbers_are_no_predictions(loss):
    with pytest.raises(tw.DTypeError, match="must be floating-point"):
        loss(tw.tensor([0, 1]), [0, 1])


@pytest.mark.parametrize("loss", ALL_LOSSES)
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', not 'average'"):
        loss(tw.tensor([0.5]), [1.0], reduction="average")


@pytest.mark.parametrize(
    "module",
    [
        nn.BCELoss,
        nn.BCEWithLogitsLoss,
        nn.CrossEntropyLoss,
        nn.GaussianNLLLoss,
        nn.HuberLoss,
        nn.KLDivLoss,
        nn.L1Loss,
        nn.MSELoss,
        nn.NLLLoss,
        nn.PoissonNLLLoss,
        nn.SmoothL1Loss,
        nn.SoftMarginLoss,
        nn.TripletMarginLoss,
    ],
)
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
    assert repr(nn.HuberLoss(delta=2.0)) == "HuberLoss(reduction='mean', delta=2.0)"


def test_python_numbers_keep_their_digits_in_float64():
    z = tw.tensor(np.zeros(1))
    assert nn.BCEWithLogitsLoss(pos_weight=0.1)(z, [1]).item() == pytest.approx(0.1 * np.log(2), rel=1e-14)
    assert nn.MSELoss()(z, [0.1]).item() == pytest.approx(0.01, rel=1e-14)


# -- numbers: distances and likelihoods


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
    smooth = nn.SmoothL1Loss("none", beta=bound)(tw.tensor(a), y)
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


def test_the_triplet_margin():
    a, near, far = tw.tensor([[0.0, 0.0]]), tw.tensor([[0.0, 1.0]]), tw.tensor([[0.0, 1.5]])
    assert nn.TripletMarginLoss(eps=0)(a, near, far).item() == 0.5
    assert nn.TripletMarginLoss(eps=0, swap=True)(a, near, far).item() == 1.5  # like and unlike are 0.5 apart
    assert nn.TripletMarginLoss(eps=0, margin=0.25)(a, near, far).item() == 0.0
    with pytest.raises(ValueError, match="margin must be positive"):
        functional.triplet_margin_loss(a, near, far, margin=0)
    with pytest.raises(tw.ShapeError, match="one shape"):
        functional.triplet_margin_loss(a, near, tw.zeros(1, 3))


@pytest.mark.parametrize("swap", [False, True])
def test_swapping_takes_the_nearer_of_two_distances(swap):
    a, like, unlike = (np.array([row], float) for row in ([0.0, 0.0], [0.0, 1.0], [0.0, -1.5]))  # unlike is nearer to a
    for first, second in ((a, like), (like, a)):  # and then farther from the anchor than from the other
        far = abs(first - unlike).sum()
        if swap:
            far = min(far, abs(second - unlike).sum())
        loss = functional.triplet_margin_loss(*map(tw.tensor, (first, second, unlike)), margin=2.0, eps=0, swap=swap)
        assert loss.item() == pytest.approx(max(0.0, 2.0 + 1.0 - far))


# -- classes


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
    np.testing.assert_allclose(nn.KLDivLoss("none")(tw.tensor(a), y).numpy(), expected, rtol=1e-9, atol=1e-12)
    batch = nn.KLDivLoss("batchmean")(tw.tensor(a), y)
    np.testing.assert_allclose(batch.numpy(), expected.sum() / len(a), rtol=1e-9, atol=1e-12)
    logs = functional.kl_div(tw.tensor(a), np.log(y + 0.5), "none", log_target=True)
    np.testing.assert_allclose(logs.numpy(), (y + 0.5) * (np.log(y + 0.5) - a), rtol=1e-9, atol=1e-12)
