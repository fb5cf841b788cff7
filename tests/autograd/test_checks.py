"""gradcheck and gradgradcheck: right rules pass, wrong ones do not, and the message says what is likely wrong."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops.rows.elementwise import elementwise

away_from_zero = st.floats(0.1, 3).flatmap(lambda size: st.sampled_from([size, -size]))
points = hnp.arrays("float64", hnp.array_shapes(max_dims=2, max_side=3), elements=away_from_zero)


def double(data):
    return tw.tensor(data, dtype=tw.float64, requires_grad=True)


@contextlib.contextmanager
def row(partial, forward=np.square):
    """A row of our own for the square (or another function) with this derivative; gone again afterwards."""
    op = elementwise("row under test", "test({})", forward, partial)
    try:
        yield op
    finally:
        del Op.table[op.name]


def refusal(function, *inputs, **settings):
    with pytest.raises(tw.GradcheckError) as raised:
        tw.gradcheck(function, inputs, **settings)
    return str(raised.value)


# ---------------------------------------------------------------- right rules


@given(points)
def test_a_right_rule_passes(x):
    with row(lambda y, x: 2 * x) as square:
        assert tw.gradcheck(square, double(x)) is True


@given(points, points)
def test_a_right_rule_of_several_inputs_passes(a, b):
    a, b = a.ravel()[:1], b.ravel()
    assert tw.gradcheck(lambda a, b: (a * b).sin() / b, (double(a), double(b)))


def test_several_outputs_are_all_checked():
    assert tw.gradcheck(lambda x: (x * 2, x.exp()), double([0.5, 1.0]))
    assert not tw.gradcheck(lambda x: (x * 2, x * x.detach()), double([0.5, 1.0]), raise_exception=False)


def test_inputs_without_gradients_are_left_alone():
    assert tw.gradcheck(lambda x, n: x * n, (double([1.0, 2.0]), tw.tensor([2, 3])))


def test_a_function_that_does_not_depend_on_its_input_passes():
    assert tw.gradcheck(lambda x: tw.zeros(2, dtype=tw.float64), double([1.0]))


def test_the_inputs_stay_as_they_were():
    x = double([1.0, 2.0])
    tw.gradcheck(lambda x: x**3, x)
    assert x.tolist() == [1.0, 2.0]
    assert x.grad is None
    assert x.requires_grad


def test_a_function_that_changes_its_input_in_place_is_checked_at_the_point_itself():
    def forgetful(x):
        y = x * 2
        with tw.no_grad():
            x.zero_()
        return y

    assert tw.gradcheck(forgetful, double([1.0, 2.0]))


def test_it_works_while_nothing_is_recorded():
    with tw.no_grad():
        assert tw.gradcheck(tw.exp, double([1.0]))


# ---------------------------------------------------------------- wrong rules

WRONG = {
    "a factor of 2.001": (lambda y, x: 2.001 * x, "off by one factor, 1.0005"),
    "a factor twice": (lambda y, x: 4 * x, "off by one factor, 2"),
    "half": (lambda y, x: x, "off by one factor, 0.5"),
    "the wrong sign": (lambda y, x: -2 * x, "wrong sign"),
    "nothing": (lambda y, x: 0 * x, "Every derivative is 0"),
    "another formula": (lambda y, x: 2 * x + x**3, "formula"),
    "infinite": (lambda y, x: 1 / (x * 0), "non-finite"),
    "not a number": (lambda y, x: (x * 0) / (x * 0), "non-finite"),
}


@pytest.mark.parametrize("partial", [partial for partial, _ in WRONG.values()], ids=WRONG)
@given(x=points)
def test_a_wrong_rule_is_rejected_wherever_it_is_tried(partial, x):
    with row(partial) as square:
        assert tw.gradcheck(square, double(x), raise_exception=False) is False


@pytest.mark.parametrize(("partial", "cause"), WRONG.values(), ids=WRONG)
def test_the_likely_cause_is_named(partial, cause):
    with row(partial) as square:
        assert cause in refusal(square, double([0.5, -1.5, 2.0]))


def test_a_dropped_contribution_is_rejected():
    message = refusal(lambda x: tw.stack([x[0] * 2, x[0] + x[1].detach() * 3]), double([1.0, 2.0]))
    assert "contribution is dropped" in message
    assert "d output 0[1] / d input 0[1]" in message


def test_a_use_counted_once_instead_of_twice_is_rejected():
    assert "off by one factor, 0.5" in refusal(lambda x: x * x.detach(), double([1.0, 2.0]))


def test_axes_that_are_not_summed_are_rejected():
    assert refusal(lambda x: x * 2 + x.detach().sum(), double([1.0, 2.0]))


@pytest.mark.parametrize("kinked", [tw.relu, lambda x: x.clamp(min=0), lambda x: tw.where(x > 0, x, 3 * x)])
def test_a_kink_is_called_a_kink(kinked):
    assert "a kink" in refusal(kinked, double([1.0, 0.0]))


def test_a_turning_point_is_not_called_a_kink():
    with row(lambda y, x: 2 * x + 1) as square:
        assert "kink" not in refusal(square, double([0.0]))


def test_a_point_outside_the_domain_is_called_that():
    assert "outside its domain" in refusal(tw.sqrt, double([0.0]))


def test_the_worst_entry_is_shown_with_both_derivatives():
    with row(lambda y, x: tw.where(x > 1.9, 5 * x, 2 * x)) as square:
        message = refusal(square, double([[0.5, 2.0], [1.0, 1.5]]))
    assert "1 of 16 derivatives differ" in message
    assert "d output 0[0, 1] / d input 0[0, 1] at 2: analytic 10, numeric 4" in message


def test_one_wrong_entry_is_not_called_a_common_factor():
    with row(lambda y, x: tw.where(x > 1.9, 2.001 * x, 2 * x)) as square:
        assert "one factor" not in refusal(square, double([0.5, 2.0]))


def test_the_input_at_fault_is_named():
    assert "d input 1" in refusal(lambda a, b: a * b.detach() * 1.0 + b * 0, double([1.0]), double([2.0]))


def test_a_wrong_shape_of_the_tolerance_is_felt():
    with row(lambda y, x: 2.001 * x) as square:
        assert tw.gradcheck(square, double([1.0]), rtol=1e-2)


def test_the_error_is_an_assertion_and_a_runtime_error():
    with row(lambda y, x: x) as square:
        for error in (AssertionError, RuntimeError, tw.TinygradError):
            with pytest.raises(error):
                tw.gradcheck(square, double([1.0]))


# ---------------------------------------------------------------- what cannot be checked


@pytest.mark.parametrize("dtype", [tw.float32, tw.float16])
@pytest.mark.parametrize("check", [tw.gradcheck, tw.gradgradcheck])
def test_only_float64_is_checked(check, dtype):
    with pytest.raises(tw.DTypeError, match=rf"input 1 is {dtype}.*float64"):
        check(lambda a, b: a * b * b, (double([1.0]), tw.Tensor([1.0], dtype=dtype, requires_grad=True)))


@pytest.mark.parametrize("check", [tw.gradcheck, tw.gradgradcheck])
def test_an_input_must_require_gradients(check):
    with pytest.raises(tw.DTypeError):
        check(tw.exp, tw.Tensor([1.0], dtype=tw.float64))


def test_the_function_must_return_tensors():
    with pytest.raises(tw.DTypeError, match="must return Tensors, not float"):
        tw.gradcheck(lambda x: 3.0, double([1.0]))


# ---------------------------------------------------------------- second derivatives


@given(points)
def test_right_second_derivatives_pass(x):
    assert tw.gradgradcheck(lambda x: x.sin() * x, double(x))


def test_second_derivatives_of_a_linear_function_pass():
    assert tw.gradgradcheck(lambda x: (x * 3).sum(), double([1.0, 2.0]))


def test_second_derivatives_of_several_inputs_and_outputs_pass():
    assert tw.gradgradcheck(lambda a, b: (a @ b, (a * a).sum()), (double([[1.0, 2.0]]), double([[3.0], [4.0]])))


def test_a_first_derivative_that_cannot_be_differentiated_is_rejected():
    """Right to the first order, but the rule computes with numbers that forget where they came from."""

    def frozen(y, x):
        return 2 * (x.detach() if isinstance(x, tw.Tensor) else x)

    with row(frozen) as square:
        assert tw.gradcheck(square, double([1.0, 2.0]))
        with pytest.raises(tw.GradcheckError, match=r"derivative is 0|dropped"):
            tw.gradgradcheck(square, double([1.0, 2.0]))
        assert tw.gradgradcheck(square, double([1.0, 2.0]), raise_exception=False) is False


def test_a_function_without_derivatives_has_no_second_ones():
    with pytest.raises(tw.DTypeError, match="no output depends"):
        tw.gradgradcheck(lambda x: tw.zeros(1, dtype=tw.float64), double([1.0]))


# ---------------------------------------------------------------- axes that were broadcast


@contextlib.contextmanager
def forgetful(rule):
    """A row for the sum whose rule for the second argument is this one."""
    op = Op("sum under test", "{} ⊞ {}", np.add, (lambda g, y, a, b: g, rule))
    try:
        yield op
    finally:
        del Op.table[op.name]


AXES = {
    "an axis in front": ((3, 2), (2,), "axis 0, stretched"),
    "an axis of one": ((3, 2), (3, 1), "axis 1, stretched"),
    "two axes": ((3, 2), (), "axes 0, 1, stretched"),
}


@pytest.mark.parametrize(("shape", "stretched", "axes"), AXES.values(), ids=AXES)
@pytest.mark.parametrize("check", [tw.gradcheck, tw.gradgradcheck])
def test_a_rule_that_does_not_sum_a_stretched_axis_is_named(check, shape, stretched, axes):
    with forgetful(lambda g, y, a, b: g) as op, pytest.raises(tw.GradcheckError) as raised:
        check(lambda a, b: op(a, b).sin() * 2, (double(np.ones(shape)), double(np.ones(stretched))))
    assert f"sum under test: the rule of argument 1 gives a gradient of shape {shape}" in str(raised.value)
    assert axes in str(raised.value)


@pytest.mark.parametrize("retain", [False, True], ids=["a leaf", "a tensor that retains its gradient"])
def test_backward_refuses_a_gradient_of_another_shape(retain):
    a, b = double(np.ones((3, 2))), double([1.0, 2.0])
    b.name = "b"
    c = b * 1 if retain else b
    if retain:
        c.retain_grad()
    with forgetful(lambda g, y, a, b: g) as op:
        y = op(a, c).sum()
        with pytest.raises(tw.ShapeError, match=r"of shape \(2,\) a gradient of shape \(3, 2\).*gradcheck"):
            y.backward(retain_graph=True)
        with pytest.raises(tw.ShapeError, match=r"of shape \(2,\) a gradient of shape \(3, 2\).*gradcheck"):
            tw.grad(y, c)
    assert b.grad is None


WRONG_SHAPES = {"too large": (lambda g: g, (3, 2)), "too small": (lambda g: g.sum(0)[:1], (1,))}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(("wrong", "shape"), WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_gradient_of_another_shape_in_the_middle_of_a_graph_is_refused(wrong, shape, create_graph):
    """NumPy would stretch it, or sum it, or say that operands could not be broadcast."""
    a, b = double(np.ones((3, 2))), double([1.0, 2.0])
    with forgetful(lambda g, y, a, b: wrong(g)) as op, pytest.raises(tw.ShapeError) as raised:
        (op(a, b.sin()) + b).sum().backward(create_graph=create_graph)
    said = str(raised.value)
    assert f"argument 1 of sum under test gave a tensor of shape (2,) a gradient of shape {shape}" in said
    assert b.grad is None


def test_a_rule_that_gives_another_shape_altogether_is_named():
    with forgetful(lambda g, y, a, b: g[:1]) as op:
        said = refusal(op, double([1.0, 2.0]), double([1.0, 2.0]))
    assert "argument 1 gives a gradient of shape (1,) for one of shape (2,)." in said


def test_a_rule_that_sums_them_passes():
    with forgetful(lambda g, y, a, b: g.sum(0)) as op:
        assert tw.gradcheck(op, (double(np.ones((3, 2))), double(np.ones(2))))
