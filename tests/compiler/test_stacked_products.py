"""Tall products as stacks of small ones: which are divided, and that the numbers stay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.graphs import Hand, functions, interpreted
from tinygrad_wtf.compiler.passes.stacked_products import UNPACKED, rows_at_once, stacked_products

sizes = st.integers(1, 5000)


def product(m, k, n, dtype=np.float32, transposed=False):
    draw = np.random.default_rng(0).standard_normal
    hand = Hand()
    a = hand.argument(draw((k, m) if transposed else (m, k)).astype(dtype))
    b = hand.argument(draw((k, n)).astype(dtype))
    left = hand.call(np.transpose, hand.call(np.exp, a), (1, 0)) if transposed else a
    return hand.returns(hand.call(np.dot, left, b))


@given(sizes, sizes, sizes)
def test_the_rows_of_a_stack_divide_the_matrix_and_are_multiplied_unpacked(m, k, n):
    rows = rows_at_once(m, k, n)
    assert rows == 0 or (m % rows == 0 and rows * k * n <= UNPACKED)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("m", "k", "n"), [(1000, 300, 16), (1000, 64, 64), (4097, 100, 16)])
def test_a_tall_product_is_a_stack_with_the_same_numbers(m, k, n, dtype):
    graph = product(m, k, n, dtype)
    made = stacked_products(graph, lambda: True)
    assert functions(made) == [np.reshape, np.matmul, np.reshape]
    inputs = [v.sample for v in graph.values.values() if v.kind == "argument"]
    ((found,), _), ((expected,), _) = interpreted(made, inputs), interpreted(graph, inputs)
    exact = inputs[0].astype(np.float64) @ inputs[1].astype(np.float64)
    bound = k * np.finfo(dtype).eps * (np.abs(inputs[0]) @ np.abs(inputs[1]))
    assert found.shape == expected.shape
    assert (np.abs(found - exact) <= bound).all()


@pytest.mark.parametrize(
    "graph",
    [product(997, 300, 16), product(10, 300, 16), product(1000, 300, 16, transposed=True), product(4000, 1000, 1)],
    ids=["a prime number of rows", "small", "column after column", "one column"],
)
def test_other_products_stay_as_they_are(graph):
    assert functions(stacked_products(graph, lambda: True)) == functions(graph)


def test_nothing_is_divided_where_blas_has_no_kernels_for_small_products():
    graph = product(1000, 300, 16)
    assert stacked_products(graph, lambda: False) is graph
