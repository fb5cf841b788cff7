"""Normalisations against their formulas, and what a batch normalisation remembers."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

rng = np.random.default_rng(0)


def draw(*shape):
    return tw.tensor(rng.standard_normal(shape))


def test_a_layer_is_normalised_over_its_last_dimensions():
    y = nn.LayerNorm((3, 4), dtype=np.float64)(5 * draw(2, 3, 4) + 2).numpy()
    np.testing.assert_allclose(y.mean((1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std((1, 2)), 1, rtol=1e-5)


def test_far_from_zero_the_digits_are_kept():
    x = np.float32(4096) + np.arange(4, dtype=np.float32)
    inputs = tw.tensor(x, requires_grad=True)
    y = functional.layer_norm(inputs, 4)
    np.testing.assert_allclose(y.numpy(), (x - x.mean()) / x.std(), rtol=1e-5)
    y[0].backward()
    z = (x - x.mean()) / x.std()
    np.testing.assert_allclose(inputs.grad.numpy(), (np.eye(4)[0] - 0.25 - z[0] * z / 4) / x.std(), rtol=1e-4)


def test_groups_of_one_channel_and_of_all():
    x = draw(2, 4, 3)
    alone = functional.group_norm(x, 4).numpy()
    np.testing.assert_allclose(alone, functional.layer_norm(x, 3).numpy(), rtol=1e-12)
    np.testing.assert_allclose(
        nn.GroupNorm(1, 4, dtype=np.float64)(x).numpy(), functional.layer_norm(x, (4, 3)).numpy(), rtol=1e-12
    )


def test_a_batch_norm_remembers_and_uses_what_it_remembers():
    layer = nn.BatchNorm1d(2, momentum=0.25, dtype=np.float64)
    x = draw(5, 2)
    y = layer(x)
    np.testing.assert_allclose(y.numpy().mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.25 * x.numpy().mean(0), rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.75 + 0.25 * x.numpy().var(0, ddof=1), rtol=1e-12)
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    before = layer.running_mean.tolist()
    expected = (x.numpy() - layer.running_mean.numpy()) / np.sqrt(layer.running_var.numpy() + layer.eps)
    np.testing.assert_allclose(layer(x).numpy(), expected, rtol=1e-12)
    assert layer.running_mean.tolist() == before


@pytest.mark.parametrize("momentum", [0.25, None])
@pytest.mark.parametrize("compile", [True, False])
def test_a_memory_that_is_switched_off_later_stays_as_it_is(momentum, compile):
    layer = nn.BatchNorm1d(2, momentum=momentum, dtype=np.float64)
    run = tw.compile(lambda x: layer(x)) if compile else layer
    x = draw(5, 2)
    run(x)
    mean, variance = layer.running_mean.tolist(), layer.running_var.tolist()
    layer.track_running_stats = False
    own = draw(5, 2)
    y = run(own).numpy()
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-12)  # the batch's own statistics are used,
    assert (layer.running_mean.tolist(), layer.running_var.tolist()) == (mean, variance)  # and not remembered
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    expected = (own.numpy() - mean) / np.sqrt(np.array(variance) + layer.eps)
    np.testing.assert_allclose(run(own).numpy(), expected, rtol=1e-9)


def test_without_a_momentum_all_batches_count_alike():
    layer = nn.BatchNorm2d(3, momentum=None, dtype=np.float64)
    batches = [draw(2, 3, 4, 4) for _ in range(3)]
    for batch in batches:
        layer(batch)
    mean = np.mean([b.numpy().mean((0, 2, 3)) for b in batches], 0)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean, rtol=1e-9)


def test_the_memory_of_a_batch_norm_is_saved_and_loaded():
    layer, other = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    layer(tw.tensor([[1.0, 2.0], [3.0, 5.0]]))
    assert list(layer.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    other.load_state_dict(layer.state_dict())
    assert other.running_var.tolist() == layer.running_var.tolist()
    assert other.num_batches_tracked.item() == 1


def test_running_statistics_receive_no_gradient():
    mean = tw.zeros(2, requires_grad=True)
    x = tw.ones(3, 2, requires_grad=True)
    functional.batch_norm(x, mean, tw.ones(2)).sum().backward()
    assert mean.grad is None


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (lambda: functional.layer_norm(tw.zeros(2, 3), 2), "does not end with"),
        (lambda: functional.layer_norm(tw.zeros(2, 3), 3, tw.zeros(2)), "weight has shape"),
        (lambda: functional.group_norm(tw.zeros(2, 3), 2), "2 groups"),
        (lambda: functional.group_norm(tw.zeros(1, 2), 2), "single value"),
        (lambda: functional.batch_norm(tw.zeros(1, 2), None, None, training=True), "two samples or more"),
        (lambda: functional.batch_norm(tw.zeros(2, 2), None, None), "training=True"),
        (lambda: functional.batch_norm(tw.zeros(2, 2), tw.zeros(3), tw.zeros(3)), "2 channels"),
        (lambda: functional.batch_norm(tw.zeros(2, 2), None, None, training=True, eps=0), "eps"),
        (lambda: nn.BatchNorm1d(2)(tw.zeros(2, 3)), r"\(N, C\) or \(N, C, L\) with C = 2"),
        (lambda: nn.BatchNorm2d(2)(tw.zeros(2, 2)), r"\(N, C, H, W\)"),
        (lambda: nn.GroupNorm(2, 3), "2 groups"),
    ],
)
def test_a_normalisation_that_does_not_fit_is_refused(action, text):
    with pytest.raises(ValueError, match=text):
        action()
