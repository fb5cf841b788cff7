"""Random draws that depend on arrays: each an operation on them and on a number to start from."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.ops.rows.special import gamma_slope


def _generator(seed: Any) -> np.random.Generator:
    return np.random.default_rng(seed)


def _gamma(concentration: Any, seed: Any) -> Any:
    y = np.asarray(_generator(seed).standard_gamma(concentration)).astype(concentration.dtype)
    return np.maximum(y, np.finfo(concentration.dtype).tiny)  # rounding must not give 0


def _poisson(rate: Any, seed: Any) -> Any:
    return np.asarray(_generator(seed).poisson(rate)).astype(rate.dtype)


def _binomial(trials: Any, chance: Any, seed: Any) -> Any:
    drawn = _generator(seed).binomial(trials.astype(np.int64), chance)
    return np.asarray(drawn).astype(trials.dtype)


gamma_draw = Op(
    "gamma_draw",
    "gamma({}, {})",
    _gamma,
    (lambda g, y, concentration, seed: g * gamma_slope(concentration, y), None),
    takes="anything",
)
poisson_draw = Op("poisson_draw", "poisson({}, {})", _poisson, takes="anything")
binomial_draw = Op("binomial_draw", "binomial({}, {}, {})", _binomial, takes="anything")
