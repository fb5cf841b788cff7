"""What a tensor is made of, which dtype it has, how it is shown, and how it turns into Python and NumPy objects."""

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
arrays = dtypes.flatmap(lambda dtype: shapes.flatmap(lambda shape: hnp.arrays(dtype, shape)))


@pytest.fixture
def default_float64():
    tw.set_default_dtype(tw.float64)
    yield
    tw.set_default_dtype(tw.float32)


# ---------------------------------------------------------------- construction


@given(arrays)
def test_a_tensor_of_an_array_holds_its_values_shape_and_dtype(array):
    made = tw.Tensor(array)
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
    twin = tw.Tensor(x * 2)
    assert twin.tolist() == [2.0, 4.0]
    assert not twin.requires_grad
    assert twin.is_leaf


def test_a_tensor_of_a_tensor_has_memory_of_its_own():
    x = tw.Tensor([1.0])
    tw.Tensor(x).zero_()
    assert x.tolist() == [1.0]


def test_as_tensor_gives_a_tensor_back_as_it_is():
    x = tw.Tensor([1.0], requires_grad=True)
    assert tw.as_tensor(x) is x


def test_as_tensor_converts_to_the_dtype_asked_for():
    assert tw.as_tensor(tw.Tensor([1.0]), dtype=tw.float64).dtype == np.float64


@pytest.mark.parametrize("data", [1.5, [1.5], [[1.5, 2.0]], (1.0, 2.0), [1, 2.5], []])
def test_python_floats_become_float32(data):
    assert tw.Tensor(data).dtype == tw.tensor(data).dtype == np.float32


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
        made = tw.Tensor(array, dtype=dtype)
    assert made.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(made.numpy(), expected)


def test_a_numpy_scalar_keeps_its_dtype():
    assert tw.Tensor(np.float64(1.0)).dtype == np.float64


def test_an_array_in_foreign_byte_order_becomes_native():
    made = tw.Tensor(np.array([1.0, 2.0], dtype=">f4"))
    assert made.dtype.isnative
    assert made.tolist() == [1.0, 2.0]


def test_a_list_of_tensors_becomes_one_tensor():
    made = tw.Tensor([tw.Tensor([1.0, 2.0], dtype=tw.float64), tw.Tensor([3.0, 4.0], dtype=tw.float64)])
    assert made.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert made.dtype == np.float64


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
        tw.Tensor(data)


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


# ---------------------------------------------------------------- dtypes that meet


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_two_tensors_with_dimensions_meet_as_in_pytorch(a, b, expected):
    assert (tw.Tensor([1], dtype=a) * tw.Tensor([1], dtype=b)).dtype == np.dtype(expected)


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_a_tensor_without_dimensions_promotes_only_to_a_higher_kind(a, b, expected):
    wanted = expected if KIND[b] > KIND[a] else a
    assert (tw.Tensor([1], dtype=a) * tw.Tensor(1, dtype=b)).dtype == np.dtype(wanted)


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS)
def test_two_tensors_without_dimensions_meet_as_those_with(a, b, expected):
    assert (tw.Tensor(1, dtype=a) * tw.Tensor(1, dtype=b)).dtype == np.dtype(expected)


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


@pytest.mark.parametrize(
    ("convert", "dtype"), [("float", "float32"), ("double", "float64"), ("half", "float16"), ("long", "int64"),
                           ("int", "int32"), ("bool", "bool")]
)  # fmt: skip
def test_conversion_methods(convert, dtype):
    assert getattr(tw.Tensor([1.0, 0.0]), convert)().dtype == np.dtype(dtype)


def test_to_the_same_dtype_is_the_tensor_itself():
    x = tw.Tensor([1.0])
    assert x.to(tw.float32) is x


# ---------------------------------------------------------------- how it is shown


def test_repr_shows_values_dtype_name_and_that_it_requires_gradients():
    x = tw.Tensor([1.0, 2.5], requires_grad=True, name="w")
    assert repr(x) == "tensor([1. , 2.5], dtype=float32, name='w', requires_grad=True)"


def test_repr_shows_the_operation_that_made_it():
    assert "op=mul" in repr(tw.Tensor([1.0], requires_grad=True) * 2)


