"""Rows of tests: draws that depend on arrays. What they are distributed like is in `tests/distributions`."""

import numpy as np

import tinygrad_wtf as tw
from tests.ops.cases.common import POSITIVE, Case, one_array
from tinygrad_wtf.tensors.sampling import standard_gamma


def started():
    """The generator that the draws start from one of 7 from."""
    return np.random.default_rng(np.random.default_rng(7).integers(2**63, size=1))


CASES = [
    Case(
        "gamma_draw",
        lambda a: standard_gamma(a, generator=7),
        lambda a: started().standard_gamma(a),
        one_array(domain=POSITIVE),
        differentiable=False,  # by other means: its second derivative is nan
    ),
    Case(
        "poisson_draw",
        lambda a: tw.poisson(a, generator=7),
        lambda a: started().poisson(a),
        one_array(domain=POSITIVE),
        differentiable=False,
    ),
    Case(
        "binomial_draw",
        lambda a: tw.binomial(a.ceil(), a / 4, generator=7),
        lambda a: started().binomial(np.ceil(a).astype(int), a / 4),
        one_array(domain=POSITIVE),
        differentiable=False,
    ),
]
