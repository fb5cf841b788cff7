"""Reductions and linear algebra."""

from __future__ import annotations

import torch

from tests.torch_oracle.make import SMOOTH
from tests.torch_oracle.row import BOOLS, DIMS, INTS, Row, reduction

BOTH = INTS + BOOLS
ONE_DIM = ({}, {"dim": 0}, {"dim": -1, "keepdim": True}, {"dim": 1})
WELL = ("normal", "strided", "ties", "grid", "zeros", "not finite", "wide")


def _scans(**kw):
    return Row(
        (
            *(lambda m, d=d: (m(3, 4), {"dim": d}) for d in (0, 1, -1)),
            lambda m: (m(6), 0),
            lambda m: (m(), 0),
            lambda m: (m(2, 0), 1),
            lambda m: (m(2, 3, 2), -2),
            lambda m: (m(1, 1), 0),
        ),
        wrong=(lambda m: (m(2, 3), 2), lambda m: (m(), 1)),
        mixes=True,
        **kw,
    )


REDUCTION = {
    "sum": reduction(*DIMS, mixes=True, others=BOTH),
    "mean": reduction(*DIMS, mixes=True, wrong=(lambda m: m.whole(3),)),
    "prod": reduction(*ONE_DIM, mixes=True, others=BOTH, patterns=("normal", "ties", "zeros", "strided", "grid")),
    **{
        name: reduction(
            *DIMS,
            *({"dim": 1, "correction": c} for c in (0, 2, 4)),
            {"correction": 0},
            {"dim": 0, "unbiased": False},
            mixes=True,
            wrong=(lambda m: m.whole(3),),
            patterns=("normal", "ties", "grid", "strided"),
            loosened=10,
        )
        for name in ("var", "std")
    },
    **{
        name: reduction(*ONE_DIM, empty=False, others=BOTH, wrong=(lambda m: m(0), lambda m: (m(2, 0), 1)))
        for name in ("max", "min")
    },
    **{
        name: reduction(*DIMS, empty=False, others=BOTH, wrong=(lambda m: m(0), lambda m: (m(2, 0), 1)))
        for name in ("amax", "amin")
    },
    **{
        name: reduction(*ONE_DIM, empty=False, others=INTS, wrong=(lambda m: m(0), lambda m: (m(2, 0), 1)))
        for name in ("argmax", "argmin")
    },
    "logsumexp": reduction({"dim": 0}, {"dim": -1, "keepdim": True}, {"dim": (0, 2)}, mixes=True),
    "norm": reduction(
        {},
        {"dim": 0},
        {"p": 1, "dim": 1},
        {"p": 3.0, "dim": (0, 2), "keepdim": True},
        {"p": float("inf"), "dim": 1},
        {"p": 0, "dim": 1},
        {"p": float("-inf"), "dim": 0},
        {"p": "fro", "dim": (0, 1)},
        {"p": 0.5, "dim": 2},
        mixes=True,
        empty=False,
        patterns=WELL[:5],
        loosened=30,
    ),
    "linalg.vector_norm": reduction(
        {},
        {"dim": 0},
        {"ord": 1, "dim": 1},
        {"ord": 3.0, "dim": (0, 2), "keepdim": True},
        {"ord": 0, "dim": 1},
        {"ord": float("inf"), "dim": 1},
        {"ord": float("-inf"), "dim": 0},
        {"ord": 0.5},
        {"ord": -1.0, "dim": 1},
        mixes=True,
        empty=False,
        patterns=WELL[:5],
        loosened=30,
    ),
    "cumsum": _scans(others=BOTH),
    "cumprod": _scans(others=BOTH, patterns=("normal", "ties", "zeros", "strided", "grid")),
    "any": reduction(*DIMS, others=BOTH),
    "all": reduction(*DIMS, others=BOTH),
    "count_nonzero": reduction({}, {"dim": 0}, {"dim": 1}, {"dim": (0, 2)}, others=BOTH),
    "sort": reduction(
        {"stable": True}, {"stable": True, "dim": 0}, {"stable": True, "dim": 1, "descending": True}, others=INTS
    ),
    "argsort": reduction(
        {"stable": True}, {"stable": True, "dim": 0}, {"stable": True, "dim": 1, "descending": True}, others=INTS
    ),
    "topk": Row(
        (
            lambda m: (m(5), 2),
            lambda m: (m(5), 5),
            lambda m: (m(3, 4), 2, {"dim": 0}),
            lambda m: (m(3, 4), 3, {"largest": False}),
            lambda m: (m(2, 3, 4), 1, -2),
            lambda m: (m(4), 0),
            lambda m: (m(), 1),
        ),
        patterns=("normal", "strided", "wide", "small"),
        wrong=(lambda m: (m(3), 4), lambda m: (m(3), 1, {"dim": 1}), lambda m: (m(3), -1)),
    ),
    "median": reduction(
        *ONE_DIM,
        empty=False,
        patterns=("normal", "strided", "wide", "small", "not finite"),
        wrong=(lambda m: (m(2, 0), 1),),
    ),
}

