"""Factors of matrices and what is made of them."""

from __future__ import annotations

from typing import Any

from tests.torch_oracle.row import Build, Row

SHAPES = ((3, 3), (2, 3, 3), (4, 3), (3, 4), (2, 4, 2), (1, 1))
SQUARE = ((3, 3), (2, 3, 3), (1, 1), (2, 2))


def _of(*calls: Build, **settings: Any) -> Row:
    """Of random matrices, the same in each of these patterns but for the numbers."""
    settings = {"patterns": ("a", "b", "c", "d"), "mixes": True, "loosened": 100, **settings}
    return Row(calls, **settings)


def _each(shapes: Any, *settings: dict[str, Any]) -> tuple[Build, ...]:
    return tuple(lambda m, s=s, k=k: (m(*s), k) for s in shapes for k in settings or ({},))


_matrices = (lambda m: m(3), lambda m: m.whole(3, 3))
_squares = (*_matrices, lambda m: m(2, 3))
ROWS = {
    "linalg.eigh": _of(
        *(lambda m, s=s, k=k: (m.definite(*s), k) for s in SQUARE for k in ({}, {"UPLO": "U"})),
        wrong=(*_squares, lambda m: (m(2, 2), "X")),
    ),
    "linalg.eigvalsh": _of(
        *(lambda m, s=s, k=k: (m.definite(*s), k) for s in SQUARE for k in ({}, {"UPLO": "U"})), wrong=_squares
    ),
    "linalg.svd": _of(*_each(SHAPES, {"full_matrices": False}), wrong=_matrices),
    "svd": _of(*_each(SHAPES), wrong=_matrices),
    "linalg.svdvals": _of(*_each(SHAPES), wrong=_matrices),
    "linalg.qr": _of(*_each(SHAPES), wrong=(*_matrices, lambda m: (m(2, 2), "no"))),
    "qr": _of(*_each(SHAPES), wrong=_matrices),
    "linalg.pinv": _of(*_each(SHAPES, {}, {"rtol": 1e-3}, {"atol": 0.1}), wrong=_matrices),
    "pinverse": _of(*_each(SHAPES), wrong=_matrices),
    "linalg.lstsq": _of(
        *(
            lambda m, s=s, k=k: (m(*s), m(*s[:-1], k))
            for s in ((4, 3), (2, 4, 3), (3, 3), (5, 2), (3, 4))
            for k in (1, 2)
        ),
        wrong=(lambda m: (m(4, 3), m(3, 2)), lambda m: (m(3), m(3))),
        loosened=1000,
    ),
    "linalg.matrix_rank": _of(*_each(SHAPES, {}, {"atol": 1.0}, {"rtol": 0.5}), wrong=_matrices),
    "linalg.cond": _of(
        *_each(SHAPES), *_each(SQUARE, *({"p": p} for p in (2, -2, "fro", "nuc", float("inf"), 1, -1))), wrong=_matrices
    ),
    "linalg.matrix_norm": _of(
        *_each(
            ((3, 4), (2, 3, 4)),
            *({"ord": p} for p in ("fro", "nuc", 2, -2, 1, -1, float("inf"), -float("inf"))),
            {"ord": "nuc", "keepdim": True},
            {"ord": 2, "dim": (0, -1)},
        ),
        wrong=(lambda m: m(3), lambda m: (m(3, 3), "no"), lambda m: (m(3, 3), 3)),
    ),
    "linalg.norm": _of(
        *_each(((3, 4), (2, 3)), *({"ord": p} for p in (None, "fro", "nuc", 2, -2, 1, float("inf")))),
        *_each(((5,),), *({"ord": p} for p in (None, 0, 1, 2, 3, float("inf"), -float("inf")))),
        wrong=(lambda m: (m(2, 2, 2), 2), lambda m: (m(3), "nuc")),
    ),
    "linalg.matrix_exp": _of(*_each(SQUARE), wrong=_squares, loosened=1000, patterns=("a", "b", "c", "d", "e")),
    "linalg.solve_triangular": _of(
        *(
            lambda m, u=u, t=t: (m.regular(3, 3), m(3, 2), {"upper": u, "unitriangular": t})
            for u in (False, True)
            for t in (False, True)
        ),
        lambda m: (m.regular(2, 3, 3), m(3, 2), {"upper": True}),
        lambda m: (m.regular(3, 3), m(2, 3), {"upper": True, "left": False}),
        wrong=(lambda m: (m(2, 3), m(2, 2), {"upper": True}), lambda m: (m.regular(3, 3), m(2, 2), {"upper": True})),
    ),
    "linalg.tensorinv": _of(
        *(lambda m: m.regular(6, 6).reshape(2, 3, 6) for _ in range(3)),
        *(lambda m: (m.regular(4, 4).reshape(4, 2, 2), 1) for _ in range(3)),
    ),
    "linalg.tensorsolve": _of(*(lambda m: (m.regular(6, 6).reshape(2, 3, 6), m(2, 3)) for _ in range(6))),
    "cholesky_solve": _of(*(lambda m, u=u: (m(3, 2), m.regular(3, 3), u) for u in (False, True) for _ in range(3))),
    "cholesky_inverse": _of(*(lambda m, u=u: (m.regular(3, 3), u) for u in (False, True) for _ in range(3))),
}
