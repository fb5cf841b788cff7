"""What data becomes: dtypes and memory of new tensors, and what is refused."""

import copy
import math
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


@pytest.fixture
def default_float64():
    tw.set_default_dtype(tw.float64)
    yield
    tw.set_default_dtype(tw.float32)


# ---------------------------------------------------------------- construction


@given(arrays)
def test_a_tensor_of_an_array_holds_its_values_shape_and_dtype(array):
    made = tw.tensor(array)
    assert made.dtype == array.dtype
    assert made.shape == array.shape
    np.testing.assert_array_equal(made.numpy(), array)


@pytest.mark.parametrize("make", [tw.Tensor, tw.tensor, tw.as_tensor])
def test_the_array_is_copied(make):
    array = np.array([1.0, 2.0])
    made = make(array)
    array[0] = 9.0
    assert made.tolist() == [1.0, 2.0]


def test_a_tensor_of_a_tensor_is_a_copy_without_history():
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    twin = tw.tensor(x * 2)
    assert twin.tolist() == [2.0, 4.0]
    assert not twin.requires_grad
    assert twin.is_leaf


def test_a_tensor_of_a_tensor_has_memory_of_its_own():
    x = tw.Tensor([1.0])
    tw.tensor(x).zero_()
    assert x.tolist() == [1.0]


def test_as_tensor_gives_a_tensor_back_as_it_is():
    x = tw.Tensor([1.0], requires_grad=True)
    assert tw.as_tensor(x) is x


def test_as_tensor_converts_to_the_dtype_asked_for():
    assert tw.as_tensor(tw.Tensor([1.0]), dtype=tw.float64).dtype == np.float64


@pytest.mark.parametrize("data", [1.5, [1.5], [[1.5, 2.0]], (1.0, 2.0), [1, 2.5], []])
def test_python_floats_become_float32(data):
    assert tw.tensor(data).dtype == tw.tensor(data).dtype == np.float32


def test_python_integers_in_the_class_become_the_default_dtype():
    assert tw.Tensor([1, 2]).dtype == np.float32


def test_python_integers_in_the_factory_stay_integers():
    assert tw.tensor([1, 2]).dtype == np.int64


def test_python_booleans_in_the_factory_stay_booleans():
    assert tw.tensor([True, False]).dtype == np.bool_


@pytest.mark.usefixtures("default_float64")
def test_the_default_dtype_decides_what_python_floats_become():
    assert tw.Tensor([1.5]).dtype == tw.tensor(1.5).dtype == tw.zeros(2).dtype == np.float64


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex64", "no such dtype"])
def test_the_default_dtype_must_be_floating(dtype):
    with pytest.raises(tw.DTypeError):
        tw.set_default_dtype(dtype)


@given(arrays, dtypes)
def test_a_dtype_that_is_asked_for_is_given(array, dtype):
    with np.errstate(all="ignore"):
        expected = array.astype(dtype)
        made = tw.tensor(array, dtype=dtype)
    assert made.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(made.numpy(), expected)


def test_a_numpy_scalar_keeps_its_dtype():
    assert tw.tensor(np.float64(1.0)).dtype == np.float64


def test_an_array_in_foreign_byte_order_becomes_native():
    made = tw.tensor(np.array([1.0, 2.0], dtype=">f4"))
    assert made.dtype.isnative
    assert made.tolist() == [1.0, 2.0]


def test_a_list_of_tensors_becomes_one_tensor():
    rows = [tw.Tensor([1.0, 2.0], dtype=tw.float64), tw.Tensor([3.0, 4.0], dtype=tw.float64)]
    made = tw.tensor(rows)
    assert made.tolist() == tw.Tensor(rows).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert made.dtype == np.float64
    assert tw.Tensor(rows).dtype == tw.Tensor(np.ones(2)).dtype == tw.float32
    assert tw.Tensor(rows[0]).dtype == np.float64


@pytest.mark.parametrize("make", [tw.Tensor, tw.tensor])
@pytest.mark.parametrize(
    "data", ["1.0", ["a", "b"], None, [1.0, None], {}, slice(1), b"1", np.array(["a"]), np.array([None])], ids=repr
)
def test_what_is_not_numbers_is_refused(make, data):
    with pytest.raises(tw.DTypeError):
        make(data)


