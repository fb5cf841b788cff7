"""Tensors as arrays of NumPy and of other libraries."""

import numpy as np
import pytest

import tinygrad_wtf as tw

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


def grid():
    return tw.tensor(np.arange(12.0).reshape(3, 4))


VIEWS = {
    "whole": lambda x: x,
    "transposed": lambda x: x.T,
    "a part": lambda x: x[1:, ::2],
    "expanded": lambda x: x[0].expand(3, 4),
    "one number": lambda x: x[0, 0],
    "nothing": lambda x: x[:0],
}
every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)


def leaf(array):
    return tw.tensor(array, requires_grad=True)


# ---------------------------------------------------------------- NumPy arrays


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


# ---------------------------------------------------------------- NumPy does not take a gradient away


def dropped(*tensors):
    return {
        "asarray": lambda: np.asarray(tensors[0]),
        "array": lambda: np.array(tensors[0], dtype=np.float32),
        "array of a list": lambda: np.array(tensors),
        "mean of a list": lambda: np.mean(tensors),
        "r_": lambda: np.r_[tensors[0]],
        "a product with a list": lambda: np.ones(2) * np.array(tensors),
    }


@pytest.mark.parametrize("way", dropped())
@pytest.mark.parametrize("error", [RuntimeError, tw.GraphError])
def test_a_tensor_that_requires_gradients_is_no_array(way, error):
    a, b = leaf([1.0]), leaf([2.0])
    for tensors in [(a, b), (a * 2, b * 2)]:
        with pytest.raises(error, match=r"requires gradients, which NumPy would drop.*detach"):
            dropped(*tensors)[way]()


@pytest.mark.parametrize("way", dropped())
def test_what_is_not_recorded_may_be_an_array(way):
    a, b = leaf([1.0]), leaf([2.0])
    with tw.no_grad():
        assert isinstance(dropped(a, b)[way](), np.ndarray | np.generic)
    assert isinstance(dropped(a.detach(), b.detach())[way](), np.ndarray | np.generic)


def test_an_array_may_be_indexed_by_a_tensor():
    assert np.array([5.0, 6.0, 7.0])[tw.tensor([2, 0])].tolist() == [7.0, 5.0]


# ---------------------------------------------------------------- DLPack


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_both_ways(dtype):
    x = tw.tensor([[0, 1], [1, 0]], dtype=dtype)
    array = np.from_dlpack(x)
    assert array.dtype == dtype
    assert array.tolist() == x.tolist()
    assert tw.from_dlpack(array).dtype == x.dtype
    assert tw.from_dlpack(x).tolist() == x.tolist()


@every_view
def test_dlpack_reads_any_layout(view):
    x = view(grid())
    assert np.from_dlpack(x).tolist() == x.tolist()
    assert tw.from_dlpack(x.numpy()).tolist() == x.tolist()


def test_what_was_handed_out_can_be_written_without_changing_the_tensor():
    x = tw.ones(3)
    array = np.from_dlpack(x)
    if np.lib.NumpyVersion(np.__version__) >= "2.2.0":  # before, NumPy took everything as read-only
        array[0] = 5
    assert not np.may_share_memory(array, x.detach().numpy())
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_a_capsule_without_versions():
    assert "dltensor" in repr(tw.ones(3).__dlpack__())


def test_the_device_is_the_processor():
    assert tuple(tw.ones(1).__dlpack_device__()) == tuple(np.ones(1).__dlpack_device__())


@pytest.mark.parametrize("kind", [BufferError, RuntimeError, tw.ExportError])
def test_a_tensor_that_requires_gradients_is_not_handed_out(kind):
    x = tw.ones(2, requires_grad=True)
    for y in (x, x * 2):
        with pytest.raises(kind, match="detach"):
            np.from_dlpack(y)
    assert np.from_dlpack(x.detach()).tolist() == [1.0, 1.0]


def test_memory_is_not_shared_on_request_either():
    with pytest.raises(BufferError, match="not shared"):
        np.from_dlpack(tw.ones(2), copy=False)
    assert np.from_dlpack(tw.ones(2), copy=True).tolist() == [1.0, 1.0]
