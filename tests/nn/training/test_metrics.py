"""Metrics: accuracy, functions of one's own, and their names."""

from itertools import pairwise

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import datasets


def network(*widths, seed=0, dtype=np.float64):
    generator, model = tw.Generator(seed), nn.Sequential()
    for inputs, outputs in pairwise(widths):
        model.append(nn.Linear(inputs, outputs, dtype=dtype, generator=generator)).append(nn.Sigmoid())
    return model


def sgd(model, lr=0.5):
    return nn.optim.SGD(model.parameters(), lr=lr)


CIRCLES = datasets.circles(dtype=np.float64)


def test_accuracy_counts_one_half_as_class_one():
    a, y = np.array([[0.5], [0.49], [0.5]]), np.array([[1.0], [0.0], [0.0]])
    from tinygrad_wtf.nn.training.metrics import accuracy

    assert accuracy(a, y) == 2 / 3


@pytest.mark.parametrize("kind", [list, np.array, tw.tensor, lambda a: tw.tensor(a, dtype=tw.float64).requires_grad_()])
def test_accuracy_takes_lists_arrays_and_tensors(kind):
    assert nn.accuracy(kind([[0.2], [0.8], [0.4]]), [[0], [1], [1]]) == 2 / 3
    assert nn.class_accuracy(kind([[0.2, 0.8], [0.6, 0.4]]), [1, 1]) == 1 / 2


def test_accuracy_of_logits_decides_at_zero():
    with_sigmoid = network(2, 4, 1)
    logits = with_sigmoid[:-1]
    a = nn.evaluate(with_sigmoid, nn.BCELoss(), CIRCLES)
    z = nn.evaluate(logits, nn.BCEWithLogitsLoss(), CIRCLES)
    assert a == pytest.approx(z, rel=1e-9)
    functional = nn.evaluate(logits, nn.functional.binary_cross_entropy_with_logits, CIRCLES)
    assert functional == z


def test_accuracy_refuses_shapes_that_would_broadcast():
    from tinygrad_wtf.nn.training.metrics import accuracy

    with pytest.raises(tw.ShapeError, match=r"\(3, 1\) and \(3,\)"):
        accuracy(np.ones((3, 1)), np.ones(3))


def test_own_metric_goes_by_its_name():
    def largest(prediction, target):
        return prediction.max()

    model = network(2, 4, 1)
    history = nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 2, metrics=(largest,), validation=CIRCLES)
    assert list(history) == ["loss", "largest", "val_loss", "val_largest"]


def test_unknown_metric_is_refused():
    model = network(2, 1)
    with pytest.raises(ValueError, match="no 'f1', only accuracy"):
        nn.fit(model, nn.BCELoss(), sgd(model), CIRCLES, 1, metrics=("f1",))
