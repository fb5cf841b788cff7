"""Indexing: reading and adding at places that are given."""

from __future__ import annotations

import torch

from tests.torch_oracle.row import INTS, Row
from tests.torch_oracle.rows_shape import BOTH, PATTERNS

_i = torch.tensor


def _index(*given, wrong=()):
    return Row(
        tuple(lambda m, s=s, i=i: (m(*s), i) for s, i in given),
        PATTERNS,
        others=BOTH,
        wrong=tuple(lambda m, s=s, i=i: (m(*s), i) for s, i in wrong),
    )


INDEXING = {
    "__getitem__": _index(
        ((5,), 1),
        ((5,), -1),
        ((5,), slice(1, 4)),
        ((5,), slice(None, None, 2)),
        ((2, 3), (0, 1)),
        ((2, 3), (..., 1)),
        ((2, 3), None),
        ((2, 3), (slice(None), None, 1)),
        ((5,), _i([0, 2, 0])),
        ((5,), [0, 2, 0]),
        ((2, 3), (_i([0, 1]), _i([2, 0]))),
        ((2, 3), (_i([[0], [1]]), _i([2, 0]))),
        ((3,), _i([True, False, True])),
        ((2, 3), _i([True, False])),
        ((2, 3), _i([[True, False, True], [False, False, True]])),
        ((2, 3, 4), (_i([0, 1]), slice(None), _i([2, 3]))),
        ((2, 3, 4), (slice(None), _i([0, 0, 2]), 1)),
        ((), ()),
        ((), None),
        ((), ...),
        ((3,), _i([], dtype=torch.int64)),
        ((2, 3), _i(1)),
        ((0, 3), slice(0, 2)),
        ((3,), True),
        ((2, 3, 4), (..., _i([0, 2]))),
        ((2, 3), (slice(0, 0), 1)),
        wrong=(
            ((5,), 5),
            ((5,), (0, 0)),
            ((), 0),
            ((5,), _i([5])),
            ((5,), 1.5),
            ((3,), _i([True, False])),
            ((5,), "a"),
            ((2, 3), (_i([0, 1]), _i([0, 1, 2]))),
            ((5,), _i([0.5])),
            ((5,), slice(None, None, -1)),
            ((5,), slice(0.5, 2)),
        ),
    ),
    "take_along_dim": Row(
        (
            lambda m: (m(3, 4), m.whole(3, 2, low=0, high=4), 1),
            lambda m: (m(3, 4), m.whole(2, 4, low=0, high=3), 0),
            lambda m: (m(3, 4), m.whole(7, low=0, high=12)),
            lambda m: (m(3, 1), m.whole(1, 4, low=-3, high=3), 0),
            lambda m: (m(3, 4), m.whole(3, 0, low=0, high=1), {"dim": -1}),
        ),
        PATTERNS,
        others=BOTH,
        wrong=(
            lambda m: (m(3, 4), torch.tensor([[9, 0]]), 1),
            lambda m: (m(3, 4), m.whole(2, low=0, high=3), 1),
            lambda m: (m(3, 4), m(3, 2), 1),
            lambda m: (m(3, 4), m.whole(3, 2, low=0, high=3), 2),
        ),
    ),
    "gather": Row(
        (
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=0, high=4)),
            lambda m: (m(3, 4), 0, m.whole(2, 3, low=0, high=3)),
            lambda m: (m(5), 0, m.whole(9, low=0, high=5)),
            lambda m: (m(2, 3, 4), -1, m.whole(1, 2, 6, low=0, high=4)),
            lambda m: (m(), 0, m.whole(low=0, high=1)),
            lambda m: (m(3, 4), 1, m.whole(0, 2, low=0, high=1)),
        ),
        PATTERNS,
        others=BOTH,
        wrong=(
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=4, high=9)),
            lambda m: (m(3, 4), 1, m.whole(4, 2, low=0, high=3)),
            lambda m: (m(3, 4), 1, m.whole(2, low=0, high=3)),
            lambda m: (m(3, 4), 2, m.whole(3, 2, low=0, high=3)),
            lambda m: (m(3, 4), 1, m(3, 2)),
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=-3, high=0)),
        ),
    ),
    "index_select": Row(
        (
            lambda m: (m(3, 4), 0, m.whole(2, low=0, high=3)),
            lambda m: (m(3, 4), 1, m.whole(6, low=0, high=4)),
            lambda m: (m(3, 4), -1, m.whole(low=0, high=4)),
            lambda m: (m(5), 0, m.whole(0, low=0, high=1)),
            lambda m: (m(), 0, m.whole(1, low=0, high=1)),
        ),
        PATTERNS,
        others=BOTH,
        wrong=(
            lambda m: (m(3, 4), 0, m.whole(2, low=3, high=5)),
            lambda m: (m(3, 4), 0, m.whole(2, 2, low=0, high=3)),
            lambda m: (m(3, 4), 2, m.whole(2, low=0, high=3)),
            lambda m: (m(3, 4), 0, m(2)),
        ),
    ),
    "masked_select": Row(
        (
            lambda m: (m(3, 4), m.truth(3, 4)),
            lambda m: (m(3, 4), m.truth(4)),
            lambda m: (m(4), m.truth(3, 4)),
            lambda m: (m(), m.truth()),
            lambda m: (m(0, 4), m.truth(4)),
        ),
        PATTERNS,
        others=BOTH,
        wrong=(lambda m: (m(3), m.truth(2)), lambda m: (m(3), m(3))),
    ),
    "scatter": Row(
        (
            lambda m: (m(3, 4), 1, torch.tensor([[0, 3], [1, 2], [2, 0]]), m(3, 2)),
            lambda m: (m(3, 4), 0, torch.tensor([[2, 1, 0, 2]]), m(2, 4)),
            lambda m: (m(3, 4), -1, torch.tensor([[0, 3], [1, 2]]), 1.5),
            lambda m: (m(5), 0, torch.tensor([4, 0]), m(5)),
            lambda m: (m(5), 0, m.whole(0, low=0, high=1), m(0)),
            lambda m: (m(3, 4), 1, torch.tensor([[0, 3], [1, 2], [2, 0]]), m(3, 2), {"reduce": "add"}),
        ),
        PATTERNS,
        wrong=(
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=4, high=9), m(3, 2)),
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=0, high=4), m(2, 2)),
            lambda m: (m(3, 4), 2, m.whole(3, 2, low=0, high=3), m(3, 2)),
            lambda m: (m(3, 4), 1, m(3, 2), m(3, 2)),
            lambda m: (m(3, 4), 1, m.whole(4, 2, low=0, high=3), m(4, 2)),
        ),
    ),
    "scatter_add": Row(
        (
            lambda m: (m(3, 4), 1, m.whole(3, 6, low=0, high=4), m(3, 6)),
            lambda m: (m(3, 4), 0, m.whole(5, 3, low=0, high=3), m(6, 4)),
            lambda m: (m(5), 0, m.whole(3, low=0, high=5), m(5)),
            lambda m: (m(5), 0, m.whole(0, low=0, high=1), m(0)),
            lambda m: (m(), 0, m.whole(low=0, high=1), m()),
        ),
        PATTERNS,
        mixes=True,
        wrong=(
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=4, high=9), m(3, 2)),
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=0, high=4), m(2, 2)),
            lambda m: (m(3, 4), 1, m.whole(3, 2, low=0, high=4), m.whole(3, 2)),
            lambda m: (m(3, 4), 1, m(3, 2), m(3, 2)),
        ),
    ),
    "index_add": Row(
        (
            lambda m: (m(3, 4), 0, m.whole(5, low=0, high=3), m(5, 4)),
            lambda m: (m(3, 4), 1, m.whole(2, low=0, high=4), m(3, 2)),
            lambda m: (m(3, 4), -1, m.whole(2, low=0, high=4), m(3, 2), {"alpha": -0.5}),
            lambda m: (m(5), 0, m.whole(0, low=0, high=1), m(0)),
            lambda m: (m(5), 0, m.whole(9, low=0, high=5), m(9)),
        ),
        PATTERNS,
        mixes=True,
        wrong=(
            lambda m: (m(3, 4), 0, m.whole(2, low=3, high=9), m(2, 4)),
            lambda m: (m(3, 4), 0, m.whole(2, low=0, high=3), m(3, 4)),
            lambda m: (m(3, 4), 0, m.whole(2, low=0, high=3), m(2, 3)),
            lambda m: (m(3, 4), 0, m(2), m(2, 4)),
            lambda m: (m(3, 4), 0, m.whole(2, low=0, high=3), m.whole(2, 4)),
        ),
    ),
    "nn.functional.one_hot": Row(
        (
            *(
                lambda m, s=s, n=n: (m.whole(*s, low=0, high=4), n)
                for s in ((5,), (2, 3), (), (1,))
                for n in (4, 6, -1)
            ),
            lambda m: (torch.zeros(0, dtype=torch.int64), 3),
        ),
        floats=False,
        others=INTS[:1],
        wrong=(
            lambda m: (m.whole(5, low=4, high=6), 3),
            lambda m: (m.whole(5, low=-3, high=0), 3),
            lambda m: (torch.ones(3), 3),
            lambda m: (torch.zeros(0, dtype=torch.int64),),
            lambda m: (m.whole(2, low=0, high=1), 0),
        ),
    ),
    "nn.functional.embedding": Row(
        (
            lambda m: (m.whole(5, low=0, high=4), m(4, 3)),
            lambda m: (m.whole(2, 3, low=0, high=4), m(4, 3)),
            lambda m: (m.whole(low=0, high=4), m(4, 3)),
            lambda m: (m.whole(6, low=0, high=4), m(4, 3), {"padding_idx": 1}),
            lambda m: (m.whole(6, low=0, high=4), m(4, 3), {"padding_idx": -1}),
            lambda m: (m.whole(0, low=0, high=1), m(4, 3)),
        ),
        PATTERNS,
        wrong=(
            lambda m: (m.whole(5, low=4, high=9), m(4, 3)),
            lambda m: (m(5), m(4, 3)),
            lambda m: (m.whole(5, low=0, high=2), m(4)),
            lambda m: (m.whole(5, low=0, high=4), m(4, 3), {"padding_idx": 4}),
        ),
    ),
}


ROWS = INDEXING
