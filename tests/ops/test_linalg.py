"""Linear algebra: singular matrices, the forms of einsum, and what is refused."""

import numpy as np
import pytest

import tinygrad_wtf as tw

RANDOM = np.random.default_rng(0)
A, B, C = (RANDOM.standard_normal(shape) for shape in ((2, 3), (3, 4), (4, 4)))
BATCH = RANDOM.standard_normal((5, 1, 3))


def tensors(arrays):
    return [tw.tensor(a) for a in arrays]


@pytest.mark.parametrize(
    ("formula", "arrays"),
    [
        ("ij,jk", (A, B)),
        ("ba", (A,)),
        ("ii", (C,)),
        ("ii->i", (C,)),
        ("iij->ji", (RANDOM.standard_normal((3, 3, 2)),)),
        ("i...->...", (A,)),
        ("...i,...i->...", (BATCH, RANDOM.standard_normal((4, 3)))),
        ("...ij,...jk", (BATCH, RANDOM.standard_normal((2, 1, 3, 2)))),
        ("ij,jk,kl,lm->im", (A, B, C, C)),
        (" i j , j -> i ", (A, B[:, 0])),
        (",i->i", (np.float64(2), B[0])),
        ("ij,jk->", (A, B)),
        ("ij,kl->ikjl", (A, B)),
        ("ij,j->ij", (A[:, :1], B[:, 0])),
        ("ij,k->k", (np.ones((0, 2)), B[0])),
        ("ijij->", (RANDOM.standard_normal((2, 3, 2, 3)),)),
    ],
)
def test_einsum_is_numpys(formula, arrays):
    found = tw.einsum(formula, *tensors(map(np.asarray, arrays)))
    np.testing.assert_allclose(found.numpy(), np.einsum(formula, *arrays), atol=1e-12)


def test_einsum_takes_numbers_for_axes():
    a, b = tensors((A, B))
    np.testing.assert_allclose(tw.einsum(a, [0, 1], b, [1, 2], [2, 0]).numpy(), (A @ B).T)
    np.testing.assert_allclose(tw.einsum(a, [..., 1], [...]).numpy(), A.sum(1))


@pytest.mark.parametrize(
    ("formula", "shapes"),
    [
        ("ij,jk", [(2, 3), (2, 4)]),
        ("ii", [(2, 3)]),
        ("i->ii", [(2,)]),
        ("i->j", [(2,)]),
        ("ijk", [(2, 3)]),
        ("i,j", [(2,)]),
        ("i1", [(2, 2)]),
        ("i", []),
    ],
)
def test_a_formula_that_does_not_fit_is_refused(formula, shapes):
    with pytest.raises(tw.ShapeError):
        tw.einsum(formula, *(tw.ones(*shape) for shape in shapes))


def test_tensordot_by_lists_of_axes():
    x, y = RANDOM.standard_normal((2, 3, 4)), RANDOM.standard_normal((4, 2, 5))
    found = tw.tensordot(*tensors((x, y)), dims=([0, 2], [1, 0]))
    np.testing.assert_allclose(found.numpy(), np.tensordot(x, y, ([0, 2], [1, 0])))


@pytest.mark.parametrize("function", [tw.matmul, tw.mm, tw.tensordot, lambda a, b: tw.einsum("ij,jk", a, b)])
def test_products_do_not_mix_dtypes(function):
    with pytest.raises(tw.DTypeError, match="one dtype, not float32 and float64"):
        function(tw.ones(2, 2), tw.ones(2, 2, dtype=tw.float64))


LYING = {
    "row after row": lambda a: tw.tensor(a),
    "column after column": lambda a: tw.tensor(a.T).T,
    "scattered": lambda a: tw.tensor(np.repeat(np.repeat(a, 2, 0), 3, 1))[::2, ::3],
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("m", "k", "n"), [(181, 7, 181), (182, 7, 181), (33000, 3, 1), (1, 3, 33000), (300, 1, 200)])
@pytest.mark.parametrize("left", LYING)
@pytest.mark.parametrize("right", LYING)
def test_a_product_has_the_numbers_of_numpys(m, k, n, dtype, left, right):
    """Which of NumPy's two products computes it, depends on the size of the result and on how the operands lie."""
    a, b = (RANDOM.standard_normal(shape).astype(dtype) for shape in ((m, k), (k, n)))
    found = (LYING[left](a) @ LYING[right](b)).numpy()
    np.testing.assert_allclose(
        found, np.dot(a.astype(float), b), rtol=1e-5, atol=1e-5 if dtype == np.float32 else 1e-14
    )
    if "scattered" not in (left, right):
        np.testing.assert_array_equal(found, LYING[left](a).numpy().dot(LYING[right](b).numpy()))


