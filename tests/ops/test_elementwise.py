"""Elementwise operations where they are special: ties, kinks, edges of domains, extremes, refusals, rebinding."""

import math

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

INF, NAN = math.inf, math.nan
# fmt: off
NAMES = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sinc", "sigmoid", "logit", "erf", "erfc",
    "reciprocal", "square", "abs", "sign", "floor", "ceil", "trunc", "round", "frac", "relu6", "elu", "selu",
    "celu", "gelu", "silu", "mish", "softplus", "softsign", "hardtanh", "hardsigmoid", "hardswish", "logsigmoid",
    "tanhshrink", "nan_to_num",
)
# fmt: on


def slopes(function, *numbers, order=1):
    """The derivatives of one order by each argument, entry by entry."""
    xs = [tw.tensor(list(map(float, n)), dtype=tw.float64, requires_grad=True) for n in numbers]
    y = function(*xs)
    for _ in range(order):
        grads = tw.grad(y.sum(), xs, create_graph=True, allow_unused=True)
        y = grads[0]
    return [g.tolist() for g in grads]


def test_augmented_assignment_writes_and_is_recorded():
    x = tw.tensor([1.0, 2.0], requires_grad=True)
    y = kept = x * x
    y += 1
    y -= x
    y /= 2
    y **= 2
    y %= 100
    assert y is kept
    assert y.tolist() == [0.25, 2.25]  # ((x² - x + 1) / 2)²
    y.sum().backward()
    assert x.grad.tolist() == [0.5, 4.5]  # (x² - x + 1) (2x - 1) / 2
    y //= 2
    assert y.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("function", "x", "wanted"),
    [
        (tw.abs, [-1, 0, 1, NAN], [-1, 0, 1, 0]),
        (tw.relu, [-1, 0, 1, NAN], [0, 0, 1, 1]),
        (tw.relu6, [0, 3, 6], [0, 1, 0]),
        (lambda x: x.clamp(1, 2), [0, 1, 1.5, 2, 3], [0, 1, 1, 1, 0]),
        (functional.hardtanh, [-1, 0, 1], [0, 1, 0]),
        (functional.hardswish, [-3, 0, 3], [0, 0.5, 1]),
        (lambda x: functional.elu(x, 2.0), [0, 1], [2, 1]),
        (lambda x: functional.leaky_relu(x, 0.1), [0, 1], [0.1, 1]),
        (lambda x: functional.softplus(x, 1, 0), [0, 1], [0.5, 1]),
        (tw.sinc, [0], [0]),
        (tw.sqrt, [0], [INF]),
        (lambda x: tw.logit(x, eps=0.25), [0.125, 0.25, 0.5], [0, 16 / 3, 4]),
        (tw.logit, [-1, 0, 1, 2], [NAN, INF, INF, NAN]),
        (lambda x: x**0, [0, INF], [0, 0]),
        (lambda x: x**1, [0, -2], [1, 1]),
        (lambda x: x**2, [0, -2], [0, -4]),
        (lambda x: 0**x, [0, 2], [0, 0]),
        (tw.nan_to_num, [1, NAN, INF, -INF], [1, 0, 0, 0]),
        (tw.floor, [0.5, 1], [0, 0]),
        (tw.sign, [0, INF], [0, 0]),
        (tw.frac, [0.5, -1.5], [1, 1]),
    ],
)
def test_slope_at_a_kink_or_an_edge(function, x, wanted):
    np.testing.assert_allclose(slopes(function, x)[0], wanted)


