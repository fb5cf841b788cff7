"""Rows of tests: linear algebra."""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_wtf as tw
from tests.ops.cases.common import WIDE, Case, numbers


@st.composite
def matrix_pairs(draw):
    """All of NumPy's matmul: vectors, matrices, batches, stretched batches."""
    n, k, m = (draw(st.integers(1, 3)) for _ in range(3))
    batches = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2)).input_shapes
    left = draw(st.sampled_from([(k,), (n, k), (*batches[0], n, k)]))
    right = draw(st.sampled_from([(k,), (k, m), (*batches[1], k, m)]))
    return tuple(draw(hnp.arrays(np.float64, shape, elements=numbers(WIDE))) for shape in (left, right))


@st.composite
def shaped(draw, *names):
    """Arrays whose axes of one name have one size."""
    size = {name: draw(st.integers(1, 3)) for name in "".join(names)}
    return tuple(draw(hnp.arrays(np.float64, [size[n] for n in axes], elements=numbers(WIDE))) for axes in names)


@st.composite
def square(draw, away=0.0, right=None):
    """A batch of square matrices, `away` from singular ones; with `right`, a right side of equations."""
    n, batch = draw(st.integers(1, 3)), draw(st.sampled_from([(), (2,)]))
    a = draw(hnp.arrays(np.float64, (*batch, n, n), elements=numbers((-1.0, 1.0))))
    matrices = (a + away * np.eye(n),)
    return matrices if right is None else (*matrices, draw(hnp.arrays(np.float64, (n, 3), elements=numbers(WIDE))))


@st.composite
def singular(draw):
    """Matrices of rank 1."""
    n = draw(st.integers(2, 3))
    u, v = (draw(hnp.arrays(np.float64, n, elements=numbers(WIDE))) for _ in range(2))
    return (np.outer(u, v),)


@st.composite
def apart(draw):
    """Square matrices with singular values, and eigenvalues of their symmetric part, that are not close."""
    n, batch = draw(st.integers(1, 3)), draw(st.sampled_from([(), (2,)]))
    a = draw(hnp.arrays(np.float64, (*batch, n, n), elements=numbers((-0.25, 0.25))))
    return (a + np.diag([1.0, 3.0, 5.5][:n]),)


def symmetric(x):
    return (x + x.swapaxes(-1, -2)) / 2


def tall(x, wide=False):
    """The matrix with one row more, or one column more."""
    more = x[..., :1] if wide else x[..., :1, :]
    joined = (more * 0.5 + 0.25, x)
    return (tw.cat if isinstance(x, tw.Tensor) else np.concatenate)(joined, -1 if wide else -2)


def outer_product(factors):
    """Of singular vectors, whose signs are arbitrary, what is not."""
    u, _, vh = factors
    return u @ vh


def exponential(x):
    return sum((np.linalg.matrix_power(x, k) / math.factorial(k) for k in range(1, 40)), np.eye(x.shape[-1]) + 0 * x)


def positive(x):
    """A positive definite matrix."""
    return x @ x.swapaxes(-1, -2) + np.eye(x.shape[-1])


def weighted_sums(x, weight, bias):
    """Every output of a layer of neurons, written out."""
    return (x[..., None, :] * weight).sum(-1) + bias


def cofactors(x):
    """By their definition, the signed minors."""
    found = np.empty_like(x)
    for *batch, i, j in np.ndindex(x.shape):
        minor = np.delete(np.delete(x[tuple(batch)], i, 0), j, 1)
        found[(*batch, i, j)] = (-1) ** (i + j) * np.linalg.det(minor)
    return found


def einsum(formula):
    names = formula.split("->")[0].split(",")
    return Case(
        "einsum",
        lambda *xs: tw.einsum(formula, *xs),
        lambda *xs: np.einsum(formula, *xs),
        shaped(*names),
        label=f"einsum {formula}",
    )


