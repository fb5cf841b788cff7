"""The gamma distribution and what is made of it. Draws carry gradients, of the concentration by implicit slopes."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import digamma, lgamma, log, log1p, randn, special, stack, where, xlogy
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint
from tinygrad_wtf.distributions.distribution import Distribution, together
from tinygrad_wtf.tensors.sampling import standard_gamma


class Gamma(Distribution):
    """The distribution with density ``rateᵃ xᵃ⁻¹ exp(-rate x) / Γ(a)``, a being the concentration.

    Draws carry gradients of both parameters (Figurnov, Mohamed and Mnih, 2018).

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Gamma
    >>> Gamma(3.0, 2.0).mean.item()
    1.5
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative
    has_rsample: ClassVar[bool] = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = together(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        return self.concentration / self.rate**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        return standard_gamma(self.concentration.expand(shape)) / self.rate

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        a, rate = self.concentration, self.rate
        return xlogy(a, rate) + xlogy(a - 1, given) - rate * given - lgamma(a)

    def cdf(self, value: Any) -> Any:
        return special.gammainc(self.concentration, self.rate * self._validated(value))

    def entropy(self) -> Any:
        a = self.concentration
        return a - log(self.rate) + lgamma(a) + (1 - a) * digamma(a)


class Chi2(Gamma):
    """The sum of squares of so many (`df`) standard normal numbers: Gamma(df / 2, 1 / 2).

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Chi2
    >>> Chi2(3.0).mean.item()
    3.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"df": constraints.positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        (self.df,) = together(df)
        super().__init__(self.df / 2, 0.5, validate_args=validate_args)


class Dirichlet(Distribution):
    """Vectors of probabilities, with density in proportion to ``∏ xᵢ^(aᵢ - 1)``, a being the concentration.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Dirichlet
    >>> Dirichlet(tw.tensor([1.0, 3.0])).mean.tolist()
    [0.25, 0.75]
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": Constraint("PositiveVector()", lambda x: (x > 0).all(-1), 1)
    }
    support = constraints.simplex
    has_rsample: ClassVar[bool] = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        (self.concentration,) = together(concentration)
        shape = self.concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def variance(self) -> Any:
        total = self.concentration.sum(-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total**2 * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        parts = standard_gamma(self.concentration.expand(self._extended_shape(sample_shape)))
        return parts / parts.sum(-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        a = self.concentration
        powers = xlogy(a - 1, self._validated(value)).sum(-1)
        return powers + lgamma(a.sum(-1)) - lgamma(a).sum(-1)

    def entropy(self) -> Any:
        a = self.concentration
        total, count = a.sum(-1), a.shape[-1]
        beta = lgamma(a).sum(-1) - lgamma(total)
        return beta - (count - total) * digamma(total) - ((a - 1) * digamma(a)).sum(-1)


class Beta(Distribution):
    """Probabilities, with density in proportion to ``x^(a - 1) (1 - x)^(b - 1)``; a and b are `concentration1` and `0`.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Beta
    >>> Beta(1.0, 3.0).mean.item()
    0.25
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample: ClassVar[bool] = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = together(concentration1, concentration0)
        super().__init__(self.concentration1.shape, validate_args=validate_args)

    @property
    def _pair(self) -> Dirichlet:
        return Dirichlet(stack([self.concentration1, self.concentration0], -1), validate_args=False)

    @property
    def mean(self) -> Any:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def variance(self) -> Any:
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total**2 * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self._pair.rsample(sample_shape)[..., 0]

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        return self._pair.log_prob(stack([given, 1 - given], -1))

    def entropy(self) -> Any:
        return self._pair.entropy()


class StudentT(Distribution):
    """Student's distribution with `df` degrees of freedom, moved to `loc` and stretched by `scale`.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import StudentT
    >>> StudentT(4.0).variance.item()
    2.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample: ClassVar[bool] = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = together(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        known = where(self.df > 2, self.df, 3.0)
        finite = self.scale**2 * known / (known - 2)
        return where(self.df > 2, finite, where(self.df > 1, np.asarray(math.inf, self.df.dtype), math.nan))

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        squares = 2 * standard_gamma((self.df / 2).expand(shape))
        return self.loc + self.scale * randn(shape, dtype=self.df.dtype) * (squares / self.df) ** -0.5

    def log_prob(self, value: Any) -> Any:
        df = self.df
        away = (self._validated(value) - self.loc) / self.scale
        whole = log(self.scale) + 0.5 * log(df) + 0.5 * math.log(math.pi) + lgamma(df / 2) - lgamma((df + 1) / 2)
        return -0.5 * (df + 1) * log1p(away**2 / df) - whole

    def entropy(self) -> Any:
        df = self.df
        beta = lgamma(df / 2) + math.lgamma(0.5) - lgamma((df + 1) / 2)
        half = (df + 1) / 2
        return log(self.scale) + half * (digamma(half) - digamma(df / 2)) + 0.5 * log(df) + beta