@pytest.mark.parametrize("data", [1j, [1.0, 2j], np.array([1j]), np.complex64(1)], ids=repr)
def test_complex_numbers_are_refused_by_name(data):
    with pytest.raises(tw.DTypeError, match="complex numbers are not supported"):
        tw.tensor(data)


def test_ragged_lists_are_refused_by_name():
    with pytest.raises(tw.DTypeError, match="ragged"):
        tw.Tensor([[1.0, 2.0], [3.0]])


@pytest.mark.parametrize("dtype", ["complex64", "datetime64[s]", "U3", "no such dtype"])
def test_a_dtype_that_tensors_do_not_have_is_refused(dtype):
    with pytest.raises(tw.DTypeError):
        tw.Tensor([1.0], dtype=dtype)


@pytest.mark.parametrize("dtype", ["int64", "bool"])
def test_only_floating_point_tensors_may_require_gradients(dtype):
    with pytest.raises(tw.DTypeError, match=dtype):
        tw.Tensor([1, 0], dtype=dtype, requires_grad=True)


def test_requires_grad_is_off_unless_asked_for():
    assert not tw.Tensor([1.0]).requires_grad


# ---------------------------------------------------------------- one object per dtype


OBJECTS = [tw.bool, tw.uint8, tw.int8, tw.int16, tw.int32, tw.int64, tw.float16, tw.float32, tw.float64]
WAYS = {
    "zeros": lambda d: tw.zeros(1, dtype=d),
    "by name": lambda d: tw.zeros(1, dtype=d.name),
    "to": lambda d: tw.tensor([1]).to(d.name),
    "list": lambda d: tw.tensor([1], dtype=d),
    "array": lambda d: tw.tensor(np.zeros(1, d)),
    "array of an equal dtype": lambda d: tw.tensor(np.zeros(1, d.newbyteorder("="))),
    "array of another byte order": lambda d: tw.tensor(np.zeros(1, d.newbyteorder("S"))),
    "array from a file": lambda d: tw.tensor(pickle.loads(pickle.dumps(np.zeros(1, d)))),
    "tensor from a file": lambda d: pickle.loads(pickle.dumps(tw.zeros(1, dtype=d))),
    "copy": lambda d: copy.deepcopy(tw.zeros(1, dtype=d)),
    "Tensor": lambda d: tw.Tensor([1.0], dtype=d),
    "data": lambda d: tw.zeros(2, dtype=d).data,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("dtype", OBJECTS, ids=str)
def test_there_is_one_object_for_each_dtype(way, dtype):
    assert way(dtype).dtype is dtype


# ---------------------------------------------------------------- numbers beyond the dtype


def test_integers_beyond_64_bits_become_floating_point_where_that_is_asked_for():
    assert tw.tensor(2**64, dtype=tw.float64).item() == 2.0**64
    assert tw.tensor([[2**64], [1]], dtype=tw.float64).tolist() == [[2.0**64], [1.0]]
    assert tw.tensor([2**64, 0.5]).tolist() == [2.0**64, 0.5]
    assert tw.Tensor([2**64]).tolist() == [2.0**64]
    assert tw.tensor([2**63, -1], dtype=tw.float64).tolist() == [2.0**63, -1.0]


BEYOND = {
    "2**64": lambda: tw.tensor(2**64),
    "2**63": lambda: tw.tensor(2**63),
    "2**63 and a negative one": lambda: tw.tensor([2**63, -1]),
    "as int64": lambda: tw.tensor(2**64, dtype=tw.int64),
    "2.0**63 as int64": lambda: tw.tensor(2.0**63, dtype=tw.int64),
    "300 as uint8": lambda: tw.Tensor([300], dtype=tw.uint8),
    "nested": lambda: tw.tensor([[1], [300]], dtype=tw.uint8),
    "written": lambda: tw.zeros(2, dtype=tw.uint8).__setitem__(0, 300),
    "filled": lambda: tw.zeros(2, dtype=tw.int8).fill_(128),
}


@pytest.mark.parametrize("make", BEYOND.values(), ids=BEYOND)
def test_an_integer_beyond_its_dtype_is_refused(make):
    with pytest.raises(tw.SettingError, match=r"does not fit into u?int"):
        make()


TOO_LARGE = {
    "tensor": lambda: tw.tensor(10**400, dtype=tw.float64),
    "full": lambda: tw.full((2,), 10**400, dtype=tw.float32),
    "an operand": lambda: tw.zeros(2) + 10**400,
    "beside integers": lambda: tw.tensor([1]) / 10**400,
}


@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE)
def test_an_integer_beyond_floating_point_is_refused(make):
    with pytest.raises(tw.SettingError, match="too large for float"):
        make()


