"""Dtypes that meet: PyTorch's promotion."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
KIND = {"bool": 0, "uint8": 1, "int8": 1, "int16": 1, "int32": 1, "int64": 1, "float16": 2, "float32": 2, "float64": 2}
# PyTorch's documented table of two tensors with dimensions, row by row in the order of DTYPES.
PROMOTED = """
bool    uint8   int8    int16   int32   int64   float16 float32 float64
uint8   uint8   int16   int16   int32   int64   float16 float32 float64
int8    int16   int8    int16   int32   int64   float16 float32 float64
int16   int16   int16   int16   int32   int64   float16 float32 float64
int32   int32   int32   int32   int32   int64   float16 float32 float64
int64   int64   int64   int64   int64   int64   float16 float32 float64
float16 float16 float16 float16 float16 float16 float16 float32 float64
float32 float32 float32 float32 float32 float32 float32 float32 float64
float64 float64 float64 float64 float64 float64 float64 float64 float64
""".split()  # noqa: SIM905 - a table to be read as one
PAIRS = [(a, b, PROMOTED[i * len(DTYPES) + j]) for i, a in enumerate(DTYPES) for j, b in enumerate(DTYPES)]

dtypes = st.sampled_from(DTYPES)
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@pytest.fixture
def default_float64():
    tw.set_default_dtype(tw.float64)
    yield
    tw.set_default_dtype(tw.float32)


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_two_tensors_with_dimensions_meet_as_in_pytorch(a, b, expected):
    assert (tw.Tensor([1], dtype=a) * tw.Tensor([1], dtype=b)).dtype == np.dtype(expected)


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_a_tensor_without_dimensions_promotes_only_to_a_higher_kind(a, b, expected):
    wanted = expected if KIND[b] > KIND[a] else a
    assert (tw.Tensor([1], dtype=a) * tw.tensor(1, dtype=b)).dtype == np.dtype(wanted)


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_two_tensors_without_dimensions_meet_as_those_with(a, b, expected):
    assert (tw.tensor(1, dtype=a) * tw.tensor(1, dtype=b)).dtype == np.dtype(expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [2, 2.0, True, np.float64(2.0), np.float32(2.0), np.int64(2)], ids=repr)
def test_a_scalar_is_weak(dtype, number):
    kind = 2 if isinstance(number, float | np.floating) else 0 if number is True else 1
    wanted = dtype if kind <= KIND[dtype] else "float32" if kind == 2 else "int64"
    for result in (tw.Tensor([1], dtype=dtype) * number, number * tw.Tensor([1], dtype=dtype)):
        assert result.dtype == np.dtype(wanted)


def test_a_scalar_is_weak_against_a_tensor_without_dimensions_too():
    assert (tw.Tensor(1.0) * np.float64(2)).dtype == np.float32


def test_a_float_scalar_makes_integers_the_default_dtype_with_the_right_value():
    result = tw.tensor([1, 2]) + 0.5
    assert result.dtype == np.float32
    assert result.tolist() == [1.5, 2.5]


@pytest.mark.usefixtures("default_float64")
def test_a_float_scalar_makes_integers_float64_when_that_is_the_default():
    assert (tw.tensor([1, 2]) + 0.5).dtype == np.float64


def test_an_array_counts_with_its_own_dtype():
    assert (tw.Tensor([1.0]) * np.array([1.0])).dtype == np.float64


def test_division_of_integers_gives_the_default_dtype():
    result = tw.tensor([1, 2]) / tw.tensor([2, 2])
    assert result.dtype == np.float32
    assert result.tolist() == [0.5, 1.0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("compute", [tw.exp, tw.sigmoid, tw.softplus, tw.mean, tw.std, lambda x: tw.logsumexp(x, 0)])
def test_functions_keep_the_floating_dtype(compute, dtype):
    assert compute(tw.Tensor([0.5, 1.0], dtype=dtype)).dtype == np.dtype(dtype)


def test_the_gradient_of_a_promoted_tensor_comes_back_in_its_own_dtype():
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    (x * tw.Tensor([3.0, 4.0], dtype=tw.float64)).sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [3.0, 4.0]


def test_half_precision_is_computed_in_half_precision():
    assert (tw.Tensor([2048.0], dtype=tw.float16) + 1).item() == 2048.0
