"""Rows of tests: functions of one number."""

import numpy as np

import tinygrad_wtf as tw
from tests.cases.common import POSITIVE, elementwise

CASES = [
    elementwise("exp", tw.exp, np.exp, np.exp),
    elementwise("expm1", tw.expm1, np.expm1, np.exp),
    elementwise("log", tw.log, np.log, lambda x: 1 / x, domains=(POSITIVE,)),
    elementwise("log1p", tw.log1p, np.log1p, lambda x: 1 / (1 + x), domains=((-0.8, 3.0),)),
    elementwise("sqrt", tw.sqrt, np.sqrt, lambda x: 0.5 * x**-0.5, domains=(POSITIVE,)),
    elementwise("sin", tw.sin, np.sin, np.cos),
    elementwise("cos", tw.cos, np.cos, lambda x: -np.sin(x)),
    elementwise("tanh", tw.tanh, np.tanh, lambda x: np.cosh(x) ** -2),
]
