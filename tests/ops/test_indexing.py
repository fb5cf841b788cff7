"""Reading and writing entries: where PyTorch's conventions differ from NumPy's, what is refused, and memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf import nn

X = np.arange(24.0).reshape(2, 3, 4)


def leaf():
    return tw.tensor(X, requires_grad=True)


@st.composite
def places(draw):
    """An array with what NumPy and PyTorch read alike: slices, None, ..., and integers or arrays side by side."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    if draw(st.booleans()):
        index = draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    elif draw(st.booleans()):
        index = draw(hnp.arrays(bool, shape[: draw(st.integers(1, len(shape)))]))
    else:
        index = draw(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=3)))
    return shape, index


@given(places())
def test_an_index_reads_what_numpy_reads(drawn):
    shape, index = drawn
    array = np.arange(float(np.prod(shape))).reshape(shape)
    assert tw.tensor(array)[index].tolist() == array[index].tolist()


@given(places())
def test_the_gradient_counts_how_often_an_entry_was_read(drawn):
    shape, index = drawn
    x = tw.zeros(shape, requires_grad=True)
    x[index].sum().backward()
    expected = np.zeros(shape)
    np.add.at(expected, index, 1)
    assert x.grad.tolist() == expected.tolist()


@given(places())
def test_assignment_writes_what_an_index_reads(drawn):
    shape, index = drawn
    x, array = tw.zeros(shape), np.zeros(shape)
    x[index] = 1
    array[index] = 1
    assert x.tolist() == array.tolist()


INTEGERS_FIRST = [
    ((0, slice(None), [0, 1]), X[0][:, [0, 1]]),
    ((slice(None), 1, None, [0, 1]), X[:, 1][:, None, [0, 1]]),
    (([0, 1], slice(None), -1), X[..., -1][[0, 1]]),
    ((1, ..., [3, 0]), X[1][..., [3, 0]]),
    ((tw.tensor(1), slice(None), tw.tensor([2, 2])), X[1][:, [2, 2]]),
    ((0, None, np.array([True, False, True])), X[0][None, [0, 2]]),
]


@pytest.mark.parametrize(("index", "expected"), INTEGERS_FIRST, ids=lambda v: str(v) if isinstance(v, tuple) else "")
def test_integers_are_read_before_lists_of_places(index, expected):
    x = leaf()
    assert x[index].tolist() == expected.tolist()
    x[index].sum().backward()
    twin = tw.tensor(X)
    twin[index] = -1.0
    np.testing.assert_array_equal((twin.numpy() == -1), x.grad.numpy() > 0)


def test_lists_tuples_and_ranges_are_places():
    for index in ([0, 1], range(2), ((0, 1),), [[0, 1], [1, 0]], []):
        array = np.array(index[0] if isinstance(index, tuple) else index, dtype=int)
        assert leaf()[index].tolist() == X[array].tolist()


def test_a_number_or_truth_of_any_kind():
    x = leaf()
    for index in (1, np.int64(1), tw.tensor(1), np.array(1)):
        assert x[index].tolist() == X[1].tolist()
    for index in (True, np.True_, tw.tensor(True), None):
        assert x[index].shape == (1, 2, 3, 4)
    assert x[tw.tensor(False)].shape == (0, 2, 3, 4)


def test_bytes_are_a_mask_and_say_so():
    with pytest.warns(UserWarning, match="mask"):
        assert leaf()[tw.tensor([0, 1], dtype="uint8")].tolist() == X[[1]].tolist()


# ---------------------------------------------------------------- named functions

INDEX = np.array([[2, 0, 0, 1]])


def test_one_hot_counts_the_classes_itself():
    labels = tw.tensor([[0, 2], [1, 1]])
    assert nn.functional.one_hot(labels).tolist() == np.eye(3, dtype=int)[[[0, 2], [1, 1]]].tolist()
    assert nn.functional.one_hot(labels, 5).shape == (2, 2, 5)
    assert nn.functional.one_hot(labels).dtype == tw.int64


@pytest.mark.parametrize("padding_idx", [1, -2])
def test_the_padding_row_of_an_embedding_receives_no_gradient(padding_idx):
    weight = tw.rand(3, 2, requires_grad=True)
    words = tw.tensor([1, 0, 1, 0])
    nn.functional.embedding(words, weight, padding_idx=padding_idx).sum().backward()
    assert weight.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]


def test_the_last_value_for_a_place_stays():
    x, v = tw.zeros(3, requires_grad=True), tw.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.scatter(0, tw.tensor([1, 1, 0]), v)
    assert y.tolist() == [3.0, 2.0, 0.0]
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0]


def test_a_number_filled_in_twice_at_one_place_counts_once():
    v = tw.tensor(7.0, requires_grad=True)
    y = tw.zeros(3).index_fill(0, tw.tensor([1, 1, -1]), v)
    assert y.tolist() == [0.0, 7.0, 7.0]
    y.sum().backward()
    assert v.grad.item() == 2.0


