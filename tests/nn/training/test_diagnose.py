"""How a training stops at a number that is not finite, and what it says about where that began."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets


def sgd(model, lr=0.5):
    return nn.optim.SGD(model.parameters(), lr=lr)


CIRCLES = datasets.circles(dtype=np.float64)


class Explode(nn.Module):
    """Finite going forward, and not in the value or the gradient once `after` calls are over."""

    def __init__(self, what, after=0):
        super().__init__()
        self.what, self.left = what, after

    def forward(self, x):
        self.left -= 1
        if self.left >= 0:
            return x
        if self.what == "value":
            return x / 0.0
        return x + 0 * tw.sqrt(x - x.detach())  # the slope of the root at zero is infinite


def stopped(*layers, lr=0.5, data=CIRCLES, epochs=5, loss=None):
    model = nn.Sequential(*layers)
    optimizer = sgd(model, lr)
    before = [parameter.numpy().copy() for parameter in model.parameters()]
    with pytest.raises(nn.NonFiniteError) as caught:
        nn.fit(model, loss or nn.MSELoss(), optimizer, data, epochs)
    return caught.value, model, before


def test_output_that_is_not_finite_is_traced_to_its_layer_and_epoch():
    error, _, _ = stopped(nn.Linear(2, 3), Explode("value", after=2), nn.Linear(3, 1))
    assert (error.epoch, error.layer) == (3, "1: Explode")
    assert isinstance(error, FloatingPointError)
    for told in (
        "epoch 3",
        "output of layer '1: Explode'",
        "smaller learning rate (now 0.5)",
        "BCEWithLogitsLoss",
        "inputs",
    ):
        assert told in str(error)


def test_gradient_that_is_not_finite_is_traced_and_the_weights_are_kept():
    error, model, before = stopped(nn.Linear(2, 3), Explode("gradient"), nn.Linear(3, 1))
    assert (error.epoch, error.layer) == (1, "0: Linear")
    assert "gradient with respect to the output of layer '0: Linear'" in str(error)
    for parameter, value in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(parameter.numpy(), value)


def test_diagnosis_leaves_the_layers_as_they_were():
    _, model, _ = stopped(nn.Linear(2, 3), Explode("value"), nn.Linear(3, 1))
    assert all("forward" not in vars(module) for module in model.modules())


def test_data_that_are_not_finite_are_named():
    X, y = CIRCLES.X.copy(), CIRCLES.y
    X[7, 1] = np.nan
    error, _, _ = stopped(nn.Linear(2, 1), data=(X, y))
    assert "X holds nan, first in row 7" in str(error)
    assert error.layer == ""


def test_too_large_a_rate_is_stopped():
    error, model, _ = stopped(nn.Linear(2, 8), nn.Linear(8, 1), lr=1e30, epochs=50)
    assert (error.epoch, error.layer) == (2, "1: Linear")
    assert all(np.isfinite(parameter.numpy()).all() for parameter in model.parameters())


def test_overflow_in_the_last_update_is_not_returned_as_a_result():
    error, _, _ = stopped(nn.Linear(2, 1), lr=1e308, data=(1e3 * CIRCLES.X, 1e3 * CIRCLES.y), epochs=1)
    assert "the last update" in str(error)


def test_loss_that_is_not_finite_by_itself_is_named():
    def broken(prediction, target):
        return (prediction - target).mean() / 0.0

    error, _, _ = stopped(nn.Linear(2, 1), loss=broken)
    assert "although the outputs of all layers are finite" in str(error)


def test_large_but_finite_gradients_go_through():
    model = nn.Sequential(nn.Linear(2, 1, dtype=np.float32))
    # the square of this gradient's length overflows float32, the gradient does not
    nn.fit(model, lambda z, y: 1e25 * (z - y).mean(), sgd(model, 1e-30), CIRCLES, 1)


def test_an_update_that_overflowed_is_told_in_the_step_after_it():
    layer = nn.Linear(2, 1)
    error, _, _ = stopped(layer, lr=1e308, data=(1e3 * CIRCLES.X, 1e3 * CIRCLES.y), epochs=9)
    assert (error.epoch, error.layer) == (2, "0: Linear")
    assert "the update before this step left" in str(error)


def test_a_failed_training_hands_over_its_history():
    X, y = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    model = nn.Sequential(nn.Linear(1, 1, generator=0))
    with pytest.raises(nn.NonFiniteError) as failed:
        nn.fit(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=1e6), (X, y), epochs=100)
    assert len(failed.value.history["loss"]) == failed.value.epoch - 1


def test_data_that_are_not_finite_are_not_blamed_on_the_rate():
    model = nn.Sequential(nn.Linear(1, 1))
    with pytest.raises(nn.NonFiniteError, match="row 1") as failed:
        data = (np.array([[1.0], [np.nan]]), np.array([[0.0], [1.0]]))
        nn.fit(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=0.1), data, epochs=1)
    assert "learning rate" not in str(failed.value)
