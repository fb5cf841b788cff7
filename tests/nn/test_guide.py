"""The gradients of the recorded graph are the guide's closed forms, for every depth; so are its loss curves.

Samples are rows here and columns in the guide, and a mean loss puts the guide's 1/m into dZ: both are said where
they are compared.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.support import closed_form
from tinygrad_wtf import nn

RELATIVE = {"rtol": 1e-9, "atol": 1e-12}


@st.composite
def networks(draw):
    """Sizes n0, ..., n_L of a network of 1 to 5 layers with one output, samples m, and a seed for its numbers."""
    sizes = [*draw(st.lists(st.integers(1, 6), min_size=1, max_size=5)), 1]
    return sizes, draw(st.integers(1, 7)), draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([0.1, 1.0, 3.0]))


def guide_network(sizes, m, seed, spread):
    """Parameters (W, b) as the guide has them, inputs and labels with samples as columns."""
    rng = np.random.default_rng(seed)
    parameters = [
        (spread * rng.standard_normal((n, before)), spread * rng.standard_normal((n, 1)))
        for before, n in pairwise(sizes)
    ]
    return parameters, rng.standard_normal((sizes[0], m)), rng.integers(0, 2, (1, m)).astype(float)


def sequential(parameters):
    """The same network as `nn.Sequential`, in float64."""
    model = nn.Sequential()
    for W, b in parameters:
        layer = nn.Linear(*W.shape[::-1], dtype=tw.float64)
        layer.weight.data, layer.bias.data = tw.tensor(W), tw.tensor(b[:, 0])
        model.append(layer)
        model.append(nn.Sigmoid())
    return model


def losses_by_hand(a, y):
    return -(y * tw.log(a) + (1 - y) * tw.log(1 - a)).mean()


@given(networks(), st.sampled_from(["logs", "row", "module"]))
def test_gradients_of_weights_biases_and_every_z_are_the_guides(network, loss_form):
    parameters, X, y = guide_network(*network)
    m = X.shape[1]
    model = sequential(parameters)
    tensors, hidden = tw.tensor(X.T), []
    for layer in model:
        tensors = layer(tensors)
        if isinstance(layer, nn.Linear):
            tensors.retain_grad()
            hidden.append(tensors)
    labels = tw.tensor(y.T)
    loss = {
        "logs": losses_by_hand,
        "row": lambda a, t: tw.binary_cross_entropy(a, t).mean(),
        "module": nn.BCELoss(),
    }[loss_form](tensors, labels)
    loss.backward()
    activations = closed_form.forward(parameters, X)
    for layer, z, (dZ, dW, db) in zip(
        model[::2], hidden, closed_form.back_propagation(parameters, activations, y), strict=True
    ):
        np.testing.assert_allclose(layer.weight.grad.numpy(), dW, rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(layer.bias.grad.numpy(), db[:, 0], rtol=1e-7, atol=1e-10)
        np.testing.assert_allclose(z.grad.numpy() * m, dZ.T, rtol=1e-7, atol=1e-10)


@given(networks())
def test_with_logits_the_last_dz_is_a_minus_y_over_m(network):
    parameters, X, y = guide_network(*network)
    logits = sequential(parameters)[:-1](tw.tensor(X.T))
    logits.retain_grad()
    nn.BCEWithLogitsLoss()(logits, tw.tensor(y.T)).backward()
    a = closed_form.forward(parameters, X)[-1]
    np.testing.assert_allclose(logits.grad.numpy() * X.shape[1], (a - y).T, **RELATIVE)


@st.composite
def neurons(draw):
    """X (m, n), weights (n, 1), a bias, labels (m, 1)."""
    m, n = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X, w = rng.standard_normal((m, n)), rng.standard_normal((n, 1))
    return X, w, rng.standard_normal(1), rng.integers(0, 2, (m, 1)).astype(float)


@given(neurons())
def test_the_single_neurons_gradients(neuron):
    X, w, b, y = neuron
    weights, bias = tw.tensor(w, requires_grad=True), tw.tensor(b, requires_grad=True)
    a = tw.sigmoid(tw.tensor(X) @ weights + bias)
    tw.binary_cross_entropy(a, tw.tensor(y)).mean().backward()
    dw, db = closed_form.neuron_gradients(X, y, closed_form.sigmoid(X @ w + b))
    np.testing.assert_allclose(weights.grad.numpy(), dw, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(bias.grad.numpy(), [db], rtol=1e-8, atol=1e-12)


probabilities = hnp.arrays(np.float64, 5, elements=st.floats(0.001, 0.999))
labels = hnp.arrays(np.float64, 5, elements=st.sampled_from([0.0, 1.0]))


@given(probabilities, labels)
def test_dl_da_is_minus_y_over_a_less_one_minus_y_over_one_minus_a(a, y):
    probability = tw.tensor(a, requires_grad=True)
    tw.binary_cross_entropy(probability, tw.tensor(y)).sum().backward()
    np.testing.assert_allclose(probability.grad.numpy(), -(y / a - (1 - y) / (1 - a)), **RELATIVE)


@given(hnp.arrays(np.float64, 5, elements=st.floats(-20, 20)))
def test_da_dz_is_a_times_one_minus_a(z):
    score = tw.tensor(z, requires_grad=True)
    tw.sigmoid(score).sum().backward()
    a = closed_form.sigmoid(z)
    np.testing.assert_allclose(score.grad.numpy(), a * (1 - a), **RELATIVE)


@given(neurons())
def test_dz_dw_is_x_and_dz_db_is_1(neuron):
    X, w, b, _ = neuron
    weights, bias = tw.tensor(w[:, 0], requires_grad=True), tw.tensor(b[0], requires_grad=True)
    z = tw.tensor(X[0]) @ weights + bias
    z.backward()
    np.testing.assert_array_equal(weights.grad.numpy(), X[0])
    assert bias.grad.item() == 1.0


def test_the_guides_value_of_the_sigmoid_at_2():
    assert tw.sigmoid(tw.Tensor(2.0)).item() == pytest.approx(0.8808, abs=5e-5)


def curves(sizes, X, y, rate, iterations):
    """The loss curve of the layers and of the guide's algorithm, from the same initial weights, in float64."""
    rng = np.random.default_rng(0)
    parameters = [(rng.standard_normal((n, before)), rng.standard_normal((n, 1))) for before, n in pairwise(sizes)]
    expected, _ = closed_form.train(parameters, X.T, y.T, rate, iterations)
    model = sequential(parameters)
    history = nn.fit(
        model, nn.BCELoss(), nn.optim.SGD(model.parameters(), lr=rate), (X, y), epochs=iterations, metrics=()
    )
    return np.array(history["loss"]), expected


def test_the_loss_curve_on_circles_is_the_guides_for_1000_epochs():
    X, y = nn.datasets.circles(dtype=tw.float64)[:2]
    found, expected = curves([2, 32, 1], X, y, 0.1, 1000)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=0)


def test_the_loss_curve_on_moons_is_the_guides_for_200_epochs():
    X, y = nn.datasets.moons(dtype=tw.float64)[:2]
    found, expected = curves([2, 64, 64, 1], X, y, 0.1, 200)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=0)
