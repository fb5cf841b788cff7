"""The passes one by one, each on a small graph made by hand: what it does, and that the results stay what they were."""

import operator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.support.graphs import A, Hand, assert_same_results, functions, interpreted
from tinygrad_wtf.compiler.ir import Instruction
from tinygrad_wtf.compiler.lower import LARGE, compare, lower
from tinygrad_wtf.compiler.passes.cse import cse
from tinygrad_wtf.compiler.passes.dce import dce
from tinygrad_wtf.compiler.passes.fold import fold
from tinygrad_wtf.compiler.passes.sums_as_dots import Total, sums_as_dots
from tinygrad_wtf.core.op import Op


def test_dce_drops_what_nobody_reads_and_keeps_effects():
    hand = Hand()
    x = hand.argument()
    hand.call(np.exp, x)
    idle = hand.call(np.negative, x)
    hand.call(np.sin, idle)
    hand.call(np.negative, x, label="check", effect=True)
    graph = dce(hand.returns(hand.call(np.add, x, 1)))
    assert functions(graph) == [np.negative, np.add]
    assert graph.instructions[0].effect


def test_lower_shows_the_calls_of_a_row():
    hand = Hand()
    x = hand.argument(A - 3)
    graph = hand.returns(hand.call(tw.sigmoid.forward, x), hand.call(tw.relu.forward, x))
    made = lower(graph)
    assert np.exp in functions(made)
    assert tw.sigmoid.forward not in functions(made)
    for a in (A - 3, -A, A * 100):
        assert_same_results(made, graph, a)


