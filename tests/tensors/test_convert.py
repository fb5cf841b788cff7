"""A tensor as Python numbers and lists, or in another dtype."""

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
dtypes = st.sampled_from(DTYPES)
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
arrays = dtypes.flatmap(lambda dtype: shapes.flatmap(lambda shape: hnp.arrays(dtype, shape)))


@given(hnp.arrays("float64", st.sampled_from([(), (1,), (1, 1, 1)])))
def test_item_is_the_only_entry(array):
    assert tw.tensor(array).item() == array.item() or np.isnan(array.item())


def test_item_is_a_python_number():
    assert type(tw.Tensor(1.5).item()) is float
    assert type(tw.tensor(1).item()) is int
    assert type(tw.tensor(True).item()) is bool


@pytest.mark.parametrize("entries", [0, 2])
def test_item_of_several_entries_or_none_is_refused(entries):
    with pytest.raises(tw.ShapeError, match=f"{entries} entries"):
        tw.zeros(entries).item()


@given(arrays)
def test_tolist_is_that_of_the_array(array):
    np.testing.assert_array_equal(np.array(tw.tensor(array).tolist()), np.array(array.tolist()))


def test_float_and_int():
    assert float(tw.Tensor([1.5])) == 1.5
    assert int(tw.Tensor(2.75)) == 2


@pytest.mark.parametrize(("value", "truth"), [(0.0, False), (0.5, True), ([[2]], True), (float("nan"), True)])
def test_the_truth_of_one_entry(value, truth):
    assert bool(tw.tensor(value)) is truth


@pytest.mark.parametrize("value", [[], [1.0, 1.0]])
def test_the_truth_of_several_entries_or_none_is_ambiguous(value):
    with pytest.raises(ValueError, match="ambiguous"):
        bool(tw.tensor(value))


def test_a_tensor_without_dimensions_and_with_an_integer_is_an_index():
    assert ["a", "b", "c"][tw.tensor(2)] == "c"


@pytest.mark.parametrize("value", [tw.Tensor(1.0), tw.tensor([1])], ids=repr)
def test_other_tensors_are_no_index(value):
    with pytest.raises(TypeError):
        operator.index(value)


def test_length_is_the_first_size():
    assert len(tw.zeros(3, 2)) == 3


@pytest.mark.parametrize("use", [len, iter])
def test_a_tensor_without_dimensions_has_no_length_and_no_parts(use):
    with pytest.raises(TypeError, match="0-d"):
        use(tw.Tensor(1.0))


def test_iterating_gives_the_rows_and_passes_gradients():
    x = tw.Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (first + 10 * second).sum().backward()
    assert x.grad.tolist() == [[1.0, 1.0], [10.0, 10.0]]


def test_contains_looks_at_the_entries():
    assert 2.0 in tw.Tensor([1.0, 2.0])
    assert 3.0 not in tw.Tensor([1.0, 2.0])


def test_size_is_the_number_of_entries_and_called_the_shape():
    x = tw.zeros(2, 3)
    assert x.size == x.numel() == 6
    assert x.size() == (2, 3)
    assert x.size(-1) == 3


def test_a_size_that_is_not_there_is_refused_by_name():
    for x, dim in [(tw.zeros(2, 3), 2), (tw.zeros(2, 3), -3), (tw.tensor(1.0), 0)]:
        with pytest.raises(tw.DimensionError, match="size"):
            x.size(dim)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_size_is_called_for_the_shape_too(again):
    size = again(tw.zeros(2, 3).size)
    assert size == 6
    assert size() == (2, 3)


def test_tensors_are_hashed_by_identity():
    x, y = tw.Tensor([1.0]), tw.Tensor([1.0])
    assert len({x, y, x}) == 2


# ---------------------------------------------------------------- other dtypes


@pytest.mark.parametrize(
    ("convert", "dtype"), [("float", "float32"), ("double", "float64"), ("half", "float16"), ("long", "int64"),
                           ("int", "int32"), ("bool", "bool")]
)  # fmt: skip
def test_conversion_methods(convert, dtype):
    assert getattr(tw.Tensor([1.0, 0.0]), convert)().dtype == np.dtype(dtype)


def test_to_the_same_dtype_is_the_tensor_itself():
    x = tw.Tensor([1.0])
    assert x.to(tw.float32) is x
