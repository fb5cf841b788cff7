"""Layers against closed forms in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


@given(sizes, sizes, sizes, st.booleans(), seeds)
def test_linear_is_x_times_w_transposed_plus_b(m, n, k, bias, seed):
    layer = nn.Linear(n, k, bias=bias, dtype=np.float64, generator=seed)
    x = np.random.default_rng(seed).normal(size=(m, n))
    z = np.einsum("mi,ki->mk", x, layer.weight.numpy())
    if bias:
        z = z + layer.bias.numpy()
    np.testing.assert_allclose(layer(tw.tensor(x)).numpy(), z, rtol=1e-12, atol=1e-12)


@given(sizes, sizes, sizes, seeds)
def test_linear_gradients_are_the_guides(m, n, k, seed):
    rng = np.random.default_rng(seed)
    x, dz = rng.normal(size=(m, n)), rng.normal(size=(m, k))
    layer = nn.Linear(n, k, dtype=np.float64, generator=seed)
    inputs = tw.tensor(x, requires_grad=True)
    layer(inputs).backward(tw.tensor(dz))
    np.testing.assert_allclose(layer.weight.grad.numpy(), np.einsum("mk,mi->ki", dz, x), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(layer.bias.grad.numpy(), dz.sum(0), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        inputs.grad.numpy(), np.einsum("mk,ki->mi", dz, layer.weight.numpy()), rtol=1e-10, atol=1e-12
    )


def test_linear_takes_any_leading_dimensions():
    layer = nn.Linear(3, 2)
    x = tw.randn(4, 5, 3)
    assert layer(x).shape == (4, 5, 2)
    assert layer(x[0, 0]).shape == (2,)
    np.testing.assert_allclose(layer(x)[1, 2].numpy(), layer(x[1, 2]).numpy(), rtol=1e-5)


def test_linear_takes_arrays():
    layer = nn.Linear(2, 1)
    x = np.ones((3, 2), dtype=np.float32)
    assert np.array_equal(layer(x).numpy(), layer(tw.tensor(x)).numpy())


def test_linear_of_an_empty_batch_is_empty():
    assert nn.Linear(2, 3)(tw.zeros(0, 2)).shape == (0, 3)


def test_linear_without_inputs_gives_the_bias():
    layer = nn.Linear(0, 2)
    assert np.array_equal(layer(tw.zeros(1, 0)).numpy()[0], layer.bias.numpy())


def test_linear_shapes_dtypes_and_names():
    layer = nn.Linear(3, 5, dtype=tw.float64)
    assert layer.weight.shape == (5, 3)
    assert layer.bias.shape == (5,)
    assert layer.weight.dtype == layer.bias.dtype == np.float64
    assert (layer.weight.name, layer.bias.name) == ("weight", "bias")
    assert nn.Linear(3, 5).weight.dtype == tw.get_default_dtype()
    assert nn.Linear(3, 5, bias=False).bias is None


@pytest.mark.parametrize(
    ("shape", "features", "fix"),
    [
        ((2, 100), 2, r"pass x\.T"),
        ((10, 8, 8), 64, r"nn\.Flatten\(\)"),
        ((7,), 1, r"x\.reshape\(-1, 1\)"),
        ((), 1, r"x\.reshape\(1, 1\)"),
        ((4, 3), 2, "Build the layer for 3 inputs"),
    ],
)
def test_linear_says_how_to_fix_the_shape(shape, features, fix):
    with pytest.raises(tw.ShapeError, match=fix) as caught:
        nn.Linear(features, 5)(tw.zeros(shape))
    error = caught.value
    assert error.op == "linear"
    assert error.shapes == (shape, (5, features))
    assert "Linear" in str(error)
    assert str(shape) in str(error)


def test_functional_linear_refuses_a_bias_that_would_broadcast():
    with pytest.raises(tw.ShapeError, match="Reshape the bias"):
        functional.linear(tw.zeros(4, 2), tw.zeros(3, 2), tw.zeros(4, 1))
    with pytest.raises(tw.ShapeError, match="out_features, in_features"):
        functional.linear(tw.zeros(4, 2), tw.zeros(3, 2, 2))


def test_functional_linear_with_one_neuron_as_a_vector():
    assert functional.linear(tw.tensor([[1.0, 2.0]]), tw.tensor([3.0, 4.0]), tw.tensor(1.0)).tolist() == [12.0]


@pytest.mark.parametrize(("arguments", "error"), [((-1, 2), ValueError), ((2, 1.5), TypeError), (("2", 1), TypeError)])
def test_linear_refuses_sizes_that_are_not_counts(arguments, error):
    with pytest.raises(error, match="_features"):
        nn.Linear(*arguments)


@given(st.lists(st.floats(-30, 15), min_size=1, max_size=8))
def test_activations_are_their_formulas(values):
    x = np.array(values)
    for module, closed in [
        (nn.Sigmoid(), 0.5 * (1 + np.tanh(x / 2))),
        (nn.Tanh(), 1 - 2 / (np.exp(2 * x) + 1)),
        (nn.ReLU(), np.where(x > 0, x, 0.0)),
        (nn.Softplus(), np.log(1 + np.exp(x))),
        (nn.Softplus(beta=0.5), 2 * np.log(1 + np.exp(x / 2))),
        (nn.Identity(), x),
    ]:
        np.testing.assert_allclose(module(tw.tensor(x)).numpy(), closed, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("module", "slope"),
    [
        (nn.Sigmoid(), lambda x: 0.25 / np.cosh(x / 2) ** 2),
        (nn.Tanh(), lambda x: 1 / np.cosh(x) ** 2),
        (nn.ReLU(), lambda x: (x > 0) * 1.0),
        (nn.Softplus(beta=3.0), lambda x: 1 / (1 + np.exp(-3 * x))),
    ],
    ids=["sigmoid", "tanh", "relu", "softplus"],
)
def test_activations_have_their_slopes(module, slope):
    x = np.array([-3.0, -0.5, 0.0, 0.1, 2.0, 9.0])
    inputs = tw.tensor(x, requires_grad=True)
    module(inputs).sum().backward()
    np.testing.assert_allclose(inputs.grad.numpy(), slope(x), rtol=1e-9, atol=1e-12)


def test_activations_are_finite_far_out():
    x = tw.tensor([-np.inf, -1e4, 1e4, np.inf], requires_grad=True)
    assert nn.Sigmoid()(x).tolist() == [0.0, 0.0, 1.0, 1.0]
    y = nn.Softplus()(x)
    assert y.tolist() == [0.0, 0.0, 1e4, np.inf]
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_softplus_is_the_line_beyond_its_threshold():
    assert nn.Softplus(threshold=1.0)(tw.tensor([1.5])).tolist() == [1.5]
    with pytest.raises(ValueError, match="beta cannot be zero"):
        functional.softplus(tw.zeros(1), beta=0)


def test_the_guides_value_of_the_sigmoid():
    assert functional.sigmoid(tw.tensor(2.0, dtype=tw.float64)).item() == pytest.approx(0.8807970779778823, rel=1e-15)


def test_flatten_joins_all_but_the_samples():
    x = tw.arange(24).reshape(2, 3, 4)
    assert nn.Flatten()(x).tolist() == np.arange(24).reshape(2, 12).tolist()
    assert nn.Flatten(0, 1)(x).shape == (6, 4)
    assert nn.Flatten()(tw.zeros(5, 3)).shape == (5, 3)


def test_flatten_passes_gradients_back_in_shape():
    x = tw.ones(2, 3, 4, requires_grad=True)
    (nn.Flatten()(x) * tw.arange(12)).sum().backward()
    assert np.array_equal(x.grad.numpy()[1], np.arange(12).reshape(3, 4))


def test_bilinear_is_linear_in_each_of_two():
    layer = nn.Bilinear(2, 3, 4, dtype=np.float64, generator=0)
    x, y = (tw.tensor(np.random.default_rng(0).standard_normal((5, n))) for n in (2, 3))
    expected = np.einsum("ni,oij,nj->no", x.numpy(), layer.weight.numpy(), y.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer(x, y).numpy(), expected, rtol=1e-12)
    with pytest.raises(tw.ShapeError, match="do not fit"):
        layer(x, x)


@pytest.mark.parametrize("name", ["weight", "bias"])
def test_a_tensor_in_the_place_of_a_parameter_is_used(name):
    layer = nn.Linear(2, 1, generator=0)
    other = tw.tensor([[3.0, 4.0]]) if name == "weight" else tw.tensor([5.0])
    delattr(layer, name)
    setattr(layer, name, other)
    expected = functional.linear(tw.ones(1, 2), layer.weight, layer.bias)
    assert layer(tw.ones(1, 2)).tolist() == expected.tolist()
    with tw.no_grad():
        other.mul_(2)
    assert layer(tw.ones(1, 2)).tolist() != expected.tolist()
