"""Memory that changes between forward and backward: never silently, and only where a derivative needs it."""

import gc
import pickle
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf.core.memory import Clock, clock
from tinygrad_wtf.tensors.recorder import Passed


def write_entry(t):
    t[0] = 7.0


WRITES = {
    "t[i] = v": write_entry,
    "copy_": lambda t: t.copy_(tw.Tensor([7.0, 7.0, 7.0])),
    "fill_": lambda t: t.fill_(7.0),
    "zero_": lambda t: t.zero_(),
    "add_": lambda t: t.add_(1.0),
    "sub_": lambda t: t.sub_(1.0),
    "mul_": lambda t: t.mul_(2.0),
    "div_": lambda t: t.div_(2.0),
}
every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
WAYS = {
    "itself": lambda t: t,
    "detach": lambda t: t.detach(),
    "data": lambda t: t.data,
    "a slice": lambda t: t.detach()[0:3],
    "the transpose": lambda t: t.detach().T,
    "a reshaped view": lambda t: t.detach().reshape(1, 3).reshape(3),
    "a view of a view": lambda t: t.detach()[::1][:],
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.fixture
def w():
    return tw.Tensor([1.0, 2.0, 3.0], requires_grad=True, name="w")


# ---------------------------------------------------------------- what backward needs


@every_write
@every_way
def test_a_change_of_what_a_derivative_needs_is_refused(write, way, w):
    y = (w * w).sum()
    with tw.no_grad():
        write(way(w))
    with pytest.raises(tw.GraphError, match=r"^mul: tensor 'w' of shape \(3,\) .* was changed in place"):
        y.backward()


def test_so_is_a_change_of_a_constant_that_a_derivative_needs(w):
    X = tw.Tensor([4.0, 5.0, 6.0], name="X")
    y = (w * X).sum()
    X.zero_()
    with pytest.raises(tw.GraphError, match="tensor 'X'"):
        y.backward()


def test_so_is_a_change_of_the_result_that_a_derivative_needs(w):
    a = w.sigmoid()
    a.detach().zero_()
    with pytest.raises(tw.GraphError, match=r"^sigmoid"):
        a.sum().backward()


def test_so_is_a_change_through_a_view_of_the_result(w):
    a = w.exp()
    with tw.no_grad():
        a[0:1].zero_()
    with pytest.raises(tw.GraphError, match=r"^exp"):
        a.sum().backward()


def test_so_is_a_change_of_one_entry_that_is_not_the_one_needed(w):
    """The check is by block of memory: a refusal too many, never a wrong number."""
    y = w[0:1] * w[0:1]
    with tw.no_grad():
        w[2] = 0.0
    with pytest.raises(tw.GraphError):
        y.sum().backward()


def test_the_message_says_how_to_mend_it(w):
    y = (w * w).sum()
    with tw.no_grad():
        w.zero_()
    with pytest.raises(tw.GraphError, match=r"clone\(\)"):
        y.backward()


def test_the_refusal_leaves_the_gradients_as_they_were(w):
    y = (w * w).sum()
    with tw.no_grad():
        w.zero_()
    with pytest.raises(tw.GraphError):
        y.backward()
    assert w.grad is None


def test_grad_and_a_recorded_pass_are_refused_too(w):
    for create_graph in (False, True):
        y = (w * w).sum()
        with tw.no_grad():
            w.zero_()
        with pytest.raises(tw.GraphError, match="changed in place"):
            tw.grad(y, w, create_graph=create_graph)


def test_a_change_between_two_retained_passes_is_refused(w):
    y = (w * w).sum()
    y.backward(retain_graph=True)
    with tw.no_grad():
        w.sub_(0.1)
    with pytest.raises(tw.GraphError, match="changed in place"):
        y.backward()


def test_a_change_of_the_gradient_that_a_second_pass_needs_is_refused(w):
    (slope,) = tw.grad((w * w * w).sum(), w, create_graph=True)
    square = (slope * slope).sum()
    slope.detach().zero_()
    with pytest.raises(tw.GraphError, match="changed in place"):
        square.backward()


# ---------------------------------------------------------------- what backward does not need


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda w: w + 1, [1.0, 1.0, 1.0]),
        (lambda w: w * 5, [5.0, 5.0, 5.0]),
        (lambda w: -w, [-1.0, -1.0, -1.0]),
        (lambda w: w.mean(0, keepdim=True), [1 / 3, 1 / 3, 1 / 3]),
        (lambda w: w.reshape(3, 1).T, [1.0, 1.0, 1.0]),
        (lambda w: w.clone() * 2, [2.0, 2.0, 2.0]),
    ],
)
def test_memory_that_no_derivative_reads_may_change(step, expected, w):
    y = step(w).sum()
    with tw.no_grad():
        w.zero_()
    y.backward()
    assert w.grad.tolist() == pytest.approx(expected)


