"""Selecting by masks of bits is NumPy's `where`: the same bits and dtype, whatever the arrays are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.programs import Training, assert_close
from tinygrad_wtf import nn
from tinygrad_wtf.compiler import program as running
from tinygrad_wtf.ops.selecting import BLOCK, FEW, _as_bits, _selected

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-45, -1e4, 1e4, 2.5, 0, -3]
sides = st.one_of(st.sampled_from(SPECIAL), st.sampled_from(["array", "transposed", "row", "0-d", "double"]))


def array(rng, shape, dtype):
    """Any bits at all: NaN of every kind, subnormal numbers and zeros of both signs among them."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.frombuffer(rng.bytes(size), dtype).reshape(shape)


def side(kind, rng, shape, dtype):
    if kind == "array":
        return array(rng, shape, dtype)
    if kind == "transposed":
        return array(rng, shape[::-1], dtype).T
    if kind == "row":
        return array(rng, shape[1:], dtype)
    if kind == "0-d":
        return array(rng, (), dtype)
    return array(rng, shape, np.float64) if kind == "double" else kind


@given(
    a=sides,
    b=sides,
    dtype=st.sampled_from([np.float32, np.float64, np.int64]),
    shape=st.sampled_from([(2, 3), (1, FEW), (3, FEW // 2 + 1), (BLOCK // 8 + 1, 9), (0, 5)]),
    often=st.sampled_from([0.0, 0.01, 0.5, 1.0]),
    seed=st.integers(0, 99),
)
def test_it_is_where(a, b, dtype, shape, often, seed):
    rng = np.random.default_rng(seed)
    condition = rng.random(shape) < often
    a, b = side(a, rng, shape, dtype), side(b, rng, shape, dtype)
    with np.errstate(all="ignore"):
        expected = np.where(condition, a, b)
        found = _selected(condition, a, b)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert found.tobytes() == expected.tobytes()
        if expected.dtype == dtype:
            place = np.full(shape, 7, dtype)
            assert _selected(condition, a, b, place) is place
            assert place.tobytes() == expected.tobytes()


@pytest.mark.parametrize("a", ["array", 0.0, -0.0, 1.5])
@pytest.mark.parametrize("b", ["array", 0.0])
def test_a_condition_that_changes_often_is_selected_by_bits(a, b):
    """And one that does not, by NumPy, which is faster then."""
    rng = np.random.default_rng(0)
    x, y = (side(s, rng, (9, BLOCK // 8), np.float32) for s in (a, b))
    often, seldom = rng.random((9, BLOCK // 8)) < 0.5, np.arange(9 * BLOCK // 8).reshape(9, -1) < BLOCK
    for condition, by_bits in ((often, True), (seldom, False)):
        assert (_as_bits(condition, x, y) is not None) == by_bits
        assert _selected(condition, x, y).tobytes() == np.where(condition, x, y).tobytes()


def test_numbers_as_a_condition_hold_unless_they_are_0():
    condition = np.random.default_rng(0).integers(0, 3, FEW)
    x = np.arange(FEW, dtype=np.float32)
    np.testing.assert_array_equal(_selected(condition, x, -1.0), np.where(condition, x, -1))


def test_a_place_may_lie_in_any_order():
    rng = np.random.default_rng(0)
    condition, x = rng.random((BLOCK // 64, 65)) < 0.5, array(rng, (BLOCK // 64, 65), np.float32)
    place = np.zeros(condition.shape[::-1], np.float32).T
    _selected(condition, x, 1.0, place)
    assert place.tobytes() == np.where(condition, x, 1).astype(np.float32).tobytes()


def test_bytes_that_are_neither_0_nor_1_hold():
    condition = np.frombuffer(np.random.default_rng(0).bytes(FEW), np.uint8).copy()
    condition[::3] = 0
    x = np.arange(FEW, dtype=np.float32)
    np.testing.assert_array_equal(_selected(condition.view(bool), x, -1.0), np.where(condition != 0, x, -1))


@pytest.mark.parametrize("activation", [nn.LeakyReLU, nn.ELU, nn.PReLU])
def test_a_large_program_selects_by_bits(activation):
    X = tw.rand(FEW // 4, 2, generator=0)
    training = Training(lambda: nn.Sequential(nn.Linear(2, 4), activation(), nn.Linear(4, 1)), nn.MSELoss(), lr=0.1)
    compiled = training.compiled()
    for _ in range(running.STATIC_AFTER + 2):
        assert_close(compiled.run(X, X[:, :1]), training.run(X, X[:, :1]), factor=10)
    assert "_selected(" in str(compiled.run.program)