@given(hnp.arrays(np.int64, st.integers(0, 30), elements=st.integers(0, 4)))
def test_whole_numbers_are_added_exactly(index):
    big = 2**60 // 30
    added = tw.zeros(5, dtype="int64").index_add(0, index, np.full(index.shape, big + 1))
    assert added.tolist() == [int((index == i).sum()) * (big + 1) for i in range(5)]


@given(st.integers(0, 40), st.integers(1, 45))
def test_parts_make_up_the_whole(size, count):
    x = tw.arange(float(size), requires_grad=True)
    sizes = [len(part) for part in x.tensor_split(count)]
    assert max(sizes) - min(sizes) <= 1
    for parts in (x.tensor_split(count), x.chunk(count), x.split(count)):
        assert tw.cat(parts).tolist() == x.tolist()
    assert [n.item() for n in x.unbind()] == x.tolist()
    weights = np.cos(np.arange(size))
    loss = sum((n * w for n, w in zip(x.unbind(), weights, strict=True)), start=tw.zeros(()))
    if size:
        loss.backward()
        np.testing.assert_allclose(x.grad.numpy(), weights, rtol=1e-6)


# ---------------------------------------------------------------- what is refused


def at(place):
    return np.full((1, 1, 1), place)


REFUSED = {
    "beyond the end": (IndexError, lambda x: x[5]),
    "a place beyond the end": (IndexError, lambda x: x[tw.tensor([0, 2])]),
    "too many indices": (IndexError, lambda x: x[0, 0, 0, 0]),
    "an index of a number": (IndexError, lambda x: x.sum()[0]),
    "a fraction": (IndexError, lambda x: x[1.0]),
    "fractions": (IndexError, lambda x: x[tw.tensor([0.0])]),
    "text": (TypeError, lambda x: x["a"]),
    "a complex number": (TypeError, lambda x: x[1j]),
    "a mask that is too long": (IndexError, lambda x: x[tw.tensor([True, False, True])]),
    "lists that do not meet": (IndexError, lambda x: x[[0, 1], [0, 1, 2]]),
    "two ellipses": (IndexError, lambda x: x[..., ...]),
    "gather beyond the end": (RuntimeError, lambda x: x.gather(0, at(2))),
    "gather before the start": (RuntimeError, lambda x: x.gather(0, at(-1))),
    "gather with too few axes": (RuntimeError, lambda x: x.gather(0, tw.tensor([0]))),
    "gather with fractions": (RuntimeError, lambda x: x.gather(0, at(0.0))),
    "gather with a list": (TypeError, lambda x: x.gather(0, [0])),
    "gather with too large an index": (RuntimeError, lambda x: x.gather(0, np.zeros((1, 4, 1), int))),
    "select beyond the end": (IndexError, lambda x: x.select(1, 3)),
    "index_select beyond the end": (IndexError, lambda x: x.index_select(1, tw.tensor([3]))),
    "index_select by a matrix": (IndexError, lambda x: x.index_select(1, tw.tensor([[0]]))),
    "take beyond the end": (IndexError, lambda x: x.take(tw.tensor([24]))),
    "take_along_dim beyond the end": (RuntimeError, lambda x: x.take_along_dim(at(9), 0)),
    "masked_select by numbers": (RuntimeError, lambda x: x.masked_select(tw.tensor([1, 0, 1, 0]))),
    "scatter of another dtype": (RuntimeError, lambda x: x.scatter(0, at(0), tw.zeros(1, 1, 1, dtype="float16"))),
    "scatter beyond the end": (RuntimeError, lambda x: x.scatter(0, at(2), 1.0)),
    "scatter of nothing": (TypeError, lambda x: x.scatter(0, at(0))),
    "scatter multiplied": (NotImplementedError, lambda x: x.scatter(0, at(0), 2.0, reduce="multiply")),
    "index_add that does not fit": (RuntimeError, lambda x: x.index_add(0, tw.tensor([0]), x)),
    "index_fill with a vector": (TypeError, lambda x: x.index_fill(0, tw.tensor([0]), tw.zeros(2))),
    "one_hot of a negative label": (RuntimeError, lambda x: tw.one_hot(tw.tensor([-1]))),
    "one_hot of nothing": (RuntimeError, lambda x: tw.one_hot(tw.tensor([], dtype="int64"))),
    "one_hot of fractions": (RuntimeError, lambda x: tw.one_hot(x)),
    "embedding beyond the end": (IndexError, lambda x: tw.embedding(tw.tensor([3]), x[0])),
    "narrow beyond the end": (RuntimeError, lambda x: x.narrow(1, 2, 2)),
    "split into parts of 0": (RuntimeError, lambda x: x.split(0)),
    "cat of unequal ones": (RuntimeError, lambda x: tw.cat([x, x[:, :1]])),
    "a reflection wider than the entries": (RuntimeError, lambda x: tw.pad(x, (4, 0), "reflect")),
    "an unknown border": (NotImplementedError, lambda x: tw.pad(x, (1, 1), "mirror")),
    "another dtype as a view": (TypeError, lambda x: x.view(tw.int32)),
}


