"""Distributions of real numbers, by location and scale or by a rate. Their draws carry gradients."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import abs, check_values, exp, expm1, log, log1p, rand, randn, special, tan, where, zeros_like
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint
from tinygrad_wtf.distributions.distribution import EULER, HALF_LOG_2PI, Distribution, Shape, checker, together


def uniform(shape: Shape, like: Any) -> Any:
    """Uniform draws inside (0, 1), without either end."""
    limits = np.finfo(like.dtype)
    return rand(shape, dtype=like.dtype).clamp(float(limits.tiny), 1 - float(limits.eps))


class LocationScale(Distribution):
    """What is the same for all that have a location and a scale."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample: ClassVar[bool] = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = together(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    def _standard(self, value: Any) -> Any:
        """How many scales a value is from the location."""
        return (self._validated(value) - self.loc) / self.scale


class Normal(LocationScale):
    """The normal distribution with mean `loc` and standard deviation `scale`, broadcast against each other.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Normal
    >>> round(Normal(0.0, 1.0).log_prob(tw.tensor(0.0)).item(), 4)
    -0.9189
    """

    @property
    def stddev(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.loc + randn(self._extended_shape(sample_shape), dtype=self.loc.dtype) * self.scale

    def log_prob(self, value: Any) -> Any:
        return -(self._standard(value) ** 2) / 2 - log(self.scale) - HALF_LOG_2PI

    def cdf(self, value: Any) -> Any:
        return special.ndtr(self._standard(value))

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * special.ndtri(value)

    def entropy(self) -> Any:
        return 0.5 + HALF_LOG_2PI + log(self.scale)


class LogNormal(LocationScale):
    """The exponential of a normal number with mean `loc` and standard deviation `scale`.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import LogNormal
    >>> round(LogNormal(0.0, 1.0).mean.item(), 4)
    1.6487
    """

    support = constraints.positive

    @property
    def _base(self) -> Normal:
        return Normal(self.loc, self.scale, validate_args=False)

    @property
    def mean(self) -> Any:
        return exp(self.loc + self.scale**2 / 2)

    @property
    def mode(self) -> Any:
        return exp(self.loc - self.scale**2)

    @property
    def variance(self) -> Any:
        return expm1(self.scale**2) * exp(2 * self.loc + self.scale**2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return exp(self._base.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        logarithm = log(self._validated(value))
        return self._base.log_prob(logarithm) - logarithm

    def cdf(self, value: Any) -> Any:
        return self._base.cdf(log(self._validated(value)))

    def icdf(self, value: Any) -> Any:
        return exp(self._base.icdf(value))

    def entropy(self) -> Any:
        return self._base.entropy() + self.loc


class Laplace(LocationScale):
    """The distribution with density ``exp(-|x - loc| / scale) / (2 scale)``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Laplace
    >>> Laplace(0.0, 1.0).cdf(tw.tensor(0.0)).item()
    0.5
    """

    @property
    def variance(self) -> Any:
        return 2 * self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        part = 2 * uniform(self._extended_shape(sample_shape), self.loc) - 1
        return self.loc - self.scale * part.sign() * log1p(-abs(part))

    def log_prob(self, value: Any) -> Any:
        return -abs(self._standard(value)) - log(2 * self.scale)

    def cdf(self, value: Any) -> Any:
        away = self._standard(value)
        return 0.5 - 0.5 * away.sign() * expm1(-abs(away))

    def icdf(self, value: Any) -> Any:
        part = value - 0.5
        return self.loc - self.scale * part.sign() * log1p(-2 * abs(part))

    def entropy(self) -> Any:
        return 1 + log(2 * self.scale)


class Cauchy(LocationScale):
    """The distribution of ``loc + scale X / Y`` of two standard normal numbers; it has no mean.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Cauchy
    >>> round(Cauchy(0.0, 1.0).cdf(tw.tensor(1.0)).item(), 4)
    0.75
    """

    @property
    def mean(self) -> Any:
        return self.loc.detach() * math.nan

    @property
    def variance(self) -> Any:
        return self.scale.detach() * math.inf

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(uniform(self._extended_shape(sample_shape), self.loc))

    def log_prob(self, value: Any) -> Any:
        return -math.log(math.pi) - log(self.scale) - log1p(self._standard(value) ** 2)

    def cdf(self, value: Any) -> Any:
        return self._standard(value).atan() / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * tan(math.pi * (value - 0.5))

    def entropy(self) -> Any:
        return math.log(4 * math.pi) + log(self.scale)


class Gumbel(LocationScale):
    """The distribution of the largest of many numbers: with distribution function ``exp(-exp(-(x - loc) / scale))``.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Gumbel
    >>> round(Gumbel(0.0, 1.0).mean.item(), 4)  # Euler's constant
    0.5772
    """

    @property
    def mean(self) -> Any:
        return self.loc + self.scale * EULER

    @property
    def variance(self) -> Any:
        return (math.pi**2 / 6) * self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(uniform(self._extended_shape(sample_shape), self.loc))

    def log_prob(self, value: Any) -> Any:
        away = self._standard(value)
        return -away - exp(-away) - log(self.scale)

    def cdf(self, value: Any) -> Any:
        return exp(-exp(-self._standard(value)))

    def icdf(self, value: Any) -> Any:
        return self.loc - self.scale * log(-log(value))

    def entropy(self) -> Any:
        return log(self.scale) + 1 + EULER


class HalfNormal(Distribution):
    """The size of a normal number with mean 0 and standard deviation `scale`.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import HalfNormal
    >>> round(HalfNormal(1.0).mean.item(), 4)
    0.7979
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample: ClassVar[bool] = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (self.scale,) = together(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Any:
        return zeros_like(self.scale)

    @property
    def variance(self) -> Any:
        return self.scale**2 * (1 - 2 / math.pi)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return abs(randn(self._extended_shape(sample_shape), dtype=self.scale.dtype)) * self.scale

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        inside = -((given / self.scale) ** 2) / 2 - log(self.scale) - HALF_LOG_2PI + math.log(2)
        return where(given >= 0, inside, -math.inf)

    def cdf(self, value: Any) -> Any:
        return 2 * special.ndtr(self._validated(value) / self.scale) - 1

    def icdf(self, value: Any) -> Any:
        return self.scale * special.ndtri((value + 1) / 2)

    def entropy(self) -> Any:
        return 0.5 + HALF_LOG_2PI - math.log(2) + log(self.scale)


class Uniform(Distribution):
    """Equal density between `low` and `high`, of which `low` is among the values.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Uniform
    >>> Uniform(0.0, 2.0).mean.item()
    1.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"low": constraints.real, "high": constraints.real}
    has_rsample: ClassVar[bool] = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = together(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)
        if self._checked:
            check_values(checker("Uniform", "high - low", constraints.positive), self.high - self.low)

    def _check_support(self, value: Any) -> None:
        inside = Constraint("Interval(low, high)", lambda x, low, high: (x >= low) & (x <= high))
        check_values(checker("Uniform", "the value", inside), value, self.low.detach(), self.high.detach())

    @property
    def support(self) -> Constraint:
        low, high = self.low.detach(), self.high.detach()
        return constraints.interval(low.numpy(), high.numpy())

    @property
    def mean(self) -> Any:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Any:
        return self.high * math.nan

    @property
    def stddev(self) -> Any:
        return (self.high - self.low) / math.sqrt(12)

    @property
    def variance(self) -> Any:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        part = rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + part * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        inside = (given >= self.low) & (given < self.high)
        return where(inside, -log(self.high - self.low), -math.inf)

    def cdf(self, value: Any) -> Any:
        return ((self._validated(value) - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Any) -> Any:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Any:
        return log(self.high - self.low)


class Exponential(Distribution):
    """Waiting times with the density ``rate exp(-rate x)``.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Exponential
    >>> Exponential(2.0).mean.item()
    0.5
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample: ClassVar[bool] = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = together(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return 1 / self.rate

    @property
    def mode(self) -> Any:
        return zeros_like(self.rate)

    @property
    def stddev(self) -> Any:
        return 1 / self.rate

    @property
    def variance(self) -> Any:
        return self.rate**-2

    def rsample(self, sample_shape: Any = ()) -> Any:
        return -log1p(-rand(self._extended_shape(sample_shape), dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value: Any) -> Any:
        return log(self.rate) - self.rate * self._validated(value)

    def cdf(self, value: Any) -> Any:
        return 1 - exp(-self.rate * self._validated(value))

    def icdf(self, value: Any) -> Any:
        return -log1p(-value) / self.rate

    def entropy(self) -> Any:
        return 1 - log(self.rate)