MATRICES = SMOOTH
_mismatch = (lambda m: (m(2, 3), m(4, 2)),)


def _pairs(*shapes, wrong=(), **kw):
    return Row(
        tuple(lambda m, a=a, b=b: (m(*a), m(*b)) for a, b in shapes), patterns=MATRICES, mixes=True, wrong=wrong, **kw
    )


_batches = ((2, 2), (3, 3), (1, 1), (2, 3, 3), (0, 2, 2), (0, 0))


def _square(**kw):
    regular = tuple(lambda m, s=s: m.regular(*s) for s in _batches)
    wrong = (lambda m: m(2, 3), lambda m: m(3), lambda m: m.whole(2, 2))
    return Row(regular, patterns=("a", "b", "c", "d"), mixes=True, loosened=30, wrong=wrong, **kw)


LINALG = {
    "matmul": _pairs(
        ((2, 3), (3, 4)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 2, 3), (3, 2)),
        ((2, 1, 2, 3), (3, 3, 2)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((3,), (2, 3, 2)),
        ((2, 2, 3), (3,)),
        wrong=(*_mismatch, lambda m: (m(), m(2)), lambda m: (m(2, 3), m(2)), lambda m: (m(2), m.whole(2))),
        others=INTS,
    ),
    "mm": _pairs(
        ((2, 3), (3, 4)),
        ((1, 1), (1, 1)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((4, 2), (2, 4)),
        wrong=(*_mismatch, lambda m: (m(2), m(2, 2)), lambda m: (m(1, 2, 2), m(2, 2))),
        others=INTS,
    ),
    "bmm": _pairs(
        ((2, 2, 3), (2, 3, 4)),
        ((1, 1, 1), (1, 1, 1)),
        ((0, 2, 3), (0, 3, 2)),
        ((2, 2, 0), (2, 0, 3)),
        wrong=(lambda m: (m(2, 2, 3), m(3, 3, 2)), lambda m: (m(2, 3), m(3, 2))),
        others=INTS,
    ),
    "mv": _pairs(
        ((2, 3), (3,)), ((1, 1), (1,)), ((0, 3), (3,)), ((2, 0), (0,)), wrong=(lambda m: (m(2, 3), m(2)),), others=INTS
    ),
    "dot": _pairs(
        ((3,), (3,)),
        ((1,), (1,)),
        ((0,), (0,)),
        ((9,), (9,)),
        wrong=(lambda m: (m(2), m(3)), lambda m: (m(2, 2), m(2))),
        others=INTS,
    ),
    "outer": _pairs(
        ((3,), (2,)), ((1,), (4,)), ((0,), (2,)), ((9,), (9,)), wrong=(lambda m: (m(2, 2), m(2)),), others=INTS
    ),
    "addmm": Row(
        tuple(
            lambda m, s=s, kw=kw: (m(*s), m(2, 3), m(3, 4), kw)
            for s in ((2, 4), (4,), (), (2, 1))
            for kw in ({}, {"alpha": 0.5, "beta": 2}, {"beta": 0})
        ),
        patterns=MATRICES,
        mixes=True,
        wrong=(lambda m: (m(3), m(2, 3), m(3, 4)), lambda m: (m(4), m(2, 3), m(4, 4))),
    ),
    "einsum": Row(
        (
            lambda m: ("ij,jk->ik", m(2, 3), m(3, 4)),
            lambda m: ("ij,jk", m(2, 3), m(3, 4)),
            lambda m: ("ii", m(3, 3)),
            lambda m: ("ii->i", m(3, 3)),
            lambda m: ("ij->ji", m(2, 3)),
            lambda m: ("bij,bjk->bik", m(2, 2, 3), m(2, 3, 2)),
            lambda m: ("ij,ij->", m(2, 3), m(2, 3)),
            lambda m: ("...i,ji->...j", m(2, 1, 3), m(4, 3)),
            lambda m: ("i,j,i->j", m(2), m(3), m(2)),
            lambda m: ("ij,j->i", m(0, 2), m(2)),
            lambda m: ("->", m()),
        ),
        patterns=MATRICES,
        mixes=True,
        wrong=(
            lambda m: ("ij,j->i", m(2, 3), m(4)),
            lambda m: ("ij,j->i", m(2, 3)),
            lambda m: ("ijk->i", m(2, 3)),
            lambda m: ("ij->k", m(2, 3)),
            lambda m: ("i1->i", m(2, 3)),
        ),
    ),
    "tensordot": Row(
        (
            lambda m: (m(2, 3), m(3, 4), 1),
            lambda m: (m(2, 3), m(2, 3), 2),
            lambda m: (m(2), m(3), 0),
            lambda m: (m(2, 3, 4), m(4, 3), ([1, 2], [1, 0])),
            lambda m: (m(2, 3), m(2, 4), {"dims": ([0], [0])}),
        ),
        patterns=MATRICES,
        mixes=True,
        wrong=(lambda m: (m(2, 3), m(4, 3), 1), lambda m: (m(2, 3), m(3), ([0, 1], [0]))),
    ),
    "kron": Row(
        tuple(
            lambda m, a=a, b=b: (m(*a), m(*b))
            for a, b in (((2,), (3,)), ((2, 2), (2, 3)), ((2, 2), (3,)), ((), (2,)), ((0, 2), (2, 2)))
        ),
        patterns=MATRICES,
        others=INTS,
    ),
    "trace": Row(
        tuple(lambda m, s=s: m(*s) for s in ((3, 3), (2, 4), (4, 2), (0, 3), (1, 1))),
        mixes=True,
        others=INTS,
        wrong=(lambda m: m(3), lambda m: m(2, 2, 2)),
    ),
    **{
        name: Row(
            tuple(lambda m, s=s, k=k: (m(*s), k) for s in ((3, 4), (4, 3), (2, 3, 3), (0, 2)) for k in (0, 1, -1, 5)),
            others=INTS + BOOLS,
            wrong=(lambda m: m(3), lambda m: m()),
        )
        for name in ("tril", "triu")
    },
    "diag": Row(
        tuple(lambda m, s=s, k=k: (m(*s), k) for s in ((3,), (3, 4), (4, 3), (0,)) for k in (0, 1, -1, 2)),
        others=INTS,
        wrong=(lambda m: m(), lambda m: m(2, 2, 2)),
    ),
    "diagonal": Row(
        (
            *(lambda m, k=k: (m(3, 4), k) for k in (0, 1, -1, 3)),
            lambda m: (m(2, 3, 4), 0, 1, 2),
            lambda m: (m(2, 3, 4), {"offset": 1, "dim1": 0, "dim2": -1}),
        ),
        others=INTS,
        wrong=(lambda m: m(3), lambda m: (m(2, 3), 0, 0, 0), lambda m: (m(2, 3), 0, 0, 2)),
    ),
    **{name: _square() for name in ("linalg.inv", "linalg.det", "linalg.slogdet")},
    "linalg.solve": Row(
        (
            lambda m: (m.regular(3, 3), m(3)),
            lambda m: (m.regular(3, 3), m(3, 2)),
            lambda m: (m.regular(2, 3, 3), m(2, 3, 2)),
            lambda m: (m.regular(2, 3, 3), m(2, 3)),
            lambda m: (m.regular(2, 3, 3), m(3, 2)),
            lambda m: (m.regular(3, 3), m(2, 3), {"left": False}),
            lambda m: (m.regular(0, 0), m(0, 2)),
        ),
        patterns=("normal", "ties", "zeros"),
        mixes=True,
        loosened=30,
        wrong=(lambda m: (m.regular(3, 3), m(2)), lambda m: (m(2, 3), m(2)), lambda m: (torch.zeros(2, 2), m(2))),
    ),
    "linalg.cholesky": Row(
        (
            *(lambda m, s=s: m.definite(*s) for s in _batches),
            lambda m: (m.definite(3, 3), {"upper": True}),
        ),
        patterns=("a", "b", "c"),
        mixes=True,
        loosened=100,
        wrong=(lambda m: m(2, 3), lambda m: m(3), lambda m: -m.definite(2, 2)),
    ),
    "linalg.matrix_power": Row(
        tuple(
            lambda m, s=s, n=n: (m.regular(*s), n) for s in ((2, 2), (2, 3, 3), (0, 0)) for n in (0, 1, 2, 3, 5, -1, -2)
        ),
        patterns=("a",),
        mixes=True,
        loosened=100,
        wrong=(lambda m: (m(2, 3), 2), lambda m: (m(3), 2), lambda m: (m(2, 2), 0.5)),
    ),
}
ROWS = {**REDUCTION, **LINALG}