def test_products_of_booleans_are_not_made():
    with pytest.raises(NotImplementedError):
        tw.ones(2, 2, dtype=bool) @ tw.ones(2, 2, dtype=bool)


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (tw.mm, [(2, 3), (3,)]),
        (tw.bmm, [(2, 2, 3), (1, 3, 2)]),
        (tw.mv, [(2, 3), (2,)]),
        (tw.dot, [(2,), (3,)]),
        (tw.outer, [(2, 2), (2,)]),
        (tw.addmm, [(3, 2, 2), (2, 3), (3, 2)]),
        (tw.trace, [(2,)]),
        (tw.tril, [(2,)]),
        (tw.diag, [(2, 2, 2)]),
        (tw.linalg.inv, [(2, 3)]),
        (tw.linalg.det, [(2,)]),
        (tw.linalg.solve, [(2, 2), (3, 1)]),
    ],
)
def test_shapes_that_do_not_fit_are_named(function, shapes):
    with pytest.raises(tw.ShapeError) as caught:
        function(*(tw.ones(*shape) for shape in shapes))
    assert caught.value.shapes
    assert caught.value.op


@pytest.mark.parametrize(
    "function",
    [
        tw.linalg.inv,
        lambda a: tw.linalg.solve(a, tw.ones(2)),
        lambda a: tw.matrix_power(a, -2),
        lambda a: tw.linalg.cholesky(-a),
    ],
)
@pytest.mark.parametrize("error", [tw.LinAlgError, tw.linalg.LinAlgError, np.linalg.LinAlgError, RuntimeError])
def test_a_matrix_without_inverse_or_factors(function, error):
    with pytest.raises(error):
        function(tw.ones(2, 2))


def test_half_precision_has_no_inverse():
    with pytest.raises(tw.DTypeError):
        tw.linalg.inv(tw.ones(2, 2, dtype=tw.float16))


def test_the_second_derivative_of_a_determinant_of_zeros():
    hessian = tw.hessian(tw.linalg.det, tw.zeros(2, 2, dtype=tw.float64)).reshape(4, 4)
    assert hessian.tolist() == [[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]]


def test_cofactors_do_not_overflow_where_the_inverse_does():
    a = tw.tensor(np.diag([1e-200, 1e-200]), requires_grad=True)
    tw.linalg.det(a).backward()
    np.testing.assert_allclose(a.grad.numpy(), np.diag([1e-200, 1e-200]))


def test_solving_with_vectors_batches_and_from_the_right():
    a, b = RANDOM.standard_normal((3, 2, 2)), RANDOM.standard_normal((3, 2))
    x = tw.linalg.solve(*tensors((a, b))).numpy()
    np.testing.assert_allclose(np.einsum("nij,nj->ni", a, x), b)
    c = RANDOM.standard_normal((5, 2))
    np.testing.assert_allclose(tw.linalg.solve(*tensors((a, c)), left=False).numpy() @ a, np.broadcast_to(c, (3, 5, 2)))


def test_only_one_triangle_is_factored():
    a = tw.Tensor([[4.0, 100.0], [2.0, 5.0]], dtype=tw.float64)
    assert tw.linalg.cholesky(a).tolist() == [[2, 0], [1, 2]]
    assert tw.linalg.cholesky(a.mT, upper=True).tolist() == [[2, 1], [0, 2]]


def test_the_sign_and_logarithm_of_a_determinant():
    sign, logabsdet = tw.linalg.slogdet(tw.Tensor([[0.0, 2.0], [3.0, 0.0]]))
    assert (sign.item(), logabsdet.item()) == (-1, pytest.approx(np.log(6)))
    assert np.isnan(tw.logdet(tw.Tensor([[0.0, 2.0], [3.0, 0.0]])).item())
    assert tw.linalg.slogdet(tw.ones(2, 2)).logabsdet.item() == -np.inf


def test_the_power_0_is_the_identity_even_of_nan():
    a = tw.full((2, 2), np.nan).requires_grad_()
    y = tw.linalg.matrix_power(a, 0)
    y.sum().backward()
    assert y.tolist() == [[1, 0], [0, 1]]
    assert a.grad.tolist() == [[0, 0], [0, 0]]


def test_with_beta_0_addmm_does_not_read_its_first_argument():
    found = tw.addmm(tw.full((2, 2), np.nan), tw.ones(2, 3), tw.ones(3, 2), beta=0, alpha=2)
    assert found.tolist() == [[6, 6], [6, 6]]


@pytest.mark.parametrize("offset", [-3, -1, 0, 1, 2, 5])
def test_diagonals_are_numpys(offset):
    x = RANDOM.standard_normal((3, 4, 2))
    t = tw.tensor(x)
    np.testing.assert_array_equal(tw.diagonal(t, offset).numpy(), np.diagonal(x, offset))
    np.testing.assert_array_equal(tw.diagonal(t, offset, 2, 0).numpy(), np.diagonal(x, offset, 2, 0))
    np.testing.assert_array_equal(tw.diag(t[:, 0, 0], offset).numpy(), np.diag(x[:, 0, 0], offset))
    np.testing.assert_array_equal(tw.tril(t, offset).numpy(), np.tril(x, offset))
    np.testing.assert_array_equal(tw.triu(t, offset).numpy(), np.triu(x, offset))


def test_triangles_keep_their_dtype():
    assert tw.tril(tw.ones(2, 2, dtype=bool)).dtype == bool
    assert tw.triu(tw.ones(2, 2, dtype=tw.int32)).dtype == np.int32
