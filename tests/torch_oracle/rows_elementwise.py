"""Arithmetic, comparisons, elementary functions and activations."""

from __future__ import annotations

import torch

from tests.torch_oracle.row import ALL, BOOLS, INTS, NUMBERS, Row, binary, mixed, numbers_too, unary, unary_with

BOTH = INTS + BOOLS
NUMBER_LEFT = tuple(lambda m, n=n: (n, m(9)) for n in (0, 1, -2, 0.5, 2.5))
TRIPLES = (
    ((3,), (3,), (3,)),
    ((2, 3), (3,), ()),
    ((), (), ()),
    ((2, 1), (1, 3), (2, 3)),
    ((0,), (1,), ()),
    ((3,), (2, 1), (2, 3)),
)
three = tuple(lambda m, s=s: tuple(m(*x) for x in s) for s in TRIPLES)


def _valued(value):
    return tuple(lambda m, s=s: (*(m(*x) for x in s), {"value": value}) for s in TRIPLES[:3])


ARITHMETIC = {
    "add": binary(
        *NUMBERS, *mixed(*ALL), *(lambda m, a=a: (m(2, 3), m(3), {"alpha": a}) for a in (2, -3, 0)), others=BOTH
    ),
    "sub": binary(*NUMBERS[:5], *(lambda m, a=a: (m(2, 3), m(3), {"alpha": a}) for a in (2, -3, 0)), others=INTS),
    "mul": binary(*NUMBERS, *mixed(*ALL), others=BOTH),
    "div": binary(
        *NUMBERS,
        *mixed(*ALL),
        *(
            lambda m, r=r, s=s: (m(*s), m(*s), {"rounding_mode": r})
            for r in ("floor", "trunc", None)
            for s in ((9,), (2, 3), (25,))
        ),
        wrong=(lambda m: (m(2), m(2), {"rounding_mode": "up"}),),
    ),
    "remainder": binary(*numbers_too(1, -2, 0.5, 2.5), lambda m: (5, m(9)), others=()),
    "pow": binary(*NUMBERS[:-2], *numbers_too(2, 3, -1, -0.5), *NUMBER_LEFT, *mixed(torch.int64, torch.float32)),
    "neg": unary(others=INTS, wrong=(lambda m: m.truth(3),)),
    "reciprocal": unary(others=BOTH),
    "square": unary(others=INTS),
    "sqrt": unary(others=BOTH),
    "rsqrt": unary(others=BOTH),
    "abs": unary(others=INTS),
    "sign": unary(others=BOTH),
    "floor": unary(others=INTS),
    "ceil": unary(others=INTS),
    "round": Row((*unary(others=INTS).calls, *unary_with({"decimals": 2}, {"decimals": -1}).calls)),
    "trunc": unary(others=INTS),
    "addcmul": Row((*three, *_valued(0.5), *_valued(-2)), wrong=(lambda m: (m(2), m(3), m(2)),)),
    "addcdiv": Row((*three, *_valued(0.5), *_valued(-2)), wrong=(lambda m: (m(2), m(3), m(2)),)),
    "lerp": Row(
        (*three, *(lambda m, w=w: (m(2, 3), m(3), w) for w in (0.0, 0.3, 0.5, 0.7, 1.0, 2.0))),
        wrong=(lambda m: (m(2), m(3), 0.5),),
        patterns=("normal", "ties", "grid", "zeros", "strided", "not finite"),
    ),
    "maximum": binary(*mixed(*ALL), others=BOTH),
    "minimum": binary(*mixed(*ALL), others=BOTH),
    "clamp": Row(
        (
            *(lambda m, kw=kw: (m(26), kw) for kw in ({"min": -1}, {"max": 1.0}, {"min": -1, "max": 1})),
            lambda m: (m(26), 1, -1),
            lambda m: (m(), -1, 1),
            lambda m: (m(2, 3), m(3), m(2, 1)),
            lambda m: (m(3), m(2, 3)),
            lambda m: (m(2, 3), {"max": m(3)}),
            lambda m: (m(2, 3), {"min": m(3), "max": m()}),
            lambda m: (m(0, 3), -1, 1),
            lambda m: (m(9), m(9), m(9)),
        ),
        others=INTS,
        wrong=(lambda m: m(3), lambda m: (m(3), m(2), m(3)), lambda m: (m(3), {"min": "a"})),
    ),
    "where": Row(
        (
            lambda m: (m.truth(3), m(3), m(3)),
            lambda m: (m.truth(2, 1), m(3), m()),
            lambda m: (m.truth(), m(2, 3), m(3)),
            lambda m: (m.truth(26), m(26), m(26)),
            lambda m: (m.truth(3), m(3), 0.5),
            lambda m: (m.truth(3), m(2, 3), m()),
            lambda m: (m.truth(0), m(0), m(0)),
            lambda m: (m.truth(3), m(3), m(3, dtype=torch.int64)),
        ),
        others=BOTH,
        wrong=(lambda m: (m.truth(3), m(2), m(3)), lambda m: (m(3), m(3), m(3))),
    ),
    "masked_fill": Row(
        (
            lambda m: (m(2, 3), m.truth(2, 3), 0.5),
            lambda m: (m(2, 3), m.truth(3), -1),
            lambda m: (m(26), m.truth(26), float("-inf")),
            lambda m: (m(2, 3), m.truth(2, 1), m()),
            lambda m: (m(), m.truth(), 2.0),
            lambda m: (m(0, 3), m.truth(3), 1),
            lambda m: (m(3), m.truth(2, 3), 1),
        ),
        wrong=(
            lambda m: (m(3), m.truth(2), 1.0),
            lambda m: (m(3), m(3), 1.0),
            lambda m: (m(3), m.truth(3), m(3)),
        ),
    ),
    "nan_to_num": unary_with({}, {"nan": 1.5}, {"nan": 0.5, "posinf": 7.0, "neginf": -7.0}, others=BOTH),
    "atan2": binary(others=BOTH),
    "hypot": binary(),
    "logaddexp": binary(),
    "xlogy": binary(*NUMBERS[:5], *NUMBER_LEFT, others=INTS),
}

