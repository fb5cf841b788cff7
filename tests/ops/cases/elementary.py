"""Rows of tests: functions of one number."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import POSITIVE, elementwise

WITHIN_1 = (-0.9, 0.9)


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


CASES = [
    elementwise("exp", tw.exp, np.exp, np.exp),
    elementwise("exp2", tw.exp2, lambda x: 2.0**x, lambda x: 2.0**x * np.log(2)),
    elementwise("expm1", tw.expm1, np.expm1, np.exp),
    elementwise("log", tw.log, np.log, lambda x: 1 / x, domains=(POSITIVE,)),
    elementwise("log2", tw.log2, lambda x: np.log(x) / np.log(2), lambda x: 1 / (x * np.log(2)), domains=(POSITIVE,)),
    elementwise(
        "log10", tw.log10, lambda x: np.log(x) / np.log(10), lambda x: 1 / (x * np.log(10)), domains=(POSITIVE,)
    ),
    elementwise("log1p", tw.log1p, np.log1p, lambda x: 1 / (1 + x), domains=((-0.8, 3.0),)),
    elementwise("sqrt", tw.sqrt, np.sqrt, lambda x: 0.5 * x**-0.5, domains=(POSITIVE,)),
    elementwise("sqrt", tw.rsqrt, lambda x: x**-0.5, lambda x: -0.5 * x**-1.5, domains=(POSITIVE,), label="rsqrt"),
    elementwise("sigmoid", tw.sigmoid, sigmoid, lambda x: 1 / (2 + 2 * np.cosh(x))),
    elementwise("sin", tw.sin, np.sin, np.cos),
    elementwise("cos", tw.cos, np.cos, lambda x: -np.sin(x)),
    elementwise("tan", tw.tan, np.tan, lambda x: np.cos(x) ** -2, domains=((-1.2, 1.2),)),
    elementwise("asin", tw.asin, np.arcsin, lambda x: (1 - x**2) ** -0.5, domains=(WITHIN_1,)),
    elementwise("acos", tw.acos, np.arccos, lambda x: -((1 - x**2) ** -0.5), domains=(WITHIN_1,)),
    elementwise("atan", tw.atan, np.arctan, lambda x: 1 / (1 + x**2)),
    elementwise("sinh", tw.sinh, np.sinh, np.cosh),
    elementwise("cosh", tw.cosh, np.cosh, np.sinh),
    elementwise("tanh", tw.tanh, np.tanh, lambda x: np.cosh(x) ** -2),
    elementwise("asinh", tw.asinh, np.arcsinh, lambda x: (1 + x**2) ** -0.5),
    elementwise("acosh", tw.acosh, np.arccosh, lambda x: (x**2 - 1) ** -0.5, domains=((1.2, 4.0),)),
    elementwise("atanh", tw.atanh, np.arctanh, lambda x: 1 / (1 - x**2), domains=(WITHIN_1,)),
]