CASES = [
    Case("matmul", tw.matmul, np.matmul, matrix_pairs()),
    Case("linear", tw.linear, lambda x, weight, bias: x @ weight.T + bias, shaped("bi", "oi", "o")),
    Case("linear", tw.linear, weighted_sums, shaped("abi", "oi", "o"), label="linear of a batch"),
    *map(einsum, ("ij,jk->ik", "bij,bkj->kbi", "ij,ij->", "i,j->ji", "iij,ij->j", "ij,jk,kl->li", "ijk,k,aj->ia")),
    Case("sum", lambda x: tw.trace(x), np.trace, shaped("ij"), label="trace"),
    Case("where", lambda x: tw.tril(x, -1), lambda x: np.tril(x, -1), shaped("bij"), label="tril"),
    Case("where", lambda x: tw.triu(x), np.triu, shaped("bij"), label="triu"),
    Case("getitem", lambda x: tw.diagonal(x, 1), lambda x: np.diagonal(x, 1), shaped("ijb"), label="diagonal"),
    Case("add_into_zeros", lambda x: tw.diag(x, -1), lambda x: np.diag(x, -1), shaped("i"), label="diag"),
    Case("mul", tw.kron, np.kron, shaped("ij", "kl"), label="kron"),
    Case("einsum", lambda a, b: tw.tensordot(a, b, 1), lambda a, b: np.tensordot(a, b, 1), shaped("ij", "jkl")),
    Case("inv", tw.linalg.inv, np.linalg.inv, square(away=4.0)),
    Case("matmul", lambda a: tw.matrix_power(a, 3), lambda a: np.linalg.matrix_power(a, 3), square(), label="power"),
    Case("solve", tw.linalg.solve, np.linalg.solve, square(away=4.0, right="matrix")),
    Case("det", tw.linalg.det, np.linalg.det, square()),
    Case("cofactor", tw.linalg.det, np.linalg.det, singular(), (cofactors,), label="slope of det, rank 1"),
    Case("logabsdet", lambda a: tw.linalg.slogdet(a).logabsdet, lambda a: np.linalg.slogdet(a)[1], square(away=4.0)),
    Case("sign_of_det", lambda a: tw.slogdet(-a).sign, lambda a: np.linalg.slogdet(-a)[0], square(away=4.0)),
    Case(
        "cholesky",
        lambda x: tw.linalg.cholesky(x @ x.mT + np.eye(x.shape[-1], dtype=x.dtype)),
        lambda x: np.linalg.cholesky(positive(x)),
        square(),
    ),
    Case(
        "eigh", lambda x: tw.linalg.eigh(symmetric(x)).eigenvalues, lambda x: np.linalg.eigvalsh(symmetric(x)), apart()
    ),
    Case(
        "eigh",
        lambda x: tw.linalg.eigh(symmetric(x)).eigenvectors ** 2,
        lambda x: np.linalg.eigh(symmetric(x))[1] ** 2,
        apart(),
        label="eigenvectors",
    ),
    Case("svd", tw.linalg.svdvals, lambda x: np.linalg.svd(x, compute_uv=False), apart()),
    *[
        Case(
            "svd",
            lambda x, wide=wide: outer_product(tw.linalg.svd(tall(x, wide), full_matrices=False)),
            lambda x, wide=wide: outer_product(np.linalg.svd(tall(x, wide), full_matrices=False)),
            apart(),
            label="singular vectors" + (" of wide matrices" if wide else ""),
        )
        for wide in (False, True)
    ],
    Case("qr", lambda x: tw.linalg.qr(tall(x)).Q, lambda x: np.linalg.qr(tall(x))[0], square(away=2.0)),
    Case("pinv", lambda x: tw.linalg.pinv(tall(x)), lambda x: np.linalg.pinv(tall(x)), square(away=2.0)),
    Case(
        "complement",
        lambda x: (lambda q: q @ q.mT)(tw.linalg.svd(tall(x).detach()).U[..., x.shape[-1] :]),
        lambda x: np.eye(x.shape[-1] + 1) - tall(x) @ np.linalg.pinv(tall(x)),
        square(away=2.0),
        differentiable=False,
    ),
    Case("matrix_exp", tw.linalg.matrix_exp, exponential, square()),
]
