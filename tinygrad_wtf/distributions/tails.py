"""Distributions of positive numbers with heavy or light tails: `HalfCauchy`, `Pareto`, `Weibull`, `InverseGamma`."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from tinygrad_wtf import Tensor, check_values, digamma, exp, inf, lgamma, log, log1p, tan, where
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint
from tinygrad_wtf.distributions.continuous import uniform
from tinygrad_wtf.distributions.distribution import EULER, Distribution, checker, together
from tinygrad_wtf.distributions.divergence import kl_divergence, register_kl
from tinygrad_wtf.distributions.gammas import Gamma


class _Positive(Distribution):
    """What has parameters above 0."""

    support: Any = constraints.positive
    has_rsample: ClassVar[bool] = True

    def _noise(self, sample_shape: Any, like: Any) -> Any:
        return uniform(self._extended_shape(sample_shape), like)


class HalfCauchy(_Positive):
    """The size of a number with Cauchy's distribution around 0.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import HalfCauchy
    >>> round(HalfCauchy(1.0).cdf(tw.tensor(1.0)).item(), 4)
    0.5
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"scale": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        (self.scale,) = together(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.scale.detach() * 0 + math.inf

    @property
    def mode(self) -> Any:
        return self.scale.detach() * 0

    @property
    def variance(self) -> Any:
        return self.scale.detach() * 0 + math.inf

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(self._noise(sample_shape, self.scale))

    def log_prob(self, value: Any) -> Any:
        x = self._validated(value)
        inside = math.log(2 / math.pi) - log(self.scale) - log1p((x / self.scale) ** 2)
        return where(x >= 0, inside, -inf)

    def cdf(self, value: Any) -> Any:
        return (self._validated(value) / self.scale).atan() * (2 / math.pi)

    def icdf(self, value: Any) -> Any:
        return self.scale * tan(math.pi / 2 * value)

    def entropy(self) -> Any:
        return math.log(2 * math.pi) + log(self.scale)


class Pareto(_Positive):
    """Numbers above `scale` that are larger than x with probability ``(scale / x)^alpha``.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Pareto
    >>> Pareto(1.0, 3.0).mean.item()
    1.5
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"alpha": constraints.positive, "scale": constraints.positive}

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = together(scale, alpha)
        super().__init__(self.scale.shape, validate_args=validate_args)

    def _check_support(self, value: Any) -> None:
        least = constraints.greater_than_eq("scale")
        at_least = Constraint(repr(least), lambda x, low: x >= low)
        check_values(checker("Pareto", "the value", at_least), value, self.scale)

    @property
    def mean(self) -> Any:
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        a = self.alpha.clamp(min=2)
        return self.scale**2 * a / ((a - 1) ** 2 * (a - 2))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.scale * exp(-log(self._noise(sample_shape, self.scale)) / self.alpha)

    def log_prob(self, value: Any) -> Any:
        x = self._validated(value)
        return log(self.alpha) + self.alpha * log(self.scale) - (self.alpha + 1) * log(x)

    def cdf(self, value: Any) -> Any:
        return 1 - (self.scale / self._validated(value)) ** self.alpha

    def icdf(self, value: Any) -> Any:
        return self.scale * (1 - value) ** (-1 / self.alpha)

    def entropy(self) -> Any:
        return log(self.scale / self.alpha) + (1 + 1 / self.alpha)


class Weibull(_Positive):
    """Times until a failure: longer than x with probability ``exp(-(x / scale)^concentration)``.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Weibull
    >>> Weibull(2.0, 1.0).mean.item()
    2.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "scale": constraints.positive,
        "concentration": constraints.positive,
    }

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = together(scale, concentration)
        super().__init__(self.scale.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * exp(lgamma(1 + 1 / self.concentration))

    @property
    def mode(self) -> Any:
        return self.scale * ((self.concentration - 1) / self.concentration) ** (1 / self.concentration)

    @property
    def variance(self) -> Any:
        first, second = lgamma(1 + 1 / self.concentration), lgamma(1 + 2 / self.concentration)
        return self.scale**2 * (exp(second) - exp(2 * first))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.scale * (-log(self._noise(sample_shape, self.scale))) ** (1 / self.concentration)

    def log_prob(self, value: Any) -> Any:
        k, ratio = self.concentration, self._validated(value) / self.scale
        return log(k / self.scale) + (k - 1) * log(ratio) - ratio**k

    def cdf(self, value: Any) -> Any:
        return 1 - exp(-((self._validated(value) / self.scale) ** self.concentration))

    def icdf(self, value: Any) -> Any:
        return self.scale * (-log1p(-value)) ** (1 / self.concentration)

    def entropy(self) -> Any:
        return EULER * (1 - 1 / self.concentration) + log(self.scale / self.concentration) + 1


class InverseGamma(_Positive):
    """One divided by a gamma number.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import InverseGamma
    >>> InverseGamma(3.0, 2.0).mean.item()
    1.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = together(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return where(self.concentration > 1, self.rate / (self.concentration - 1), inf)

    @property
    def mode(self) -> Any:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Any:
        a = self.concentration
        return where(a > 2, self.rate**2 / ((a - 1) ** 2 * (a - 2)), inf)

    def rsample(self, sample_shape: Any = ()) -> Any:
        drawn: Tensor = Gamma(self.concentration, self.rate, validate_args=False).rsample(sample_shape)
        return 1 / drawn

    def log_prob(self, value: Any) -> Any:
        a, x = self.concentration, self._validated(value)
        return a * log(self.rate) - lgamma(a) - (a + 1) * log(x) - self.rate / x

    def entropy(self) -> Any:
        a = self.concentration
        return a + log(self.rate) + lgamma(a) - (1 + a) * digamma(a)


@register_kl(HalfCauchy, HalfCauchy)
def _half_cauchys(p: HalfCauchy, q: HalfCauchy) -> Any:
    return 2 * log(p.scale + q.scale) - log(4 * p.scale * q.scale)


@register_kl(Pareto, Pareto)
def _paretos(p: Pareto, q: Pareto) -> Any:
    ratio = q.alpha / p.alpha
    found = q.alpha * log(p.scale / q.scale) - log(ratio) + ratio - 1
    return where(p.scale < q.scale, inf, found)


@register_kl(InverseGamma, InverseGamma)
def _inverse_gammas(p: InverseGamma, q: InverseGamma) -> Any:
    return kl_divergence(*(Gamma(r.concentration, r.rate, validate_args=False) for r in (p, q)))
