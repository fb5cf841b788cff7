"""Products, scans, statistics, counting, joining and scattering: what is made of rows, mostly."""

from __future__ import annotations

from typing import Any

import torch

from tests.torch_oracle.make import SMOOTH, Maker
from tests.torch_oracle.row import BOOLS, INTS, Build, Row, reduction

MATRICES = ("normal", "ties", "zeros", "strided", "small")
APART = ("normal", "strided", "small")  # without equal entries
BOTH = INTS + BOOLS


def _mixing(*calls: Build, **settings: Any) -> Row:
    settings = {"patterns": MATRICES, "mixes": True, **settings}
    return Row(calls, **settings)


_scaled: tuple[dict[str, Any], ...] = ({}, {"beta": 0.5}, {"alpha": 2}, {"beta": 0, "alpha": -1})


def _added(*shapes: Any, **settings: Any) -> Row:
    return _mixing(*(lambda m, s=s, k=k: (*(m(*x) for x in s), k) for s in shapes for k in _scaled), **settings)


PRODUCTS = {
    "addmv": _added(((2,), (2, 3), (3,)), ((), (2, 3), (3,)), wrong=(lambda m: (m(2), m(2, 3), m(2)),)),
    "addr": _added(((2, 3), (2,), (3,)), ((), (2,), (3,)), wrong=(lambda m: (m(2, 2), m(2), m(3)),)),
    "baddbmm": _added(
        ((2, 3, 4), (2, 3, 2), (2, 2, 4)),
        ((4,), (2, 3, 2), (2, 2, 4)),
        wrong=(lambda m: (m(2), m(2, 2, 3), m(2, 2, 2)),),
    ),
    "addbmm": _added(
        ((3, 4), (2, 3, 2), (2, 2, 4)), ((4,), (2, 3, 2), (2, 2, 4)), wrong=(lambda m: (m(2), m(2, 2, 3), m(2, 2, 2)),)
    ),
    "vdot": _mixing(
        *(lambda m, n=n: (m(n), m(n)) for n in (0, 1, 3, 26)), others=INTS, wrong=(lambda m: (m(2), m(3)),)
    ),
    "inner": _mixing(
        lambda m: (m(3), m(3)),
        lambda m: (m(2, 3), m(3)),
        lambda m: (m(2, 3), m(4, 3)),
        lambda m: (m(), m(4, 3)),
        lambda m: (m(2, 0), m(4, 0)),
        lambda m: (m(2, 1, 3), m(4, 3)),
        others=INTS,
        wrong=(lambda m: (m(2), m(3)),),
    ),
    "chain_matmul": _mixing(
        lambda m: (m(2, 3), m(3, 4)),
        lambda m: (m(2, 3), m(3, 4), m(4, 1)),
        lambda m: (m(5, 2), m(2, 3), m(3, 4), m(4, 1)),
        lambda m: (m(2, 3),),
    ),
    "linalg.multi_dot": _mixing(
        lambda m: ([m(2, 3), m(3, 4)],),
        lambda m: ([m(3), m(3, 4), m(4, 2)],),
        lambda m: ([m(2, 3), m(3, 4), m(4)],),
        lambda m: ([m(3), m(3, 4), m(4)],),
        wrong=(lambda m: ([m(2, 3)],), lambda m: ([m(2, 3), m(2, 3)],)),
    ),
    "linalg.cross": _mixing(
        lambda m: (m(3), m(3)),
        lambda m: (m(2, 3), m(2, 3)),
        lambda m: (m(2, 3), m(1, 3)),
        lambda m: (m(3, 2), m(3, 1), {"dim": 0}),
        others=INTS,
        wrong=(lambda m: (m(2), m(2)), lambda m: (m(3), m(2, 3))),
    ),
    "cross": _mixing(
        lambda m: (m(3), m(3)),
        lambda m: (m(2, 3), m(2, 3)),
        lambda m: (m(3, 3), m(3, 3)),
        lambda m: (m(3, 3), m(3, 3), 1),
        others=INTS,
    ),
    "linalg.vecdot": _mixing(
        lambda m: (m(3), m(3)),
        lambda m: (m(2, 3), m(3)),
        lambda m: (m(2, 3), m(2, 1), {"dim": 0}),
        lambda m: (m(2, 0), m(2, 0)),
    ),
    "dist": _mixing(
        *(lambda m, p=p: (m(2, 3), m(3), p) for p in (0, 1, 2, 3.0, float("inf"))),
        patterns=("normal", "strided", "a", "b"),
    ),
    "cdist": _mixing(
        *(lambda m, p=p: (m(2, 3), m(4, 3), p) for p in (0.0, 1.0, 2.0, 3.0, float("inf"))),
        lambda m: (m(2, 2, 3), m(1, 4, 3)),
        lambda m: (m(2, 0), m(3, 0)),
        lambda m: (m(0, 2), m(3, 2)),
        patterns=("normal", "strided", "small"),
        wrong=(lambda m: (m(2, 3), m(2, 2)), lambda m: (m(2), m(2)), lambda m: (m(2, 2), m(2, 2), -1.0)),
    ),
    # PyTorch 2.13 crashes on the way back of a matrix without rows.
    "nn.functional.pdist": _mixing(
        *(lambda m, p=p: (m(4, 3), p) for p in (0.0, 1.0, 2.0, 3.0, float("inf"))),
        lambda m: (m(6, 2), 1.5),
        lambda m: (m(2, 5),),
        patterns=("normal", "strided", "small"),
        wrong=(lambda m: (m(2),),),
    ),
    "renorm": _mixing(
        *(lambda m, p=p, d=d: (m(3, 4), p, d, 1.0) for p in (1, 2, 3.0) for d in (0, -1)),
        lambda m: (m(2, 3, 2), 2, 1, 0.5),
        patterns=("normal", "strided", "wide"),
        wrong=(lambda m: (m(3), 2, 0, 1.0), lambda m: (m(2, 2), -1, 0, 1.0)),
    ),
}
_dims: tuple[dict[str, Any], ...] = ({}, {"dim": 0}, {"dim": -1, "keepdim": True}, {"dim": (0, 1)})
_along = (
    (lambda m, s=s, d=d: (m(*s), d))
    for s, d in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((5,), 0), ((), 0), ((2, 0), 1), ((0, 2), 0))
)
_runs = tuple(_along)


