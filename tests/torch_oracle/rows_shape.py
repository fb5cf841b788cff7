"""Shapes: one tensor in another form, several joined, one in pieces."""

from __future__ import annotations

import torch

from tests.torch_oracle.row import BOOLS, INTS, Build, Row

BOTH = (*INTS[:1], *BOOLS)
PATTERNS = ("normal", "strided", "not finite", "ties", "edges")


def _tried(*arguments, wrong=(), **settings):
    """Each of `arguments` is a shape followed by what comes after the tensor."""

    def build(given) -> Build:
        shape, *rest = given
        return lambda m: (m(*shape), *rest)

    return Row(tuple(map(build, arguments)), PATTERNS, others=BOTH, wrong=tuple(map(build, wrong)), **settings)


def _lists(*shape_lists, kws=({},), wrong=()):
    """Lists of tensors."""

    def build(shapes, kw) -> Build:
        return lambda m: ([m(*s) for s in shapes], kw)

    return Row(
        tuple(build(shapes, kw) for shapes in shape_lists for kw in kws),
        PATTERNS,
        others=BOTH,
        wrong=(*(build(shapes, {}) for shapes in wrong), lambda m: ([],)),
    )


def _pad(mode, *given, wrong=()):
    value = {} if mode == "constant" else {"mode": mode}
    calls = tuple(lambda m, s=s, p=p: (m(*s), p, value) for s, p in given)
    return calls, tuple(lambda m, s=s, p=p: (m(*s), p, value) for s, p in wrong)


_pads = [
    _pad(
        "constant",
        ((3,), (1, 2)),
        ((2, 3), (1, 0)),
        ((2, 3), (1, 1, 0, 2)),
        ((2, 3), (-1, 1)),
        ((2, 0), (1, 1)),
        ((2, 1, 3), (0, 0, 1, 1)),
        wrong=(((3,), (1,)), ((3,), (1, 1, 1, 1)), ((2,), (-2, -1))),
    ),
    *(
        _pad(
            mode,
            ((2, 4), (1, 2)),
            ((1, 2, 4), (2, 0)),
            ((1, 2, 3, 4), (1, 2, 2, 1)),
            ((2, 3, 4), (1, 1, 1, 1)),
            wrong=(((2, 3), (1, 1, 1, 1, 1, 1)), ((3,), (1, 1)))
            + ((((1, 2, 4), (4, 0)),) if mode == "reflect" else ()),
        )
        for mode in ("reflect", "replicate", "circular")
    ),
]