def test_repr_of_a_plain_tensor_says_nothing_of_gradients():
    assert repr(tw.tensor([1, 2])) == "tensor([1, 2], dtype=int64)"


def test_a_tensor_of_one_entry_takes_a_format():
    assert f"{tw.Tensor(1.25):.1f}|{tw.Tensor([[0.5]]):>5}" == "1.2|  0.5"


def test_without_a_format_it_is_shown_as_a_tensor():
    x = tw.Tensor([1.0, 2.0])
    assert f"{x}" == repr(x)


def test_a_format_for_many_entries_is_refused():
    with pytest.raises(tw.ShapeError):
        format(tw.Tensor([1.0, 2.0]), ".2f")


def test_the_name_can_be_given_and_changed():
    x = tw.Tensor(1.0, name="x")
    x.name = "y"
    assert x.name == "y"
    assert tw.Tensor(1.0).name is None


# ---------------------------------------------------------------- to Python


@given(hnp.arrays("float64", st.sampled_from([(), (1,), (1, 1, 1)])))
def test_item_is_the_only_entry(array):
    assert tw.Tensor(array).item() == array.item() or np.isnan(array.item())


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
    np.testing.assert_array_equal(np.array(tw.Tensor(array).tolist()), np.array(array.tolist()))


def test_float_and_int():
    assert float(tw.Tensor([1.5])) == 1.5
    assert int(tw.Tensor(2.75)) == 2


@pytest.mark.parametrize(("value", "truth"), [(0.0, False), (0.5, True), ([[2]], True), (float("nan"), True)])
def test_the_truth_of_one_entry(value, truth):
    assert bool(tw.Tensor(value)) is truth


@pytest.mark.parametrize("value", [[], [1.0, 1.0]])
def test_the_truth_of_several_entries_or_none_is_ambiguous(value):
    with pytest.raises(ValueError, match="ambiguous"):
        bool(tw.Tensor(value))


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


def test_tensors_are_hashed_by_identity():
    x, y = tw.Tensor([1.0]), tw.Tensor([1.0])
    assert len({x, y, x}) == 2


# ---------------------------------------------------------------- to NumPy


def test_numpy_is_a_view_of_the_same_memory():
    x = tw.Tensor([1.0, 2.0])
    array = x.numpy()
    x[0] = 9.0
    assert array.tolist() == [9.0, 2.0]


@pytest.mark.parametrize("view", [tw.Tensor.numpy, np.asarray], ids=["numpy", "asarray"])
def test_the_view_is_read_only(view):
    with pytest.raises(ValueError, match="read-only"):
        view(tw.Tensor([1.0]))[0] = 2.0


def test_np_array_gives_a_copy_to_write():
    x = tw.Tensor([1.0])
    array = np.array(x)
    array[0] = 2.0
    assert x.tolist() == [1.0]


def test_np_asarray_in_another_dtype():
    array = np.asarray(tw.Tensor([1.5]), dtype=np.float64)
    assert array.dtype == np.float64
    assert array.tolist() == [1.5]


def test_np_asarray_that_must_not_copy_refuses_another_dtype():
    with pytest.raises(ValueError, match="copy"):
        np.asarray(tw.Tensor([1.5]), dtype=np.float64, copy=False)


# ---------------------------------------------------------------- copies


def test_clone_has_its_own_memory():
    x = tw.Tensor([1.0])
    twin = x.clone()
    x.zero_()
    assert twin.tolist() == [1.0]


def test_gradients_pass_through_clone():
    x = tw.Tensor([2.0], requires_grad=True)
    (3 * x.clone()).sum().backward()
    assert x.grad.tolist() == [3.0]


def test_detach_shares_memory_and_forgets_the_history():
    x = tw.Tensor([1.0], requires_grad=True)
    detached = (x * 2).detach()
    assert detached.is_leaf
    assert not detached.requires_grad
    assert np.shares_memory(x.detach().numpy(), x.numpy())


def _copied(x):
    return copy.deepcopy(x)


def _pickled(x):
    return pickle.loads(pickle.dumps(x))


