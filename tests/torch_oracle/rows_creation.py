"""Creation: new tensors from data, a rule, or chance."""

from __future__ import annotations

import torch

from tests.torch_oracle.row import INTS, Row
from tests.torch_oracle.rows_shape import BOTH, PATTERNS


def _made(*calls, wrong=()):
    return Row(
        tuple(lambda m, c=c: (*c[0], {"dtype": m.dtype, **c[1]}) for c in calls),
        ("first",),
        others=BOTH,
        wrong=tuple(lambda m, c=c: c for c in wrong),
    )


def _free(*calls):
    """Without a dtype: PyTorch chooses it."""
    return tuple(lambda m, c=c: c for c in calls)


_sizes = (((2, 3),), (2, 3), (3,), (0, 2), ((),), ([2, 1],), (2, 0, 3), (1,), (1, 1), (4, 1, 2), (7,), (0,))
_bad_sizes = ((-1,), ((2, -1),), (1.5,), ("a",), (None,))
_like = Row(
    (*(lambda m, s=s: m(*s) for s in ((2, 3), (), (0, 2), (3,))), lambda m: (m(2, 3), {"dtype": torch.int64})),
    PATTERNS,
    others=BOTH,
)


def _plus(row, *calls):
    row.calls = (*row.calls, *calls)
    return row


