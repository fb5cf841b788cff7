"""Special functions, functions of whole numbers, and what is made of arithmetic."""

from __future__ import annotations

import torch

from tests.torch_oracle.row import BOOLS, INTS, Row, binary, mixed, numbers_too, unary, unary_with

BOTH = INTS + BOOLS
FINITE = ("normal", "ties", "grid", "zeros", "strided", "edges")
SMALL = ("normal", "ties", "grid", "zeros", "strided", "small")
_f = "nn.functional."
_shifts = tuple(
    lambda m, a=a, b=b: (m(*a), m.whole(*b, low=0, high=8, dtype=m.dtype))
    for a, b in (((), ()), ((3,), ()), ((2, 3), (3,)), ((2, 1), (1, 3)), ((0,), (1,)), ((25, 1), (1, 25)))
    for _ in range(4)
)
ROWS = {
    "copysign": binary(*numbers_too(0, 1, -2, 0.5, -0.5), others=BOTH, patterns=FINITE),
    "fmax": binary(*mixed(torch.int64, torch.float64), others=BOTH),
    "fmin": binary(*mixed(torch.int64, torch.float64), others=BOTH),
    "heaviside": binary(others=BOTH),
    "deg2rad": unary(others=INTS),
    "rad2deg": unary(others=INTS),
    "float_power": binary(*numbers_too(1, 2, 0.5, -1), others=INTS, patterns=("normal", "ties", "grid", "strided")),
    "ldexp": binary(*mixed(torch.int64, torch.int32), patterns=SMALL),
    "frexp": unary(patterns=("normal", "ties", "grid", "zeros", "wide", "strided", "edges")),
    "sgn": unary(others=BOTH),
    "signbit": unary(others=BOTH),
    "logaddexp2": binary(),
    "gcd": binary(others=INTS, floats=False),
    "lcm": binary(others=INTS, floats=False),
    "nextafter": binary(),
    "bitwise_left_shift": Row(_shifts, others=INTS, floats=False),
    "bitwise_right_shift": Row(_shifts, others=INTS, floats=False),
    "isin": Row(
        (
            lambda m: (m(26), m(3)),
            lambda m: (m(2, 3), m(2, 1)),
            lambda m: (m(), m(4)),
            lambda m: (m(0), m(4)),
            lambda m: (m(4), m(0)),
            lambda m: (m(9), m(9), {"invert": True}),
            lambda m: (m(9), 1),
            lambda m: (1, m(9)),
        ),
        others=INTS,
        patterns=("ties", "grid", "zeros"),
    ),
    "isreal": unary(others=BOTH),
    "lgamma": unary(others=BOTH, loosened=5),
    "digamma": unary(others=BOTH, loosened=5),
    "polygamma": Row(
        tuple(lambda m, s=s, n=n: (n, m(*s, domain="positive")) for s in ((26,), (2, 3), (), (0,)) for n in range(4)),
        others=INTS,
        patterns=SMALL,
        loosened=10,
        wrong=(lambda m: (-1, m(3)), lambda m: (0.5, m(3))),
    ),
    "mvlgamma": Row(
        tuple(
            lambda m, s=s, p=p: (m(*s, domain="above one") + 1, p) for s in ((26,), (2, 3), (), (0,)) for p in (1, 2, 3)
        ),
        patterns=SMALL,
        loosened=10,
        wrong=(lambda m: (m(3, domain="above one"), 0),),
    ),
    "erfinv": unary(domain="unit", others=BOTH, loosened=5),
    "i0": unary(others=BOTH, loosened=10),
    **{f"special.{name}": unary(others=BOTH, loosened=10) for name in ("i0e", "i1", "ndtr")},
    "special.entr": unary(domain="positive", others=BOTH),
    "igamma": Row(
        tuple(
            lambda m, a=a, b=b: (m(*a, domain="positive", grad=False), m(*b, domain="positive"))
            for a, b in (((), ()), ((26,), (26,)), ((2, 3), (3,)), ((0,), (1,)), ((2, 1), (1, 3)))
        ),
        patterns=SMALL,
        loosened=10,
    ),
    "igammac": Row(
        tuple(
            lambda m, a=a, b=b: (m(*a, domain="positive", grad=False), m(*b, domain="positive"))
            for a, b in (((), ()), ((26,), (26,)), ((2, 3), (3,)), ((0,), (1,)), ((2, 1), (1, 3)))
        ),
        patterns=SMALL,
        loosened=10,
    ),
    "angle": unary(others=BOTH, patterns=FINITE),
    "adjoint": Row(
        tuple(lambda m, s=s: m(*s) for s in ((2, 3), (3, 3), (2, 3, 4))), others=BOTH, wrong=(lambda m: m(3),)
    ),
    "frobenius_norm": Row(
        tuple(lambda m, s=s, k=k: (m(*s), [0, 1], k) for s in ((2, 3), (4, 2), (2, 3, 2)) for k in (False, True)),
        patterns=SMALL,
        mixes=True,
    ),
    "nuclear_norm": Row(
        tuple(lambda m, s=s, k=k: (m(*s), (0, 1), k) for s in ((2, 3), (4, 2), (2, 3, 2)) for k in (False, True)),
        patterns=("normal", "strided", "a", "b"),
        mixes=True,
        loosened=100,
    ),
    "unravel_index": Row(
        tuple(
            lambda m, s=s, n=n: (m.whole(*n, low=0, high=12), s)
            for s in ((3, 4), (12,), (2, 3, 2))
            for n in ((5,), (2, 2), (), (0,))
        ),
        others=INTS,
        floats=False,
    ),
    **{
        f"{name}_window": Row(
            tuple(lambda m, n=n, p=p: (n, p) for n in (0, 1, 2, 3, 8, 9) for p in (False, True)) * 2, loosened=10
        )
        for name in ("hann", "hamming", "blackman", "bartlett", "kaiser")
    },
    "special.i1e": unary(others=BOTH, loosened=10, patterns=(*SMALL, "wide", "not finite")),
    "special.log_ndtr": unary(others=BOTH, loosened=10, patterns=SMALL),
    "special.erfcx": unary(others=BOTH, loosened=30, patterns=SMALL),
    "special.ndtri": unary(domain="probability", others=BOTH, loosened=10, patterns=SMALL),
    "special.xlog1py": binary(*numbers_too(0, 1, 0.5), others=INTS),
    _f + "threshold": unary_with(
        {"threshold": 0.5, "value": 2.0}, {"threshold": -1.0, "value": 0.0}, {"threshold": 0, "value": 3}
    ),
    _f + "hardshrink": unary_with({}, {"lambd": 0.0}, {"lambd": 1.5}),
    _f + "softshrink": unary_with({}, {"lambd": 0.0}, {"lambd": 1.5}, wrong=(lambda m: (m(3), -1.0),)),
    _f + "softmin": Row(
        tuple(
            lambda m, s=s, d=d: (m(*s), {"dim": d}) for s, d in (((3, 4), 0), ((3, 4), 1), ((5,), 0), ((2, 3, 2), 1))
        ),
        mixes=True,
        patterns=("normal", "ties", "zeros", "strided", "wide"),
    ),
}