def test_a_number_of_a_precision_that_tensors_do_not_have_is_refused_as_an_operand():
    if np.longdouble is not np.float64 and np.dtype(np.longdouble).itemsize > 8:
        with pytest.raises(tw.DTypeError, match="not supported"):
            tw.zeros(2) + np.longdouble(1)


def test_a_number_beyond_half_precision_is_infinite_without_a_warning():
    assert tw.full((1,), 2**63, dtype=tw.float16).item() == math.inf


def test_the_largest_integers_fit():
    ends = [2**63 - 1, -(2**63)]
    assert tw.tensor(ends).tolist() == ends


COMPLEX = {
    "array": lambda: tw.tensor(np.array([1j]), dtype=tw.float32),
    "scalar": lambda: tw.tensor(np.complex64(1j), dtype=tw.float32),
    "as_tensor": lambda: tw.as_tensor(np.array([1j]), dtype=tw.float64),
    "from_numpy": lambda: tw.from_numpy(np.array([1j])),
    "operand": lambda: tw.zeros(1) * np.array([1j]),
    "written": lambda: tw.zeros(1).copy_(np.array([1j])),
}


@pytest.mark.parametrize("make", COMPLEX.values(), ids=COMPLEX)
def test_complex_data_is_refused_and_not_cast(make):
    with pytest.raises(tw.DTypeError, match="complex numbers are not supported"):
        make()


ODD = {
    "text": lambda: tw.tensor(np.array(["1"]), dtype=tw.float32),
    "objects": lambda: tw.tensor(np.array([None]), dtype=tw.float32),
    "dates": lambda: tw.tensor(np.array(["2020"], dtype="M8[D]"), dtype=tw.int64),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_arrays_of_what_is_no_number_are_refused_whatever_the_dtype(make):
    with pytest.raises(tw.DTypeError, match="not supported"):
        make()


def test_lists_nested_without_end_are_refused_by_name():
    data = 1
    for _ in range(70):
        data = [data]
    with pytest.raises(tw.DataError, match=r"nested too deeply.*64"):
        tw.tensor(data)


def test_tensors_in_nested_lists_become_their_values():
    a, b = tw.tensor(1.0, requires_grad=True), tw.tensor(2.0)
    assert tw.tensor([[a, b], [b, a]]).tolist() == [[1.0, 2.0], [2.0, 1.0]]


@pytest.mark.parametrize("make", [tw.tensor, tw.Tensor])
def test_a_list_of_tensors_that_require_gradients_is_warned_of(make):
    """The numbers alone would be in the new tensor: `make([a, a]).mean()` gives `a` no gradient."""
    a = tw.tensor(1.0, requires_grad=True)
    with pytest.warns(UserWarning, match=r"require gradients.*stack") as caught:
        assert make([a, a]).tolist() == [1.0, 1.0]
    assert caught[0].filename == __file__
    with tw.no_grad():
        make([a, a])
    make([a.detach(), a.detach()])


def test_a_list_of_tensors_that_require_gradients_is_not_written():
    a = tw.tensor(1.0, requires_grad=True)
    with pytest.raises(tw.GraphError, match="in place"):
        tw.zeros(2)[:] = [a, a]


def test_a_range_that_no_memory_holds_is_refused():
    with pytest.raises(tw.SettingError, match="memory"):
        tw.arange(2**64)


def test_randint_takes_one_bound_beside_a_named_size():
    assert tw.randint(3, size=(2, 1)).shape == (2, 1)
    assert tw.randint(1, size=(2, 1)).tolist() == tw.randint(1, (2, 1)).tolist() == [[0], [0]]