@pytest.mark.parametrize(("kind", "call"), REFUSED.values(), ids=REFUSED)
def test_what_pytorch_refuses_is_refused(kind, call):
    with pytest.raises(kind):
        call(leaf())


@pytest.mark.parametrize("wrong", [None, "text", [1.0]], ids=str)
@pytest.mark.parametrize(
    "call",
    [
        lambda x: tw.reshape(x, (1,)),
        lambda x: tw.squeeze(x),
        lambda x: tw.flip(x, 0),
        lambda x: tw.roll(x, 1),
        lambda x: tw.split(x, 1),
        lambda x: tw.pad(x, (1, 1)),
        lambda x: tw.gather(x, 0, at(0)),
        lambda x: tw.movedim(x, 0, 0),
    ],
)
def test_what_is_no_tensor_is_refused_by_type(call, wrong):
    with pytest.raises(TypeError):
        call(wrong)


def test_a_write_into_a_leaf_is_refused_with_the_way_out():
    x = leaf()
    with pytest.raises(tw.GraphError, match=r"a leaf that requires gradients.*no_grad"):
        x[0] = 1.0


# ---------------------------------------------------------------- memory

VIEWS = {
    "x[0]": lambda x: x[0],
    "a single entry": lambda x: x[1, 2, 3],
    "an entry of a row": lambda x: x[0, 1][2],
    "narrow": lambda x: x.narrow(1, 0, 2),
    "select": lambda x: x.select(1, 1),
    "split": lambda x: x.split(2, 1)[0],
    "unbind": lambda x: x.unbind(2)[3],
    "permute": lambda x: x.permute(2, 0, 1),
    "flatten": lambda x: x.flatten(),
    "unsqueeze": lambda x: x.unsqueeze(0),
}
COPIES = {
    "places": lambda x: x[[0, 1]],
    "mask": lambda x: x[x > -1],
    "flip": lambda x: x.flip(0),
    "repeat": lambda x: x.repeat(1, 1, 1),
    "tile": lambda x: x.tile(2),
    "repeat_interleave": lambda x: x.repeat_interleave(1, 0),
    "roll": lambda x: x.roll(1, 0),
    "cat": lambda x: tw.cat([x]),
    "stack": lambda x: tw.stack([x]),
    "index_select": lambda x: x.index_select(0, tw.tensor([0, 1])),
    "gather": lambda x: x.gather(0, tw.zeros(2, 3, 4, dtype="int64")),
    "take": lambda x: x.take(tw.tensor([0])),
    "scatter": lambda x: x.scatter(0, at(0), 1.0),
    "index_put": lambda x: x.index_put((tw.tensor([0]),), tw.zeros((), dtype="float64")),
    "pad": lambda x: tw.pad(x, (1, 1)),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_view_shares_its_memory(view):
    x = tw.tensor(X)
    assert np.shares_memory(view(x).numpy(), x.numpy())


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_what_pytorch_copies_has_memory_of_its_own(copied):
    x = tw.tensor(X)
    y = copied(x)
    assert not np.shares_memory(y.numpy(), x.numpy())
    y.fill_(-1)
    assert x.tolist() == X.tolist()


@pytest.mark.parametrize(
    ("index", "value"),
    [
        ([True, False, True], tw.ones(1, 1)),
        ([True, False, True], tw.ones(1, 2)),
        ([0, 2], tw.ones(1, 1, 2)),
        (slice(0, 3, 2), tw.ones(1, 2)),
    ],
    ids=str,
)
def test_values_may_have_axes_of_one_entry_in_front(index, value):
    written = tw.zeros(3)
    written[index] = value
    assert written.tolist() == [1, 0, 1]
    place = tw.tensor(index) if isinstance(index, list) else tw.arange(3)[index]
    assert tw.zeros(3).index_put((place,), value).tolist() == [1, 0, 1]
    single = tw.zeros(2)
    single[0] = tw.ones(1)
    assert single.tolist() == [1, 0]


def test_values_that_do_not_fit_are_refused_with_both_shapes():
    x = tw.zeros(3)
    with pytest.raises(tw.ShapeError, match=r"\(3,\) cannot be broadcast to the shape \(2,\)"):
        x[x == tw.tensor([0.0, 1.0, 0.0])] = tw.ones(3)
    with pytest.raises(tw.ShapeError, match=r"\(2, 2\) cannot be broadcast to the shape \(2,\)"):
        x.index_put((tw.tensor([True, False, True]),), tw.ones(2, 2))


@pytest.mark.parametrize("index", [[[1, 2], [0]], [[1, 2], [0, 1, 2]], [slice(0, 2), 1], [[0], None]], ids=str)
def test_a_list_that_is_no_array_is_refused_with_the_tuple_to_write(index):
    x = tw.arange(9).reshape(3, 3)
    with pytest.raises(IndexError, match=r"write a tuple, x\[\[1, 2\], \[0\]\]"):
        x[index]
    assert x[[1, 2], [0]].tolist() == [3, 6]


def test_nothing_is_not_repeated():
    with pytest.raises(tw.DTypeError, match="repeat_interleave: takes a tensor, not None"):
        tw.repeat_interleave(None, 2)
