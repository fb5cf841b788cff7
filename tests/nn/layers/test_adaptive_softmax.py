"""The softmax in groups: it is a distribution, and the loss is minus its logarithm."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def layer():
    tw.manual_seed(0)
    return nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 6], div_value=2.0, head_bias=True).double()


X = tw.tensor(np.random.default_rng(0).standard_normal((5, 8)))
Y = tw.tensor([0, 11, 3, 2, 4])


def test_the_probabilities_of_all_classes_are_one_together():
    logs = layer().log_prob(X)
    np.testing.assert_allclose(logs.exp().sum(1).detach().numpy(), np.ones(5), rtol=1e-12)
    assert layer().predict(X).tolist() == logs.detach().numpy().argmax(1).tolist()


def test_the_loss_is_minus_the_mean_of_the_targets_logarithms():
    output, loss = layer()(X, Y)
    logs = layer().log_prob(X).detach().numpy()
    np.testing.assert_allclose(output.detach().numpy(), logs[np.arange(5), Y.numpy()], rtol=1e-12)
    assert loss.item() == pytest.approx(-output.mean().item(), rel=1e-12)
    single = layer()(X[1], Y[1])
    assert single.output.shape == ()
    assert single.output.item() == pytest.approx(output[1].item(), rel=1e-12)


def test_compiled_it_gives_the_same():
    one, other = layer(), layer()
    one(X, Y).loss.backward()

    @tw.compile
    def step(y):
        other.zero_grad()
        loss = other(X, y).loss
        loss.backward()
        return loss

    for _ in range(3):
        assert step(Y).item() == pytest.approx(one(X, Y).loss.item(), rel=1e-12)
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_what_does_not_fit_is_refused():
    for cutoffs in ([], [3, 3], [5, 3], [0, 3], [3, 12], [2.5]):
        with pytest.raises(tw.SettingError, match="cutoffs"):
            nn.AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs)
    with pytest.raises(tw.SettingError, match="widths"):
        nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 6])
    with pytest.raises(tw.ShapeError, match="classes"):
        layer()(X, Y[:3])
    with pytest.raises(tw.IndexRangeError, match="from 0 to 11"):
        layer()(X, tw.tensor([0, 1, 2, 3, 12]))