@pytest.mark.parametrize(
    ("function", "a", "b", "by_a", "by_b"),
    [
        (tw.maximum, [1, 2, NAN], [1, 3, 0], [0.5, 0, 1], [0.5, 1, 1]),
        (tw.minimum, [1, 2, NAN], [1, 3, 0], [0.5, 1, 1], [0.5, 0, 1]),
        (tw.atan2, [0, 0], [0, -1], [0, -1], [0, 0]),
        (tw.hypot, [0, 3], [1, 4], [0, 0.6], [1, 0.8]),
        (tw.xlogy, [0, 0, 0], [0, 1, -1], [0, 0, 0], [NAN, 0, 0]),
        (tw.logaddexp, [1e4, -1e4], [-1e4, 1e4], [1, 0], [0, 1]),
        (tw.remainder, [-3, 3], [2, -2], [1, 1], [2, 2]),
        (tw.fmod, [-3, 3], [2, -2], [1, 1], [1, 1]),
        (tw.pow, [0, 0, 2], [0, 2, 0], [0, 0, 0], [0, 0, math.log(2)]),
    ],
)
def test_slopes_of_two_arguments_at_ties_and_edges(function, a, b, by_a, by_b):
    found = slopes(function, a, b)
    np.testing.assert_allclose(found[0], by_a)
    np.testing.assert_allclose(found[1], by_b)


def test_bounds_that_cross_give_the_upper_one_the_gradient_and_equal_ones_none():
    assert slopes(tw.clamp, [0, 0.5, 0], [2, 2, 1], [1, 1, 1]) == [[0, 0, 0], [0, 0, 0], [1, 1, 0]]