def test_a_change_before_it_is_used_is_no_change(w):
    with tw.no_grad():
        w.fill_(5.0)
    (w * w).sum().backward()
    assert w.grad.tolist() == [10.0, 10.0, 10.0]


def test_a_change_before_it_is_used_and_one_elsewhere_after_are_no_change(w):
    with tw.no_grad():
        w.fill_(5.0)
    y = (w * w).sum()
    tw.zeros(3).fill_(1.0)
    y.backward()
    assert w.grad.tolist() == [10.0, 10.0, 10.0]


def test_the_usual_training_step_is_allowed(w):
    for _ in range(3):
        w.grad = None
        (w * w).sum().backward()
        with tw.no_grad():
            w.sub_(w.grad, alpha=0.25)
    assert w.tolist() == [0.125, 0.25, 0.375]


def test_a_change_of_other_memory_does_not_matter(w):
    other = tw.Tensor([1.0, 2.0, 3.0])
    y = (w * w).sum()
    other.zero_()
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_copy_may_change(w):
    y = (w * w).sum()
    w.detach().clone().zero_()
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_new_data_is_other_memory(w):
    y = (w * w).sum()
    w.data = tw.Tensor([0.0, 0.0, 0.0])
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_the_array_that_the_data_came_from_may_change():
    array = np.array([1.0, 2.0])
    x, factor = tw.tensor(array, requires_grad=True), array.copy()
    y = (x * factor).sum()
    factor[:] = 0.0
    y.backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_an_index_array_may_change_after_it_was_used(w):
    index = np.array([0, 0])
    y = w[index].sum()
    index[:] = 2
    y.backward()
    assert w.grad.tolist() == [2.0, 0.0, 0.0]


# ---------------------------------------------------------------- the methods that write


@pytest.mark.parametrize("name", WRITES)
def test_a_write_to_a_parameter_is_refused_while_it_is_recorded(name, w):
    with pytest.raises(tw.GraphError, match=r"a leaf that requires gradients.*'w' of shape \(3,\).*no_grad") as refused:
        WRITES[name](w)
    assert refused.value.op == name
    assert w.tolist() == [1.0, 2.0, 3.0]


