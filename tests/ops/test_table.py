"""Every row of the table: its value, its derivatives of every order, its dtypes, and that no row goes untested."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.ops.cases import CASES
from tinygrad_wtf.core.op import Op

DIFFERENTIABLE = [case for case in CASES if case.differentiable]
WITH_CLOSED_FORM = [case for case in CASES if case.derivatives]
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_differentiable_case = pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)


def tensors(arrays, dtype=np.float64):
    return [tw.tensor(a, dtype=dtype, requires_grad=True) for a in arrays]


def cotangent(y):
    """A fixed direction without symmetries, so that a transposed or reversed gradient shows."""
    return np.cos(1.0 + np.arange(y.size)).reshape(y.shape)


def gradients(case, xs, create_graph=False):
    y = case.call(*xs)
    direction = tw.tensor(cotangent(y), dtype=y.dtype)
    return tw.grad(y, xs, direction, create_graph=create_graph, allow_unused=True)


def test_no_row_goes_untested():
    assert {case.row for case in CASES} == set(Op.table)


@every_case
@given(data=st.data())
def test_a_case_runs_the_row_that_it_names(case, data):
    arrays = data.draw(case.inputs)
    row, runs = Op.table[case.row], []

    def counted(*args, **params):
        runs.append(args)
        return forward(*args, **params)

    forward, row.forward = row.forward, counted
    try:
        xs = tensors(arrays)
        y = case.call(*xs)
        if case.differentiable:
            y.backward(tw.tensor(cotangent(y), dtype=y.dtype))
    finally:
        row.forward = forward
    nothing_to_do = not arrays[0].ndim or case.row in {"sum_to", "reshape", "permute"}
    assert runs or nothing_to_do


TRAITS = {
    "commutative", "entrywise", "layer", "no_activation", "probability", "rearranging", "reduction", "unwritten",
    "vectors",
}  # fmt: skip


def test_a_trait_is_one_of_a_few_words():
    assert {trait for row in Op.table.values() for trait in row.traits} == TRAITS


def calls_of_row(case, arrays):
    """The row's arguments, settings and result, each time that the case computes it."""
    row, found = Op.table[case.row], []

    def noted(*args, **params):
        found.append((args, params, forward(*args, **params)))
        return found[-1][2]

    forward, row.forward = row.forward, noted
    try:
        case.call(*(tw.tensor(a, dtype=np.float64) for a in arrays))
    finally:
        row.forward = forward
    return found


@pytest.mark.parametrize("case", [case for case in CASES if Op.table[case.row].shape is not None], ids=str)
@given(data=st.data())
def test_a_row_that_tells_its_shape_tells_the_right_one(case, data):
    for args, params, result in calls_of_row(case, data.draw(case.inputs)):
        assert Op.table[case.row].shape(*map(np.shape, args), **params) == np.shape(result)


@pytest.mark.parametrize("case", [case for case in CASES if "commutative" in Op.table[case.row].traits], ids=str)
@given(data=st.data())
def test_arguments_that_may_change_places_may(case, data):
    for (a, b), params, result in calls_of_row(case, data.draw(case.inputs)):
        np.testing.assert_array_equal(Op.table[case.row].forward(b, a, **params), result)


def test_every_sign_can_be_drawn():
    seen_in_png = set("¬²·¹×Σσᵀ…′⁻₀₁₂←∏−√≠≤≥")  # the renderer's font has these; others come out as empty boxes
    signs = {op.name: op.sign for op in Op.table.values()}
    assert not {name: sign for name, sign in signs.items() if set(sign) - seen_in_png - set(map(chr, range(128)))}
    assert all(signs.values())


@every_case
@given(data=st.data())
def test_value_is_numpys(case, data):
    arrays = data.draw(case.inputs)
    y = case.call(*tensors(arrays)).numpy()
    expected = np.asarray(case.value(*arrays))
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


