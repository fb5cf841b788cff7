"""Initial values: their distributions, seeds, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn

SAMPLES = 40_000
FILLERS = [
    nn.init.uniform_, nn.init.normal_, nn.init.xavier_uniform_, nn.init.xavier_normal_, nn.init.kaiming_uniform_,
    nn.init.kaiming_normal_,
]  # fmt: skip


def draw(filler, *args, shape=(200, 200), **kwargs):
    return filler(tw.zeros(*shape, dtype=tw.float64), *args, generator=0, **kwargs).numpy()


def assert_uniform(values, bound):
    """A tenth of them lies in each tenth of (-bound, bound), to five standard deviations."""
    counts, _ = np.histogram(values, bins=10, range=(-bound, bound))
    assert counts.sum() == SAMPLES
    assert abs(counts / SAMPLES - 0.1).max() < 5 * np.sqrt(0.09 / SAMPLES)


def assert_normal(values, mean, std):
    """Mean, spread and the weight of the tails, to five standard deviations."""
    assert abs(values.mean() - mean) < 5 * std / np.sqrt(SAMPLES)
    assert abs(values.std() / std - 1) < 5 / np.sqrt(2 * SAMPLES)
    assert abs((abs(values - mean) < std).mean() - 0.6827) < 5 * np.sqrt(0.22 / SAMPLES)


def test_uniform_fills_its_interval():
    assert_uniform(draw(nn.init.uniform_, 1.0, 5.0) - 3.0, 2.0)


def test_normal_is_by_default_the_guides_randn():
    assert_normal(draw(nn.init.normal_), 0.0, 1.0)
    assert_normal(draw(nn.init.normal_, 3.0, 0.5), 3.0, 0.5)


def test_xavier_counts_inputs_and_outputs():
    assert_uniform(draw(nn.init.xavier_uniform_, 2.0, shape=(100, 400)), 2 * np.sqrt(6 / 500))
    for gain in (1.0, 3.0):
        assert_normal(draw(nn.init.xavier_normal_, gain, shape=(100, 400)), 0.0, gain * np.sqrt(2 / 500))


def test_kaiming_counts_inputs_or_outputs():
    assert_uniform(draw(nn.init.kaiming_uniform_, nonlinearity="relu", shape=(100, 400)), np.sqrt(6 / 400))
    assert_uniform(
        draw(nn.init.kaiming_uniform_, mode="fan_out", nonlinearity="relu", shape=(100, 400)), np.sqrt(6 / 100)
    )
    assert_normal(draw(nn.init.kaiming_normal_, nonlinearity="relu", shape=(100, 400)), 0.0, np.sqrt(2 / 400))


def test_the_window_of_a_convolution_counts_to_the_fans():
    assert_uniform(draw(nn.init.xavier_uniform_, shape=(20, 80, 5, 5)), np.sqrt(6 / (100 * 25)))


def test_a_linear_layer_starts_as_in_pytorch():
    layer = nn.Linear(100, 400, dtype=tw.float64, generator=0)
    assert_uniform(layer.weight.numpy(), 1 / np.sqrt(100))
    bias = nn.Linear(4, SAMPLES, dtype=tw.float64, generator=0).bias.numpy()
    assert_uniform(bias, 1 / 2)


@pytest.mark.parametrize("filler", FILLERS)
def test_a_seed_decides_the_values(filler):
    one, two, other = (filler(tw.zeros(3, 4), generator=seed).tolist() for seed in (7, 7, 8))
    assert one == two != other


@pytest.mark.parametrize("filler", FILLERS)
def test_a_seed_gives_the_same_values_in_both_dtypes(filler):
    single, double = (filler(tw.zeros(3, 4, dtype=dtype), generator=1).numpy() for dtype in (tw.float32, tw.float64))
    assert np.array_equal(single, double.astype(np.float32))


def test_a_generator_moves_on_and_manual_seed_is_the_global_one():
    generator = tw.Generator()
    generator.manual_seed(3)
    first, second = (nn.init.normal_(tw.zeros(4), generator=generator).tolist() for _ in range(2))
    assert first != second
    assert first == nn.init.normal_(tw.zeros(4), generator=3).tolist()
    draws = []
    for _ in range(2):
        tw.manual_seed(11)
        draws.append(nn.init.uniform_(tw.zeros(4)).tolist())
    assert draws[0] == draws[1]


def test_weight_and_bias_of_a_layer_come_from_one_stream():
    layer = nn.Linear(1, 4, generator=5)
    assert layer.weight.numpy().ravel().tolist() != layer.bias.tolist()
    twin = nn.Linear(1, 4, generator=5)
    assert np.array_equal(layer.weight.numpy(), twin.weight.numpy())
    assert np.array_equal(layer.bias.numpy(), twin.bias.numpy())


def test_constants():
    t = tw.zeros(2)
    assert nn.init.ones_(t).tolist() == [1.0, 1.0]
    assert nn.init.constant_(t, 2.5).tolist() == [2.5, 2.5]
    assert nn.init.zeros_(t) is t
    assert t.tolist() == [0.0, 0.0]


def test_filling_a_parameter_keeps_it_a_leaf_that_learns():
    parameter = nn.Parameter(tw.zeros(2, 2))
    assert nn.init.normal_(parameter, generator=0) is parameter
    assert parameter.is_leaf
    assert parameter.requires_grad


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1.0),
        ("sigmoid", None, 1.0),
        ("tanh", None, 5 / 3),
        ("relu", None, np.sqrt(2)),
        ("leaky_relu", 1.0, 1.0),
        ("leaky_relu", None, np.sqrt(2 / 1.0001)),
        ("selu", None, 0.75),
    ],
)
def test_gains(name, param, gain):
    assert nn.init.calculate_gain(name, param) == pytest.approx(gain)


def test_refusals():
    with pytest.raises(ValueError, match="a <= b"):
        nn.init.uniform_(tw.zeros(2), 1.0, 0.0)
    with pytest.raises(ValueError, match="std >= 0"):
        nn.init.normal_(tw.zeros(2), std=-1.0)
    with pytest.raises(ValueError, match="no gain is known for 'swoosh'"):
        nn.init.calculate_gain("swoosh")
    with pytest.raises(ValueError, match="'fan_in' or 'fan_out'"):
        nn.init.kaiming_normal_(tw.zeros(2, 2), mode="fan_over")
    with pytest.raises(tw.ShapeError, match="two dimensions"):
        nn.init.xavier_uniform_(tw.zeros(2))
    with pytest.raises(TypeError, match="fills a Tensor in place, not a ndarray"):
        nn.init.zeros_(np.zeros(2))
    with pytest.raises(tw.DTypeError, match="int64"):
        nn.init.normal_(tw.zeros(2, dtype=tw.int64))