@pytest.mark.parametrize("again", [_copied, _pickled])
class TestDeepCopyAndPickle:
    def test_keep_the_data(self, again):
        x = tw.Tensor([[1.0, 2.0]], dtype=tw.float64, requires_grad=True, name="w")
        twin = again(x)
        assert repr(twin) == repr(x)
        assert type(twin) is tw.Tensor

    def test_keep_the_gradient(self, again):
        x = tw.Tensor([1.0, 2.0], requires_grad=True)
        (x * x).sum().backward()
        assert again(x).grad.tolist() == [2.0, 4.0]

    def test_share_no_memory(self, again):
        x = tw.Tensor([1.0, 2.0], requires_grad=True)
        x.sum().backward()
        twin = again(x)
        assert not np.shares_memory(twin.numpy(), x.numpy())
        assert not np.shares_memory(twin.grad.numpy(), x.grad.numpy())

    def test_keep_the_subclass(self, again):
        assert type(again(Weight([1.0]))) is Weight

    def test_refuse_what_an_operation_made(self, again):
        with pytest.raises(tw.GraphError, match="only a leaf"):
            again(tw.Tensor([1.0], requires_grad=True) * 2)


class Weight(tw.Tensor):
    __slots__ = ()


# ---------------------------------------------------------------- leaves


def test_a_leaf_can_start_and_stop_requiring_gradients():
    x = tw.Tensor([1.0])
    assert x.requires_grad_() is x
    assert x.requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_what_was_recorded_before_it_required_gradients_stays_without():
    x, w = tw.Tensor([1.0, 2.0]), tw.Tensor([3.0, 4.0], requires_grad=True)
    y = (x * w).sum()
    x.requires_grad_()
    y.backward()
    assert x.grad is None
    assert w.grad.tolist() == [1.0, 2.0]


def test_what_was_recorded_before_a_freeze_still_reaches_the_thawed_leaf():
    x = tw.Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = (x * x).sum()
    x.requires_grad_(False)
    x.requires_grad_(True)
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.name == "x"


def test_a_frozen_leaf_keeps_its_gradient():
    x = tw.Tensor([1.0], requires_grad=True)
    x.sum().backward()
    x.requires_grad_(False)
    assert x.grad.tolist() == [1.0]


def test_a_hook_survives_a_freeze():
    x = tw.Tensor([1.0], requires_grad=True)
    x.register_hook(lambda g: g * 5)
    x.requires_grad_(False).requires_grad_(True)
    x.sum().backward()
    assert x.grad.tolist() == [5.0]


def test_only_a_leaf_can_stop_requiring_gradients():
    with pytest.raises(tw.GraphError, match="only a leaf"):
        (tw.Tensor([1.0], requires_grad=True) * 2).requires_grad_(False)


def test_data_shares_memory_and_assigning_it_gives_other_memory():
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    assert np.shares_memory(x.data.numpy(), x.numpy())
    x.data = tw.Tensor([3.0, 4.0])
    assert x.tolist() == [3.0, 4.0]
    assert x.requires_grad


def test_data_of_another_shape_is_refused():
    with pytest.raises(tw.ShapeError):
        tw.Tensor([1.0, 2.0]).data = tw.Tensor([1.0])


@pytest.mark.parametrize("gradient", [tw.Tensor([1.0]), tw.Tensor([1.0, 2.0], dtype=tw.float64)], ids=repr)
def test_a_gradient_that_does_not_fit_is_refused(gradient):
    with pytest.raises(tw.ShapeError, match="does not fit"):
        tw.Tensor([1.0, 2.0]).grad = gradient


# ---------------------------------------------------------------- logic


@given(hnp.arrays(bool, 4), hnp.arrays(bool, 4))
def test_logical_operators_of_booleans(a, b):
    x, y = tw.tensor(a), tw.tensor(b)
    assert (x & y).tolist() == (a & b).tolist()
    assert (x | y).tolist() == (a | b).tolist()
    assert (x ^ y).tolist() == (a ^ b).tolist()
    assert (~x).tolist() == (~a).tolist()


@pytest.mark.parametrize("compute", [operator.and_, operator.or_, operator.xor, lambda a, b: ~a])
def test_logical_operators_refuse_integers(compute):
    with pytest.raises(tw.DTypeError, match="booleans"):
        compute(tw.tensor([6]), tw.tensor([3]))
