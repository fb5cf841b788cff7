"""The methods in place, by name, and their functions: each does what the function without the underscore does."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf.tensors import inplace_methods


@pytest.fixture
def w():
    return tw.tensor([1.0, 2.0, 3.0], dtype=tw.float64, requires_grad=True)


METHODS = sorted(
    name for name in vars(inplace_methods.InPlaceMethods) if name.endswith("_") and not name.startswith("_")
)
ARGUMENTS = {
    "addcdiv_": ([2.0, 3.0], [4.0, 5.0]), "addcmul_": ([2.0, 3.0], [4.0, 5.0]), "lerp_": ([2.0, 3.0], 0.25),
    "clamp_": (0.4, 0.6), "clip_": (0.4, 0.6), "clamp_min_": (0.4,), "clamp_max_": (0.6,), "pow_": (3,),
}  # fmt: skip
UNARY = """
    abs absolute neg negative reciprocal square rsqrt sign floor ceil trunc fix round frac nan_to_num exp exp2 expm1
    log log2 log10 log1p sqrt sin cos tan asin arcsin acos arccos atan arctan sinh cosh tanh asinh arcsinh atanh
    arctanh sigmoid sinc logit erf erfc relu
""".split()  # noqa: SIM905
BINARY = """
    add sub mul div subtract multiply divide true_divide floor_divide remainder fmod atan2 arctan2 hypot xlogy eq ne
    not_equal lt less le less_equal gt greater ge greater_equal
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", [f"{n}_" for n in UNARY + BINARY] + sorted(ARGUMENTS))
def test_a_method_does_what_its_function_does(name):
    """Values, and the gradients of the function without the underscore."""
    outcomes = []
    for in_place in (False, True):
        w = tw.tensor([0.3, 0.7], dtype=tw.float64, requires_grad=True)
        given = ARGUMENTS.get(name, ([1.5, 0.5],) if name[:-1] in BINARY else ())
        given = [tw.tensor(a, dtype=tw.float64) if isinstance(a, list) else a for a in given]
        x = w * 1
        y = getattr(x, name if in_place else name[:-1])(*given)
        assert (y is x) == in_place
        y = y.to(tw.float64)
        if y.requires_grad:
            y.sum().backward()
        outcomes.append((y.tolist(), [0.0, 0.0] if w.grad is None else w.grad.tolist()))
    assert outcomes[0] == outcomes[1]


def test_methods_with_places_do_what_their_functions_do():
    x = tw.arange(6.0).reshape(2, 3)
    at, source = tw.tensor([0, 1]), tw.ones(2, 3)
    for name, arguments in {
        "index_add": (0, at, source), "index_copy": (0, at, source), "index_fill": (1, at, 9.0),
        "masked_fill": (x > 2, 7.0), "scatter": (1, tw.tensor([[0], [2]]), 5.0),
        "scatter_add": (1, tw.tensor([[0], [2]]), source), "index_put": ((at, at), tw.ones(2)),
        "tril": (), "triu": (1,), "cumsum": (0,), "cumprod": (1,), "addmm": (tw.ones(2, 2), source),
    }.items():  # fmt: skip
        y = x.clone()
        assert getattr(y, f"{name}_")(*arguments) is y
        assert y.tolist() == getattr(x, name)(*arguments).tolist(), name


def test_every_method_says_its_name():
    for name in METHODS:
        method = getattr(tw.Tensor, name)
        assert method.__doc__, name
        assert method.__name__ == name or getattr(tw.Tensor, method.__name__) is method


@pytest.mark.parametrize(
    "name",
    [
        "relu",
        "relu6",
        "leaky_relu",
        "elu",
        "selu",
        "celu",
        "silu",
        "mish",
        "hardtanh",
        "hardsigmoid",
        "hardswish",
        "dropout",
    ],
)
def test_activations_overwrite_their_input_where_they_are_told_to(name, w):
    function = getattr(tw.nn.functional, name)
    outcomes = []
    for settings_ in ({}, {"inplace": True}):
        w.grad = None
        x = (w - 2) * 1
        tw.manual_seed(0)
        y = function(x, **settings_)
        assert (y is x) == bool(settings_)
        y.sum().backward()
        outcomes.append((y.tolist(), w.grad.tolist()))
    assert outcomes[0] == outcomes[1]
    with pytest.raises(tw.GraphError, match="a leaf that requires gradients"):
        function(w, inplace=True)


def test_a_layer_that_overwrites_its_input_says_so():
    layer = tw.nn.Sequential(tw.nn.ReLU(inplace=True), tw.nn.Dropout(0.5, inplace=True), tw.nn.ELU(2.0, True)).eval()
    x = tw.tensor([-1.0, 1.0])
    assert layer(x) is x
    assert x.tolist() == [0.0, 1.0]
    assert "ReLU(inplace=True)" in repr(layer)
    assert "ELU(alpha=2.0, inplace=True)" in repr(layer)