def _weights(m: Maker) -> torch.Tensor:
    return m(4, domain="positive", grad=False, dtype=torch.float64)


STATISTICS = {
    **{
        name: reduction(
            *_dims,
            {"correction": 0},
            {"dim": 1, "correction": 2},
            mixes=True,
            patterns=SMOOTH,
            loosened=3,
            empty=False,
            shapes=((3, 4, 2), (2, 3, 3)),
        )
        for name in ("var_mean", "std_mean")
    },
    "nansum": reduction(*_dims, {"dtype": torch.float64}, others=BOTH, mixes=True),
    "nanmean": reduction(*_dims, {"dtype": torch.float64}, mixes=True),
    "nanmedian": Row(
        (*(lambda m, s=s: m(*s) for s in ((5,), (3, 4), (), (2, 3, 2))), *_runs[:5]),
        others=INTS,
        patterns=(*APART, "not finite"),
    ),
    **{
        name: _mixing(
            *(
                lambda m, s=s, q=q, k=k: (m(*s), q if isinstance(q, float) else torch.tensor(q, dtype=m.dtype), k)
                for s in ((5,), (3, 4))
                for q in (0.0, 0.3, 0.5, 1.0, [0.1, 0.6])
                for k in ({}, {"dim": 0}, {"dim": -1, "keepdim": True})
            ),
            *(
                lambda m, i=i: (m(3, 4), 0.4, {"dim": 1, "interpolation": i})
                for i in ("linear", "lower", "higher", "midpoint", "nearest")
            ),
            patterns=(*APART, "not finite"),
            wrong=(
                lambda m: (m(3), 1.5),
                lambda m: (m(3), 0.5, {"interpolation": "no"}),
                lambda m: (m.whole(3), 0.5),
                lambda m: (m(0), 0.5),
            ),
        )
        for name in ("quantile", "nanquantile")
    },
    "cov": _mixing(
        *(lambda m, s=s, k=k: (m(*s), k) for s in ((3, 4), (5,), (1, 4)) for k in ({}, {"correction": 0})),
        lambda m: (m(3, 4), {"fweights": m.whole(4, low=1, high=5)}),
        lambda m: (m(3, 4), {"aweights": _weights(m)}),
        lambda m: (
            m(3, 4),
            {
                "fweights": m.whole(4, low=1, high=5),
                "aweights": _weights(m),
            },
        ),
        others=INTS,
        patterns=("normal", "ties", "strided"),
        loosened=3,
        wrong=(lambda m: m(2, 2, 2), lambda m: (m(3, 4), {"fweights": m.whole(3)})),
    ),
    "corrcoef": _mixing(
        *(lambda m, s=s: m(*s) for s in ((3, 4), (2, 5), (4, 6))),
        patterns=("normal", "strided", "a", "b", "c", "d", "e"),
        loosened=10,
    ),
    "kthvalue": Row(
        tuple(
            lambda m, s=s, d=d, k=k: (m(*s), 2, d, k)
            for s, d in (((5,), 0), ((3, 4), 1), ((3, 4), 0), ((2, 3, 2), 1))
            for k in (False, True)
        ),
        patterns=APART,
        wrong=(lambda m: (m(3), 4), lambda m: (m(3), 0), lambda m: (m(3), 1.5)),
    ),
    "mode": Row(_runs[:5], others=INTS, patterns=("ties", "grid", "normal", "strided")),
    "logcumsumexp": _mixing(*_runs, loosened=5, patterns=(*SMOOTH, "wide")),
    **{name: Row(_runs, others=BOTH) for name in ("cummax", "cummin")},
    "diff": Row(
        (
            *(lambda m, n=n, d=d: (m(3, 4), n, d) for n in (0, 1, 2, 3, 5) for d in (0, 1, -1)),
            lambda m: (m(5), {"prepend": m(2), "append": m(1)}),
            lambda m: (m(0),),
            lambda m: (m(1),),
        ),
        others=BOTH,
        patterns=MATRICES,
        mixes=True,
        wrong=(lambda m: m(), lambda m: (m(3), -1)),
    ),
    **{
        name: _mixing(
            *(lambda m, s=s, d=d: (m(*s), {"dim": d}) for s, d in (((5,), 0), ((3, 4), 0), ((3, 4), -1), ((1, 3), 0))),
            lambda m: (m(3, 4), {"dx": 0.5}),
            lambda m: (m(3, 4), m(4)),
            lambda m: (m(3, 4), m(3, 4)),
            lambda m: (m(3, 4), m(1, 4)),
            lambda m: (m(3, 4), m(3), {"dim": 0}),
            wrong=(lambda m: (m(3, 4), m(3)),),
        )
        for name in ("trapezoid", "cumulative_trapezoid")
    },
}
STATISTICS["gradient"] = _mixing(
    *(lambda m, s=s, e=e: (m(*s), {"edge_order": e}) for s in ((5,), (3, 4), (3, 3, 3)) for e in (1, 2)),
    *(lambda m, d=d: (m(4, 5), {"dim": d, "spacing": 0.5}) for d in (0, -1, (0, 1))),
    lambda m: (m(4, 5), {"spacing": [0.5, 2.0]}),
    lambda m: (m(3, 4), {"dim": 1, "spacing": [torch.tensor([0.0, 1.0, 3.0, 3.5], dtype=m.dtype)], "edge_order": 2}),
    lambda m: (m(3, 4), {"dim": 1, "spacing": [torch.tensor([0.0, 1.0, 3.0, 3.5], dtype=m.dtype)]}),
    wrong=(lambda m: m(1), lambda m: (m(3), {"edge_order": 3}), lambda m: (m(3), {"dim": 2})),
)
COUNTING = {
    "unique": Row(
        (
            *(
                lambda m, s=s, k=k: (m(*s, grad=False), k)
                for s in ((7,), (2, 3), (), (0,))
                for k in ({}, {"return_inverse": True}, {"return_inverse": True, "return_counts": True})
            ),
            *(
                lambda m, s=s, d=d: (m(*s, grad=False), {"dim": d, "return_inverse": True, "return_counts": True})
                for s, d in (((6, 2), 0), ((2, 6), 1))
            ),
        ),
        others=BOTH,
        patterns=("ties", "grid", "zeros"),
    ),
    "unique_consecutive": Row(
        (
            *(
                lambda m, s=s, k=k: (m(*s, grad=False), k)
                for s in ((7,), (2, 3), (), (0,))
                for k in ({}, {"return_inverse": True}, {"return_inverse": True, "return_counts": True})
            ),
            lambda m: (m(6, 1, grad=False), {"dim": 0, "return_inverse": True, "return_counts": True}),
        ),
        others=BOTH,
        patterns=("ties", "grid", "zeros"),
    ),
    "bincount": Row(
        (
            *(lambda m, n=n, k=k: (m.whole(n, low=0), k) for n in (0, 1, 9) for k in ({}, {"minlength": 8})),
            lambda m: (m.whole(9, low=0), m(9, dtype=torch.float32, grad=False)),
            lambda m: (m.whole(9, low=0), m(9, dtype=torch.float64, grad=False)),
            lambda m: (m.whole(9, low=0), m.whole(9)),
        )
        * 3,
        others=INTS,
        floats=False,
        wrong=(
            lambda m: m.whole(3, low=-3, high=0),
            lambda m: m.whole(2, 2, low=0),
            lambda m: m(3, dtype=torch.float32),
        ),
    ),
    "searchsorted": Row(
        (
            *(
                lambda m, s=s, k=k: (m(9, grad=False).sort().values, m(*s, grad=False), k)
                for s in ((4,), (2, 3), (), (0,))
                for k in ({}, {"right": True}, {"side": "left", "out_int32": True})
            ),
            lambda m: (m(2, 5, grad=False).sort().values, m(2, 3, grad=False)),
            lambda m: (m(9, grad=False).sort().values, 1),
        ),
        others=INTS,
        patterns=("normal", "ties", "grid"),
        wrong=(lambda m: (m(3), m(2), {"right": True, "side": "left"}), lambda m: (m(2, 3), m(3, 3))),
    ),
    "bucketize": Row(
        tuple(
            lambda m, s=s, k=k: (m(*s, grad=False), m(9, grad=False).sort().values, k)
            for s in ((4,), (2, 3), (), (0,))
            for k in ({}, {"right": True}, {"out_int32": True})
        ),
        others=INTS,
        patterns=("normal", "ties", "grid"),
        wrong=(lambda m: (m(3), m(2, 2)),),
    ),
    "histc": Row(
        tuple(
            lambda m, s=s, k=k: (m(*s, grad=False), k)
            for s in ((26,), (2, 3))
            for k in ({}, {"bins": 4, "min": -2, "max": 3}, {"bins": 1}, {"bins": 7})
        ),
        patterns=("normal", "grid", "strided"),
        wrong=(lambda m: (m(3), {"bins": 0}), lambda m: (m(3), {"min": 2, "max": 1})),
    ),
    "histogram": Row(
        (
            *(
                lambda m, s=s, k=k: (m(*s, grad=False), 5, k)
                for s in ((26,), (2, 3))
                for k in ({}, {"range": (-2.0, 3.0)}, {"density": True})
            ),
            lambda m: (m(26, grad=False), torch.tensor([-2.0, 0.0, 0.5, 3.0], dtype=m.dtype)),
            lambda m: (m(9, grad=False), 4, {"weight": m(9, grad=False)}),
        ),
        patterns=("normal", "grid", "strided"),
        wrong=(lambda m: (m(3), 0),),
    ),
    "tril_indices": Row(
        tuple(lambda m, a=a, k=k: (*a, k) for a in ((3, 3), (2, 4), (4, 2), (0, 3), (1, 1)) for k in (0, 1, -1, 5)),
        others=INTS,
        floats=False,
    ),
    "triu_indices": Row(
        tuple(lambda m, a=a, k=k: (*a, k) for a in ((3, 3), (2, 4), (4, 2), (0, 3), (1, 1)) for k in (0, 1, -1, 5)),
        others=INTS,
        floats=False,
    ),
}
ARRANGING = {
    "rot90": Row(
        tuple(lambda m, k=k, d=d: (m(2, 3, 2), k, d) for k in (0, 1, 2, 3, -1, 5) for d in ((0, 1), (1, 2), (2, 0))),
        others=BOTH,
        patterns=MATRICES,
        wrong=(lambda m: (m(3), 1), lambda m: (m(2, 2), 1, (0, 0))),
    ),
    **{
        name: Row(
            tuple(lambda m, n=n, i=i: (m(4, 4, 4), i) for n in range(2) for i in (2, 4, [1, 3], (2,))),
            others=BOTH,
            patterns=MATRICES,
            wrong=(lambda m: (m(5, 5, 5), 2), lambda m: (m(), 1)),
        )
        for name in ("hsplit", "vsplit", "dsplit")
    },
    "split_with_sizes": Row(
        tuple(lambda m, d=d, n=n: (m(4, 4), n, d) for d in (0, 1) for n in ([1, 3], [4], [2, 0, 2])),
        patterns=MATRICES,
        wrong=(lambda m: (m(4), [1, 2]),),
    ),
    "block_diag": Row(
        (
            lambda m: (m(2, 3), m(1, 2)),
            lambda m: (m(3), m()),
            lambda m: (m(2, 2),),
            lambda m: (m(0, 2), m(1, 1)),
            lambda m: (m(1, 1), m(2, 1), m(1, 3)),
        ),
        others=INTS,
        patterns=MATRICES,
        wrong=(lambda m: (m(2, 2, 2),),),
    ),
    "cartesian_prod": Row(
        (lambda m: (m(2), m(3)), lambda m: (m(2), m(1), m(2)), lambda m: (m(3),), lambda m: (m(0), m(2))),
        others=INTS,
        patterns=MATRICES,
        wrong=(lambda m: (m(2, 2), m(2)),),
    ),
    "combinations": Row(
        tuple(lambda m, r=r, w=w: (m(4), {"r": r, "with_replacement": w}) for r in (1, 2, 3, 5) for w in (False, True)),
        others=INTS,
        patterns=MATRICES,
        wrong=(lambda m: m(2, 2), lambda m: (m(3), -1)),
    ),
    "vander": Row(
        tuple(lambda m, n=n, i=i: (m(4), {"N": n, "increasing": i}) for n in (None, 2, 3, 5) for i in (False, True)),
        others=INTS,
        patterns=MATRICES,
        wrong=(lambda m: m(2, 2),),
    ),
    "linalg.vander": Row(
        tuple(lambda m, s=s, n=n: (m(*s), {"N": n}) for s in ((4,), (2, 3)) for n in (None, 2, 3)),
        others=INTS,
        patterns=MATRICES,
    ),
}
_reductions = ("sum", "prod", "mean", "amax", "amin")
SCATTERING = {
    "put": Row(
        tuple(
            lambda m, s=s, a=a: (m(2, 3), torch.randperm(6, generator=m.random)[: s[0] * s[1]].reshape(s), m(*s), a)
            for s in ((1, 1), (2, 2), (1, 3), (2, 3))
            for a in (False, True)
        ),
        others=INTS,
        patterns=MATRICES,
        wrong=(lambda m: (m(3), m.whole(2, low=0, high=3), m(3)), lambda m: (m(3), m.whole(2, low=5, high=8), m(2))),
    ),
    "masked_scatter": Row(
        tuple(
            lambda m, s=s, t=t: (m(*s), m.truth(*t), m(6))
            for s, t in (((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((6,), (6,)), ((), ()), ((0,), (0,)))
        ),
        others=INTS,
        patterns=MATRICES,
        wrong=(lambda m: (m(3), torch.ones(3) > 0, m(2)), lambda m: (m(3), m(3), m(3))),
    ),
    "diagonal_scatter": Row(
        (
            lambda m: (m(3, 3), m(3)),
            lambda m: (m(3, 4), m(3), 1),
            lambda m: (m(3, 4), m(2), -1),
            lambda m: (m(2, 3, 4), m(2, 3), 0, 1, 2),
        ),
        patterns=MATRICES,
        wrong=(lambda m: (m(3, 3), m(2)),),
    ),
    "scatter_reduce": Row(
        tuple(
            lambda m, d=d, r=r, i=i: (
                m(3, 4),
                d,
                m.whole(3, 4, low=0, high=3),
                m(3, 4),
                r,
                {"include_self": i},
            )
            for d in (0, 1)
            for r in _reductions
            for i in (True, False)
        ),
        others=INTS,
        patterns=("normal", "ties", "zeros", "grid"),
        mixes=True,
        wrong=(
            lambda m: (m(3), 0, m.whole(3, low=0, high=3), m(3), "max"),
            lambda m: (m(3), 0, m.whole(3, low=3, high=5), m(3), "sum"),
            lambda m: (m(3), 0, m.whole(4, low=0, high=3), m(3), "sum"),
        ),
    ),
    "index_reduce": Row(
        tuple(
            lambda m, d=d, r=r, i=i: (
                m(3, 4),
                d,
                m.whole(3 + d, low=0, high=3),
                m(3, 4),
                r,
                {"include_self": i},
            )
            for d in (0, 1)
            for r in _reductions[1:]
            for i in (True, False)
        ),
        others=INTS,
        patterns=("normal", "ties", "zeros", "grid"),
        mixes=True,
        wrong=(lambda m: (m(3), 0, m.whole(3, low=0, high=3), m(3), "sum"),),
    ),
}
ROWS = {**PRODUCTS, **STATISTICS, **COUNTING, **ARRANGING, **SCATTERING}
