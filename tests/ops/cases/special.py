"""Rows of tests: the error function and its kin, and functions of two numbers."""

import math

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import POSITIVE, WIDE, elementwise

erf, erfc = (np.vectorize(f, otypes=[float]) for f in (math.erf, math.erfc))


def bell(x):
    return 2 / np.sqrt(np.pi) * np.exp(-(x**2))


def sinc_slope(x):
    u = np.pi * np.where(x == 0, 1, x)
    return np.where(x == 0, 0, (np.cos(u) - np.sin(u) / u) * np.pi / u)


CASES = [
    elementwise("erf", tw.erf, erf, bell),
    elementwise("erfc", tw.erfc, erfc, lambda x: -bell(x)),
    elementwise("sinc", tw.sinc, np.sinc, sinc_slope),
    elementwise("logit", tw.logit, lambda x: np.log(x / (1 - x)), lambda x: 1 / x + 1 / (1 - x), domains=((0.1, 0.9),)),
    elementwise(
        "logit",
        lambda x: tw.logit(x, eps=0.25),
        lambda x: np.arctanh(2 * np.clip(x, 0.25, 0.75) - 1) * 2,
        lambda x: np.where(np.abs(x - 0.5) < 0.25, 1 / x + 1 / (1 - x), 0),
        domains=((0.1, 0.9),),
        away_from=(0.25, 0.75),
        label="logit with eps",
    ),
    elementwise(
        "atan2",
        tw.atan2,
        np.arctan2,
        lambda y, x: x / (x**2 + y**2),
        lambda y, x: -y / (x**2 + y**2),
        away_from=(0,),
    ),
    elementwise(
        "hypot",
        tw.hypot,
        np.hypot,
        lambda a, b: a / np.hypot(a, b),
        lambda a, b: b / np.hypot(a, b),
        away_from=(0,),
    ),
    elementwise(
        "logaddexp",
        tw.logaddexp,
        lambda a, b: np.log(np.exp(a) + np.exp(b)),
        lambda a, b: np.exp(a) / (np.exp(a) + np.exp(b)),
        lambda a, b: np.exp(b) / (np.exp(a) + np.exp(b)),
    ),
    elementwise(
        "xlogy",
        tw.xlogy,
        lambda x, y: x * np.log(y),
        lambda x, y: np.log(y) + 0 * x,
        lambda x, y: x / y,
        domains=(WIDE, POSITIVE),
    ),
]