def test_functions_with_an_underscore_are_the_methods():
    x = tw.tensor([-1.0, 4.0])
    assert tw.relu_(x) is x
    assert tw.sqrt_(x) is x
    assert tw.nn.functional.leaky_relu_(x, 0.5) is x
    assert x.tolist() == [0.0, 2.0]


DRAWS = {
    "normal_": ((2.0, 0.5), 2.0, 0.5), "uniform_": ((1.0, 3.0), 2.0, 12**-0.5 * 2), "exponential_": ((2.0,), 0.5, 0.5),
    "bernoulli_": ((0.3,), 0.3, 0.21**0.5), "geometric_": ((0.5,), 2.0, 2**0.5),
    "log_normal_": ((0.0, 0.25), np.exp(0.03125), np.exp(0.03125) * (np.exp(0.0625) - 1) ** 0.5),
    "random_": ((0, 10), 4.5, 8.25**0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_draws_have_their_mean_and_deviation(name):
    given, mean, deviation = DRAWS[name]
    tw.manual_seed(0)
    x = tw.zeros(20_000)
    assert getattr(x, name)(*given) is x
    assert abs(x.mean().item() - mean) < 0.05 * max(1, deviation)
    assert abs(x.std().item() - deviation) < 0.05 * max(1, deviation)
    if name not in ("random_", "bernoulli_", "geometric_"):
        with pytest.raises(NotImplementedError, match="int64"):
            getattr(tw.tensor([1]), name)(*given)


def test_cauchy_draws_have_their_quartiles():
    tw.manual_seed(0)
    x = tw.zeros(20_000).cauchy_(1.0, 2.0).numpy()
    np.testing.assert_allclose(np.quantile(x, [0.25, 0.5, 0.75]), [-1, 1, 3], atol=0.1)


def test_draws_refuse_what_is_no_distribution():
    x = tw.zeros(2)
    for draw in (
        lambda: x.normal_(0, -1), lambda: x.uniform_(2, 1), lambda: x.exponential_(0), lambda: x.geometric_(1.0),
        lambda: x.bernoulli_(1.5), lambda: x.random_(3, 3), lambda: x.cauchy_(0, 0), lambda: x.log_normal_(0, 0),
    ):  # fmt: skip
        with pytest.raises(tw.SettingError):
            draw()


def test_draws_of_whole_numbers_stay_within_the_dtype():
    x = tw.zeros(1000, dtype=tw.uint8).random_()
    assert x.max().item() > 200
    assert (tw.zeros(1000).uniform_(0.0, 1e-30) < 1e-30).all()


# ---------------------------------------------------------------- out=


OUT = {
    "a row": (lambda a, out: tw.exp(a, out=out), lambda a: np.exp(a)),
    "a row of two": (lambda a, out: tw.mul(a, a, out=out), lambda a: a * a),
    "add": (lambda a, out: tw.add(a, a, alpha=2, out=out), lambda a: 3 * a),
    "matmul": (lambda a, out: tw.matmul(a, a, out=out), lambda a: a @ a),
    "cat": (lambda a, out: tw.cat([a[:1], a[1:]], out=out), lambda a: a),
    "sum": (lambda a, out: tw.sum(tw.stack([a, a]), 0, out=out), lambda a: 2 * a),
    "mean": (lambda a, out: tw.mean(tw.stack([a, a]), 0, out=out), lambda a: a),
    "clamp": (lambda a, out: tw.clamp(a, 1.0, 2.0, out=out), lambda a: np.clip(a, 1, 2)),
    "where": (lambda a, out: tw.where(a > 1, a, 0.0, out=out), lambda a: np.where(a > 1, a, 0)),
}


@pytest.mark.parametrize("name", OUT)
def test_out_takes_the_result(name):
    function, expected = OUT[name]
    a = tw.tensor([[0.5, 1.0], [1.5, 3.0]])
    out = tw.zeros(2, 2)
    held = out.numpy()
    assert function(a, out) is out
    np.testing.assert_allclose(held, expected(a.numpy()), rtol=1e-6)
    empty = tw.empty(0)
    assert function(a, empty) is empty
    assert empty.shape == (2, 2)
    with pytest.raises(tw.ShapeError):
        function(a, tw.zeros(3))
    with pytest.raises(tw.GraphError, match="out= is not recorded"):
        function(a.clone().requires_grad_(), out)
    with tw.no_grad():
        function(a.requires_grad_(), out)


def test_out_keeps_its_dtype():
    out = tw.zeros(2, dtype=tw.float64)
    tw.add(tw.ones(2), 1, out=out)
    assert out.tolist() == [2.0, 2.0]
    with pytest.raises(tw.DTypeError, match="can't be cast to int64"):
        tw.add(tw.ones(2), 1, out=tw.tensor([0, 0]))
