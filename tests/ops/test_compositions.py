"""What is made of rows: its value by NumPy or by hand, its derivatives of two orders by differences."""

import math

import numpy as np
import pytest

import tinygrad_wtf as tw

RANDOM = np.random.default_rng(0)


def drawn(*shape):
    return RANDOM.normal(size=shape)


A, B, C = drawn(3, 4), drawn(3, 4), drawn(4, 2)
V, W = drawn(3), drawn(4)
SQUARE = drawn(3, 3)
CUBE, OTHER = drawn(2, 3, 4), drawn(2, 4, 2)
INDEX = np.array([[0, 2, 1, 0], [1, 1, 2, 0], [2, 0, 0, 0]])
MASK = np.array([[True, False, True, False], [False, True, True, True], [False, False, False, True]])

lgamma = np.vectorize(math.lgamma)


def placed(a, b):
    y = a.copy()
    y[MASK] = b.ravel()[: MASK.sum()]
    return y


def gumbel(a):
    noise = -np.log(np.random.default_rng(3).standard_exponential(a.shape))
    e = np.exp((a + noise) / 0.7)
    return e / e.sum(-1, keepdims=True)


def gathered(a, b, how, own):
    function = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}[how]
    y = a.copy()
    for i in range(3):
        for j in range(4):
            given = [b[k, j] for k in range(3) if INDEX[k, j] == i]
            if given:
                y[i, j] = function([*([a[i, j]] if own else []), *given])
    return y


def written(a, v):
    y = a.ravel().copy()
    y[[0, 5, -1]] = v
    return y.reshape(a.shape)


