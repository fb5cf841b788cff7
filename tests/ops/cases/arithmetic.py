"""Rows of tests: arithmetic."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import POSITIVE, WIDE, elementwise

# Quotients that are never close to a whole number: the divisors are moved by an irrational one.
QUOTIENT = {"domains": (WIDE, POSITIVE), "away_from": (0,), "distinct": True}

CASES = [
    elementwise("add", tw.add, np.add, lambda a, b: 1, lambda a, b: 1),
    elementwise("sub", tw.sub, np.subtract, lambda a, b: 1, lambda a, b: -1),
    elementwise("mul", tw.mul, np.multiply, lambda a, b: b, lambda a, b: a),
    elementwise("div", tw.div, np.true_divide, lambda a, b: 1 / b, lambda a, b: -a / b**2, domains=(WIDE, POSITIVE)),
    elementwise("neg", tw.neg, np.negative, lambda x: -1),
    elementwise(
        "pow", tw.pow, np.power, lambda x, n: n * x ** (n - 1), lambda x, n: x**n * np.log(x), domains=(POSITIVE, WIDE)
    ),
    elementwise("pow", lambda x: x**3, lambda x: x * x * x, lambda x: 3 * x * x, label="pow by 3"),
    elementwise("pow", lambda x: 2**x, np.exp2, lambda x: np.exp2(x) * np.log(2), label="pow of 2"),
    elementwise("abs", tw.abs, np.abs, lambda x: np.where(x > 0, 1, -1), away_from=(0,)),
    elementwise("pow", tw.square, lambda x: x * x, lambda x: 2 * x, label="square"),
    elementwise("div", tw.reciprocal, lambda x: 1 / x, lambda x: -1 / x**2, domains=(POSITIVE,), label="reciprocal"),
    elementwise(
        "floor_divide",
        tw.floor_divide,
        lambda a, b: np.floor(a / b),
        lambda a, b: 0 * (a + b),
        lambda a, b: 0 * (a + b),
        **QUOTIENT,
    ),
    elementwise(
        "trunc_divide",
        lambda a, b: tw.div(a, b, rounding_mode="trunc"),
        lambda a, b: np.trunc(a / b),
        lambda a, b: 0 * (a + b),
        lambda a, b: 0 * (a + b),
        **QUOTIENT,
    ),
    elementwise(
        "remainder",
        lambda a, b: a % b,
        lambda a, b: a - b * np.floor(a / b),
        lambda a, b: 1,
        lambda a, b: -np.floor(a / b),
        **QUOTIENT,
    ),
    elementwise(
        "fmod",
        tw.fmod,
        lambda a, b: a - b * np.trunc(a / b),
        lambda a, b: 1,
        lambda a, b: -np.trunc(a / b),
        **QUOTIENT,
    ),
    elementwise(
        "lerp",
        tw.lerp,
        lambda a, b, weight: a + weight * (b - a),
        lambda a, b, weight: 1 - weight,
        lambda a, b, weight: weight,
        lambda a, b, weight: b - a,
    ),
    elementwise(
        "mul",
        lambda x, a, b: tw.addcmul(x, a, b, value=3),
        lambda x, a, b: x + 3 * a * b,
        lambda x, a, b: 1,
        lambda x, a, b: 3 * b,
        lambda x, a, b: 3 * a,
        label="addcmul",
    ),
    elementwise(
        "div",
        lambda x, a, b: tw.addcdiv(x, a, b, value=3),
        lambda x, a, b: x + 3 * a / b,
        lambda x, a, b: 1,
        lambda x, a, b: 3 / b,
        lambda x, a, b: -3 * a / b**2,
        domains=(WIDE, WIDE, POSITIVE),
        label="addcdiv",
    ),
    elementwise(
        "copysign",
        tw.copysign,
        np.copysign,
        lambda a, b: np.sign(a) * np.where(b > 0, 1, -1),
        lambda a, b: 0 * (a + b),
        away_from=(0,),
    ),
    elementwise("mul", tw.deg2rad, np.deg2rad, lambda x: np.pi / 180, label="deg2rad"),
    elementwise("mul", tw.rad2deg, np.rad2deg, lambda x: 180 / np.pi, label="rad2deg"),
    elementwise(
        "exp2",
        tw.ldexp,
        lambda a, b: a * 2**b,
        lambda a, b: 2**b + 0 * a,
        lambda a, b: a * 2**b * np.log(2),
        label="ldexp",
    ),
    elementwise(
        "exponent",
        lambda x: tw.frexp(x).mantissa,
        lambda x: np.frexp(x)[0],
        lambda x: 2.0 ** -np.frexp(x)[1],
        away_from=(0, *(sign * 2.0**k for sign in (-1, 1) for k in range(-8, 3))),
        label="frexp",
    ),
]
