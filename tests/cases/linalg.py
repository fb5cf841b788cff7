"""Rows of tests: linear algebra."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.cases.common import WIDE, Case, numbers


@st.composite
def matrix_pairs(draw):
    """All of NumPy's matmul: vectors, matrices, batches, stretched batches."""
    n, k, m = (draw(st.integers(1, 3)) for _ in range(3))
    batches = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2)).input_shapes
    left = draw(st.sampled_from([(k,), (n, k), (*batches[0], n, k)]))
    right = draw(st.sampled_from([(k,), (k, m), (*batches[1], k, m)]))
    return tuple(draw(hnp.arrays(np.float64, shape, elements=numbers(WIDE))) for shape in (left, right))


CASES = [
    Case("matmul", tw.matmul, np.matmul, matrix_pairs()),
]
