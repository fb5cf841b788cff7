"""Every row of the table in a compiled function: its value and derivatives are the eager ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tests.ops.cases import CASES
from tests.support.programs import assert_bits, assert_close, compiled_in_order, cotangent
from tinygrad_wtf.compiler.lengths import COUNTED
from tinygrad_wtf.core.op import Op

few = settings(max_examples=max(2, settings.default.max_examples // 15))
SHAPED = [c for c in CASES if c.row not in COUNTED]  # their shapes depend on numbers: see test_shapes
every_case = pytest.mark.parametrize("case", SHAPED, ids=str)
every_differentiable_case = pytest.mark.parametrize("case", [c for c in CASES if c.differentiable], ids=str)
dtypes = st.sampled_from([np.float32, np.float64])
ELEMENTWISE = [case for case in CASES if Op.table[case.row].partials and len(case.derivatives)]
EXTREMES = np.array([0.0, -0.0, np.inf, -np.inf, 1e4, -1e4, np.nan, 1e-40, -5e-324, 1.0, -1.0, 0.5, 88.0, -750.0])


def tensors(arrays, dtype):
    return [tw.tensor(a, dtype=dtype, requires_grad=True) for a in arrays]


def others(arrays):
    """Other numbers of the same shapes: what was traced must not be remembered."""
    return [np.asarray(0.75 * a) for a in arrays]


def slopes(case, create_graph=False):
    """The function that computes the gradients of a case."""

    def gradients(*xs):
        y = case.call(*xs)
        return tw.grad(y, xs, cotangent(y), create_graph=create_graph, allow_unused=True)

    return gradients


def curvature(found, xs):
    """The derivative of gradients, as one number along a direction."""
    found = [g for g in found if g is not None and g.requires_grad]
    if not found:
        return [None] * len(xs)
    return tw.grad(sum((g * cotangent(g)).sum() for g in found), xs, allow_unused=True)


@every_case
@few
@given(data=st.data(), dtype=dtypes)
def test_value_and_gradients_have_the_eager_bits(case, data, dtype):
    arrays = data.draw(case.inputs)
    compiled = compiled_in_order(lambda *xs: case.call(*xs))
    for given_arrays in (arrays, others(arrays), arrays):
        xs, zs = tensors(given_arrays, dtype), tensors(given_arrays, dtype)
        expected, found = case.call(*xs), compiled(*zs)
        assert_bits(found, expected)
        assert found.requires_grad == expected.requires_grad
        if case.differentiable and expected.requires_grad:
            expected.backward(cotangent(expected))
            found.backward(cotangent(found))
            for x, z in zip(xs, zs, strict=True):
                assert_bits(z.grad, x.grad)


@every_differentiable_case
@few
@given(data=st.data(), dtype=dtypes)
def test_gradients_taken_inside_have_the_eager_bits(case, data, dtype):
    arrays = data.draw(case.inputs)
    eager = slopes(case)
    compiled = compiled_in_order(eager)
    for given_arrays in (others(arrays), arrays):
        for found, expected in zip(
            compiled(*tensors(given_arrays, dtype)), eager(*tensors(given_arrays, dtype)), strict=True
        ):
            assert_bits(found, expected)


@every_differentiable_case
@few
@given(data=st.data(), dtype=dtypes)
def test_with_all_passes_it_is_the_same_up_to_rounding(case, data, dtype):
    arrays = data.draw(case.inputs)

    def step(*xs):
        y = case.call(*xs)
        y.backward(cotangent(y))
        return y

    compiled = tw.compile(step)
    for given_arrays in (others(arrays), arrays):
        xs, zs = tensors(given_arrays, dtype), tensors(given_arrays, dtype)
        assert_close(compiled(*zs), step(*xs))
        for x, z in zip(xs, zs, strict=True):
            assert_close(z.grad, x.grad)


@every_differentiable_case
@few
@given(data=st.data(), dtype=dtypes)
def test_parameters_that_change_between_the_calls(case, data, dtype):
    arrays = data.draw(case.inputs)
    xs, zs = tensors(arrays, dtype), tensors(arrays, dtype)

    def training(leaves):
        def step():
            y = case.call(*leaves)
            y.backward(cotangent(y))
            return y

        return step

    eager, compiled = training(xs), compiled_in_order(training(zs))
    for given_arrays in (arrays, others(arrays), arrays):
        for leaf, a in zip((*xs, *zs), (*given_arrays, *given_arrays), strict=True):
            leaf.grad = None
            with tw.no_grad():
                leaf.copy_(tw.tensor(a, dtype=dtype))
        assert_bits(compiled(), eager())
        for x, z in zip(xs, zs, strict=True):
            assert_bits(z.grad, x.grad)


@every_differentiable_case
@few
@given(data=st.data(), dtype=dtypes)
def test_second_derivatives(case, data, dtype):
    arrays = data.draw(case.inputs)
    compiled_slopes = tw.compile(slopes(case, create_graph=True))
    compiled = tw.compile(lambda *xs: case.call(*xs))
    for given_arrays in (others(arrays), arrays):
        xs = tensors(given_arrays, dtype)
        expected = curvature(slopes(case, create_graph=True)(*xs), xs)
        zs = tensors(given_arrays, dtype)  # the gradient is compiled, and differentiated outside
        for found, e in zip(curvature(compiled_slopes(*zs), zs), expected, strict=True):
            assert_close(found, e, factor=10)
        zs = tensors(given_arrays, dtype)  # the value is compiled, and differentiated twice outside
        y = compiled(*zs)
        if y.requires_grad:
            first = tw.grad(y, zs, cotangent(y), create_graph=True, allow_unused=True)
            for found, e in zip(curvature(first, zs), expected, strict=True):
                assert_close(found, e, factor=10)


@pytest.mark.parametrize("case", ELEMENTWISE, ids=str)
@few
@given(data=st.data(), dtype=dtypes, traced=st.booleans())
def test_extreme_numbers(case, data, dtype, traced):
    count = len(data.draw(case.inputs))
    picked = st.lists(st.integers(0, len(EXTREMES) - 1), min_size=12, max_size=12)
    with np.errstate(all="ignore"):
        arrays = [EXTREMES[data.draw(picked)].astype(dtype).astype(np.float64).reshape(3, 4) for _ in range(count)]
    eager = slopes(case)
    compiled_value, compiled = compiled_in_order(lambda *xs: case.call(*xs)), compiled_in_order(eager)
    if not traced:  # traced with ordinary numbers, run with extreme ones
        ordinary = [np.full((3, 4), 0.5)] * count
        compiled_value(*tensors(ordinary, dtype))
        if case.differentiable:
            compiled(*tensors(ordinary, dtype))
    assert_bits(compiled_value(*tensors(arrays, dtype)), case.call(*tensors(arrays, dtype)))
    if case.differentiable:
        for found, expected in zip(compiled(*tensors(arrays, dtype)), eager(*tensors(arrays, dtype)), strict=True):
            assert_bits(found, expected)


@pytest.mark.parametrize("case", [case for case in ELEMENTWISE if not case.label], ids=str)
@pytest.mark.parametrize("shape", [(0,), (2, 0, 3), ()], ids=str)
def test_empty_and_0_d(case, shape):
    xs = [np.full(shape, 0.5 + i) for i in range(len(case.derivatives))]
    compiled = tw.compile(lambda *xs: case.call(*xs))
    for _ in range(2):
        assert_bits(compiled(*tensors(xs, np.float32)), case.call(*tensors(xs, np.float32)))


@pytest.mark.parametrize(
    "view", [lambda t: t.T, lambda t: t[::2, ::-1], lambda t: t[:, :1].expand(4, 3)], ids=["T", "steps", "expanded"]
)
@pytest.mark.parametrize(
    "function",
    [
        lambda t: t * 2 + t,
        lambda t: t.sum(0),
        lambda t: t @ t.T,
        lambda t: t.reshape(-1) * 3,
        lambda t: t.softmax(1),
        lambda t: t.T.clone(),
        lambda t: tw.cat([t, t]),
        lambda t: t[1:, [0, 2]],
    ],
    ids=["mul", "sum", "matmul", "reshape", "softmax", "clone", "cat", "getitem"],
)
def test_tensors_that_are_not_contiguous(function, view):
    compiled = compiled_in_order(function)
    for start in (0.0, 1.0):
        t = view(tw.tensor(np.sin(start + np.arange(16.0)).reshape(4, 4)))
        t = t[:, :3] if t.shape == (4, 4) else t
        if t.shape[1] > 3 or t.shape[0] == 2:
            t = t[:, :3]
        assert_bits(compiled(t), function(t))


def test_layouts_may_change_from_call_to_call():
    compiled = tw.compile(lambda t: (t @ t.T).sum(0) * t[:, 0])
    a = np.sin(np.arange(9.0)).reshape(3, 3)
    for t in (tw.tensor(a), tw.tensor(a.copy()).T, tw.tensor(np.repeat(a, 2, 1))[:, ::2]):
        assert_close(compiled(t), (t @ t.T).sum(0) * t[:, 0])
    assert compiled.traces == 1
