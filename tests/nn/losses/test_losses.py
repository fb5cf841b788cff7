"""What all losses share: targets, labels and weights that are refused, reductions, settings."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional


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
    assert {name: value.item() for name, value in positive.state_dict().items()} == {"pos_weight": 3.0}
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


@pytest.mark.parametrize(
    ("size_average", "reduce", "reduction"),
    [(True, None, "mean"), (False, None, "sum"), (None, False, "none"), (None, True, "mean"), (False, True, "sum")],
)
def test_pytorchs_older_words_for_the_reduction(size_average, reduce, reduction):
    a, y = tw.tensor([1.0, 2.0]), tw.tensor([0.0, 4.0])
    wanted = functional.mse_loss(a, y, reduction=reduction).tolist()
    with pytest.warns(UserWarning, match=f"reduction='{reduction}'") as noted:
        assert functional.mse_loss(a, y, size_average, reduce).tolist() == wanted
    assert noted[0].filename == __file__
    with pytest.warns(UserWarning, match=f"MSELoss: .*reduction='{reduction}'") as noted:
        loss = nn.MSELoss(size_average, reduce)
    assert noted[0].filename == __file__
    assert loss.reduction == reduction
    assert loss(a, y).tolist() == wanted


def test_a_reduction_in_the_place_of_the_older_words_is_refused():
    with pytest.raises(tw.SettingError, match="write reduction='sum'"):
        nn.MSELoss("sum")
    with pytest.raises(tw.SettingError, match="write reduction='none'"):
        functional.l1_loss(tw.ones(2), [1.0, 2.0], "none")
