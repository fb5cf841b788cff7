"""What a distribution's parameters and values must be: each constraint checks the entries of tensors or arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_wtf import LinAlgError


@dataclass(frozen=True)
class Constraint:
    """A condition on the entries, or with `event_dim` on the vectors or matrices along the last axes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.distributions.constraints.positive.check(tw.tensor([1.0, -1.0])).tolist()
    [True, False]
    """

    name: str
    check: Callable[..., Any]
    event_dim: int = 0
    is_discrete: bool = False

    def __repr__(self) -> str:
        return self.name


def _definite(a: Any) -> Any:
    """Whether Cholesky's factor exists."""
    array = np.asarray(a.detach() if hasattr(a, "detach") else a)
    if not np.allclose(array, np.swapaxes(array, -1, -2), rtol=1e-5, atol=1e-6):
        return np.zeros(array.shape[:-2], bool)
    try:
        np.linalg.cholesky(array)
    except (np.linalg.LinAlgError, LinAlgError):
        return np.zeros(array.shape[:-2], bool)
    return np.ones(array.shape[:-2], bool)


def _lower_cholesky(a: Any) -> Any:
    above = np.triu(np.ones(a.shape[-2:], bool), 1)
    return ((a == 0) | ~above).all(-1).all(-1) & (a.diagonal(0, -2, -1) > 0).all(-1)


def greater_than(bound: Any) -> Constraint:
    """Above a bound."""
    return Constraint(f"GreaterThan(lower_bound={bound})", lambda x: x > bound)


def greater_than_eq(bound: Any) -> Constraint:
    """At a bound or above it."""
    return Constraint(f"GreaterThanEq(lower_bound={bound})", lambda x: x >= bound)


def interval(low: Any, high: Any) -> Constraint:
    """From one bound to another, both included."""
    return Constraint(f"Interval(lower_bound={low}, upper_bound={high})", lambda x: (x >= low) & (x <= high))


def integer_interval(low: Any, high: Any) -> Constraint:
    """Whole numbers from one bound to another, both included."""
    return Constraint(
        f"IntegerInterval(lower_bound={low}, upper_bound={high})",
        lambda x: (x % 1 == 0) & (x >= low) & (x <= high),
        is_discrete=True,
    )


def independent(inner: Constraint, count: int) -> Constraint:
    """A constraint on every entry of the last `count` axes."""
    return Constraint(
        f"IndependentConstraint({inner}, {count})",
        lambda x: inner.check(x).all(tuple(range(-count, 0))),
        inner.event_dim + count,
        inner.is_discrete,
    )


real = Constraint("Real()", lambda x: x == x)
positive = Constraint("Positive()", lambda x: x > 0)
nonnegative = Constraint("Nonnegative()", lambda x: x >= 0)
unit_interval = Constraint("UnitInterval()", lambda x: (x >= 0) & (x <= 1))
boolean = Constraint("Boolean()", lambda x: (x == 0) | (x == 1), is_discrete=True)
nonnegative_integer = Constraint("NonnegativeInteger()", lambda x: (x % 1 == 0) & (x >= 0), is_discrete=True)
real_vector = Constraint("RealVector()", lambda x: (x == x).all(-1), 1)
simplex = Constraint("Simplex()", lambda x: (x >= 0).all(-1) & (abs(x.sum(-1) - 1) < 1e-6), 1)
one_hot = Constraint("OneHot()", lambda x: ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1), 1, True)
positive_definite = Constraint("PositiveDefinite()", _definite, 2)
lower_cholesky = Constraint("LowerCholesky()", _lower_cholesky, 2)
