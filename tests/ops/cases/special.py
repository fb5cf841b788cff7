"""Rows of tests: the error function and its kin, and functions of two numbers."""

import math

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import POSITIVE, WIDE, Case, broadcastable, elementwise
from tinygrad_wtf.ops.rows import special as rows

erf, erfc, lgamma = (np.vectorize(f, otypes=[float]) for f in (math.erf, math.erfc, math.lgamma))


def bell(x):
    return 2 / np.sqrt(np.pi) * np.exp(-(x**2))


def normal_bell(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def sinc_slope(x):
    u = np.pi * np.where(x == 0, 1, x)
    return np.where(x == 0, 0, (np.cos(u) - np.sin(u) / u) * np.pi / u)


def solved(function):
    """The inverse of an increasing function between -3 and 3, by halving."""

    def inverse(y):
        low, high = np.full(np.shape(y), -3.0), np.full(np.shape(y), 3.0)
        for _ in range(60):
            middle = (low + high) / 2
            below = function(middle) < y
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return (low + high) / 2

    return inverse


def hurwitz(s, x, far=400):
    """``Σ (x + k)⁻ˢ``: many terms one by one, and Euler and Maclaurin's formula for those beyond."""
    y = np.asarray(x) + far
    terms = ((np.asarray(x)[..., None] + np.arange(far)) ** -s).sum(-1)
    return terms + y ** (1 - s) / (s - 1) + y**-s / 2 + s * y ** (-s - 1) / 12


def digamma(x, far=400):
    """The limit of ``log k - Σ 1 / (x + k)``, and two terms of what is left."""
    y = np.asarray(x) + far
    return np.log(y) - 1 / (2 * y) - 1 / (12 * y * y) - (1 / (np.asarray(x)[..., None] + np.arange(far))).sum(-1)


def bessel(n, x):
    """Of the first kind, modified, as a power series."""
    return sum((np.asarray(x) / 2) ** (2 * k + n) / (math.factorial(k) * math.factorial(k + n)) for k in range(30))


def below(a, x):
    """The gamma distribution function, as a power series."""
    terms = (x ** (a + k) / math.gamma(a + k + 1) for k in range(60))
    return np.exp(-x) * sum(terms)


def slope_of_exponential(x):
    """How a draw x of concentration 1 moves with it: the power series, differentiated."""
    harmonic = np.cumsum(1 / np.arange(1, 61)) - np.euler_gamma  # digamma of 2, 3, ...
    return sum(x ** (k + 1) / math.gamma(k + 2) * (harmonic[k] - np.log(x)) for k in range(60))


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
    elementwise(
        "erfinv",
        tw.erfinv,
        solved(erf),
        lambda x: np.sqrt(np.pi) / 2 * np.exp(solved(erf)(x) ** 2),
        domains=((-0.9, 0.9),),
    ),
    elementwise("lgamma", tw.lgamma, lgamma, digamma, domains=(POSITIVE,)),
    elementwise(
        "lgamma",
        lambda x: tw.lgamma(x - 2),
        lambda x: lgamma(x + 1) - np.log(np.abs((x - 2) * (x - 1) * x)),
        lambda x: digamma(x + 1) - 1 / (x - 2) - 1 / (x - 1) - 1 / x,
        domains=((0.2, 1.8),),
        away_from=(1,),
        label="lgamma below 0",
    ),
    elementwise("digamma", tw.digamma, digamma, lambda x: hurwitz(2, x), domains=(POSITIVE,)),
    elementwise(
        "digamma",
        lambda x: tw.polygamma(2, x),
        lambda x: -2 * hurwitz(3, x),
        lambda x: 6 * hurwitz(4, x),
        domains=(POSITIVE,),
        label="polygamma",
    ),
    elementwise("i0", tw.i0, lambda x: bessel(0, x), lambda x: bessel(1, x)),
    elementwise("i0", tw.special.i1, lambda x: bessel(1, x), lambda x: (bessel(0, x) + bessel(2, x)) / 2, label="i1"),
    elementwise(
        "i0e",
        tw.special.i0e,
        lambda x: np.exp(-np.abs(x)) * bessel(0, x),
        lambda x: np.exp(-np.abs(x)) * (bessel(1, x) - np.sign(x) * bessel(0, x)),
        away_from=(0,),
    ),
    elementwise(
        "i0e",
        tw.special.i1e,
        lambda x: np.exp(-np.abs(x)) * bessel(1, x),
        lambda x: np.exp(-np.abs(x)) * ((bessel(0, x) + bessel(2, x)) / 2 - np.sign(x) * bessel(1, x)),
        away_from=(0,),
        label="i1e",
    ),
    elementwise(
        "logaddexp2",
        tw.logaddexp2,
        lambda a, b: np.log2(2**a + 2**b),
        lambda a, b: 2**a / (2**a + 2**b),
        lambda a, b: 2**b / (2**a + 2**b),
    ),
    elementwise(
        "xlog1py",
        tw.xlog1py,
        lambda x, y: x * np.log(1 + y),
        lambda x, y: np.log(1 + y) + 0 * x,
        lambda x, y: x / (1 + y),
        domains=(WIDE, (-0.8, 3.0)),
    ),
    elementwise(
        "erfcx",
        tw.special.erfcx,
        lambda x: np.exp(x**2) * erfc(x),
        lambda x: 2 * x * np.exp(x**2) * erfc(x) - 2 / np.sqrt(np.pi),
        domains=((-2.0, 3.0),),
    ),
    elementwise(
        "erfcx",
        tw.special.log_ndtr,
        lambda x: np.log(erfc(-x / np.sqrt(2)) / 2),
        lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) / (erfc(-x / np.sqrt(2)) / 2),
        away_from=(-1,),
        label="log_ndtr",
    ),
    elementwise("erfc", tw.special.ndtr, lambda x: erfc(-x / np.sqrt(2)) / 2, normal_bell, label="ndtr"),
    elementwise(
        "ndtri",
        tw.special.ndtri,
        lambda p: np.sqrt(2) * solved(erf)(2 * p - 1),
        lambda p: np.sqrt(2 * np.pi) * np.exp(solved(erf)(2 * p - 1) ** 2),
        domains=((0.1, 0.9),),
    ),
    elementwise("entr", tw.special.entr, lambda x: -x * np.log(x), lambda x: -1 - np.log(x), domains=(POSITIVE,)),
    Case(
        "gamma_slope",
        lambda x: rows.gamma_slope(x * 0 + 1, x),
        slope_of_exponential,
        broadcastable(POSITIVE),
        differentiable=False,  # its own derivatives are not known
    ),
    Case(
        "gammainc",
        lambda x: tw.special.gammainc(tw.full_like(x, 2.5), x),
        lambda x: below(2.5, x),
        broadcastable(POSITIVE),
        (lambda x: x**1.5 * np.exp(-x) / math.gamma(2.5),),
    ),
    Case(
        "gammaincc",
        lambda x: tw.special.gammaincc(tw.full_like(x, 2.5), x),
        lambda x: 1 - below(2.5, x),
        broadcastable(POSITIVE),
        (lambda x: -(x**1.5) * np.exp(-x) / math.gamma(2.5),),
    ),
]
