"""What holds for all losses: gradients, compiling, showing themselves; each has a row in `rows`."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.nn.losses.rows import ROWS
from tinygrad_wtf import nn

LOSSES = Path(inspect.getfile(nn.MSELoss)).parent


def made(text):
    return eval(f"nn.{text}", {"nn": nn, "torch": tw}).double()


def drawn(inputs):
    rng = np.random.default_rng(1)
    return [tw.tensor(rng.standard_normal(x)) if isinstance(x, tuple) else tw.tensor(x) for x in inputs]


def ids(row):
    return row if isinstance(row, str) else ""


def test_every_exported_loss_has_a_row():
    exported = {
        name
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name)) and Path(inspect.getfile(getattr(nn, name))).parent == LOSSES
    }
    assert exported == {text.partition("(")[0] for text, _ in ROWS}


@pytest.mark.parametrize(("text", "inputs"), ROWS, ids=ids)
def test_its_gradient_is_that_of_finite_differences(text, inputs):
    loss, (x, *rest) = made(text), drawn(inputs)
    x.requires_grad_()
    loss(x, *rest).sum().backward()
    start, direction = x.detach().numpy().copy(), np.random.default_rng(2).standard_normal(x.shape)
    up, down = (loss(tw.tensor(start + t * direction), *rest).sum().item() for t in (1e-6, -1e-6))
    assert (up - down) / 2e-6 == pytest.approx((x.grad.numpy() * direction).sum(), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(("text", "inputs"), ROWS, ids=ids)
def test_compiled_it_gives_the_same(text, inputs):
    if "CTC" in text and inputs[1].ndim == 1:
        pytest.skip("where labels are one after another, the lengths must be known")
    loss, xs = made(text), drawn(inputs)
    compiled = tw.compile(lambda *xs: loss(*xs))
    for _ in range(3):
        np.testing.assert_allclose(compiled(*xs).numpy(), loss(*xs).numpy(), rtol=1e-12)


@pytest.mark.parametrize(("text", "inputs"), ROWS, ids=ids)
def test_it_is_documented_and_shows_itself(text, inputs):
    loss = made(text)
    assert "reduction" in inspect.getdoc(type(loss))
    assert repr(loss).startswith(f"{type(loss).__name__}(")
    assert "reduction=" in repr(loss)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: nn.MultiMarginLoss()(x, tw.tensor([0, 3])), IndexError, "class 3 is none of the 3"),
        (lambda x: nn.MultiMarginLoss(p=3), ValueError, "p is 1 or 2"),
        (lambda x: nn.MultiLabelMarginLoss()(x, tw.tensor([[3, 0, 0]] * 2)), IndexError, "class 3"),
        (lambda x: nn.CosineEmbeddingLoss()(x, x, tw.ones(3)), tw.ShapeError, "do not fit"),
        (lambda x: nn.MarginRankingLoss()(x, x, tw.ones(2)), tw.ShapeError, "must be the same"),
        (lambda x: nn.HingeEmbeddingLoss(reduction="median"), ValueError, "reduction"),
        (lambda x: nn.TripletMarginWithDistanceLoss(margin=0), ValueError, "positive"),
        (lambda x: nn.CTCLoss(7)(x.unsqueeze(1), tw.tensor([[1]]), [2], [1]), tw.SettingError, "blank 7"),
        (lambda x: nn.CTCLoss()(x.unsqueeze(1), tw.tensor([[1]]), [2, 2], [1]), tw.ShapeError, "as many lengths"),
        (lambda x: nn.CTCLoss()(x.unsqueeze(1), tw.tensor([1, 2]), [2], [1]), tw.ShapeError, "as the lengths"),
    ],
)
def test_what_does_not_fit_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call(tw.zeros(2, 3))


def test_a_sequence_too_short_for_its_labels_costs_infinity_or_nothing():
    steps = tw.log_softmax(tw.zeros(1, 1, 3), 2).requires_grad_()
    assert nn.CTCLoss()(steps, tw.tensor([[1, 2]]), [1], [2]).item() == np.inf
    loss = nn.CTCLoss(zero_infinity=True)(steps, tw.tensor([[1, 2]]), [1], [2])
    loss.backward()
    assert loss.item() == 0.0
    assert not steps.grad.numpy().any()