# name, function, NumPy's function, arrays
COMPOSITIONS = [
    ("addmv", lambda x, a, w: tw.addmv(x, a, w, beta=2, alpha=0.5), lambda x, a, w: 2 * x + 0.5 * a @ w, (V, A, W)),
    ("addr", tw.addr, lambda x, v, w: x + np.outer(v, w), (A, V, W)),
    ("baddbmm", tw.baddbmm, lambda x, a, b: x + a @ b, (drawn(2), CUBE, OTHER)),
    ("addbmm", tw.addbmm, lambda x, a, b: x + (a @ b).sum(0), (drawn(2), CUBE, OTHER)),
    ("vdot", tw.vdot, np.vdot, (V, V + 1)),
    ("inner", tw.inner, np.inner, (A, CUBE)),
    ("chain_matmul", tw.chain_matmul, lambda a, b, c: a @ b @ c, (A, C, drawn(2, 2))),
    ("multi_dot", lambda *m: tw.linalg.multi_dot(m), lambda a, b, c: a @ b @ c, (V, A, C)),
    ("cross", lambda a, b: tw.cross(a, b, 0), lambda a, b: np.cross(a, b, axis=0), (A, B)),
    ("vecdot", tw.linalg.vecdot, lambda a, b: (a * b).sum(-1), (A, W)),
    ("dist", tw.dist, lambda a, b: np.linalg.norm(a - b), (A, B)),
    ("cdist", tw.cdist, lambda a, b: np.sqrt(((a[:, None] - b) ** 2).sum(-1)), (A, B)),
    (
        "cdist of order 3",
        lambda a, b: tw.cdist(a, b, 3),
        lambda a, b: (np.abs(a[:, None] - b) ** 3).sum(-1) ** (1 / 3),
        (A, B),
    ),
    ("pdist", tw.pdist, lambda a: np.array([np.linalg.norm(a[i] - a[j]) for i, j in ((0, 1), (0, 2), (1, 2))]), (A,)),
    (
        "renorm",
        lambda a: tw.renorm(a, 2, 0, 0.5),
        lambda a: a / (np.linalg.norm(a, axis=1, keepdims=True) + 1e-7) / 2,
        (A,),
    ),
    ("cummax", lambda a: tw.cummax(a, 1).values, lambda a: np.maximum.accumulate(a, 1), (A,)),
    ("diff", lambda a: tw.diff(a, 2), lambda a: np.diff(a, 2), (A,)),
    (
        "diff with more",
        lambda a, v: tw.diff(a, prepend=v[:, None]),
        lambda a, v: np.diff(a, prepend=v[:, None]),
        (A, V),
    ),
    ("trapezoid", tw.trapezoid, lambda y, x: np.trapezoid(y, x), (A, W)),
    ("cumulative", tw.cumulative_trapezoid, lambda y, x: np.cumsum(np.diff(x) * (y[:, 1:] + y[:, :-1]) / 2, 1), (A, W)),
    ("split_with_sizes", lambda a: tw.split_with_sizes(a, [1, 3], 1)[1], lambda a: a[:, 1:], (A,)),
    ("hsplit", lambda a: tw.hsplit(a, 2)[1], lambda a: np.hsplit(a, 2)[1], (A,)),
    ("vsplit", lambda a: tw.vsplit(a, [1])[1], lambda a: np.vsplit(a, [1])[1], (A,)),
    ("dsplit", lambda a: tw.dsplit(a, 4)[2], lambda a: np.dsplit(a, 4)[2], (CUBE,)),
    ("rot90", lambda a: tw.rot90(a, 3), lambda a: np.rot90(a, 3), (A,)),
    ("block_diag", tw.block_diag, lambda a, v: np.block([[a, np.zeros((3, 3))], [np.zeros((1, 4)), v[None]]]), (A, V)),
    ("cartesian_prod", tw.cartesian_prod, lambda v, w: np.array([(a, b) for a in v for b in w]), (V, W)),
    ("combinations", tw.combinations, lambda v: v[[[0, 1], [0, 2], [1, 2]]], (V,)),
    ("vander", tw.vander, np.vander, (V,)),
    ("var_mean", lambda a: tw.stack(tw.var_mean(a, 1)), lambda a: np.stack([a.var(1, ddof=1), a.mean(1)]), (A,)),
    ("std_mean", lambda a: tw.stack(tw.std_mean(a, 1)), lambda a: np.stack([a.std(1, ddof=1), a.mean(1)]), (A,)),
    ("nansum", lambda a: tw.nansum(tw.where(MASK, np.nan, a), 0), lambda a: np.where(MASK, 0, a).sum(0), (A,)),
    (
        "nanmean",
        lambda a: tw.nanmean(tw.where(MASK, np.nan, a), 1),
        lambda a: np.nanmean(np.where(MASK, np.nan, a), 1),
        (A,),
    ),
    ("quantile", lambda a: tw.quantile(a, 0.3, 1), lambda a: np.quantile(a, 0.3, 1), (A,)),
    (
        "nanquantile",
        lambda a: tw.nanquantile(tw.where(MASK, np.nan, a), 0.3),
        lambda a: np.quantile(a[~MASK], 0.3),
        (A,),
    ),
    ("cov", tw.cov, np.cov, (A,)),
    ("weighted cov", lambda a, w: tw.cov(a, aweights=w * w), lambda a, w: np.cov(a, aweights=w * w), (A, W)),
    ("corrcoef", tw.corrcoef, np.corrcoef, (A,)),
    ("kthvalue", lambda a: tw.kthvalue(a, 2).values, lambda a: np.sort(a)[:, 1], (A,)),
    ("put", lambda a, v: tw.put(a, np.array([0, 5, -1]), v), written, (A, V)),
    ("masked_scatter", lambda a, b: tw.masked_scatter(a, MASK, b), lambda a, b: placed(a, b), (A, B)),
    ("diagonal_scatter", tw.diagonal_scatter, lambda a, v: a * (1 - np.eye(3, 4)) + np.eye(3, 4) * v[:, None], (A, V)),
    (
        "mvlgamma",
        lambda a: tw.mvlgamma(a * a + 2, 2),
        lambda a: 0.5 * np.log(np.pi) + lgamma(a * a + 2) + lgamma(a * a + 1.5),
        (A,),
    ),
    ("angle", tw.angle, lambda a: np.where(a < 0, np.pi, 0), (A,)),
    ("adjoint", tw.adjoint, lambda a: a.T, (A,)),
    ("frobenius_norm", tw.frobenius_norm, np.linalg.norm, (A,)),
    ("nuclear_norm", tw.nuclear_norm, lambda a: np.linalg.norm(a, "nuc"), (A,)),
    ("softmin", lambda a: tw.softmin(a, 1), lambda a: np.exp(-a) / np.exp(-a).sum(1, keepdims=True), (A,)),
    ("gumbel_softmax", lambda a: tw.gumbel_softmax(a, 0.7, generator=3), lambda a: gumbel(a), (A,)),
    ("eigvalsh", lambda x: tw.linalg.eigvalsh(x + x.mT), lambda x: np.linalg.eigvalsh(x + x.T), (SQUARE,)),
    ("pinv of low rank", lambda u, v: tw.linalg.pinv(u @ v), lambda u, v: np.linalg.pinv(u @ v), (C, drawn(2, 3))),
    ("symmetric pinv", lambda x: tw.linalg.pinv(x + x.mT, hermitian=True), lambda x: np.linalg.inv(x + x.T), (SQUARE,)),
    ("lstsq", lambda a, b: tw.linalg.lstsq(a, b).solution, lambda a, b: np.linalg.lstsq(a, b)[0], (drawn(4, 3), C)),
    (
        "residuals",
        lambda a, b: tw.linalg.lstsq(a, b, driver="gels").residuals,
        lambda a, b: np.linalg.lstsq(a, b)[1],
        (drawn(4, 3), C),
    ),
    *[
        (f"norm {p}", lambda a, p=p: tw.linalg.norm(a, p), lambda a, p=p: np.linalg.norm(a, p), (A,))
        for p in ("nuc", 2, -2)
    ],
    ("qr of a wide matrix", lambda a: tw.linalg.qr(a).R, lambda a: np.linalg.qr(a)[1], (A,)),
    ("cond", tw.linalg.cond, np.linalg.cond, (SQUARE,)),
    ("cond fro", lambda a: tw.linalg.cond(a, "fro"), lambda a: np.linalg.cond(a, "fro"), (SQUARE,)),
    (
        "solve_triangular",
        lambda a, b: tw.linalg.solve_triangular(a, b, upper=True),
        lambda a, b: np.linalg.solve(np.triu(a), b),
        (SQUARE, drawn(3, 2)),
    ),
    (
        "solve_triangular from the right",
        lambda a, b: tw.linalg.solve_triangular(a, b, upper=False, left=False, unitriangular=True),
        lambda a, b: b @ np.linalg.inv(np.tril(a, -1) + np.eye(3)),
        (SQUARE, drawn(2, 3)),
    ),
    (
        "cholesky_solve",
        tw.cholesky_solve,
        lambda b, l: np.linalg.solve(np.tril(l) @ np.tril(l).T, b),
        (drawn(3, 2), SQUARE),
    ),
    ("cholesky_inverse", tw.cholesky_inverse, lambda l: np.linalg.inv(np.tril(l) @ np.tril(l).T), (SQUARE,)),
    ("tensorinv", tw.linalg.tensorinv, np.linalg.tensorinv, (drawn(2, 3, 6),)),
    ("tensorsolve", tw.linalg.tensorsolve, np.linalg.tensorsolve, (drawn(2, 3, 6), drawn(2, 3))),
    *[
        (
            f"scatter_reduce {how} {own}",
            lambda a, b, how=how, own=own: tw.scatter_reduce(a, 0, INDEX, b, how, include_self=own),
            lambda a, b, how=how, own=own: gathered(a, b, how, own),
            (A, B),
        )
        for how in ("sum", "prod", "mean", "amax", "amin")
        for own in (True, False)
    ],
]