@pytest.mark.parametrize("order", range(6))
def test_every_derivative_of_sinc_at_0_is_the_power_series(order):
    wanted = 0 if order % 2 else (-1) ** (order // 2) * math.pi**order / (order + 1)
    found = slopes(tw.sinc, [0], order=order)[0][0] if order else tw.sinc(tw.zeros(1)).item()
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("x", [-6.0, -0.51, -0.5, -1e-300, 0.0, 5e-324, 0.3, 0.4999, 0.5, 2.0, 5.9, 26.0, INF, -INF])
def test_error_functions_are_right_to_the_last_places(x):
    for function, oracle in ((tw.erf, math.erf), (tw.erfc, math.erfc)):
        assert function(tw.tensor(x, dtype=tw.float64)).item() == pytest.approx(oracle(x), rel=2e-15, abs=0)


def test_error_function_of_nothing_and_of_many_numbers_keeps_the_shape():
    assert tw.erf(tw.zeros(0, 3)).shape == (0, 3)
    many = np.linspace(-3, 3, 40_000).reshape(200, 200)[:, ::2]
    np.testing.assert_allclose(tw.erf(tw.tensor(many)).numpy(), np.vectorize(math.erf)(many), rtol=1e-15)


@pytest.mark.parametrize("dtype", [tw.float32, tw.float64])
@pytest.mark.parametrize(
    "name",
    NAMES,
)
def test_no_warning_escapes_at_extremes(name, dtype):
    x = tw.tensor([0.0, -0.0, 1e-40, 5e-324, 1, -1, 1e4, -1e4, 1e38, INF, -INF, NAN], dtype=dtype, requires_grad=True)
    y = getattr(tw, name)(x)  # warnings are errors in tests
    (g,) = tw.grad(y.sum(), x, create_graph=True)
    (g * x).sum().backward()
    assert y.dtype == g.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize(
    "function",
    [
        functional.gelu,
        functional.silu,
        functional.mish,
        functional.elu,
        functional.selu,
        functional.softplus,
        functional.hardswish,
        functional.logsigmoid,
    ],
)
def test_activations_and_their_slopes_are_finite_far_out(function):
    x = tw.tensor([-1e4, -100.0, 0.0, 100.0, 1e4], requires_grad=True)
    (g,) = tw.grad(function(x).sum(), x, create_graph=True)
    g.sum().backward()
    assert np.isfinite(x.grad.numpy()).all()
    assert np.isfinite(g.numpy()).all()


@pytest.mark.parametrize("dtype", [tw.float32, tw.float64])
@pytest.mark.parametrize(
    "function",
    [functional.gelu, lambda x: functional.gelu(x, "tanh"), functional.silu, functional.mish],
    ids=["gelu", "gelu tanh", "silu", "mish"],
)
def test_gates_are_open_or_closed_up_to_the_largest_number(function, dtype):
    most = float(np.finfo(dtype).max)
    sizes = [1e4, most**0.5, most / 2, most]
    x = tw.tensor([*sizes, *(-size for size in sizes)], dtype=dtype, requires_grad=True)
    (g,) = tw.grad(function(x), x, tw.full_like(x, 10.0), create_graph=True)
    assert g.tolist() == [10] * 4 + [0] * 4
    (curvature,) = tw.grad(g, x, tw.full_like(x, 10.0))
    assert curvature.tolist() == [0] * 8


def test_softmax_neither_overflows_nor_loses_the_small_ones():
    x = tw.tensor([[1e4, 0.0, -1e4]], requires_grad=True)
    assert tw.softmax(x, 1).tolist() == [[1, 0, 0]]
    assert tw.log_softmax(x, 1).tolist() == [[0, -1e4, -2e4]]
    assert np.isnan(tw.softmax(tw.tensor([-INF, -INF]), 0).numpy()).all()


@pytest.mark.parametrize("length", [3, 100])
@pytest.mark.parametrize("dim", [0, 1])
def test_softmax_slope_of_long_and_short_vectors(length, dim):
    rng = np.random.default_rng(0)
    x = tw.tensor(rng.standard_normal((length, length)), requires_grad=True)
    g = rng.standard_normal(x.shape)
    (found,) = tw.grad(tw.softmax(x, dim), x, tw.tensor(g))
    y = np.exp(x.numpy()) / np.exp(x.numpy()).sum(dim, keepdims=True)
    np.testing.assert_allclose(found.numpy(), y * (g - (g * y).sum(dim, keepdims=True)), rtol=1e-10, atol=1e-15)


def test_softmax_computes_in_the_dtype_that_it_is_given():
    assert tw.softmax(tw.tensor([1, 2]), 0, dtype=tw.float64).dtype == tw.float64
    assert tw.softmax(tw.tensor(1.0), 0).tolist() == 1


def test_softmax_of_layers_without_a_dim_warns_and_chooses_as_pytorch():
    with pytest.warns(UserWarning, match="give dim"):
        y = functional.softmax(tw.zeros(2, 4))
    assert y.tolist() == [[0.25] * 4] * 2


def test_unit_vectors_and_angles_of_vectors_without_length():
    x = tw.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    np.testing.assert_allclose(functional.normalize(x).tolist(), [[0.6, 0.8], [0, 0]], rtol=1e-6)
    cosine = functional.cosine_similarity(x, tw.tensor([[4.0, 3.0], [1.0, 1.0]]))
    np.testing.assert_allclose(cosine.tolist(), [0.96, 0], rtol=1e-6)
    cosine.sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_the_cosine_of_whole_and_real_numbers_is_taken_in_the_real_ones():
    whole, real = tw.tensor([[3, 4]]), tw.tensor([[4.0, 3.0]], requires_grad=True)
    for cosine in (functional.cosine_similarity(whole, real), functional.cosine_similarity(real, whole)):
        assert (cosine.dtype, cosine.tolist()) == (tw.float32, pytest.approx([0.96]))
    assert functional.cosine_similarity(whole, real.double()).dtype == tw.float64
    with pytest.raises(tw.DTypeError, match="cosine_similarity: takes floating-point numbers, not int64"):
        functional.cosine_similarity(whole, whole)


def test_integers_stay_integers_where_pytorchs_do():
    a, b = tw.tensor([-7, 7]), tw.tensor([2, -2])
    assert (a // b).tolist() == [-4, -4]
    assert tw.div(a, b, rounding_mode="trunc").tolist() == [-3, -3]
    assert (a % b).tolist() == [1, -1]
    assert tw.fmod(a, b).tolist() == [-1, 1]
    assert (7 % a, 7 // a)[0].tolist() == [0, 0]
    assert tw.div(a, b).dtype == tw.float32
    assert a.floor().dtype == a.round().dtype == a.square().dtype == a.clamp(0).dtype == a.sign().dtype == tw.int64
    assert functional.hardtanh(a, -1.5, 1.5).tolist() == [-1, 1]


def test_large_integers_are_divided_exactly():
    assert tw.div(tw.tensor([2**62 + 1]), 2, rounding_mode="trunc").item() == 2**61


def test_add_and_sub_scale_their_second_argument():
    a, b = tw.tensor([1.0, 2.0]), tw.tensor([3.0, 4.0])
    assert tw.add(a, b, alpha=2).tolist() == [7, 10]
    assert a.sub(b, alpha=2).tolist() == [-5, -6]
    assert tw.add(tw.tensor([True]), tw.tensor([True]), alpha=0).tolist() == [True]


def test_rounding_goes_to_the_even_neighbour():
    assert tw.round(tw.tensor([0.5, 1.5, -2.5])).tolist() == [0, 2, -2]
    assert tw.round(tw.tensor([1.25, 123.0], dtype=tw.float64), decimals=1).tolist() == [1.2, 123]
    assert tw.round(tw.tensor([150.0]), decimals=-2).tolist() == [200]


def test_lerp_is_exact_at_both_ends():
    a, b = tw.tensor([0.1, 1e8]), tw.tensor([0.7, 1.0])
    assert tw.lerp(a, b, 0.0).tolist() == a.tolist()
    assert tw.lerp(a, b, 1.0).tolist() == b.tolist()


def test_where_of_two_numbers_takes_the_default_dtype_and_alone_finds_places():
    condition = tw.tensor([True, False, True])
    assert tw.where(condition, 1.0, 2).dtype == tw.float32
    assert tw.where(condition, 1, 2).dtype == tw.int64
    assert [i.tolist() for i in tw.where(condition)] == [[0, 2]]
    assert tw.tensor([1.0, 2, 3]).where(condition, 0).tolist() == [1, 0, 3]


def test_closeness_and_equality():
    a = tw.tensor([1.0, INF, NAN])
    assert tw.isclose(a, a).tolist() == [True, True, False]
    assert tw.isclose(a, a, equal_nan=True).tolist() == [True] * 3
    assert tw.isclose(tw.tensor([1.0]), tw.tensor([1.1]), rtol=0.2).tolist() == [True]
    assert tw.allclose(tw.ones(2), tw.ones(2)) is True
    assert tw.equal(tw.ones(2), tw.ones(2)) is True
    assert tw.equal(tw.ones(2), tw.ones(1, 2)) is False


def test_bits_of_integers_and_booleans():
    a, b = tw.tensor([6, 5]), tw.tensor([3, 1])
    assert tw.bitwise_and(a, b).tolist() == [2, 1]
    assert tw.bitwise_or(a, b).tolist() == [7, 5]
    assert tw.bitwise_xor(a, b).tolist() == [5, 4]
    assert tw.bitwise_not(a).tolist() == [-7, -6]
    assert tw.bitwise_not(tw.tensor([True])).tolist() == [False]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: tw.add(x.long(), x.long(), alpha=0.5), RuntimeError),
        (lambda x: tw.add(x, x, alpha=True), RuntimeError),
        (lambda x: tw.div(x, x, rounding_mode="up"), RuntimeError),
        (lambda x: x.long() // 0, RuntimeError),
        (lambda x: x.long() % 0, RuntimeError),
        (lambda x: x.clamp(), RuntimeError),
        (lambda x: tw.clamp_min(2, x), TypeError),
        (lambda x: x.masked_fill(x > 0, x), RuntimeError),
        (lambda x: x.long().masked_fill(x > 0, 0.5), RuntimeError),
        (lambda x: tw.where(x, x, x), RuntimeError),
        (lambda x: tw.bitwise_and(x, x), RuntimeError),
        (lambda x: tw.isclose(x, x, rtol=-1), RuntimeError),
        (lambda x: -(x > 0), RuntimeError),
        (lambda x: +(x > 0), RuntimeError),
        (lambda x: (x > 0) - (x > 0), RuntimeError),
        (lambda x: functional.gelu(x, "exact"), RuntimeError),
        (lambda x: functional.hardtanh(x, 1, -1), ValueError),
        (lambda x: functional.celu(x, 0.0), RuntimeError),
        (lambda x: functional.softplus(x, beta=0), ValueError),
        (lambda x: functional.glu(x[:3]), RuntimeError),
        (lambda x: functional.prelu(x, tw.ones(2)), RuntimeError),
        (lambda x: functional.prelu(x, tw.ones(1, 1)), RuntimeError),
        (lambda x: functional.dropout(x, 1.5), ValueError),
        (lambda x: functional.silu(x.long()), RuntimeError),
        (lambda x: functional.silu(None), TypeError),
        (lambda x: nn.Dropout(-0.1), ValueError),
        (lambda x: tw.softmax(x, 1), IndexError),
        (lambda x: tw.softmax(x.long(), 0), RuntimeError),
        (lambda x: tw.erf("text"), TypeError),
    ],
)
def test_wrong_input_is_refused(call, error):
    with pytest.raises(error):
        call(tw.tensor([1.0, 2.0, 3.0, 4.0]))


def test_dropout_keeps_the_mean_and_passes_the_gradient_where_it_kept():
    x = tw.ones(10_000, requires_grad=True)
    y = functional.dropout(x, 0.25, generator=0)
    assert set(np.unique(y.numpy())) == {np.float32(0), np.float32(4 / 3)}
    assert y.mean().item() == pytest.approx(1, abs=0.03)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()


def test_dropout_is_drawn_from_the_generator_that_it_is_given_or_the_default_one():
    x = tw.ones(100)
    tw.manual_seed(1)
    first = functional.dropout(x).tolist()
    assert functional.dropout(x).tolist() != first
    tw.manual_seed(1)
    assert functional.dropout(x).tolist() == first
    assert functional.dropout(x, generator=3).tolist() == functional.dropout(x, generator=3).tolist()


def test_dropout_of_everything_of_nothing_and_outside_training():
    x = tw.ones(3, requires_grad=True)
    assert functional.dropout(x, 1.0).tolist() == [0, 0, 0]
    assert functional.dropout(x, 0.0) is x
    assert nn.Dropout(0.9).eval()(x) is x


def test_a_learnt_slope_has_one_number_or_one_for_each_channel():
    x = tw.tensor([[-1.0, -2.0], [3.0, -4.0]])
    layer = nn.PReLU(2)
    layer(x).sum().backward()
    assert layer(x).tolist() == [[-0.25, -0.5], [3, -1]]
    assert layer.weight.grad.tolist() == [-1, -6]
    assert nn.PReLU()(x).tolist() == layer(x).tolist()


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (nn.ReLU6(), functional.relu6),
        (nn.LeakyReLU(0.3), lambda x: functional.leaky_relu(x, 0.3)),
        (nn.ELU(2.0), lambda x: functional.elu(x, 2.0)),
        (nn.CELU(2.0), lambda x: functional.celu(x, 2.0)),
        (nn.SELU(), functional.selu),
        (nn.GELU("tanh"), lambda x: functional.gelu(x, "tanh")),
        (nn.SiLU(), functional.silu),
        (nn.Mish(), functional.mish),
        (nn.Softplus(2, 1), lambda x: functional.softplus(x, 2, 1)),
        (nn.Softsign(), functional.softsign),
        (nn.Hardtanh(-2, 0.5), lambda x: functional.hardtanh(x, -2, 0.5)),
        (nn.Hardsigmoid(), functional.hardsigmoid),
        (nn.Hardswish(), functional.hardswish),
        (nn.LogSigmoid(), functional.logsigmoid),
        (nn.Tanhshrink(), functional.tanhshrink),
        (nn.GLU(0), lambda x: functional.glu(x, 0)),
        (nn.Softmax(1), lambda x: functional.softmax(x, 1)),
        (nn.LogSoftmax(dim=0), lambda x: functional.log_softmax(x, 0)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_a_module_applies_its_function_with_its_settings(module, function):
    x = tw.tensor([[-3.5, -1.0, 0.2], [0.7, 2.0, 7.0]])
    assert module(x).tolist() == function(x).tolist()


def test_a_module_shows_its_settings():
    assert repr(nn.Hardtanh(-2, 3)) == "Hardtanh(min_val=-2, max_val=3)"
    assert repr(nn.SiLU()) == "SiLU()"
