"""Jacobians, Hessians and products with vectors against closed forms; transforms within transforms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw

numbers = st.floats(-2, 2).map(lambda x: round(x, 2))
sizes = st.integers(1, 4)
shapes = hnp.array_shapes(min_dims=0, max_dims=3, max_side=3)


def arrays(*shape):
    return hnp.arrays("float64", shape, elements=numbers)


vectors = sizes.flatmap(arrays)
matrices = st.tuples(sizes, sizes).flatmap(lambda shape: arrays(*shape))
squares = sizes.flatmap(lambda n: st.tuples(arrays(n, n), arrays(n)))
anything = shapes.flatmap(lambda shape: arrays(*shape))


def diagonal(entries):
    """The entries of an array on the diagonal of (shape + shape)."""
    return np.diag(entries.ravel()).reshape(entries.shape * 2)


# ---------------------------------------------------------------- jacobian


@given(anything)
def test_the_jacobian_of_an_elementwise_function_is_diagonal(x):
    found = tw.jacobian(tw.tanh, tw.tensor(x))
    np.testing.assert_allclose(found.numpy(), diagonal(1 / np.cosh(x) ** 2), atol=1e-12)


@given(matrices, st.data())
def test_the_jacobian_of_a_linear_map_is_its_matrix(matrix, data):
    x = data.draw(arrays(matrix.shape[1]))
    found = tw.jacobian(lambda x: tw.tensor(matrix) @ x, tw.tensor(x))
    np.testing.assert_array_equal(found.numpy(), matrix)


@given(vectors, vectors)
def test_the_jacobian_has_the_outputs_shape_before_the_inputs(a, b):
    """d (a_i b_j) / d a_k = [i = k] b_j."""
    by_a, by_b = tw.jacobian(lambda a, b: a.unsqueeze(1) * b, (tw.tensor(a), tw.tensor(b)))
    np.testing.assert_allclose(by_a.numpy(), np.einsum("ik,j->ijk", np.eye(a.size), b))
    np.testing.assert_allclose(by_b.numpy(), np.einsum("i,jk->ijk", a, np.eye(b.size)))


@given(anything)
def test_the_jacobian_of_a_number_is_its_gradient(x):
    found = tw.jacobian(lambda x: (x**3).sum(), tw.tensor(x))
    np.testing.assert_allclose(found.numpy(), 3 * x**2, atol=1e-12)


def test_a_tuple_of_inputs_gives_a_tuple_and_a_tensor_a_tensor():
    x = tw.Tensor([1.0])
    assert isinstance(tw.jacobian(tw.exp, x), tw.Tensor)
    assert isinstance(tw.jacobian(tw.exp, (x,)), tuple)
    assert isinstance(tw.jacobian(tw.exp, [x]), tuple)


def test_the_jacobian_by_an_unused_input_is_zero():
    _, by_b = tw.jacobian(lambda a, b: a * 2, (tw.Tensor([1.0, 2.0]), tw.Tensor([3.0, 4.0, 5.0])))
    assert by_b.tolist() == [[0.0] * 3] * 2


def test_the_jacobian_of_a_constant_is_zero():
    assert tw.jacobian(lambda x: tw.ones(2), tw.Tensor([1.0, 2.0, 3.0])).tolist() == [[0.0] * 3] * 2


def test_the_jacobian_of_an_empty_output_is_empty():
    assert tw.jacobian(lambda x: x[:0], tw.Tensor([1.0, 2.0])).shape == (0, 2)


def test_the_jacobian_keeps_the_inputs_dtype():
    assert tw.jacobian(tw.exp, tw.Tensor([1.0])).dtype == np.float32


@given(vectors)
def test_with_create_graph_the_jacobian_can_be_differentiated(x):
    leaf = tw.tensor(x, requires_grad=True)
    tw.jacobian(tw.sin, leaf, create_graph=True).sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), -np.sin(x), atol=1e-12)


def test_without_create_graph_it_cannot():
    assert not tw.jacobian(tw.sin, tw.Tensor([1.0], requires_grad=True)).requires_grad


def test_jacobians_nest():
    """The Jacobian of the Jacobian of a cubic."""
    x = tw.Tensor([1.0, 2.0], requires_grad=True)
    twice = tw.jacobian(lambda x: tw.jacobian(lambda x: (x**3).sum(), x, create_graph=True), x)
    assert twice.tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_the_users_gradients_are_not_touched():
    x, w = tw.Tensor([1.0], requires_grad=True), tw.Tensor([2.0], requires_grad=True)
    tw.jacobian(lambda x: x * w, x)
    tw.hessian(lambda x: (x * x * w).sum(), x)
    tw.hvp(lambda x: (x * x * w).sum(), x, tw.Tensor([1.0]))
    assert x.grad is None
    assert w.grad is None


@pytest.mark.parametrize(
    "derive", [tw.jacobian, tw.hessian, lambda f, x: tw.hvp(f, x, x)], ids=["jacobian", "hessian", "hvp"]
)
def test_derivatives_are_found_while_nothing_is_recorded(derive):
    with tw.no_grad():
        derive(lambda x: (x * x).sum(), tw.Tensor([1.0]))
        assert not tw.is_grad_enabled()


def test_the_function_must_return_a_tensor():
    with pytest.raises(tw.DTypeError, match=r"must return .*Tensor.*not float"):
        tw.jacobian(lambda x: 1.0, tw.Tensor([1.0]))


# ---------------------------------------------------------------- hessian


@given(squares)
def test_the_hessian_of_a_quadratic_form(case):
    matrix, x = case
    found = tw.hessian(lambda x: x @ tw.tensor(matrix) @ x, tw.tensor(x))
    np.testing.assert_allclose(found.numpy(), matrix + matrix.T, atol=1e-12)


@given(anything)
def test_the_hessian_of_a_sum_of_functions_is_diagonal(x):
    found = tw.hessian(lambda x: x.exp().sum(), tw.tensor(x))
    np.testing.assert_allclose(found.numpy(), diagonal(np.exp(x)), atol=1e-12)


@given(vectors)
def test_the_hessian_of_logsumexp_is_the_covariance_of_softmax(x):
    p = np.exp(x) / np.exp(x).sum()
    found = tw.hessian(lambda x: x.logsumexp(0), tw.tensor(x))
    np.testing.assert_allclose(found.numpy(), np.diag(p) - np.outer(p, p), atol=1e-12)


@given(sizes.flatmap(lambda n: st.tuples(arrays(n), arrays(n))))
def test_the_hessian_of_two_inputs_is_made_of_blocks(case):
    """f = Σ a² b."""
    a, b = case
    (aa, ab), (ba, bb) = tw.hessian(lambda a, b: (a * a * b).sum(), (tw.tensor(a), tw.tensor(b)))
    np.testing.assert_allclose(aa.numpy(), np.diag(2 * b), atol=1e-12)
    np.testing.assert_allclose(ab.numpy(), np.diag(2 * a), atol=1e-12)
    np.testing.assert_allclose(ba.numpy(), np.diag(2 * a), atol=1e-12)
    np.testing.assert_array_equal(bb.numpy(), np.zeros_like(bb.numpy()))


@pytest.mark.parametrize("f", [lambda x: x.sum() * 3, lambda x: tw.Tensor(1.0)], ids=["linear", "constant"])
def test_the_hessian_of_what_has_no_curvature_is_zero(f):
    assert tw.hessian(f, tw.Tensor([1.0, 2.0])).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_hessian_by_an_unused_input_is_zero():
    blocks = tw.hessian(lambda a, b: (a * a).sum(), (tw.Tensor([1.0]), tw.Tensor([1.0, 2.0])))
    assert [[block.tolist() for block in row] for row in blocks] == [
        [[[2.0]], [[0.0, 0.0]]],
        [[[0.0], [0.0]], [[0.0, 0.0], [0.0, 0.0]]],
    ]


@given(vectors)
def test_with_create_graph_the_hessian_can_be_differentiated(x):
    leaf = tw.tensor(x, requires_grad=True)
    tw.hessian(lambda x: x.sin().sum(), leaf, create_graph=True).sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), -np.cos(x), atol=1e-12)


@pytest.mark.parametrize("derive", [tw.hessian, lambda f, x: tw.hvp(f, x, x)], ids=["hessian", "hvp"])
def test_a_function_of_several_entries_has_no_hessian(derive):
    with pytest.raises(tw.ShapeError, match=r"one number, not .*\(2,\)"):
        derive(tw.exp, tw.Tensor([1.0, 2.0]))


# ---------------------------------------------------------------- hvp


@given(squares, st.data())
def test_hvp_of_a_quadratic_form(case, data):
    matrix, x = case
    v = data.draw(arrays(x.size))
    value, product = tw.hvp(lambda x: x @ tw.tensor(matrix) @ x, tw.tensor(x), tw.tensor(v))
    np.testing.assert_allclose(product.numpy(), (matrix + matrix.T) @ v, atol=1e-12)
    np.testing.assert_allclose(value.item(), x @ matrix @ x, atol=1e-12)


@given(anything)
def test_hvp_of_a_sum_of_functions(x):
    v = np.cos(np.arange(x.size)).reshape(x.shape)
    _, product = tw.hvp(lambda x: x.exp().sum(), tw.tensor(x), tw.tensor(v))
    np.testing.assert_allclose(product.numpy(), np.exp(x) * v, atol=1e-12)


@given(sizes.flatmap(lambda n: st.tuples(*[arrays(n)] * 4)))
def test_hvp_of_two_inputs(case):
    """f = Σ a² b, in the direction (u, v)."""
    a, b, u, v = case
    inputs, directions = (tw.tensor(a), tw.tensor(b)), (tw.tensor(u), tw.tensor(v))
    _, (by_a, by_b) = tw.hvp(lambda a, b: (a * a * b).sum(), inputs, directions)
    np.testing.assert_allclose(by_a.numpy(), 2 * b * u + 2 * a * v, atol=1e-12)
    np.testing.assert_allclose(by_b.numpy(), 2 * a * u, atol=1e-12)


def test_hvp_of_a_linear_function_is_zero():
    _, product = tw.hvp(lambda x: x.sum(), tw.Tensor([1.0, 2.0]), tw.Tensor([3.0, 4.0]))
    assert product.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("f", [lambda x: x.sum(), lambda x: (x * x).sum()], ids=["linear", "curved"])
def test_a_vector_of_another_shape_is_refused(f):
    with pytest.raises(tw.ShapeError, match=r"vector"):
        tw.hvp(f, tw.Tensor([1.0, 2.0]), tw.Tensor([1.0, 2.0, 3.0]))


def test_another_number_of_vectors_is_refused():
    with pytest.raises(tw.ShapeError, match="vectors"):
        tw.hvp(lambda x: x.sum(), tw.Tensor([1.0]), (tw.Tensor([1.0]), tw.Tensor([1.0])))


def test_the_value_is_plain():
    value, _ = tw.hvp(lambda x: (x * x).sum(), tw.Tensor([3.0]), tw.Tensor([1.0]))
    assert value.item() == 9.0
    assert not value.requires_grad


# ---------------------------------------------------------------- within another, and around what is captured

X, Y, W = 1.5, -0.7, 2.0


def number(value, requires_grad=False):
    return tw.tensor(value, dtype=tw.float64, requires_grad=requires_grad)


# f(x) = x * (derivative of an inner function that captures x); the inner one alone; f'(x)
NESTED = {
    "jacrev": (lambda x: tw.jacrev(lambda y: x * y)(number(Y)), X, 2 * X),
    "jacrev by what it captures": (lambda x: tw.jacrev(lambda y: x * y * y)(x), 2 * X**2, 6 * X**2),
    "argnums": (lambda x: tw.jacrev(lambda y, x: x * x * y)(number(Y), x), X**2, 3 * X**2),
    "two argnums": (
        lambda x: tw.jacrev(lambda a, b: x * a * b * b, argnums=(0, 1))(number(Y), number(W))[1],
        2 * X * Y * W,
        4 * X * Y * W,
    ),
    "keyword": (lambda x: tw.jacrev(lambda y, x: x * y)(number(Y), x=x), X, 2 * X),
    "hessian": (lambda x: tw.hessian(lambda y: x * y**3)(number(Y)), 6 * X * Y, 12 * X * Y),
    "vjp": (lambda x: tw.vjp(lambda y: x * y, number(Y))[1](number(W))[0], W * X, 2 * W * X),
    "vjp along what is captured": (lambda x: tw.vjp(lambda y: y * y, number(Y))[1](x)[0], 2 * X * Y, 4 * X * Y),
    "the value of vjp": (lambda x: tw.vjp(lambda y: x * y, number(Y))[0], X * Y, 2 * X * Y),
    "jvp": (lambda x: tw.jvp(lambda y: x * y, (number(Y),), (number(W),))[1], W * X, 2 * W * X),
    "jvp along what is captured": (lambda x: tw.jvp(lambda y: y * y, (number(Y),), (x,))[1], 2 * X * Y, 4 * X * Y),
    "the value of jvp": (lambda x: tw.jvp(lambda y: x * y, (number(Y),), (number(W),))[0], X * Y, 2 * X * Y),
    "hvp": (lambda x: tw.hvp(lambda y: x * y**3, number(Y), number(W))[1], 6 * X * Y * W, 12 * X * Y * W),
    "hvp along what is captured": (lambda x: tw.hvp(lambda y: y**3, number(Y), x)[1], 6 * X * Y, 12 * X * Y),
    "the value of hvp": (lambda x: tw.hvp(lambda y: x * y, number(Y), number(W))[0], X * Y, 2 * X * Y),
}
every_nesting = pytest.mark.parametrize(("inner", "value", "slope"), NESTED.values(), ids=NESTED)


@every_nesting
def test_a_transform_in_a_transform_keeps_what_it_captures(inner, value, slope):
    assert inner(number(X)).item() == pytest.approx(value)
    assert not inner(number(X)).requires_grad
    assert tw.jacrev(lambda x: x * inner(x))(number(X)).item() == pytest.approx(slope)
    assert tw.vjp(lambda x: x * inner(x), number(X))[1](number(1.0))[0].item() == pytest.approx(slope)
    assert tw.jvp(lambda x: x * inner(x), (number(X),), (number(1.0),))[1].item() == pytest.approx(slope)


@every_nesting
def test_the_users_gradients_pass_through_what_a_transform_captures(inner, value, slope):
    x = number(X, requires_grad=True)
    (x * inner(x)).backward()
    assert x.grad.item() == pytest.approx(slope)


@every_nesting
def test_nothing_is_recorded_around_a_transform_in_no_grad(inner, value, slope):
    x = number(X, requires_grad=True)
    with tw.no_grad():
        found = inner(x)
        outer = tw.jacrev(lambda x: x * inner(x))(x)
    assert found.item() == pytest.approx(value)
    assert outer.item() == pytest.approx(slope)
    assert not found.requires_grad
    assert not outer.requires_grad


def test_no_grad_within_a_function_cuts_a_transform_in_it():
    """d/dx x * stop(2 x) = 2 x."""

    def f(x):
        with tw.no_grad():
            inner = tw.jacrev(lambda y: x * y * y)(number(1.0))
        return x * inner

    assert tw.jacrev(f)(number(X)).item() == 2 * X


def test_a_result_has_a_history_only_where_it_leads_to_the_callers_tensors():
    w = number(W, requires_grad=True)
    by_y, by_z = tw.jacrev(lambda y, z: w * y + z * z, argnums=(0, 1))(number(Y), number(X))
    assert by_y.requires_grad
    assert not by_z.requires_grad
    assert tw.grad(by_y, w)[0].item() == 1.0


def test_the_gradient_of_a_penalty_on_a_jacobian():
    """The Jacobian of x -> w x is w: the slope of Σ (w x)² + Σ w² is 2 w x xᵀ + 2 w."""
    w, x = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([2.0, -1.0])
    weight = tw.tensor(w, requires_grad=True)
    point = tw.tensor(x)

    def net(x):
        return weight @ x

    ((net(point) ** 2).sum() + (tw.jacrev(net)(point) ** 2).sum()).backward()
    np.testing.assert_allclose(weight.grad.numpy(), 2 * np.outer(w @ x, x) + 2 * w)


def test_what_a_function_returns_beside_its_output_keeps_only_the_callers_history():
    w = number(W, requires_grad=True)
    _, _, aux = tw.vjp(lambda y: (y * y, {"own": [y * 2], "the caller's": (w * y, "text")}), number(Y), has_aux=True)
    assert not aux["own"][0].requires_grad
    assert aux["the caller's"][0].requires_grad
    assert aux["the caller's"][1] == "text"


def test_backward_leaves_no_gradient_on_the_variables_of_a_transform():
    seen = []
    w = number(W, requires_grad=True)

    def f(y):
        seen.append(y)
        return w * y * y

    tw.jacrev(f)(number(Y)).backward()
    assert w.grad.item() == pytest.approx(2 * Y)
    assert not seen[0].is_leaf