@pytest.mark.parametrize(
    ("function", "numpys", "arrays"), [c[1:] for c in COMPOSITIONS], ids=[c[0] for c in COMPOSITIONS]
)
def test_its_value_and_two_derivatives(function, numpys, arrays):
    xs = [tw.tensor(a, requires_grad=True) for a in arrays]
    y = function(*xs)
    np.testing.assert_allclose(y.numpy(), numpys(*arrays), rtol=1e-10, atol=1e-10)
    assert tw.gradcheck(function, xs)
    assert tw.gradgradcheck(function, xs)
    assert function(*(tw.tensor(a, dtype=tw.float32) for a in arrays)).dtype == tw.float32


def test_a_product_reduced_into_places_has_the_right_gradient_at_zeros():
    x, source = tw.ones(1, requires_grad=True), tw.tensor([0.0, 2.0, 3.0], requires_grad=True)
    tw.scatter_reduce(x, 0, tw.tensor([0, 0, 0]), source, "prod").backward()
    assert source.grad.tolist() == [6.0, 0.0, 0.0]
    assert x.grad.tolist() == [0.0]


def test_ties_of_an_extreme_reduced_into_a_place_share_the_gradient():
    x, source = tw.ones(1, requires_grad=True), tw.ones(3, requires_grad=True)
    tw.scatter_reduce(x, 0, tw.tensor([0, 0, 0]), source, "amax").backward()
    assert source.grad.tolist() == [0.25] * 3
    assert x.grad.tolist() == [0.25]


