"""Reductions: PyTorch's dtypes, ties, edges and refusals, where they are not mathematics' only answer."""

import math

import numpy as np
import pytest

import tinygrad_wtf as tw

inf, nan = math.inf, math.nan


def leaf(*entries):
    return tw.tensor(np.array(entries, dtype=np.float64), requires_grad=True)


def slope(function, *entries):
    x = leaf(*entries)
    return tw.grad(function(x).sum(), x)[0].tolist()


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.int32, np.int64])
@pytest.mark.parametrize("function", [tw.sum, tw.prod, lambda x: tw.cumsum(x, 0), lambda x: tw.cumprod(x, 0)])
def test_whole_numbers_are_built_up_in_int64(function, dtype):
    assert function(tw.tensor(np.ones(3, dtype))).dtype == np.int64


def test_half_precision_is_summed_in_single():
    x = tw.tensor(np.full(4096, 1.0, np.float16))
    assert x.sum().item() == 4096
    assert tw.tensor(np.full(4, 40000.0, np.float16)).mean().item() == 40000


def test_dtype_is_the_dtype_of_the_sum():
    assert tw.sum(tw.tensor([1, 2]), dtype=tw.float64).dtype == np.float64
    assert not tw.sum(leaf(1.5, 2.5), dtype=tw.int64).requires_grad
    assert tw.sum(leaf(1.5, 2.5), dtype=tw.int64).item() == 3


@pytest.mark.parametrize(
    "call",
    [
        lambda: tw.mean(tw.tensor([1, 2])),
        lambda: tw.var(tw.tensor([1, 2])),
        lambda: tw.norm(tw.tensor([1, 2])),
        lambda: tw.argmax(tw.tensor([True])),
        lambda: tw.topk(tw.tensor([True]), 1),
        lambda: tw.sum([1.0, 2.0]),
        lambda: tw.sum(None),
        lambda: tw.sum(tw.ones(2), "0"),
        lambda: tw.sum(tw.ones(2), True),
        lambda: tw.var(tw.ones(3), 0, 1),
        lambda: tw.var(tw.ones(3), unbiased=True, correction=2),
        lambda: tw.topk(tw.ones(3), 1.0),
    ],
)
def test_what_is_no_number_or_no_dim_is_refused(call):
    with pytest.raises(tw.DTypeError):
        call()


@pytest.mark.parametrize(
    "function", [tw.max, tw.min, tw.amax, tw.amin, tw.argmax, lambda x: tw.linalg.vector_norm(x, inf), tw.aminmax]
)
def test_nothing_has_no_extreme(function):
    with pytest.raises(tw.DimensionError):
        function(tw.ones(0))


def test_sums_of_nothing():
    empty = tw.ones(0)
    assert [f(empty).item() for f in (tw.sum, tw.prod, tw.norm)] == [0, 1, 0]
    assert all(math.isnan(f(empty).item()) for f in (tw.mean, tw.var, tw.median))
    assert tw.logsumexp(empty, 0).item() == -inf


def test_ties_share_the_gradient_of_all_and_the_first_has_that_of_a_dim():
    assert slope(tw.max, 2, 2, 1, 2) == slope(tw.amax, 2, 2, 1, 2) == [1 / 3, 1 / 3, 0, 1 / 3]
    assert slope(lambda x: tw.max(x, 0).values, 2, 2, 1, 2) == [1, 0, 0, 0]
    assert slope(tw.median, 1, 2, 2, 5) == [0, 0.5, 0.5, 0]


def test_the_gradient_of_nan_goes_to_the_nans_or_is_nan():
    for function in (tw.max, tw.min, tw.median):
        assert slope(function, nan, 1, nan, 2) == [0.5, 0, 0.5, 0]
    assert slope(lambda x: tw.max(x, 0).values, nan, 1, nan, 2) == [1, 0, 0, 0]
    assert all(map(math.isnan, slope(tw.amax, nan, 1, nan, 2)))
    assert all(map(math.isnan, slope(tw.amin, nan, 1, nan, 2)))


def test_the_median_is_the_lower_of_two_and_nan_if_there_is_one():
    assert tw.median(leaf(4, 1, 3, 2)).item() == 2
    assert math.isnan(tw.median(leaf(4, nan, 3)).item())
    assert tw.median(leaf(4, nan, 3), 0).indices.item() == 1


def test_nan_is_the_largest():
    assert tw.sort(leaf(nan, 1, 3), descending=True).indices.tolist() == [0, 2, 1]
    assert tw.topk(leaf(1, nan, 3), 2).indices.tolist() == [1, 2]
    assert tw.argmax(leaf(1, nan, nan)).item() == 1


def test_equal_entries_keep_their_order_both_ways():
    ties = tw.tensor([1, 0, 1, 0])
    assert tw.argsort(ties).tolist() == [1, 3, 0, 2]
    assert tw.argsort(ties, descending=True).tolist() == [0, 2, 1, 3]


def test_spread_of_one_number_and_of_equal_ones():
    assert math.isnan(tw.std(leaf(3)).item())
    assert slope(tw.std, 2, 2) == [0, 0]
    assert tw.var(leaf(1, 3), False).item() == tw.var(leaf(1, 3), correction=0).item() == 1


@pytest.mark.parametrize("order", [0, 1, 2, 3, 0.5, inf, -inf, -1])
def test_norms_are_flat_at_zero(order):
    assert slope(lambda x: tw.linalg.vector_norm(x, order), 0, 0) == [0, 0]


@pytest.mark.parametrize("order", [1, -1, inf, -inf, "fro"])
def test_norms_of_matrices(order):
    x = np.arange(12.0).reshape(3, 4) - 5
    assert tw.linalg.norm(tw.tensor(x), order).item() == pytest.approx(np.linalg.norm(x, order))


def test_along_no_axes_all_and_any_look_at_each_entry():
    x = tw.tensor([[1, 0]])
    assert tw.all(x, ()).tolist() == tw.any(x, []).tolist() == [[True, False]]
    assert tw.any(tw.tensor(np.ones(2, np.uint8))).dtype == np.uint8


def test_logsumexp_at_infinity():
    assert tw.logsumexp(leaf(-inf, -inf), 0).item() == -inf
    assert tw.logsumexp(leaf(inf, 1), 0).item() == inf
    assert slope(lambda x: tw.logsumexp(x, 0), -inf, 2) == [0, 1]
    assert slope(lambda x: tw.logsumexp(x, 0), 1e4, 1e4) == [0.5, 0.5]


def test_a_number_is_reduced_along_its_missing_axis():
    x = tw.Tensor(3.0)
    assert tw.sum(x, 0).shape == tw.max(x, -1).values.shape == tw.cumsum(x, 0).shape == tw.topk(x, 1).values.shape == ()
    with pytest.raises(IndexError):
        tw.sum(x, 1)