@pytest.mark.parametrize(
    ("n", "called"),
    [(2, np.square), (2.0, np.square), (1, np.positive), (0.5, np.sqrt), (-1, np.reciprocal), (3, np.power)],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lower_takes_the_function_that_numpy_takes_for_a_power(n, called, dtype):
    hand = Hand()
    x = hand.argument((A - 3).astype(dtype))
    with np.errstate(all="ignore"):
        graph = hand.returns(hand.call(tw.pow.forward, x, n))
        made = lower(graph)
        assert functions(made) == [called]
        for a in (A - 3, A * 1e30, A * 0, np.full_like(A, -np.inf)):
            assert_same_results(made, graph, a.astype(dtype))


def test_lower_leaves_a_power_with_an_array_as_it_is():
    """NumPy asks the array for its number, and takes another function for some."""
    hand = Hand()
    x, n = hand.argument(A - 3), hand.argument(np.full((1, 1), 0.5))
    with np.errstate(all="ignore"):
        graph = hand.returns(hand.call(tw.pow.forward, x, n), hand.call(tw.pow.forward, 2.0, n))
        assert functions(lower(graph)) == [tw.pow.forward] * 2


def test_lower_leaves_a_row_that_looks_at_numbers_as_it_is():
    def looks(x):
        return x * 2 if x.sum() > 0 else x

    def writes(x):
        y = np.empty(x.shape)
        y[0] = x[1]
        y[1] = x[0]
        return y

    def lies(x):
        return x if isinstance(x, np.ndarray) else x + 1  # another result for what is not an array

    hand = Hand()
    x = hand.argument()
    graph = hand.returns(*(hand.call(function, x) for function in (looks, writes, lies)))
    made = lower(graph)
    assert functions(made) == [looks, writes, lies]
    assert_same_results(made, graph, -A)


NUMBERS = np.random.default_rng(0).uniform(0.1, 0.9, (LARGE // 64 + 1, 64)).astype(np.float32)
PRODUCTS = Op.table["matmul"].forward, Op.table["linear"].forward
NEEDS_NO_SETTING = [
    pytest.param(op.forward, op.arity, id=name)
    for name, op in Op.table.items()
    if name in Op.built_in and (op.partials or name in ("matmul", "linear")) and name not in ("sinc", "elu")
]


def traced(function, *args):
    """A graph of one row of large arrays, noted as while tracing, and what it gave."""
    hand = Hand()
    expected = np.asarray(function(*args))
    refs = [hand.argument(a) for a in args]
    result = hand.call(function, *refs)
    assert compare(Instruction(function, tuple(refs), {}, result), list(args), expected)
    return hand.returns(result), expected


@pytest.mark.parametrize(("function", "arity"), NEEDS_NO_SETTING)
def test_lower_takes_large_rows_of_the_table_for_what_they_are(function, arity):
    """They are not computed a second time while tracing, so it is here that their calls give the same bits."""
    args = [NUMBERS + np.float32(i) / 16 for i in range(arity)]
    if function in PRODUCTS:
        args = [NUMBERS, NUMBERS.T if arity == 2 else NUMBERS[:32], NUMBERS[0, :32]][:arity]
    with np.errstate(all="ignore"):
        graph, expected = traced(function, *args)
        (found,), _ = interpreted(lower(graph), args)
    np.testing.assert_array_equal(found, expected)


def test_lower_compares_a_large_row_that_is_not_of_the_table():
    def lies(x):
        return x if isinstance(x, np.ndarray) else x + 1

    graph, _ = traced(lies, NUMBERS)
    assert functions(lower(graph)) == [lies]


def test_fold_computes_with_constants_now():
    hand = Hand()
    x, c = hand.argument(), hand.constant(A)
    factor = hand.call(np.add, c, 1)
    graph = hand.returns(hand.call(np.multiply, x, hand.call(np.exp, factor)))
    made = fold(graph)
    assert functions(made) == [np.multiply]
    assert_same_results(made, graph, A + 5)
    hand.call(np.negative, c, label="draw", effect=True)
    assert functions(fold(hand.build()))[-1] is np.negative


def test_cse_makes_a_call_once():
    hand = Hand()
    x, y = hand.argument(), hand.argument(A * 2)
    a, b = hand.call(np.add, x, y), hand.call(np.add, x, y)
    c = hand.call(np.add, y, x)
    graph = hand.returns(hand.call(np.multiply, a, b), c, hand.call(np.multiply, b, a))
    made = cse(graph)
    assert functions(made) == [np.add, np.add, np.multiply]
    assert_same_results(made, graph, A, A * 3)


@pytest.mark.parametrize(
    "pair",
    [
        (lambda h, x: h.call(np.multiply, x, 1), lambda h, x: h.call(np.multiply, x, 1.0)),
        (lambda h, x: h.call(np.multiply, x, 0.0), lambda h, x: h.call(np.multiply, x, -0.0)),
        (lambda h, x: h.call(np.sum, x, axis=0), lambda h, x: h.call(np.sum, x, axis=1)),
        (lambda h, x: h.call(np.reshape, x, (3, 2)), lambda h, x: h.call(np.reshape, x, (2, 3))),
        (lambda h, x: h.call(operator.getitem, x, slice(0, 1)), lambda h, x: h.call(operator.getitem, x, slice(1, 2))),
        (lambda h, x: h.call(np.add, x, h.constant(1.0)), lambda h, x: h.call(np.add, x, h.constant(np.float32(1)))),
        (lambda h, x: h.call(np.add, x, h.constant(0.0)), lambda h, x: h.call(np.add, x, h.constant(-0.0))),
        (
            lambda h, x: h.call(np.add, x, x, label="draw", effect=True),
            lambda h, x: h.call(np.add, x, x, label="draw", effect=True),
        ),
    ],
    ids=["types", "zeros", "settings", "shapes", "slices", "dtypes of constants", "signs of constants", "draws"],
)
def test_cse_keeps_apart_what_differs(pair):
    hand = Hand()
    x = hand.argument()
    graph = hand.returns(*(make(hand, x) for make in pair))
    assert len(cse(graph).instructions) == 2


def test_fold_drops_what_changes_nothing():
    hand = Hand()
    x = hand.argument()
    one = hand.constant(np.ones(3))
    made = hand.call(np.multiply, hand.call(np.multiply, 1, x), one)
    made = hand.call(np.true_divide, hand.call(np.reshape, made, (2, 3)), 1.0)
    graph = hand.returns(hand.call(np.negative, hand.call(np.transpose, made, (0, 1))))
    assert functions(fold(graph)) == [np.negative]
    assert_same_results(fold(graph), graph, A)


@pytest.mark.parametrize(
    "make",
    [
        lambda h, x: h.call(np.multiply, x, h.constant(np.ones((4, 2, 3)))),  # stretches
        lambda h, x: h.call(np.multiply, x, h.constant(np.float64(1.0))),  # float32 times float64
        lambda h, x: h.call(np.true_divide, 1, x),
        lambda h, x: h.call(np.reshape, x, (3, 2)),
        lambda h, x: h.call(np.transpose, x, (1, 0)),
        lambda h, x: h.call(np.multiply, x, h.constant(np.zeros(0).sum())),
        lambda h, x: h.call(np.add, x, 0.0),  # -0.0 + 0.0 is 0.0
    ],
    ids=["stretched", "another dtype", "reciprocal", "reshape", "transpose", "zero", "plus zero"],
)
def test_fold_keeps_what_changes_something(make):
    hand = Hand()
    x = hand.argument(A.astype(np.float32))
    assert len(fold(hand.returns(make(hand, x))).instructions) == 1


def test_sums_as_dots_are_products():
    hand = Hand()
    x = hand.argument()
    total = hand.call(np.add.reduce, x, None)
    mean = hand.call(np.true_divide, hand.call(np.add.reduce, x, (0, 1), keepdims=True), 6)
    graph = hand.returns(total, mean, hand.call(np.add.reduce, x, 0), hand.call(np.maximum.reduce, x, None))
    made = dce(sums_as_dots(graph))
    assert sum(isinstance(f, Total) for f in functions(made)) == 2
    for f, e in zip(interpreted(made, [A])[0], interpreted(graph, [A])[0], strict=True):
        assert np.shape(f) == np.shape(e)
        np.testing.assert_allclose(f, e, rtol=1e-15)


def test_sums_as_dots_leave_what_others_read_and_integers():
    hand = Hand()
    x, n = hand.argument(), hand.argument(np.arange(4))
    total = hand.call(np.add.reduce, x, None)
    graph = hand.returns(hand.call(np.true_divide, total, 6), total, hand.call(np.add.reduce, n, None))
    made = dce(sums_as_dots(graph))
    assert np.add.reduce in functions(made)
    for f, e in zip(interpreted(made, [A, np.arange(4)])[0], interpreted(graph, [A, np.arange(4)])[0], strict=True):
        np.testing.assert_allclose(f, e, rtol=1e-15)


@pytest.mark.parametrize("size", [5, 4096, 4097])
def test_zeros_of_both_signs_are_not_one_number(size):
    compiled = tw.compile(lambda x: x / (tw.arange(-1, size - 1) * 0.0))
    assert compiled(tw.ones(size)).tolist() == [-np.inf] + [np.inf] * (size - 1)


chains = st.recursive(st.sampled_from("abc"), lambda e: st.tuples(e) | st.tuples(e, e), max_leaves=6)


def chained(chain, given):
    """The product of two parts, the transpose of one, or one of the matrices."""
    if isinstance(chain, str):
        return given[chain]
    first, *second = (chained(part, given) for part in chain)
    return first @ second[0] if second else first.T


@given(chain=chains)
@example(chain=(("a", (("b", "c"),)),))  # (a @ (b @ c).T).T
@example(chain=(((("a", "b"),), "c"),))
def test_products_and_transposes_in_any_order(chain):
    matrices = {name: tw.rand(3, 3, generator=i, dtype=tw.float64) for i, name in enumerate("abc")}
    for compiled in (
        tw.compile(lambda a, b, c: chained(chain, {"a": a, "b": b, "c": c}) * 1),
        tw.compile(lambda a, b, c: tw.vjp(lambda a: chained(chain, {"a": a, "b": b, "c": c}) + a, a)[1](c)[0]),
    ):
        expected = compiled.function(*matrices.values())
        np.testing.assert_allclose(compiled(*matrices.values()).numpy(), expected.numpy(), rtol=1e-12)