@pytest.mark.parametrize("function", [tw.unique, tw.unique_consecutive, tw.bincount])
def test_a_result_of_unknown_length_is_refused_by_compile(function):
    with pytest.raises(tw.TraceError, match="the shape of a result depends on how"):
        tw.compile(function)(tw.tensor([1, 2, 2]))


@pytest.mark.parametrize("k", range(1, 5))
def test_a_hard_choice_is_one_class_with_the_gradient_of_the_soft_one(k):
    logits = tw.tensor(A, requires_grad=True)
    hard = tw.gumbel_softmax(logits, hard=True, generator=k)
    assert set(hard.detach().round().ravel().tolist()) == {0.0, 1.0}
    np.testing.assert_allclose(hard.sum(1).numpy(), 1)
    soft = tw.tensor(A, requires_grad=True)
    (hard * tw.tensor(B)).sum().backward()
    (tw.gumbel_softmax(soft, generator=k) * tw.tensor(B)).sum().backward()
    np.testing.assert_allclose(logits.grad.numpy(), soft.grad.numpy(), rtol=1e-12)


def test_a_gradient_of_equal_eigenvalues_is_right_and_of_their_vectors_nan():
    x = tw.eye(2, dtype=tw.float64, requires_grad=True)
    tw.linalg.eigvalsh(x).sum().backward()
    assert x.grad.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    vectors = tw.linalg.eigh(x).eigenvectors
    slope = tw.grad((vectors * tw.tensor([[0.0, 1.0], [2.0, 0.0]])).sum(), x)[0]
    assert slope.isnan().any()


def test_vectors_beyond_the_rank_are_orthonormal_and_have_no_derivative():
    a = tw.tensor(drawn(4, 2), requires_grad=True)
    u, s, vh = tw.linalg.svd(a)
    np.testing.assert_allclose((u.mT @ u).numpy(), np.eye(4), atol=1e-12)
    np.testing.assert_allclose((u[:, :2] * s @ vh).numpy(), a.numpy(), atol=1e-12)
    assert tw.grad(s.sum() + u[:, :2].sum(), a, retain_graph=True)[0].shape == (4, 2)
    assert tw.grad(u.sum(), a)[0].isnan().all()
    q, r = tw.linalg.qr(a, "complete")
    np.testing.assert_allclose((q @ r).numpy(), a.numpy(), atol=1e-12)
    assert r.shape == (4, 2)


def test_the_exponential_of_a_large_matrix_is_that_of_its_parts():
    a = 40 * drawn(3, 3)
    half = tw.linalg.matrix_exp(tw.tensor(a / 2))
    whole = tw.linalg.matrix_exp(tw.tensor(a))
    np.testing.assert_allclose(whole.numpy(), (half @ half).numpy(), rtol=1e-9)


@pytest.mark.parametrize("function", [tw.linalg.eigh, tw.linalg.svd, tw.linalg.pinv])
def test_factors_of_nan_are_refused(function):
    with pytest.raises(tw.LinAlgError, match="nan or inf"):
        function(tw.tensor([[1.0, float("nan")], [0.0, 1.0]]))


def test_the_rank_and_the_driver_say_what_lstsq_gives():
    a, b = tw.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), tw.ones(3, 1)
    found = tw.linalg.lstsq(a, b)
    assert found.rank.item() == 1
    assert found.residuals.shape == (0,)
    np.testing.assert_allclose(found.solution.numpy(), [[0.5], [0.5]], rtol=1e-6)
    assert tw.linalg.lstsq(a, b, driver="gelsd").singular_values.shape == (2,)
    assert tw.linalg.lstsq(a, b, driver="gels").rank.shape == (0,)


@pytest.mark.parametrize("shape", [(3, 4), (12,), (2, 3, 2)])
def test_places_of_the_flattened_are_those_of_numpy(shape):
    places = np.array([[0, 5], [11, 7]])
    for mine, numpys in zip(tw.unravel_index(tw.tensor(places), shape), np.unravel_index(places, shape), strict=True):
        np.testing.assert_array_equal(mine.numpy(), numpys)
    with pytest.raises(IndexError):
        tw.unravel_index(tw.tensor([12]), shape)
