"""Distributions of whole numbers. Their draws have no derivative; `log_prob` has."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import (
    SettingError,
    arange,
    binomial,
    check_values,
    exp,
    lgamma,
    log,
    log1p,
    logit,
    no_grad,
    poisson,
    rand,
    sigmoid,
    softplus,
    where,
    xlogy,
    zeros_like,
)
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint
from tinygrad_wtf.distributions.continuous import uniform
from tinygrad_wtf.distributions.distribution import Distribution, checker, together

ONE_OF_TWO = "takes either probs or logits, and one of them"


def _one(name: str, probs: Any, logits: Any) -> None:
    if (probs is None) == (logits is None):
        raise SettingError(ONE_OF_TWO, op=name)


def _inside(probs: Any) -> Any:
    """Probabilities kept within (0, 1), so that their logarithms are finite."""
    step = float(np.finfo(probs.dtype).eps)
    return probs.clamp(step, 1 - step)


class _ByChance(Distribution):
    """What has one probability for each entry, given as it is or as the logarithm of its odds."""

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def _given(self, probs: Any, logits: Any, *others: Any) -> Any:
        _one(type(self).__name__, probs, logits)
        name = "logits" if probs is None else "probs"
        self.__dict__[name], *rest = together(logits if probs is None else probs, *others)
        return rest

    def __getattr__(self, name: str) -> Any:
        """The other of the two is reckoned when it is asked for."""
        if name == "probs" and "logits" in self.__dict__:
            return sigmoid(self.__dict__["logits"])
        if name == "logits" and "probs" in self.__dict__:
            return logit(_inside(self.__dict__["probs"]))
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    @property
    def _param(self) -> Any:
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.__dict__["logits"]


class Bernoulli(_ByChance):
    """1 with probability `probs`, else 0; or by `logits`, ``log(p / (1 - p))``.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Bernoulli
    >>> round(Bernoulli(0.25).log_prob(tw.tensor(1.0)).exp().item(), 4)
    0.25
    """

    support = constraints.boolean
    has_enumerate_support: ClassVar[bool] = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._given(probs, logits)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        likely = (self.probs >= 0.5).to(self.probs.dtype)
        return where(self.probs == 0.5, math.nan, likely)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            probs = self.probs.detach()
            return (rand(self._extended_shape(sample_shape), dtype=probs.dtype) < probs).to(probs.dtype)

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        return self.logits * given - softplus(self.logits)

    def entropy(self) -> Any:
        return softplus(self.logits) - self.logits * self.probs

    def enumerate_support(self, expand: bool = True) -> Any:
        values = arange(2, dtype=self._param.dtype).reshape(2, *(1,) * len(self.batch_shape))
        return values.expand(2, *self.batch_shape) if expand else values


class Geometric(_ByChance):
    """How many trials fail before the first that succeeds, each with probability `probs`.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Geometric
    >>> Geometric(0.25).mean.item()
    3.0
    """

    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._given(probs, logits)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return 1 / self.probs - 1

    @property
    def mode(self) -> Any:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            probs = self.probs.detach()
            return (log(uniform(self._extended_shape(sample_shape), probs)) / log1p(-probs)).floor()

    def log_prob(self, value: Any) -> Any:
        probs = self.probs
        return xlogy(self._validated(value), 1 - probs) + log(probs)

    def entropy(self) -> Any:
        return (softplus(self.logits) - self.logits * self.probs) / self.probs


class Binomial(_ByChance):
    """How many of `total_count` trials succeed, each with probability `probs`.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Binomial
    >>> Binomial(4, 0.25).mean.item()
    1.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "total_count": constraints.nonnegative_integer,
        **_ByChance.arg_constraints,
    }

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        (self.total_count,) = self._given(probs, logits, total_count)
        self.total_count = self.total_count.to(self._param.dtype)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self.total_count.numpy())

    def _check_support(self, value: Any) -> None:
        inside = Constraint("IntegerInterval(0, total_count)", lambda x, n: (x % 1 == 0) & (x >= 0) & (x <= n))
        check_values(checker("Binomial", "the value", inside), value, self.total_count)

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            shape = self._extended_shape(sample_shape)
            return binomial(self.total_count.expand(shape), self.probs.detach().expand(shape))

    def log_prob(self, value: Any) -> Any:
        given, n = self._validated(value), self.total_count
        ways = lgamma(n + 1) - lgamma(given + 1) - lgamma(n - given + 1)
        return ways + given * self.logits - n * softplus(self.logits)

    def entropy(self) -> Any:
        most = int(self.total_count.max().item())
        if not bool((self.total_count == most).all()):
            raise self._missing("entropy for several total_counts")
        values = arange(most + 1, dtype=self._param.dtype).reshape(-1, *(1,) * len(self.batch_shape))
        chance = self.log_prob(values)
        return -(exp(chance) * chance).sum(0)


class Poisson(Distribution):
    """How many events happen that do so at a constant `rate`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Poisson
    >>> Poisson(2.0).log_prob(tw.tensor(0.0)).item()
    -2.0
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = together(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.rate

    @property
    def mode(self) -> Any:
        return self.rate.floor()

    @property
    def variance(self) -> Any:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        return xlogy(given, self.rate) - self.rate - lgamma(given + 1)
