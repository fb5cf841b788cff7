"""NumPy's functions on tensors: recorded, or refused; never an array that has lost its gradient."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw

positive = hnp.arrays("float64", (2, 3), elements=st.floats(0.25, 4).map(lambda x: round(x, 2)))


def leaf(array):
    return tw.tensor(array, requires_grad=True)


def weights(y):
    return np.cos(np.arange(y.size)).reshape(y.shape)


def slopes(f, *arrays):
    """The value of f and its gradients in a direction without symmetries."""
    xs = [leaf(a) for a in arrays]
    y = f(*xs)
    assert isinstance(y, tw.Tensor)
    y.backward(tw.tensor(weights(y)))
    return y.numpy(), [x.grad.numpy() for x in xs]


def assert_agrees(by_numpy, by_method, *arrays):
    value, found = slopes(by_numpy, *arrays)
    _, expected = slopes(by_method, *arrays)
    np.testing.assert_allclose(value, by_numpy(*arrays))
    for f, e in zip(found, expected, strict=True):
        np.testing.assert_array_equal(f, e)


# ---------------------------------------------------------------- functions of entries

UNARY = {
    np.exp: tw.exp, np.expm1: tw.expm1, np.log: tw.log, np.log1p: tw.log1p, np.sqrt: tw.sqrt, np.sin: tw.sin,
    np.cos: tw.cos, np.tanh: tw.tanh, np.abs: tw.abs, np.negative: tw.neg, np.sign: tw.sign,
}  # fmt: skip
BINARY = {
    np.add: tw.add, np.subtract: tw.sub, np.multiply: tw.mul, np.divide: tw.div, np.power: tw.pow,
    np.maximum: tw.maximum, np.minimum: tw.minimum,
}  # fmt: skip


def named(functions):
    return pytest.mark.parametrize(("ufunc", "op"), functions.items(), ids=[f.__name__ for f in functions])


@named(UNARY)
@given(x=positive)
def test_a_function_of_one_tensor_is_recorded(ufunc, op, x):
    assert_agrees(ufunc, op, x)


@named(BINARY)
@given(a=positive, b=positive)
def test_a_function_of_two_tensors_is_recorded(ufunc, op, a, b):
    assert_agrees(ufunc, op, a, b)


@named(BINARY)
@given(a=positive, b=positive)
def test_an_array_may_stand_on_either_side(ufunc, op, a, b):
    for f, g in [(lambda x: ufunc(a, x), lambda x: op(a, x)), (lambda x: ufunc(x, a), lambda x: op(x, a))]:
        assert_agrees(f, g, b)


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum])
def test_a_tie_is_shared(ufunc):
    _, (da, db) = slopes(ufunc, np.array([1.0]), np.array([1.0]))
    assert (da.tolist(), db.tolist()) == ([0.5], [0.5])


@pytest.mark.parametrize("ufunc", [np.equal, np.less, np.greater_equal, np.logical_and, np.isfinite, np.isnan])
def test_comparisons_give_tensors_of_booleans(ufunc):
    x = leaf([1.0, 2.0])
    y = ufunc(x) if ufunc.nin == 1 else ufunc(np.array([1.0, 3.0]), x)
    assert isinstance(y, tw.Tensor)
    assert y.dtype == np.bool_


LEFT = {
    "array": np.array([3.0, 2.0]),
    "0-d array": np.array(3.0),
    "float64": np.float64(3),
    "float32": np.float32(3),
    "int64": np.int64(3),
}
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("compute", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", LEFT)
def test_operators_with_numpys_values_on_the_left(compute, kind):
    left = LEFT[kind]
    x = np.array([0.5, 2.0])
    value, (slope,) = slopes(lambda x: compute(left, x), x)
    eps = 1e-6
    np.testing.assert_allclose(value, compute(left, x))
    numeric = (compute(left, x + eps) - compute(left, x - eps)) / (2 * eps)
    np.testing.assert_allclose(slope, numeric * weights(value), rtol=1e-6)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_a_matrix_product_with_an_array_on_the_left(n, k, m):
    a, x = np.arange(1.0, n * k + 1).reshape(n, k), np.ones((k, m))
    value, (slope,) = slopes(lambda x: a @ x, x)
    np.testing.assert_allclose(value, a @ x)
    np.testing.assert_allclose(slope, a.T @ weights(value))


def test_logical_operators_with_an_array_on_the_left():
    mask, x = np.array([True, True, False]), tw.Tensor([1.0, -1.0, 1.0]) > 0
    assert (mask & x).tolist() == [True, False, False]
    assert (mask | x).tolist() == [True, True, True]
    assert (mask ^ x).tolist() == [False, True, True]


def test_comparisons_with_an_array_on_the_left():
    y = np.array([1.0, 3.0]) < tw.Tensor([2.0, 2.0])
    assert isinstance(y, tw.Tensor)
    assert y.tolist() == [True, False]


# ---------------------------------------------------------------- functions of whole tensors

WHOLE = {
    "sum": np.sum, "sum axis": lambda x: np.sum(x, axis=0), "sum keepdims": lambda x: np.sum(x, axis=1, keepdims=True),
    "mean": np.mean, "mean axes": lambda x: np.mean(x, axis=(0, 1)), "prod": lambda x: np.prod(x, axis=-1),
    "max": lambda x: np.max(x, axis=1), "min": np.min, "var": lambda x: np.var(x, axis=0),
    "var ddof": lambda x: np.var(x, axis=1, ddof=1), "std": lambda x: np.std(x, axis=1),
    "reshape": lambda x: np.reshape(x, (3, 2)), "ravel": np.ravel, "squeeze": lambda x: np.squeeze(x[:1]),
    "expand_dims": lambda x: np.expand_dims(x, 1), "transpose": np.transpose,
    "transpose axes": lambda x: np.transpose(x, (1, 0)), "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1), "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "concatenate": lambda x: np.concatenate([x, x * x], axis=1), "stack": lambda x: np.stack([x, x * x], axis=1),
    "where": lambda x: np.where(x > 1, x, x * x), "clip": lambda x: np.clip(x, 0.5, 2.0),
    "clip below": lambda x: np.clip(x, 0.5, None), "add.reduce": lambda x: np.add.reduce(x),
    "add.reduce all": lambda x: np.add.reduce(x, axis=None), "multiply.reduce": lambda x: np.multiply.reduce(x, axis=1),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1, keepdims=True),
    "cumsum": np.cumsum, "cumsum axis": lambda x: np.cumsum(x, axis=1), "cumprod": lambda x: np.cumprod(x, axis=0),
    "add.accumulate": lambda x: np.add.accumulate(x), "multiply.outer": lambda x: np.multiply.outer(x, x[0]),
    "sort": np.sort, "sort flat": lambda x: np.sort(x, axis=None), "take": lambda x: np.take(x, [0, 5, 0]),
    "take axis": lambda x: np.take(x, [2, -1], axis=1), "repeat": lambda x: np.repeat(x, 2),
    "repeat axis": lambda x: np.repeat(x, [1, 3], axis=0), "tile": lambda x: np.tile(x, (2, 1)),
    "flip": np.flip, "flip axis": lambda x: np.flip(x, axis=1), "roll": lambda x: np.roll(x, 2),
    "roll axis": lambda x: np.roll(x, -1, axis=1), "split": lambda x: np.split(x, 3, axis=1)[1],
    "array_split": lambda x: np.array_split(x, 2, axis=1)[0], "vstack": lambda x: np.vstack([x, x[0]]),
    "hstack": lambda x: np.hstack([x, x * x]), "dstack": lambda x: np.dstack([x, x * x]),
    "meshgrid": lambda x: np.meshgrid(x[0], x[1])[0] * np.meshgrid(x[0], x[1])[1],
    "pad": lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=2.0),
    "pad reflect": lambda x: np.pad(x, ((1, 1), (2, 0)), mode="reflect"),
    "pad edge": lambda x: np.pad(x, 1, mode="edge"), "pad wrap": lambda x: np.pad(x, (1, 2), mode="wrap"),
    "dot": lambda x: np.dot(x, x.T), "dot of vectors": lambda x: np.dot(x[0], x[1]),
    "dot of three axes": lambda x: np.dot(x, np.stack([x.T, x.T])), "inner": lambda x: np.inner(x, x),
    "vdot": lambda x: np.vdot(x, x), "outer": lambda x: np.outer(x, x[0]), "kron": lambda x: np.kron(x, x),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x), "tensordot": lambda x: np.tensordot(x, x, axes=([0], [0])),
    "trace": lambda x: np.trace(x, offset=1), "tril": np.tril, "triu": lambda x: np.triu(x, 1), "diag": np.diag,
    "diagonal": lambda x: np.diagonal(x, 1), "inv": lambda x: np.linalg.inv(x[:, :2]),
    "det": lambda x: np.linalg.det(x[:, 1:]), "solve": lambda x: np.linalg.solve(x[:, :2], x[:, 2]),
    "norm": np.linalg.norm, "norm axis": lambda x: np.linalg.norm(x, axis=1), "arctan": np.arctan, "sinc": np.sinc,
    "cosh": np.cosh, "log2": np.log2, "hypot": lambda x: np.hypot(x, 2.0), "arctan2": lambda x: np.arctan2(x, 2.0),
    "logaddexp": lambda x: np.logaddexp(x, x * x), "square": np.square, "reciprocal": np.reciprocal,
    "remainder": lambda x: np.remainder(x + 0.1, 2.0), "dtype of a sum": lambda x: np.sum(x, axis=0, dtype="float64"),
    "expand_dims axes": lambda x: np.expand_dims(x, (0, -1)), "atleast_3d": np.atleast_3d,
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, np.ones((4, 1, 1)))[0], "copy": np.copy,
    "nan_to_num": np.nan_to_num, "take_along_axis": lambda x: np.take_along_axis(x, np.array([[2], [0]]), axis=1),
    "concatenate flat": lambda x: np.concatenate([x, x[:, :1]], axis=None),
}  # fmt: skip
X = np.array([[0.25, 1.5, 3.0], [0.75, 2.5, 1.25]])


@pytest.mark.parametrize("f", WHOLE.values(), ids=WHOLE)
def test_the_value_is_numpys(f):
    y = f(leaf(X))
    assert isinstance(y, tw.Tensor)
    np.testing.assert_allclose(y.numpy(), f(X))
    assert y.shape == f(X).shape


@pytest.mark.parametrize("f", WHOLE.values(), ids=WHOLE)
def test_the_gradient_is_the_slope_of_numpys(f):
    value, (slope,) = slopes(f, X)
    direction, eps = weights(value), 1e-6
    for place in np.ndindex(X.shape):
        shift = np.zeros_like(X)
        shift[place] = eps
        numeric = ((f(X + shift) - f(X - shift)) * direction).sum() / (2 * eps)
        assert slope[place] == pytest.approx(numeric, rel=1e-6, abs=1e-6)


def test_concatenate_takes_arrays_among_tensors():
    x = leaf([1.0])
    y = np.concatenate([np.array([5.0]), x])
    y.sum().backward()
    assert y.tolist() == [5.0, 1.0]
    assert x.grad.tolist() == [1.0]


def test_where_takes_an_array_as_its_condition():
    x = leaf([1.0, 2.0])
    np.where(np.array([True, False]), x, 0.0).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_indices_of_extremes():
    x = leaf(X)
    assert np.argmax(x, axis=1).tolist() == np.argmax(X, axis=1).tolist()
    assert np.argmin(x).item() == np.argmin(X)


def test_questions_about_the_shape():
    x = leaf(X)
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2, 3), 2, 6)


# ---------------------------------------------------------------- what is refused

REFUSED = {
    "a function without an operation": lambda x: np.nanstd(x),
    "a ufunc without an operation": lambda x: np.spacing(x),
    "linear algebra without an operation": lambda x: np.linalg.eigvals(x),
    "accumulate of a ufunc without a cumulative operation": lambda x: np.fmax.accumulate(x),
    "reduceat": lambda x: np.add.reduceat(x, [0, 1]),
    "two results": lambda x: np.divmod(x, 2.0),
    "the order of memory": lambda x: np.reshape(x, (3, 1), order="F"),
    "out of a ufunc": lambda x: np.exp(x, out=np.zeros(3)),
    "out of a function": lambda x: np.sum(x, out=np.zeros(())),
    "an array that would be changed": lambda x: operator.iadd(np.zeros(3), x),
    "where of a ufunc": lambda x: np.exp(x, where=np.array([True, False, True])),
    "dtype of a ufunc": lambda x: np.exp(x, dtype="float64"),
    "initial of a reduction": lambda x: np.add.reduce(x, initial=5.0),
    "at": lambda x: np.add.at(np.zeros(3), [0], x),
    "concatenate of a list": lambda x: np.concatenate([[1.0], x]),
    "bits of floats": lambda x: np.array([True, False, True]) & x,
}


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_what_is_not_recorded_is_refused(f):
    with pytest.raises(tw.DTypeError):
        f(leaf([1.0, 2.0, 3.0]))


def test_the_refusal_names_the_function_and_the_way_out():
    with pytest.raises(tw.DTypeError, match=r"^numpy\.nanstd: .*\.numpy\(\)"):
        np.nanstd(leaf([1.0]))
    with pytest.raises(tw.DTypeError, match=r"^numpy\.fmax\.accumulate"):
        np.fmax.accumulate(leaf([1.0]))


def test_the_refusal_of_out_says_that_a_tensor_cannot_be_written():
    with pytest.raises(tw.DTypeError, match="out="):
        np.exp(np.zeros(3), out=leaf([1.0, 2.0, 3.0]))


def test_an_array_is_unchanged_by_a_refused_addition():
    array = np.zeros(3)
    with pytest.raises(tw.DTypeError):
        array += leaf([1.0, 2.0, 3.0])
    assert array.tolist() == [0.0, 0.0, 0.0]


UFUNCS = sorted({f for f in vars(np).values() if isinstance(f, np.ufunc)}, key=lambda f: f.__name__)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("side", ["tensor", "array"])
def test_no_ufunc_gives_a_silent_array_or_another_value(ufunc, side):
    array = np.array([[2.0, 0.5], [1.0, 3.0]])
    others = [array if side == "array" else leaf(array)] * (ufunc.nin - 1)
    try:
        y = ufunc(*others, leaf(array))
    except TypeError:
        return
    assert isinstance(y, tw.Tensor)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(y.numpy(), ufunc(*[array] * ufunc.nin))


FUNCTIONS = sorted(
    {f for module in (np, np.linalg, np.fft) for f in vars(module).values() if hasattr(f, "_implementation")},
    key=lambda f: f"{f.__module__}.{f.__name__}",
)


def test_numpy_has_functions_to_ask_about():
    assert len(FUNCTIONS) > 150


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.__module__}.{f.__name__}")
@pytest.mark.parametrize("arguments", [1, 2, 3])
def test_no_function_gives_a_silent_array(function, arguments):
    x = leaf(np.eye(2))
    try:
        y = function(*[x] * arguments)
    except (TypeError, ValueError):
        return
    assert not isinstance(y, np.ndarray | np.generic)


def test_numpys_assertions_read_tensors():
    x = tw.Tensor([1.0, 2.0])
    np.testing.assert_allclose(x, np.array([1.0, 2.0]))
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(x, np.array([1.0, 3.0]))


# ---------------------------------------------------------------- reductions over no axis

REDUCED = [np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.all, np.any, np.count_nonzero]
NO_AXIS = {f.__name__: f for f in REDUCED} | {
    f"{f.__name__}.reduce": f.reduce
    for f in (np.add, np.multiply, np.maximum, np.minimum, np.logical_and, np.logical_or)
}


@pytest.mark.parametrize("function", NO_AXIS.values(), ids=NO_AXIS)
@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
@pytest.mark.parametrize("settings", [{}, {"keepdims": True}], ids=["", "keepdims"])
def test_a_reduction_over_no_axis_reduces_nothing(function, shape, settings):
    if function is np.count_nonzero and settings:
        return
    x = np.arange(math.prod(shape), dtype=float).reshape(shape) - 1
    found = function(leaf(x), axis=(), **settings)
    np.testing.assert_array_equal(found.numpy(), function(x, axis=(), **settings))
    assert found.shape == shape


AXES = {
    "all of an axis of NumPy's": (np.all, {"axis": np.int64(1)}),
    "any of an axis of NumPy's": (np.any, {"axis": np.int64(1)}),
    "norm of an axis of NumPy's": (np.linalg.norm, {"axis": np.int64(1)}),
    "roll over no axis": (np.roll, {"shift": 1, "axis": ()}),
    "roll over two axes": (np.roll, {"shift": 1, "axis": (0, 1)}),
    "roll by two shifts": (np.roll, {"shift": (1, -1), "axis": (0, 1)}),
    "roll over all": (np.roll, {"shift": 1}),
}


@pytest.mark.parametrize(("function", "settings"), AXES.values(), ids=AXES)
def test_axes_are_read_as_numpy_reads_them(function, settings):
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(function(leaf(x), **settings).numpy(), function(x, **settings))


ODD_AXES = {
    "sum over a list": (lambda x: np.sum(x, axis=[0])),
    "sum over an empty list": (lambda x: np.sum(x, axis=[])),
    "norm over no axis": (lambda x: np.linalg.norm(x, axis=())),
    "accumulate over no axis": (lambda x: np.add.accumulate(x, axis=None)),
    "one new axis twice": (lambda x: np.expand_dims(x, (0, 0))),
}


@pytest.mark.parametrize("compute", ODD_AXES.values(), ids=ODD_AXES)
def test_axes_that_numpy_refuses_are_refused(compute):
    x = np.arange(6.0).reshape(2, 3)
    with pytest.raises((TypeError, ValueError)):
        compute(x)
    with pytest.raises(tw.TinygradError):
        compute(leaf(x))


def test_a_sum_over_no_axis_passes_its_cotangent_on():
    x = leaf([1.0, 2.0])
    np.sum(x, axis=()).backward(tw.Tensor([3.0, 5.0], dtype=tw.float64))
    assert x.grad.tolist() == [3.0, 5.0]


# ---------------------------------------------------------------- NumPy's names of arguments, and more of its functions

GIVEN = np.array([[1.5, -2.0, 0.25, 3.0], [0.5, 1.0, -1.0, 2.5], [4.0, 0.75, 2.0, -0.5]])
POINTS = np.array([0.0, 1.0, 3.0, 3.5])
BY_NUMPY = {
    "tile by reps": lambda x: np.tile(x, reps=(2, 1)),
    "tile by a number": lambda x: np.tile(x, 2),
    "diagonal by axis1": lambda x: np.diagonal(x, offset=1, axis1=1, axis2=0),
    "trace by axis1": lambda x: np.trace(x, axis1=1, axis2=0),
    "swapaxes by axis1": lambda x: np.swapaxes(x, axis1=0, axis2=1),
    "moveaxis": lambda x: np.moveaxis(x, source=0, destination=1),
    "fmax": lambda x: np.fmax(x, 0.9),
    "fmin": lambda x: np.fmin(x, 0.9),
    "degrees": np.degrees,
    "radians": np.radians,
    "gradient": lambda x: np.gradient(x, axis=1),
    "gradient at points": lambda x: np.gradient(x, POINTS, axis=1, edge_order=2),
    "gradient with a step": lambda x: np.gradient(x, 0.5, axis=0),
    "append": lambda x: np.append(x, x[:1], axis=0),
    "append to the flattened": lambda x: np.append(x, [1.0, 2.0]),
    "einsum with sublists": lambda x: np.einsum(x, [0, 1], x, [2, 1], [0, 2]),
    "einsum without a result": lambda x: np.einsum(x, [1, 0]),
    "diff": lambda x: np.diff(x, 2, axis=1),
    "trapezoid": lambda x: np.trapezoid(x, POINTS),
    "quantile": lambda x: np.quantile(x, 0.3, axis=0),
    "percentile": lambda x: np.percentile(x, 30),
    "median": lambda x: np.median(x, axis=1),
    "nanmean": lambda x: np.nanmean(x, axis=0),
    "cov": np.cov,
    "rot90": np.rot90,
    "hsplit": lambda x: np.hsplit(x, 2)[1],
    "heaviside": lambda x: np.heaviside(x, 0.5),
    "copysign": lambda x: np.copysign(x, -1.0),
    "running maximum": lambda x: np.maximum.accumulate(x, axis=1),
    "svd": lambda x: np.linalg.svd(x, full_matrices=False)[1],
    "pinv": np.linalg.pinv,
    "eigvalsh": lambda x: np.linalg.eigvalsh(x @ x.T),
    "qr": lambda x: np.linalg.qr(x)[1],
}


@pytest.mark.parametrize("function", BY_NUMPY.values(), ids=BY_NUMPY)
def test_a_function_of_numpy_is_recorded_with_its_own_arguments(function):
    x = leaf(GIVEN)
    y = function(x)
    assert isinstance(y, tw.Tensor)
    np.testing.assert_allclose(y.numpy(), function(GIVEN), rtol=1e-12, atol=1e-12)
    assert tw.gradcheck(function, x)
