"""Functions of functions, against closed forms and loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.func import functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp, vmap

points = st.lists(st.floats(-2, 2), min_size=1, max_size=3).map(lambda x: tw.tensor(x, dtype=tw.float64))


@given(points)
def test_gradients(x):
    slope, value = grad_and_value(lambda x: (x**3).sum())(x)
    np.testing.assert_allclose(slope.numpy(), 3 * x.numpy() ** 2)
    assert value.item() == pytest.approx((x.numpy() ** 3).sum())
    assert not slope.requires_grad
    second = grad(lambda x: grad(lambda x: (x**3).sum())(x).sum())(x)
    np.testing.assert_allclose(second.numpy(), 6 * x.numpy())


def test_arguments_and_what_is_returned_beside():
    x, y = tw.tensor(2.0), tw.tensor(3.0)
    assert [g.item() for g in grad(lambda x, y: x * x * y, argnums=(0, 1))(x, y)] == [12.0, 4.0]
    assert grad(lambda x, y: x * x * y, argnums=1)(x, y).item() == 4.0
    slope, aux = grad(lambda x: (x * x, "beside"), has_aux=True)(x)
    assert (slope.item(), aux) == (4.0, "beside")
    slope, (value, aux) = grad_and_value(lambda x: (x * x, "beside"), has_aux=True)(x)
    assert (slope.item(), value.item(), aux) == (4.0, 4.0, "beside")
    with pytest.raises(tw.ShapeError, match="one number"):
        grad(lambda x: x)(tw.ones(2))
    with pytest.raises(tw.ShapeError, match="argnums"):
        grad(lambda x: x, argnums=1)(x)


def test_gradients_of_dicts_and_lists_of_tensors():
    w = {"a": tw.tensor([1.0, 2.0]), "rest": [tw.tensor(3.0), (tw.tensor(4.0),)]}

    def f(w, x):
        return (w["a"] ** 2).sum() * x + w["rest"][0] * w["rest"][1][0]

    slopes, value = grad_and_value(f)(w, tw.tensor(10.0))
    assert value.item() == 62.0
    assert slopes["a"].tolist() == [20.0, 40.0]
    assert slopes["rest"][0].item() == 4.0
    assert [g.item() for g in slopes["rest"][1]] == [3.0]
    both = grad(f, argnums=(0, 1))(w, tw.tensor(10.0))
    assert both[1].item() == 5.0
    assert both[0]["a"].tolist() == [20.0, 40.0]
    assert grad(lambda x: (x**2).sum())([1.0, 2.0]).tolist() == [2.0, 4.0]  # numbers: data of one tensor


def test_gradients_for_each_sample_of_a_network():
    net = nn.Sequential(nn.Linear(3, 4, generator=0), nn.Tanh(), nn.Linear(4, 1, generator=1))
    weights = {name: p.detach() for name, p in net.named_parameters()}
    X, Y = tw.randn(5, 3, generator=2), tw.randn(5, 1, generator=3)

    def loss(weights, x, y):
        return ((functional_call(net, weights, (x,)) - y) ** 2).sum()

    found = vmap(grad(loss), in_dims=(None, 0, 0))(weights, X, Y)
    for i in range(5):
        net.zero_grad()
        ((net(X[i : i + 1]) - Y[i : i + 1]) ** 2).sum().backward()
        for name, p in net.named_parameters():
            np.testing.assert_allclose(found[name][i].numpy(), p.grad.numpy(), rtol=1e-5, atol=1e-7)


@given(points)
def test_both_jacobians_are_one(x):
    def f(x):
        return tw.stack([x.sum(), (x * x).sum(), x[0].sin()])

    expected = np.stack([np.ones(len(x)), 2 * x.numpy(), np.cos(x.numpy()) * (np.arange(len(x)) == 0)])
    np.testing.assert_allclose(jacfwd(f)(x).numpy(), expected)
    np.testing.assert_allclose(jacrev(f)(x).numpy(), expected)


def test_jacobians_of_several_arguments_and_results():
    x, y = tw.tensor([1.0, 2.0]), tw.tensor([[3.0], [4.0]])
    for f in (lambda x, y: x @ y, lambda x, y: (x * 2, (x * y.T).sum())):
        forward, reverse = jacfwd(f, argnums=(0, 1))(x, y), jacrev(f, argnums=(0, 1))(x, y)

        def flat(found):
            return [t.tolist() for part in found for t in (part if isinstance(part, tuple) else (part,))]

        assert flat(forward) == flat(reverse)
    assert hessian(lambda x: (x**3).sum())(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert jvp(tw.sin, (tw.tensor(0.0),), (tw.tensor(2.0),))[1].item() == 2.0
    assert vjp(tw.sin, tw.tensor(0.0))[1](tw.tensor(2.0))[0].item() == 2.0


FUNCTIONS = {
    "sum": lambda x: x.sum(),
    "softmax": lambda x: x.softmax(-1),
    "product": lambda x: x @ x.T,
    "sorted": lambda x: x.sort(-1)[0],
    "norm": lambda x: (x * x).sum(0).sqrt(),
    "part": lambda x: x[0, 1:],
    "several": lambda x: (x + 1, {"twice": 2 * x}),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_vmap_is_a_loop(name, dim):
    function = FUNCTIONS[name]
    x = tw.tensor(np.random.default_rng(0).standard_normal((4, 4, 4)), requires_grad=True)
    found = vmap(function, in_dims=dim, out_dims=0)(x)
    rows = [function(x.select(dim, i)) for i in range(4)]
    if name == "several":
        found, rows = found[1]["twice"], [row[1]["twice"] for row in rows]
    expected = tw.stack(rows)
    np.testing.assert_array_equal(found.detach().numpy(), expected.detach().numpy())
    one, other = (tw.grad(y.sin().sum(), x)[0].numpy() for y in (found, expected))
    np.testing.assert_allclose(one, other)


def test_vmap_arranges():
    x, y = tw.arange(6.0).reshape(2, 3), tw.arange(3.0)
    assert vmap(lambda a, b: a * b, in_dims=(1, 0), out_dims=1)(x, y).shape == (2, 3)
    assert vmap(lambda a, b: a + b, in_dims=(0, None))(x, y).tolist() == (x + y).tolist()
    assert vmap(vmap(lambda a: a * 2))(x).tolist() == (2 * x).tolist()
    assert vmap(lambda d: d["a"] + d["b"], in_dims=({"a": 0, "b": None},))({"a": x, "b": y}).shape == (2, 3)
    with pytest.raises(tw.ShapeError, match="different numbers of samples"):
        vmap(lambda a, b: a + b)(x, y)
    with pytest.raises(tw.ShapeError, match="no argument has samples"):
        vmap(lambda a: a, in_dims=None)(x)
    with pytest.raises(tw.DTypeError, match="has no samples"):
        vmap(lambda a, n: a * n)(x, 3)
    with pytest.raises(tw.DTypeError, match="must return Tensors"):
        vmap(lambda a: 3)(x)


def test_gradients_for_each_sample():
    model = nn.Linear(3, 1)
    weights = {name: p.detach() for name, p in model.named_parameters()}
    X, y = tw.tensor(np.eye(3, dtype=np.float32)), tw.ones(3, 1)

    def loss(weights, x, y):
        return ((functional_call(model, weights, (x,)) - y) ** 2).sum()

    slopes = [grad(lambda w, i=i: loss({**weights, "weight": w}, X[i], y[i]))(weights["weight"]) for i in range(3)]
    together = vmap(grad(lambda w, x, y: loss({**weights, "weight": w}, x, y)), in_dims=(None, 0, 0))
    np.testing.assert_allclose(together(weights["weight"], X, y).numpy(), [s.numpy() for s in slopes])


def test_a_module_called_with_other_weights_keeps_its_own():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: t.tolist() for name, t in model.state_dict().items()}
    out = functional_call(model.eval(), {"0.weight": tw.zeros(2, 2), "0.bias": tw.ones(2)}, tw.ones(3, 2))
    assert out.shape == (3, 2)
    assert {name: t.tolist() for name, t in model.state_dict().items()} == before
    with pytest.raises(KeyError, match=r"unknown names 0\.height"):
        functional_call(model, {"0.height": tw.zeros(1)}, tw.ones(3, 2))
    with pytest.raises(KeyError, match="missing"):
        functional_call(model, {"0.weight": tw.zeros(2, 2)}, tw.ones(3, 2), strict=True)


def test_a_jacobian_with_something_beside():
    w = tw.tensor(3.0, requires_grad=True)
    x = tw.tensor([1.0, 2.0])
    found, aux = tw.func.jacrev(lambda x: (w * x * x, {"sum": w * x.sum()}), has_aux=True, chunk_size=1)(x)
    assert found.tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert aux["sum"].item() == 9.0
    (found.sum() + aux["sum"]).backward()
    assert w.grad.item() == 9.0
    with pytest.raises(tw.SettingError, match="chunk_size"):
        tw.func.jacrev(tw.sin, chunk_size=0)


def test_a_hessian_of_several_entries_and_arguments():
    x = tw.tensor([1.0, 2.0])
    found = tw.func.hessian(lambda x: tw.stack([x.sum(), x[0] ** 2 * x[1]]))(x)
    assert found.tolist() == [[[0.0, 0.0], [0.0, 0.0]], [[4.0, 2.0], [2.0, 0.0]]]
    assert tw.func.hessian(lambda x, y: (x * y**2).sum(), 1)(x, x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    (_, ab), (ba, _) = tw.func.hessian(lambda x, y: (x * y**2).sum(), (0, 1))(x, x)
    assert ab.tolist() == ba.tolist() == [[2.0, 0.0], [0.0, 4.0]]
