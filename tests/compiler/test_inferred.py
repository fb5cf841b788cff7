"""Shape and dtype of a call's result, without computing it: what NumPy gives for arrays of such shapes and dtypes."""

import numpy as np
import pytest

from tinygrad_wtf.compiler.inference import inferred, type_of

A, B = np.ones((2, 3, 4), np.float32), np.ones((3, 4))
CALLS = [
    (np.add, (A, B), {}),
    (np.multiply, (A, 2.0), {}),
    (np.greater, (2.0, B), {}),
    (np.power, (B, 2), {"dtype": np.float32}),
    (np.where, (B > 0, B, A), {}),
    (np.matmul, (B, B.T), {}),
    (np.matmul, (A, B.T), {}),
    (np.matmul, (A[:, None], A.transpose(0, 2, 1)), {}),
    (np.matmul, (B, B[0]), {}),
    (np.matmul, (B[0], A.transpose(0, 2, 1)), {}),
    (np.dot, (B[0], B[0]), {}),
    (np.dot, (A[0], B.T), {}),
    (np.add.reduce, (A,), {}),
    (np.add.reduce, (A, None), {}),
    (np.add.reduce, (A,), {"axis": (0, -1), "keepdims": True}),
    (np.add.reduce, (A,), {"axis": (), "dtype": np.float64}),
    (np.add.reduce, (B > 0, 1), {}),
    (np.maximum.reduce, (np.ones(()),), {"axis": ()}),
    (np.reshape, (A, (4, -1)), {}),
    (np.transpose, (A, (2, 0, 1)), {}),
    (np.copy, (B,), {}),
    (np.cumsum, (B, 1), {}),
]


@pytest.mark.parametrize(("function", "args", "settings"), CALLS)
def test_shape_and_dtype_are_those_of_the_result(function, args, settings):
    expected = np.asarray(function(*args, **settings))
    np.testing.assert_array_equal(inferred(function, *args, **settings), expected)
    typed = [type_of(a) if isinstance(a, np.ndarray) else a for a in args]
    assert inferred(function, *typed, **settings) == type_of(expected)