@every_case
@given(data=st.data())
def test_float32_stays_float32(case, data):
    arrays = data.draw(case.inputs)
    xs = tensors(arrays, np.float32)
    y = case.call(*xs)
    if y.dtype.kind == "f" and case.row != "cast":
        assert y.dtype == np.float32
    if case.differentiable:
        assert [g.dtype for g in gradients(case, xs) if g is not None] == [np.float32] * len(xs)


@pytest.mark.parametrize("case", WITH_CLOSED_FORM, ids=str)
@given(data=st.data())
def test_first_derivative_is_the_closed_form(case, data):
    arrays = data.draw(case.inputs)
    xs = tensors(arrays)
    y = case.call(*xs)
    direction = cotangent(y)
    for x, g, derivative in zip(arrays, gradients(case, xs), case.derivatives, strict=True):
        local = np.asarray(derivative(*arrays), dtype=np.float64)
        if y.ndim < local.ndim or y.shape != np.broadcast_shapes(*(a.shape for a in arrays)):  # a reduction
            axis = 0 if local.shape and y.shape == local.shape[1:] else -1
            upstream = direction if y.ndim in (0, local.ndim) else np.expand_dims(direction, axis)
            expected = upstream * local
        else:
            expected = direction * local
        added = tuple(range(expected.ndim - x.ndim))
        expected = expected.sum(axis=added)
        stretched = tuple(axis for axis in range(x.ndim) if x.shape[axis] == 1 != expected.shape[axis])
        np.testing.assert_allclose(g.numpy(), expected.sum(axis=stretched, keepdims=True), rtol=1e-9, atol=1e-9)


@every_differentiable_case
@given(data=st.data())
def test_first_derivative_is_the_limit_of_differences(case, data):
    arrays = data.draw(case.inputs)
    assert tw.gradcheck(case.call, tensors(arrays), atol=1e-6, rtol=1e-5)


@every_differentiable_case
@given(data=st.data())
def test_second_derivative_is_the_limit_of_differences(case, data):
    arrays = data.draw(case.inputs)
    assert tw.gradgradcheck(case.call, tensors(arrays), atol=1e-6, rtol=1e-5)


@every_differentiable_case
@given(data=st.data())
def test_third_derivative_is_the_limit_of_differences(case, data):
    arrays = data.draw(case.inputs)

    def slopes(*xs):
        y = case.call(*xs)
        if not y.requires_grad:
            return tuple(x * 0 for x in xs)
        found = tw.grad(y, xs, tw.tensor(cotangent(y), dtype=y.dtype), create_graph=True, allow_unused=True)
        return tuple(x * 0 + (0 if g is None else g) for x, g in zip(xs, found, strict=True))

    assert tw.gradgradcheck(slopes, tensors(arrays), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("case", [c for c in CASES if Op.table[c.row].meaning], ids=str)
@given(data=st.data())
def test_what_a_row_means_in_other_rows_is_what_it_computes(case, data):
    arrays = data.draw(case.inputs)
    row = Op.table[case.row]
    np.testing.assert_allclose(row.meaning(*map(tw.tensor, arrays)).numpy(), row(*arrays), rtol=1e-12, atol=1e-12)


@every_differentiable_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_arrays_and_tensors_read_each_rule_to_the_same_bit(case, dtype, data):
    xs = tensors(data.draw(case.inputs), dtype)
    from_arrays = gradients(case, xs)
    from_tensors = gradients(case, xs, create_graph=True)
    for a, b in zip(from_arrays, from_tensors, strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()


def test_a_row_of_ones_own_may_be_written_again():
    """As a cell of a notebook that is run a second time does; a row of the library stays."""
    try:
        for rule in (lambda g, y, x: g, lambda g, y, x: 2 * g):
            row = Op("row written again", "r({})", np.sin, (rule,))
        assert Op.table["row written again"] is row
        with pytest.raises(ValueError, match="a row named 'sin' already; give yours another name"):
            Op("sin", "s({})", np.sin, (lambda g, y, x: g,))
    finally:
        del Op.table["row written again"]