SHAPE = {
    "reshape": _tried(
        ((2, 3), (3, 2)),
        ((2, 3), (-1,)),
        ((), (1,)),
        ((0, 2), (2, 0)),
        ((6,), (2, -1)),
        ((1, 1), ()),
        wrong=(((2, 3), (4, 2)), ((2, 3), (-1, -1)), ((2, 3), (4, -1)), ((0, 2), (-1, 0))),
    ),
    "view": Row(
        tuple(
            lambda m, s=s, t=t: (m(*s), *t)
            for s, t in (((6,), (3, 2)), ((6,), (-1,)), ((), (1,)), ((0,), (2, 0)), ((6,), ((2, -1),)))
        ),
        PATTERNS,
        others=BOTH,
        wrong=(lambda m: (m(6), 4), lambda m: (m(6), -1, -1)),
    ),
    "flatten": _tried(
        ((2, 3, 4),),
        ((2, 3, 4), 1),
        ((2, 3, 4), 0, 1),
        ((),),
        ((0, 2),),
        ((2, 3, 4), -2, -1),
        wrong=(((2, 3), 2), ((2, 3), 1, 0)),
    ),
    "unflatten": _tried(
        ((6,), 0, (2, 3)),
        ((2, 6), 1, (3, -1)),
        ((2, 6), -1, (6, 1)),
        ((0, 4), 1, (2, 2)),
        wrong=(((6,), 0, (4, 2)), ((6,), 1, (2, 3)), ((6,), 0, ())),
    ),
    "squeeze": _tried(
        ((1, 3, 1),),
        ((1, 3, 1), 0),
        ((1, 3, 1), 1),
        ((1, 3, 1), (0, 2)),
        ((),),
        ((), 0),
        ((0, 1), -1),
        wrong=(((1, 3), 2), ((1, 3), (0, 0))),
    ),
    "unsqueeze": _tried(
        ((3,), 0), ((3,), 1), ((3,), -1), ((), 0), ((0, 2), 1), ((2, 3), -3), wrong=(((3,), 2), ((3,), -3))
    ),
    "expand": _tried(
        ((1, 3), (2, 3)),
        ((1, 3), (2, -1)),
        ((3,), (2, 3)),
        ((), (2,)),
        ((1,), (0,)),
        ((), ()),
        wrong=(((3,), (2,)), ((2, 3), (3,)), ((1, 3), (-1, -1, 3)), ((3,), (-1, 3))),
    ),
    "broadcast_to": _tried(
        ((1, 3), (2, 3)),
        ((3,), (2, 3)),
        ((), (2,)),
        ((1,), (0,)),
        ((2, 1, 3), (2, 4, 3)),
        wrong=(((3,), (2,)), ((2, 3), (3,))),
    ),
    "repeat": _tried(
        ((2, 3), (2, 1)),
        ((3,), (2, 2)),
        ((), (3,)),
        ((2,), (0,)),
        ((0, 2), (2, 2)),
        wrong=(((2, 3), (2,)), ((3,), (-1,))),
    ),
    "repeat_interleave": _tried(
        ((2, 3), 2),
        ((2, 3), 2, 0),
        ((2, 3), 3, {"dim": -1}),
        ((2, 3), torch.tensor([1, 2]), 0),
        ((2, 3), 0, 1),
        ((), 2),
        ((3,), torch.tensor([0, 2, 1])),
        ((2, 3), torch.tensor([2]), 1),
        wrong=(
            ((2, 3), torch.tensor([1, 2]), 1),
            ((2, 3), -1, 0),
            ((2, 3), 2, 2),
            ((2, 3), torch.tensor([1.0, 2.0]), 0),
        ),
    ),
    "tile": _tried(
        ((2, 3), (2,)), ((3,), (2, 2)), ((), (3,)), ((2, 3), (1, 0)), ((2, 3), (2, 1, 2)), wrong=(((2, 3), (-1,)),)
    ),
    "flip": _tried(
        ((2, 3), (0,)),
        ((2, 3), (0, 1)),
        ((2, 3, 4), (-1, 0)),
        ((0, 2), (0,)),
        ((3,), [0]),
        wrong=(((2, 3), (2,)), ((2, 3), (0, 0))),
    ),
    "roll": _tried(
        ((2, 3), 1),
        ((2, 3), 1, 0),
        ((2, 3), (1, -2), (0, 1)),
        ((2, 3), 7, 1),
        ((0, 2), 1, 0),
        ((), 1),
        wrong=(((2, 3), (1, 2), 0), ((2, 3), 1, 2), ((2, 3), (1, 2))),
    ),
    **{
        name: _tried(
            ((2, 3), 0, 1),
            ((2, 3, 4), -1, 0),
            ((2, 3), 1, 1),
            ((), 0, -1),
            ((0, 2), 0, 1),
            wrong=(((2, 3), 0, 2), ((2, 3), -3, 0)),
        )
        for name in ("transpose", "swapaxes")
    },
    "permute": _tried(
        ((2, 3), (1, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 4), (-1, 0, 1)),
        ((), ()),
        ((0, 2), (1, 0)),
        wrong=(((2, 3), (0,)), ((2, 3), (0, 0)), ((2, 3), (0, 2))),
    ),
    "movedim": _tried(
        ((2, 3, 4), 0, 2),
        ((2, 3, 4), (0, 1), (1, 2)),
        ((2, 3, 4), -1, 0),
        ((0, 2), 0, 1),
        ((), 0, 0),
        wrong=(((2, 3), 0, 2), ((2, 3), (0, 0), (0, 1)), ((2, 3), (0, 1), (0,))),
    ),
    "t": _tried(((2, 3),), ((3,),), ((),), ((0, 2),), wrong=(((2, 3, 4),),)),
    "T": _tried(((2, 3),), ((4, 4),), ((1, 3),), ((0, 2),)),
    "mT": _tried(((2, 3),), ((2, 3, 4),), ((0, 2),), ((2, 2, 1, 3),), wrong=(((3,),),)),
    "cat": _lists(
        [(2, 3), (2, 3)],
        [(3, 3)],
        [(0, 3), (2, 3)],
        [(2, 3), (0,)],
        [(1, 3), (2, 3), (3, 3)],
        [(2,), (3,)],
        wrong=([(2, 3), (2, 4)], [(2, 3), (3,)], [()]),
    ),
    "stack": _lists([(2, 3), (2, 3)], [(), ()], [(0,), (0,)], [(3,)], kws=({}, {"dim": -1}), wrong=([(2, 3), (3, 2)],)),
    "hstack": _lists([(2, 3), (2, 1)], [(2,), (3,)], [(), ()], [(0,), (2,)], wrong=([(2, 3), (3, 3)],)),
    "vstack": _lists([(2, 3), (1, 3)], [(3,), (3,)], [(), ()], [(3,), (2, 3)], wrong=([(2, 3), (2, 2)],)),
    "split": _tried(
        ((6,), 2),
        ((5, 2), 2),
        ((5, 2), [1, 4]),
        ((2, 5), [2, 0, 3], 1),
        ((2, 5), 3, -1),
        ((0, 2), 1),
        wrong=(((5,), [1, 2]), ((5,), -1), ((5,), 2, 1), ((5,), [6, -1]), ((), 1)),
    ),
    "chunk": _tried(
        ((6,), 2), ((5, 2), 3), ((2, 5), 2, 1), ((2,), 5), ((0, 2), 2), wrong=(((5,), 0), ((5,), 2, 1), ((), 1))
    ),
    "unbind": _tried(((3,),), ((2, 3), 1), ((2, 3), -1), ((0, 2), 0), ((2, 3, 4), 1), wrong=(((2, 3), 2), ((),))),
    "narrow": _tried(
        ((5,), 0, 1, 3),
        ((2, 5), 1, 0, 2),
        ((2, 5), -1, -2, 2),
        ((5,), 0, 5, 0),
        ((5, 2), 0, 2, 0),
        wrong=(((5,), 0, 3, 3), ((5,), 1, 0, 1), ((5,), 0, 0, -1), ((5,), 0, 6, 0), ((), 0, 0, 0)),
    ),
    "select": _tried(
        ((5,), 0, 1),
        ((2, 5), 1, -1),
        ((2, 5), -1, 0),
        ((2, 0, 3), 0, 1),
        wrong=(((5,), 0, 5), ((5,), 1, 0), ((), 0, 0)),
    ),
    "unfold": _tried(
        ((6,), 0, 2, 1),
        ((6,), 0, 3, 2),
        ((2, 5), 1, 2, 3),
        ((2, 5), -2, 1, 1),
        ((), 0, 1, 1),
        ((4,), 0, 0, 1),
        wrong=(((5,), 0, 6, 1), ((5,), 0, 2, 0), ((5,), 1, 2, 1), ((5,), 0, -1, 1)),
    ),
    "meshgrid": Row(
        (
            *(lambda m, i=i: (m(2), m(3), {"indexing": i}) for i in ("ij", "xy")),
            *(lambda m, i=i: (m(2), m(3), m(4), {"indexing": i}) for i in ("ij", "xy")),
            lambda m: (m(3), {"indexing": "ij"}),
            lambda m: (m(), m(2), {"indexing": "ij"}),
            lambda m: (m(0), m(2), {"indexing": "xy"}),
            lambda m: ([m(2), m(3)], {"indexing": "ij"}),
        ),
        PATTERNS,
        others=BOTH,
        wrong=(lambda m: (m(2, 2), m(2), {"indexing": "ij"}), lambda m: (m(2), m(2), {"indexing": "no"})),
    ),
    **{
        f"atleast_{n}d": Row(
            (
                *(lambda m, s=s: m(*s) for s in ((), (3,), (2, 3), (2, 3, 4), (0,))),
                lambda m: (m(), m(2)),
                lambda m: ([m(), m(2)],),
            ),
            PATTERNS,
            others=BOTH,
        )
        for n in (1, 2, 3)
    },
    "nn.functional.pad": Row(
        (
            *(c for calls, _ in _pads for c in calls),
            lambda m: (m(2, 3), (1, 1), "constant", 2.5),
            lambda m: (m(3), (1, 1), {"value": -1.0}),
        ),
        PATTERNS,
        wrong=(*(c for _, wrong in _pads for c in wrong), lambda m: (m(3), (1, 1), "mirror")),
    ),
}


ROWS = SHAPE