CREATION = {
    "zeros": _plus(_made(*((s, {}) for s in _sizes), wrong=_bad_sizes), *_free(*_sizes)),
    "ones": _plus(_made(*((s, {}) for s in _sizes), wrong=_bad_sizes), *_free(*_sizes)),
    "full": _plus(
        _made(
            *((((2, 3), v), {}) for v in (0, 1.0, True, -1, 2.5, 7)),
            *((((), v), {}) for v in (0, 1, 2.5)),
            *((((3, 1), v), {}) for v in (0, 1, -2.5, 9, True)),
            (((0,), 2), {}),
            (([3], 1), {}),
            wrong=(((2, -1), 1), ((2,), "a"), ((2,), None)),
        ),
        *_free(((2, 3), 1), ((2,), 0.5), ((), True), ((2,), float("nan"))),
    ),
    "eye": _plus(
        _made(
            ((3,), {}),
            ((2, 3), {}),
            ((3, 0), {}),
            ((0,), {}),
            ((1,), {}),
            ((4,), {}),
            ((1, 4), {}),
            ((4, 1), {}),
            ((5, 2), {}),
            ((2, 5), {}),
            wrong=((-1,), (2, -1), (1.5,)),
        ),
        *_free((3,), (2, 3), (0,), (1,), (4, 2), (2, 4), (7,), (0, 3), (1, 5), (3, 1)),
    ),
    "arange": Row(
        (
            *_free(
                (5,),
                (2, 7),
                (1, 10, 3),
                (5, 0, -2),
                (0,),
                (0.5, 3),
                (3.0,),
                (0, 1, 0.25),
                (1, 1),
                (-3, 3),
                (2.5,),
                (1, 2, 0.1),
                (0.0, -1.0, -0.3),
            ),
            *(
                lambda m, a=a: (*a, {"dtype": m.dtype})
                for a in ((5,), (2, 7), (1, 10, 3), (0, 4, 2), (1.0, 5.0), (0, 0), (6, 1, -1))
            ),
        ),
        ("first",),
        others=INTS[:1],
        wrong=_free((0, 5, -1), (5, 0), (0, 5, 0), ("a",), (None,), (0, float("inf")), (0, float("nan"))),
    ),
    "linspace": Row(
        (
            *_free(
                (0, 1, 5),
                (-1, 1, 3),
                (0.5, 2.5, 4),
                (1, 0, 3),
                (0, 1, 1),
                (0, 1, 0),
                (2, 2, 3),
                (0, 10, 11),
                (-3, 7, 100),
                (0, 1, 2),
            ),
            *(
                lambda m, a=a: (*a, {"dtype": m.dtype})
                for a in (
                    (0, 1, 5),
                    (-1, 1, 3),
                    (0.5, 2.5, 4),
                    (0, 9, 10),
                    (1, 0, 3),
                    (0, 1, 1),
                    (-5, 5, 7),
                    (0, 3, 50),
                    (3, 3, 2),
                    (0, 1, 0),
                )
            ),
        ),
        ("first",),
        others=INTS[:1],
        mixes=True,
        wrong=_free((0, 1, -1), (0, 1), (0, 1, 2.5), ("a", 1, 3), (None, 1, 3)),
    ),
    "zeros_like": _like,
    "ones_like": _like,
    "full_like": Row(
        (
            *(lambda m, s=s, v=v: (m(*s), v) for s in ((2, 3), (), (0, 2)) for v in (0, 1, True)),
            lambda m: (m(2, 3), 0.5, {"dtype": torch.float32}),
        ),
        PATTERNS,
        others=BOTH,
    ),
    **{
        name: Row(
            (*_like.calls[:4], lambda m: (m(2, 3), {"dtype": torch.float64})),
            PATTERNS,
            values=False,
            wrong=(lambda m: m.whole(3),),
        )
        for name in ("rand_like", "randn_like")
    },
    **{
        name: Row(
            (*_free(*_sizes), *(lambda m, s=s: (*s, {"dtype": m.dtype}) for s in _sizes)),
            ("first", "second"),
            values=False,
            wrong=_free(*_bad_sizes, (2, {"dtype": torch.int64})),
        )
        for name in ("rand", "randn")
    },
    "randint": Row(
        (
            *_free((5, (2, 3)), (2, 5, (3,)), (-3, 3, (0, 2)), (1, ()), (5, [2])),
            *(lambda m, s=s: (7, s, {"dtype": m.dtype}) for s in ((2, 3), (), (0,), (4,), (1, 2))),
        ),
        ("first", "second"),
        values=False,
        others=INTS[:1],
        wrong=_free((0, (2,)), (3, 3, (2,)), (5, 2, (2,)), (5, (-1,)), (5, 2)),
    ),
    "randperm": Row(
        _free((5,), (0,), (1,), (3,), (10,), (20,), (2,), (4,), (6,), (7,)),
        ("first", "second"),
        values=False,
        wrong=_free((-1,), (1.5,), ("a",), (None,)),
    ),
    "bernoulli": Row(
        (
            *(
                lambda m, s=s: m(*s, domain="probability", grad=False).clamp(0, 1)
                for s in ((2, 3), (), (0, 2), (9,), (2, 1, 2))
            ),
        ),
        values=False,
        patterns=("normal", "strided", "grid", "small"),
        wrong=(lambda m: torch.tensor([1.5]), lambda m: torch.tensor([-0.5]), lambda m: m.whole(3)),
    ),
    "tensor": Row(
        _free(
            (1,),
            (1.5,),
            (True,),
            ([1, 2],),
            ([1, 2.5],),
            ([[1, 2], [3, 4]],),
            ([],),
            ([[]],),
            ([True, False],),
            ([True, 2],),
            (-3,),
            ([[1.0], [2.0]],),
            (float("nan"),),
            (float("inf"),),
            ((1, 2),),
            ([1, 2], {"dtype": torch.float64}),
            (1.5, {"dtype": torch.int64}),
            ([0, 1], {"dtype": torch.bool}),
            ([1.5, float("inf")],),
            (2**40,),
            ([[[1]]],),
        ),
        ("first",),
        wrong=_free((None,), ("a",), ([1, [2]],), ([[1, 2], [3]],), ([1, None],), (["a"],), ({},)),
    ),
    "as_tensor": Row(
        (
            *_free(
                (1,),
                (1.5,),
                ([1, 2],),
                ([1, 2.5],),
                ([[True]],),
                ([],),
                (1, {"dtype": torch.float64}),
                ([1.5], {"dtype": torch.int64}),
            ),
            *(lambda m, s=s: m(*s) for s in ((2, 3), (), (0,))),
            lambda m: (m(2, 3), {"dtype": torch.float64}),
            lambda m: (m(2, 3), {"dtype": torch.float16}),
        ),
        ("normal", "ties"),
        wrong=_free((None,), ("a",), ([1, [2]],)),
    ),
}


ROWS = CREATION