_compare = binary(*NUMBERS, *mixed(*ALL), others=BOTH)
_logic = binary(*mixed(*ALL), others=BOTH)
COMPARISON = {
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), _compare),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), _logic),
    **{name: unary(others=BOTH) for name in ("logical_not", "isnan", "isinf", "isfinite")},
}

ELEMENTWISE = {
    **{
        name: unary(others=BOTH)
        for name in [
            "exp",
            "exp2",
            "expm1",
            "log",
            "log2",
            "log10",
            "log1p",
            "sin",
            "cos",
            "tan",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "sigmoid",
            "erf",
            "erfc",
        ]
    },
    **{name: unary(domain="unit", others=BOTH) for name in ("asin", "acos", "atanh")},
    "sinc": unary(others=BOTH, loosened=20),
    "acosh": unary(domain="above one", others=BOTH),
    "logit": Row(
        (
            *unary_with({}, {"eps": 1e-2}).calls,
            *(lambda m, s=s: (m(*s, domain="probability"), {"eps": 0.1}) for s in ((26,), (), (2, 3))),
            *(lambda m, s=s: m(*s, domain="probability") for s in ((26,), (), (2, 3))),
        ),
        others=BOTH,
    ),
}

_f = "nn.functional."
ACTIVATION = {
    **{
        _f + name: unary()
        for name in ["relu6", "selu", "silu", "mish", "softsign", "hardsigmoid", "hardswish", "logsigmoid"]
    },
    _f + "tanhshrink": unary(),
    _f + "relu": unary(others=INTS),
    _f + "leaky_relu": unary_with({}, {"negative_slope": 0.2}, {"negative_slope": 0.0}, {"negative_slope": -0.5}),
    _f + "elu": unary_with({}, {"alpha": 0.5}, {"alpha": 2.0}),
    _f + "celu": unary_with({}, {"alpha": 0.5}, {"alpha": 2.0}),
    _f + "gelu": unary_with({}, {"approximate": "tanh"}, loosened=5, wrong=(lambda m: (m(3), {"approximate": "erf"}),)),
    _f + "softplus": unary_with({}, {"beta": 2.0}, {"beta": 0.5, "threshold": 1.0}, {"threshold": 2}),
    _f + "hardtanh": unary_with({}, {"min_val": -0.5, "max_val": 2.0}, {"min_val": 0.0, "max_val": 6.0}),
    _f + "prelu": Row(
        (
            lambda m: (m(2, 3), m(3)),
            lambda m: (m(26), m(1)),
            lambda m: (m(2, 3, 2), m(3)),
            lambda m: (m(), m(1)),
            lambda m: (m(0, 3), m(3)),
            lambda m: (m(2, 3), m()),
        ),
        wrong=(lambda m: (m(2, 3), m(2)), lambda m: (m(), m(2)), lambda m: (m(2, 3), m(3, 1))),
    ),
    _f + "glu": Row(
        (
            lambda m: (m(4),),
            lambda m: (m(2, 6),),
            lambda m: (m(4, 3), 0),
            lambda m: (m(2, 4, 3), {"dim": -2}),
            lambda m: (m(0, 2),),
        ),
        wrong=(lambda m: (m(3),), lambda m: (m(),), lambda m: (m(4), 1)),
    ),
    **{
        name: Row(
            (
                *(lambda m, d=d: (m(3, 4), {"dim": d}) for d in (0, 1, -1)),
                lambda m: (m(5), 0),
                lambda m: (m(2, 3, 4), 1),
                lambda m: (m(), 0),
                lambda m: (m(2, 0), 1),
                lambda m: (m(0, 2), 1),
                lambda m: (m(1, 1), -1),
                lambda m: (m(2, 3), 1, {"dtype": torch.float64}),
            ),
            mixes=True,
            wrong=(lambda m: (m(2, 3), 2), lambda m: (m.whole(3), 0)),
        )
        for name in ("softmax", "log_softmax")
    },
    _f + "normalize": Row(
        (
            lambda m: m(3, 4),
            lambda m: (m(3, 4), {"p": 1.0}),
            lambda m: (m(3, 4), {"p": 3.0, "dim": 0}),
            lambda m: (m(3, 4), {"dim": -1, "eps": 0.5}),
            lambda m: (m(2, 3, 2), {"dim": (0, 2)}),
        ),
        mixes=True,
        patterns=("normal", "ties", "zeros", "strided", "grid", "wide"),
        wrong=(lambda m: (m(2, 3), {"dim": 2}),),
    ),
    _f + "cosine_similarity": Row(
        (
            lambda m: (m(3, 4), m(3, 4)),
            lambda m: (m(3, 4), m(4), {"dim": -1}),
            lambda m: (m(5), m(5), {"dim": 0}),
            lambda m: (m(2, 3, 4), m(2, 1, 4), {"dim": 2, "eps": 0.5}),
        ),
        mixes=True,
        patterns=("normal", "ties", "strided", "grid", "wide", "zeros"),
        wrong=(lambda m: (m(3, 4), m(3, 3)), lambda m: (m(3, 4), m(3, 4), {"dim": 2})),
    ),
    _f + "dropout": Row(
        (
            *(lambda m, s=s: (m(*s), {"p": 0.0}) for s in ((3, 4), (), (0, 2))),
            *(lambda m, s=s: (m(*s), {"p": 1.0}) for s in ((3, 4), (), (0, 2))),
            *(lambda m, s=s: (m(*s), {"p": 0.3, "training": False}) for s in ((3, 4), (), (0, 2))),
        ),
        wrong=(lambda m: (m(3), {"p": 1.5}), lambda m: (m(3), {"p": -0.1})),
    ),
}
ROWS = {**ARITHMETIC, **COMPARISON, **ELEMENTWISE, **ACTIVATION}
