"""What a row of tests is, and the strategies that draw its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import strategies as st

WIDE = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)


@dataclass(frozen=True)
class Case:
    """How one row is tested."""

    row: str
    call: Callable[..., Any]
    value: Callable[..., Any]
    inputs: Any  # a strategy of tuples of float64 arrays
    derivatives: tuple[Callable[..., Any], ...] = ()
    differentiable: bool = True
    smooth: bool = True  # to third order, on the inputs that the strategy draws
    label: str = field(default="")

    def __str__(self) -> str:
        return self.label or self.row


def numbers(domain, away_from=()):
    """Floats of the domain, on a grid (so that ties are exact), not close to a kink."""
    low, high = domain
    grid = st.integers(int(np.ceil(low * 64)), int(np.floor(high * 64))).map(lambda n: n / 64)
    return grid.filter(lambda x: all(abs(x - kink) > 1e-3 for kink in away_from))


@st.composite
def broadcastable(draw, *domains, away_from=(), distinct=False):
    """Arrays of shapes that broadcast against each other, one for each domain; 0-d among them."""
    shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=len(domains), max_dims=3, max_side=3)).input_shapes
    arrays = [
        draw(hnp.arrays(np.float64, shape, elements=numbers(domain, away_from)))
        for shape, domain in zip(shapes, domains, strict=True)
    ]
    if distinct:  # no ties between the arguments: an irrational offset
        arrays = [a + i * np.sqrt(2) / 7 for i, a in enumerate(arrays)]
    return tuple(arrays)


def elementwise(row, call, value, *derivatives, domains=None, away_from=(), distinct=False, **settings):
    """A row that works entry by entry."""
    domains = domains or (WIDE,) * max(1, len(derivatives))
    return Case(
        row, call, value, broadcastable(*domains, away_from=away_from, distinct=distinct), derivatives, **settings
    )


@st.composite
def one_array(draw, min_dims=1, max_dims=3, domain=WIDE, distinct=False, min_side=1):
    """A single array; with `distinct`, no two entries are equal."""
    shape = draw(hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=3))
    x = draw(hnp.arrays(np.float64, shape, elements=numbers(domain)))
    if distinct:
        x = x + np.sqrt(2) * np.random.default_rng(0).permutation(x.size).reshape(x.shape)
    return (x,)


@st.composite
def reduced(draw, distinct=False, domain=WIDE):
    """An array; the case picks the axes from its shape."""
    return draw(one_array(max_dims=3, distinct=distinct, domain=domain))