SLOPES = {
    "t[i] = v": [0, 1, 1], "copy_": [0, 0, 0], "fill_": [0, 0, 0], "zero_": [0, 0, 0], "add_": [1, 1, 1],
    "sub_": [1, 1, 1], "mul_": [2, 2, 2], "div_": [0.5, 0.5, 0.5],
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_a_write_to_what_an_operation_made_is_a_step_of_the_graph(name, w):
    y = w * 1.0
    WRITES[name](y)
    assert not y.is_leaf
    y.sum().backward()
    assert w.grad.tolist() == SLOPES[name]


def test_a_recorded_value_is_written_into_a_constant_with_its_history(w):
    buffer = tw.zeros(3)
    buffer.copy_(w * w)
    buffer[0] = w.sum()
    buffer.sum().backward()
    assert w.grad.tolist() == [1.0, 5.0, 7.0]


@every_write
def test_a_write_to_a_constant_is_allowed(write):
    x = tw.Tensor([1.0, 2.0, 3.0])
    write(x)
    assert x.tolist() != [1.0, 2.0, 3.0]


def test_methods_that_write_return_the_tensor_itself():
    x = tw.Tensor([1.0, 2.0, 3.0])
    assert all(write(x) is x for name, write in WRITES.items() if name != "t[i] = v")


@given(hnp.arrays("float64", 3, elements=st.floats(-9, 9)), st.floats(1, 9), st.floats(-9, 9))
def test_methods_that_write_compute_what_their_names_say(array, number, alpha):
    def after(change):
        x = tw.tensor(array)
        change(x)
        return x.numpy()

    other = np.array([number])
    np.testing.assert_array_equal(after(lambda x: x.add_(number, alpha=alpha)), array + alpha * number)
    np.testing.assert_array_equal(after(lambda x: x.sub_(tw.tensor(other), alpha=alpha)), array - alpha * other)
    np.testing.assert_array_equal(after(lambda x: x.mul_(number)), array * number)
    np.testing.assert_array_equal(after(lambda x: x.div_(number)), array / number)
    np.testing.assert_array_equal(after(lambda x: x.fill_(number)), np.full(3, number))
    np.testing.assert_array_equal(after(lambda x: x.zero_()), np.zeros(3))
    np.testing.assert_array_equal(after(lambda x: x.copy_(other)), np.full(3, number))


LIKE_OPERATORS = {
    "add_": lambda x, other: x + other,
    "sub_": lambda x, other: x - other,
    "mul_": lambda x, other: x * other,
    "div_": lambda x, other: x / other,
}
every_update = pytest.mark.parametrize("write", LIKE_OPERATORS)


@every_update
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_an_update_by_a_tensor_of_its_shape_gives_the_operators_numbers(write, dtype):
    x, other = (np.random.default_rng(0).standard_normal((2, 3, 4)) + 5).astype(dtype)
    updated = tw.tensor(x)
    getattr(updated, write)(tw.tensor(other))
    np.testing.assert_array_equal(updated.numpy(), LIKE_OPERATORS[write](x, other), strict=True)


@every_update
def test_an_update_by_itself_reads_before_it_writes(write):
    x = tw.Tensor([2.0, 3.0])
    getattr(x, write)(x)
    assert x.tolist() == LIKE_OPERATORS[write](np.array([2.0, 3.0]), np.array([2.0, 3.0])).tolist()


@every_update
def test_an_update_by_a_tensor_of_its_shape_is_noticed_too(write, w):
    y = (w * w).sum()
    with tw.no_grad():
        getattr(w, write)(tw.Tensor([7.0, 7.0, 7.0]))
    with pytest.raises(tw.GraphError, match="changed in place"):
        y.backward()


@every_update
def test_and_refused_where_it_would_be_recorded(write, w):
    with pytest.raises(tw.GraphError, match="no_grad"):
        getattr(w, write)(tw.Tensor([7.0, 7.0, 7.0]))
    with pytest.raises(tw.ShapeError, match="cloned"):
        getattr(tw.Tensor([1.0]).expand(3), write)(tw.Tensor([7.0, 7.0, 7.0]))


@pytest.mark.parametrize(
    "index", [0, -1, slice(1, None), ..., [0, 2], np.array([True, False, True]), tw.tensor([1])], ids=repr
)
def test_entries_are_written_where_numpy_writes_them(index):
    x, array = tw.Tensor([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    x[index] = 9.0
    array[index.numpy() if isinstance(index, tw.Tensor) else index] = 9.0
    assert x.tolist() == array.tolist()


def test_a_write_keeps_the_dtype():
    x = tw.Tensor([1.0])
    x.add_(np.array([1.0]))
    assert x.dtype == np.float32


def test_floats_written_into_integers_lose_their_fractions_as_in_pytorch():
    x = tw.tensor([1, 2])
    x[0] = 3.5
    x[1:].copy_(tw.tensor([-1.5]))
    assert x.tolist() == [3, -1]


def test_results_that_are_floats_are_not_written_into_integers():
    x = tw.tensor([1, 2])
    for change in (lambda: x.add_(1.5), lambda: x.div_(2), x.exp_, lambda: x.mul_(tw.ones(2))):
        with pytest.raises(tw.DTypeError, match=r"float32 can't be cast to int64"):
            change()
    assert x.tolist() == [1, 2]


def test_a_value_that_does_not_fit_is_refused():
    with pytest.raises(tw.ShapeError):
        tw.zeros(3).copy_(tw.zeros(2))


def test_an_index_out_of_range_is_refused():
    x = tw.zeros(3)
    with pytest.raises(IndexError, match=r"5 is out of bounds.*\(3,\)"):
        x[5] = 1.0


def test_an_expanded_tensor_must_be_cloned_first():
    with pytest.raises(tw.ShapeError, match="cloned"):
        tw.Tensor([1.0]).expand(3).zero_()


def test_a_write_is_silent_where_numpy_would_raise():
    x = tw.Tensor([1.0])
    with np.errstate(all="raise"):
        x[0] = 1e300
        x.div_(0)
    assert x.item() == np.inf


def test_what_numpy_gives_cannot_be_written(w):
    y = (w * w).sum()
    with pytest.raises(ValueError, match="read-only"):
        w.numpy()[0] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(w.detach())[0] = 0.0
    y.backward()
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


# ---------------------------------------------------------------- the bookkeeping


def test_a_write_is_forgotten_with_its_memory():
    books = Clock()
    array = np.zeros(3)
    books.written(array[1:])
    assert books.changed_since(array, 0)
    del array
    assert not books._last


def test_writes_leave_nothing_behind():
    gc.collect()
    before = len(clock._last)
    for _ in range(100):
        tw.zeros(3).fill_(1.0)
    assert len(clock._last) == before


def test_many_writes_to_one_memory_are_one_entry():
    x = tw.zeros(3)
    before = len(clock._last)
    for _ in range(100):
        x.add_(1.0)
    assert len(clock._last) == before + 1


def test_memory_in_the_place_of_dead_memory_is_not_taken_for_it():
    """Blocks are known by their address, and an address is used again."""
    for _ in range(200):
        x = tw.tensor(np.ones(3), requires_grad=True)
        y = (x * x).sum()
        z = tw.tensor(np.ones(3))
        z.zero_()
        del z
        other = tw.tensor(np.ones(3))
        (y + (x * other).sum()).backward()
        assert x.grad.tolist() == [3.0, 3.0, 3.0]


# ---------------------------------------------------------------- checks that are made once


def counted(calls, once="small"):
    def look(values):
        calls.append(values.copy())
        if (values > 10).any():
            raise ValueError("too large")

    return lambda *tensors: tw.check_values(look, *tensors, once=once)


def test_numbers_that_have_passed_a_check_are_not_looked_at_again():
    calls, x = [], tw.zeros(3)
    check = counted(calls)
    for _ in range(3):
        check(x)
    assert len(calls) == 1


@every_way
@every_write
def test_numbers_that_were_changed_are_looked_at_again(write, way):
    calls, x = [], tw.ones(3)
    check = counted(calls)
    check(x)
    write(way(x))
    check(x)
    assert len(calls) == 2
    np.testing.assert_array_equal(calls[1], x.numpy())


def test_numbers_that_have_passed_one_check_are_looked_at_for_another():
    calls, x = [], tw.zeros(3)
    counted(calls, "one")(x)
    counted(calls, "another")(x)
    assert len(calls) == 2


def test_numbers_that_have_failed_a_check_fail_it_again():
    check, x = counted([]), tw.full((3,), 20.0)
    for _ in range(2):
        with pytest.raises(ValueError, match="too large"):
            check(x)


def test_new_data_of_a_tensor_that_has_passed_is_looked_at():
    check, x = counted([]), tw.zeros(3)
    check(x)
    x.data = tw.full((3,), 20.0)
    with pytest.raises(ValueError, match="too large"):
        check(x)


def test_a_tensor_in_the_place_of_one_that_has_passed_is_looked_at():
    calls = []
    check = counted(calls)
    for _ in range(200):
        check(tw.zeros(3))
    assert len(calls) == 200


def test_what_another_thread_writes_during_a_check_is_looked_at():
    calls, x = [], tw.zeros(3)

    def look(values):
        calls.append(values.copy())
        if len(calls) == 1:
            writer = threading.Thread(target=lambda: x.fill_(1.0))
            writer.start()
            writer.join()

    for _ in range(3):
        tw.check_values(look, x, once="watched")
    assert len(calls) == 2


def test_a_gradient_that_a_compiled_step_writes_anew_is_looked_at_again():
    w, check = tw.zeros(3, requires_grad=True), counted([])

    @tw.compile
    def step(x):
        w.grad = None
        (w * x).sum().backward()

    for _ in range(8):
        step(tw.ones(3))
        check(w.grad)
    step(tw.full((3,), 20.0))
    with pytest.raises(ValueError, match="too large"):
        check(w.grad)


def test_a_tensor_that_was_unpickled_shares_no_memory():
    buffers = []
    x = tw.zeros(3)
    data = pickle.dumps(x, protocol=5, buffer_callback=buffers.append)
    twin = pickle.loads(data, buffers=buffers)
    x.fill_(1.0)
    assert twin.tolist() == [0.0, 0.0, 0.0]


def test_a_check_that_was_passed_is_forgotten_with_its_memory():
    books = Passed()
    array = np.zeros(3)
    books.note("small", array, clock.time)
    assert books.has("small", array)
    del array
    assert not books._passed
