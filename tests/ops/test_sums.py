"""Sums keep their digits: along every axis, in every order of memory, of every size."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf import nn

LAYOUTS = {
    "C": lambda x: x,
    "F": np.asfortranarray,
    "transposed": lambda x: x.T,
    "every second": lambda x: np.repeat(x, 2, 0)[::2],
    "reversed": lambda x: np.repeat(x, 2, -1)[..., ::-2],
    "stretched": lambda x: np.broadcast_to(x[:1], x.shape),
}
SHAPES = [(60000, 4), (4, 60000), (300, 5, 70), (3, 9000, 7), (129, 129, 2), (2, 30000, 1), (20, 30, 40, 3), (70000,)]


def near(x):
    """Numbers that all round to the same side when they are added one after the other."""
    return np.full(x, 0.1, np.float32)


def assert_digits(found, expected, most=1e-6):
    """The largest error, in parts of the largest number."""
    assert found.shape == expected.shape
    assert np.abs(found.numpy() - expected).max() <= most * np.abs(expected).max()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_sum_is_exact_to_a_few_units_in_the_last_place(shape, layout):
    array = LAYOUTS[layout](near(shape) if layout != "transposed" else near(shape[::-1]))
    exact = array.astype(np.float64)
    t = tw.Tensor(0.0)
    t.value = array  # in this order: a tensor made of it would be a copy, row by row
    for count in range(1, array.ndim + 1):
        for axes in itertools.combinations(range(array.ndim), count):
            assert_digits(t.sum(axes), exact.sum(axes))
            assert_digits(t.mean(axes, keepdim=True), exact.mean(axes, keepdims=True))


@given(data=st.data())
def test_a_sum_is_that_of_whole_numbers_wherever_they_lie(data):
    shape = tuple(data.draw(st.lists(st.sampled_from([1, 2, 3, 64, 65, 129, 200]), min_size=1, max_size=3)))
    order = data.draw(st.permutations(range(len(shape))))
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))
    steps = tuple(slice(None, None, data.draw(st.sampled_from([1, -1, 2]))) for _ in shape)
    array = np.arange(np.prod(shape), dtype=np.int64).reshape(shape).transpose(order)[steps] % 7
    t = tw.Tensor(0.0)
    t.value = array.astype(np.float64)
    keepdim = data.draw(st.booleans())
    assert t.sum(tuple(axes), keepdim).tolist() == array.sum(tuple(axes), keepdims=keepdim).tolist()


@pytest.mark.parametrize(("shape", "centre"), [((60000, 4), 1000), ((200000, 4), 100), ((4, 60000), 1000)], ids=str)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_variance_far_from_zero(shape, centre, axis):
    array = (centre + np.random.default_rng(0).normal(size=shape)).astype(np.float32)
    exact = array.astype(np.float64)
    t = tw.tensor(array)
    assert_digits(t.var(axis), exact.var(axis, ddof=1))
    assert_digits(t.std(axis), exact.std(axis, ddof=1))
    assert_digits(t.mean(axis), exact.mean(axis), 3e-7)


@pytest.mark.parametrize("rows", [100, 257, 1000, 2000, 2049, 50000, 70001])
def test_the_gradient_of_a_bias_is_a_sum_too(rows):
    bias = tw.zeros(3, requires_grad=True)
    (bias + tw.tensor(near((rows, 3)))).backward(tw.tensor(near((rows, 3))))
    assert_digits(bias.grad, near((rows, 3)).astype(np.float64).sum(0), 1e-6)


@given(rows=st.integers(1, 3000), columns=st.integers(2, 5), keeps=st.integers(1, 5))
def test_the_gradient_of_a_bias_adds_every_row_once(rows, columns, keeps):
    g = (np.arange(rows * columns).reshape(rows, columns) % 7).astype(np.float64)
    bias = tw.zeros(min(keeps, columns), dtype=tw.float64, requires_grad=True)
    t = tw.Tensor(0.0)
    t.value = g[:, :keeps]  # a part of the columns: the rows do not follow each other in memory
    (bias + tw.zeros(rows, bias.shape[0], dtype=tw.float64)).backward(t)
    assert bias.grad.tolist() == g[:, :keeps].sum(0).tolist()


def test_running_sums_and_their_gradients():
    x = tw.tensor(near(1_000_000), requires_grad=True)
    assert x.cumsum(0)[-1].item() == np.float32(1e5)
    x.cumsum(0).sum().backward()
    assert x.grad[0].item() == 1e6
    ones = tw.ones(1_000_000, requires_grad=True)
    (slope,) = tw.grad(ones.cumprod(0).sum() * 0.1, ones)
    assert_digits(slope, np.arange(1_000_000, 0, -1) * 0.1, 1e-6)


def test_long_vectors_are_normalised_to_the_last_digits():
    array = (5 + 3 * np.random.default_rng(0).normal(size=(1, 2_400_000))).astype(np.float32)
    exact = array.astype(np.float64)
    exact = (exact - exact.mean()) / np.sqrt(exact.var() + 1e-5)
    for layout in (array, np.repeat(array, 2, 1)[:, ::2]):
        t = tw.Tensor(0.0)
        t.value = layout
        assert np.abs(nn.functional.layer_norm(t, (2_400_000,)).numpy() - exact).max() < 1e-6
    grouped = nn.functional.group_norm(tw.tensor(array.reshape(1, 6, -1)), 1)
    assert np.abs(grouped.numpy().reshape(1, -1) - exact).max() < 1e-6


def test_the_gradient_of_a_long_normalisation():
    rng = np.random.default_rng(0)
    array, weights = (rng.normal(5, 3, (1, 400_000)).astype(np.float32) for _ in range(2))
    x = tw.tensor(array, requires_grad=True)
    nn.functional.layer_norm(x, (array.size,)).backward(tw.tensor(weights))
    wide = tw.tensor(array, dtype=tw.float64, requires_grad=True)
    nn.functional.layer_norm(wide, (array.size,)).backward(tw.tensor(weights, dtype=tw.float64))
    assert_digits(x.grad, wide.grad.numpy())


def test_softmax_of_a_long_vector_adds_up_to_one():
    x = tw.tensor(np.random.default_rng(0).normal(size=2_000_000).astype(np.float32), requires_grad=True)
    y = x.softmax(0)
    exact = np.exp(x.numpy().astype(np.float64))
    np.testing.assert_allclose(y.numpy(), exact / exact.sum(), rtol=2e-6)
