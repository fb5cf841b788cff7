"""Products piece by piece: every form gives the same numbers, from copies that are made only where nothing changes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.graphs import Hand, functions, run
from tinygrad_wtf.compiler.executable import executable
from tinygrad_wtf.compiler.tuning import blocked_matmul as pieces
from tinygrad_wtf.compiler.tuning.blocked_matmul import Divided, Form, Forms, Shape, in_pieces
from tinygrad_wtf.compiler.tuning.timing import best_times

orders = st.sampled_from("CF")


class Always(Forms):
    """Forms of which one is always the fastest."""

    def __init__(self, form):
        super().__init__(least=0)
        self.form = form

    def fastest(self, shape, is_copied, divided=True):
        return (self.form if is_copied or not self.form.order else Form(), 0.0)


def timed(*seconds):
    """Forms whose measuring gives these seconds."""
    return Forms(lambda runs, away, limit: list(seconds), least=0)


def product(x, w, order, form, static=True):
    """The graph of x @ w in this form, what runs it, and what that gives."""
    hand = Hand()
    a, b = hand.argument(x), hand.memory(w)
    y = hand.call(np.matmul, a, b)
    hand.stores = {b: hand.call(np.multiply, b, 1.0)}  # it changes from run to run
    for v, o in ((a, order_of(x)), (b, order_of(w)), (y, order)):
        hand.update(v, order=o)
    made = in_pieces(hand.lowered(hand.call(np.negative, y)), Always(form), static)
    ready = executable(made)
    return made, ready, ready.body(ready.prepare([x]), ())[0]


def order_of(a):
    return "C" if a.flags.c_contiguous else "F"


@given(
    m=st.sampled_from([4, 8, 12]),
    k=st.sampled_from([1, 2, 3, 6]),
    n=st.sampled_from([4, 8, 20]),
    order=st.tuples(orders, orders, orders),
    rows=st.sampled_from([0, 2, 4]),
    copied=st.sampled_from(["", "C", "F", "P"]),
    upright=st.booleans(),
    inner=st.sampled_from([0, 1, 2, 3]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_every_form_gives_the_product(m, k, n, order, rows, copied, upright, inner, dtype):
    rng = np.random.default_rng(m + k + n)
    x = np.array(rng.integers(-4, 5, (m, k)), dtype, order=order[0])
    w = np.array(rng.integers(-4, 5, (k, n)), dtype, order=order[1])
    tiles = inner if rows and inner and k % inner == 0 else 0
    form = Form(rows, copied if rows or copied != "P" else "", upright, tiles)
    _, ready, found = product(x, w, order[2], form)
    np.testing.assert_array_equal(found, -(x @ w))
    assert found.dtype == dtype
    if rows and (order[2] == "C" or not copied):  # else what would have to be copied changes from run to run
        assert f"x ({rows}x{tiles or k}x" in ready.source
        assert (f"{k // (tiles or k)}x{m * n}, " in ready.source) == (0 < tiles < k)  # how the tiles are added up


def test_an_operand_is_copied_beforehand_only_if_it_stays_the_same():
    x, w = np.ones((8, 3)), np.ones((3, 4))
    for static in (True, False):
        made, ready, found = product(x, w, "C", Form(4, "P"), static)
        before, after = ready.source.split("def body")
        assert ("divided(" in before) == static
        assert "divided(" not in after
        assert any(isinstance(f, Divided) for f in functions(made)) == static
        np.testing.assert_array_equal(found, np.full((8, 4), -3.0))


def test_two_products_share_a_copy():
    hand = Hand()
    x, v, w = hand.argument(np.ones((8, 3))), hand.memory(np.ones((3, 4))), hand.memory(np.ones((3, 5)))
    graph = hand.lowered(hand.call(np.matmul, x, v), hand.call(np.matmul, x, w))
    made = in_pieces(graph, Always(Form(4, "P")), True)
    assert sum(isinstance(f, Divided) for f in functions(made)) == 1


def test_forms_are_measured_once_and_the_fastest_is_taken():
    asked = []

    class Noting(Forms):
        def _measure(self, shape, forms, measured):
            asked.append(list(forms))
            measured.update({form: 0.5 if form.rows == 8 and not form.inner else 1.0 for form in forms})

    pieces_of = Noting()
    shape = Shape(64, 100, 16, "f", "F", "C")
    for _ in range(2):
        assert pieces_of.fastest(shape, False) == (Form(8), 0.5)
        assert pieces_of.fastest(shape, True) == (Form(8, "C"), 0.5)
        assert pieces_of.fastest(shape._replace(left="C"), True) == (
            Form(8),
            0.5,
        )  # as it lies, though it might be copied
        assert pieces_of.fastest(shape._replace(left="C"), False) == (Form(8), 0.5)
    as_it_lies = pieces._forms(shape, False)
    others = [form for form in pieces._forms(shape, True) if form not in as_it_lies]
    assert [forms for forms in asked if forms] == [as_it_lies, others]  # and the last of the four had all that it needs


def test_a_form_that_was_not_reached_in_time_is_not_taken():
    shape = Shape(64, 100, 16, "f", "C", "C")
    assert len(pieces._forms(shape, False)) > 2
    assert timed(1.0, 0.7).fastest(shape, False) == (Form(8), 0.7)


def test_an_operand_is_not_copied_if_it_was_not_measured_as_it_lies():
    assert timed(1.0).fastest(Shape(64, 100, 16, "f", "F", "C"), True) == (Form(), 1.0)


def test_what_was_interrupted_is_measured_when_it_is_needed_again():
    answers = iter([KeyboardInterrupt, [1.0, 0.7]])

    def measured(runs, away, limit):
        answer = next(answers)
        if answer is KeyboardInterrupt:
            raise answer
        return answer

    forms, shape = Forms(measured), Shape(64, 100, 16, "f", "C", "C")
    with pytest.raises(KeyboardInterrupt):
        forms.fastest(shape, True)
    assert forms.fastest(shape, True) == (Form(0, "F"), 0.7)


def test_two_threads_may_measure_the_same():
    both = threading.Barrier(2)

    def measured(runs, away, limit):
        both.wait(5)
        return [1.0]

    forms = Forms(measured)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: forms.fastest(Shape(64, 100, 16, "f", "C", "C"), False), range(2)))
    assert found == [(Form(), 1.0)] * 2


def test_pieces_divide_the_rows_and_are_small_enough():
    for m, k, n in [(1000, 4096, 16), (64, 1000, 64), (997, 10, 10), (7, 3, 2), (1000, 100_000, 16)]:
        for form in pieces._forms(Shape(m, k, n, "f", "C", "F"), True):
            inner = form.inner or k
            assert not form.rows or (m % form.rows == 0 and form.rows * inner * n <= pieces.UNPACKED)
            assert k % inner == 0
            assert form.order != "P" or form.rows
            assert form.rows or not form.inner


@given(m=st.integers(1, 3000), k=st.integers(2, 100_000), n=st.integers(1, 3000))
def test_the_products_of_tiles_take_less_memory_than_the_operands(m, k, n):
    for rows, inner in pieces._tile_sizes(Shape(m, k, n, "f", "F", "C")):
        assert k // inner * m * n <= k * (m + n) / 2
        assert (m % rows, k % inner) == (0, 0)
        assert inner >= pieces.SHORTEST


def test_only_what_may_be_in_a_cache_is_divided():
    for m, is_small in ((1 << 12, True), (1 << 13, True), (1 << 14, False)):
        forms = pieces._forms(Shape(m, 1000, 16, "f", "C", "C"), True)
        assert any(form.order == "P" for form in forms) == is_small


def test_the_sums_of_a_weight_gradient_are_divided_and_those_of_a_cube_are_not():
    assert (32, 200) in pieces._tile_sizes(Shape(128, 2000, 128, "f", "F", "C"))
    assert pieces._tile_sizes(Shape(2000, 2000, 2000, "f", "C", "C")) == []


def test_every_form_can_be_measured():
    for shape in (Shape(16, 5, 3, "f", "C", "F"), Shape(64, 512, 3, "d", "F", "C"), Shape(64, 512, 3, "f", "C", "F")):
        assert any(form.inner for form in pieces._forms(shape, True)) == (shape.k > 5)
        for form in pieces._forms(shape, True):
            assert 0 < best_times([pieces.Runs(shape).run(form)])[0] < 1


@pytest.mark.parametrize("axes", [None, (1, 0), (0, 1)])
def test_operands_that_are_transposed_already_or_only_seem_to_be(axes):
    x, w = np.arange(8.0).reshape(4, 2), np.arange(8.0).reshape(4, 2) + 1
    hand = Hand()
    a, b = hand.argument(x), hand.argument(w)
    right = hand.call(np.transpose, b if axes != (0, 1) else hand.call(np.reshape, b, (2, 4)), axes)
    y = hand.call(np.matmul, a, right)
    hand.update(y, order="F")
    made = in_pieces(hand.lowered(y), Always(Form(2)), True)
    expected = x @ (w.T if axes != (0, 1) else w.reshape(2, 4))
    np.testing.assert_array_equal(run(made, x, w)[0], expected)
