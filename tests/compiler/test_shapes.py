"""Shapes that depend on numbers: refused with the line, as a program is made once for all numbers."""

import re

import numpy as np
import pytest

import tinygrad_wtf as tw
from tests.support.programs import assert_bits, assert_close
from tinygrad_wtf import nn

X = tw.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 0.5]])
MASK = X > 1.5
W = tw.Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 0.5]], requires_grad=True)

SHAPED_BY_NUMBERS = {
    "a mean over a selection": lambda x: x[x > 1.5].mean(0),
    "a sum over a selection": lambda x: x[x > 1.5].sum(),
    "a mask that was found": lambda x: x[MASK].sum(),
    "rows": lambda x: x[x.sum(1) > 3].mean(0),
    "columns": lambda x: x[:, x.sum(0) > 7],
    "a length": lambda x: x * len(x[x > 1.5]),
    "softmax": lambda x: x[x > 1.5].softmax(0),
    "a product": lambda x: x[x > 1.5] @ x[x > 1.5],
    "nonzero": lambda x: x.nonzero().sum(),
    "nonzero as a tuple": lambda x: x[x.nonzero(as_tuple=True)],
    "where with a condition alone": lambda x: tw.where(x > 1.5)[0],
    "masked_select": lambda x: tw.masked_select(x, x > 1.5).mean(),
    "argwhere": lambda x: tw.argwhere(x).shape[0] * x,
    "a mask of parameters": lambda x: (x * W)[W > 1].sum(),
    "NumPy's nonzero": lambda x: np.nonzero(x)[0].sum(),
}


@pytest.mark.parametrize("name", SHAPED_BY_NUMBERS)
def test_a_shape_that_depends_on_numbers_is_refused(name):
    function = SHAPED_BY_NUMBERS[name]
    with pytest.raises(tw.TraceError, match="traced once for all numbers") as caught:
        tw.compile(function)(X)
    line = function.__code__.co_firstlineno
    assert re.search(rf"test_shapes\.py, line {line}\b", str(caught.value)), caught.value


def test_a_mask_among_the_arguments_is_refused():
    with pytest.raises(tw.TraceError, match="how many entries a mask selects"):
        tw.compile(lambda x, mask: x[mask].mean(0))(X, MASK)


def test_a_selection_by_a_random_draw_is_refused():
    with pytest.raises(tw.TraceError, match="how many entries a mask selects"):
        tw.compile(lambda x: x[tw.rand(3, 2) > 0.5].sum())(X)


@pytest.mark.parametrize(
    "mask",
    [
        lambda: [True, False, True],
        lambda: np.array([True, False, True]),
        lambda: tw.tensor([True, False, True]),
        lambda: tw.arange(3) != 1,
        lambda: np.arange(3) != 1,
    ],
)
def test_a_mask_that_is_always_the_same_selects(mask):
    compiled = tw.compile(lambda x: x[mask()].sum(0))
    for x in (X, X * 2, -X):
        assert_bits(compiled(x), x[[0, 2]].sum(0))
    assert compiled.traces == 1


ROWS = np.array([True, False, True])


def test_a_mask_of_numpy_that_is_found_is_guarded():
    compiled = tw.compile(lambda x: tw.masked_select(x, ROWS[:, None]).sum() + x[ROWS].mean())
    for _ in range(3):
        np.testing.assert_allclose(compiled(X).item(), (X[[0, 2]].sum() + X[[0, 2]].mean()).item(), rtol=1e-6)
    ROWS[:] = [True, False, False]
    try:
        np.testing.assert_allclose(compiled(X).item(), (X[:1].sum() + X[:1].mean()).item(), rtol=1e-6)
    finally:
        ROWS[:] = [True, False, True]


def scaled(x, index, value):
    """A copy of x with entries written over."""
    y = x * 1
    y[index(x)] = value(x)
    return y


WRITES = {
    "a number": (lambda x: x > 1.5, lambda x: 7.0),
    "a tensor of one entry": (lambda x: x > 1.5, lambda x: x.mean()),
    "a vector of one entry": (lambda x: x > 1.5, lambda x: x.mean().reshape(1)),
    "rows, a number": (lambda x: x.sum(1) > 3.5, lambda x: 7.0),
    "rows, one row": (lambda x: x.sum(1) > 3.5, lambda x: x.sum(0)),
    "rows, a row of one": (lambda x: x.sum(1) > 3.5, lambda x: x.sum(0).reshape(1, 2)),
    "a mask in a tuple": (lambda x: (x > 1.5,), lambda x: 7.0),
    "integers": (lambda x: (x.sum(1) > 3.5).long(), lambda x: x.sum(0)),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_through_a_mask_is_a_selection(name):
    index, value = WRITES[name]
    compiled = tw.compile(lambda x: scaled(x, index, value))
    for x in (X, X * 2, -X, X * 0 + 9):
        assert_close(compiled(x), scaled(x, index, value))
    assert compiled.traces == 1


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (lambda x: x > 1.5, lambda x: tw.ones(4)),
        (lambda x: (slice(None), x.sum(0) > 8), lambda x: 1.0),
        (lambda x: x.sum(1) > 3.5, lambda x: tw.ones(2, 2)),
    ],
)
def test_a_write_of_unknown_length_is_refused(index, value):
    with pytest.raises(tw.TraceError, match="selects to be written"):
        tw.compile(lambda x: scaled(x, index, value))(X)


def test_the_memory_of_a_parameter_is_written_through_a_mask():
    w = tw.Tensor([1.0, -2.0, 3.0], requires_grad=True)

    @tw.compile
    def clipped(x):
        with tw.no_grad():
            w.sub_(x)
            w[w < 0] = 0
        return w * 1

    for x in ([1.0, 1.0, 1.0], [-5.0, 5.0, 5.0], [1.0, -1.0, -1.0]):
        before = w.numpy().copy()
        clipped(tw.tensor(x))
        assert w.tolist() == np.maximum(before - np.float32(x), 0).tolist()


def test_fit_runs_such_a_step_as_it_is_and_says_so():
    class Selecting(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(1, 1)

        def forward(self, x):
            return self.linear(x)[:, [True]] + x[x > 0.5].mean()

    data = (np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[0.0], [1.0], [1.0], [2.0]]))
    finals = []
    for compile in (True, False):
        tw.manual_seed(0)
        model = Selecting()
        settings = {"epochs": 6, "batch_size": 2, "seed": 1, "metrics": (), "progress": False, "compile": compile}
        history = nn.fit(model, nn.MSELoss(), nn.optim.SGD(model.parameters(), lr=0.01), data, **settings)
        finals.append(model.linear.weight.numpy().copy())
        if compile:
            assert "how many entries a mask selects" in history.not_compiled
    np.testing.assert_array_equal(*finals)
