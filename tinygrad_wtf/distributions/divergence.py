"""How far one distribution is from another: Kullback and Leibler's divergence, by pairs of families."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tinygrad_wtf import (
    UnsupportedError,
    abs,
    digamma,
    exp,
    lgamma,
    linalg,
    log,
    softplus,
    where,
    xlogy,
)
from tinygrad_wtf.distributions.classes import Categorical
from tinygrad_wtf.distributions.continuous import (
    Exponential,
    Gumbel,
    HalfNormal,
    Laplace,
    LogNormal,
    Normal,
    Uniform,
)
from tinygrad_wtf.distributions.discrete import Bernoulli, Binomial, Geometric, Poisson
from tinygrad_wtf.distributions.distribution import EULER, Distribution
from tinygrad_wtf.distributions.gammas import Beta, Dirichlet, Gamma
from tinygrad_wtf.distributions.multivariate import Independent, MultivariateNormal

_RULES: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """A decorator: the function gives the divergence of these two families.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Normal, kl_divergence, register_kl
    >>> class Own(Normal):
    ...     pass
    >>> @register_kl(Own, Own)
    ... def own(p, q):
    ...     return tw.zeros(())
    >>> kl_divergence(Own(0.0, 1.0), Own(1.0, 1.0)).item()
    0.0
    """

    def decorate(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _RULES[type_p, type_q] = function
        return function

    return decorate


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """The expected ``log p(x) - log q(x)`` of a draw x of p, of shape batch_shape; UnsupportedError where unknown.

    Examples
    --------
    >>> from tinygrad_wtf.distributions import Normal, kl_divergence
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0)).item()
    0.5
    """
    for one in type(p).__mro__:
        for other in type(q).__mro__:
            if (one, other) in _RULES:
                return _RULES[one, other](p, q)
    raise UnsupportedError(
        f"the divergence of {type(p).__name__} from {type(q).__name__} is not known",
        op="kl_divergence",
        hint="Estimate it by draws: (p.log_prob(x) - q.log_prob(x)).mean() of x = p.rsample((1000,))",
    )


@register_kl(Normal, Normal)
def _normals(p: Normal, q: Normal) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - log(ratio))


@register_kl(LogNormal, LogNormal)
def _log_normals(p: LogNormal, q: LogNormal) -> Any:
    return _normals(p._base, q._base)


@register_kl(HalfNormal, HalfNormal)
def _half_normals(p: HalfNormal, q: HalfNormal) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio - 1 - log(ratio))


@register_kl(Laplace, Laplace)
def _laplaces(p: Laplace, q: Laplace) -> Any:
    ratio, apart = p.scale / q.scale, abs(p.loc - q.loc)
    return -log(ratio) + apart / q.scale + ratio * exp(-apart / p.scale) - 1


@register_kl(Gumbel, Gumbel)
def _gumbels(p: Gumbel, q: Gumbel) -> Any:
    first = log(q.scale / p.scale) + EULER * (p.scale / q.scale - 1)
    moved = exp((q.loc - p.loc) / q.scale + lgamma(1 + p.scale / q.scale))
    return first + moved - 1 + (p.loc - q.loc) / q.scale


@register_kl(Uniform, Uniform)
def _uniforms(p: Uniform, q: Uniform) -> Any:
    outside = (q.low > p.low) | (q.high < p.high)
    return where(outside, math.inf, log((q.high - q.low) / (p.high - p.low)))


@register_kl(Exponential, Exponential)
def _exponentials(p: Exponential, q: Exponential) -> Any:
    ratio = q.rate / p.rate
    return ratio - log(ratio) - 1


@register_kl(Gamma, Gamma)
def _gammas(p: Gamma, q: Gamma) -> Any:
    a, b = p.concentration, q.concentration
    return b * log(p.rate / q.rate) + lgamma(b) - lgamma(a) + (a - b) * digamma(a) + (q.rate - p.rate) * (a / p.rate)


@register_kl(Dirichlet, Dirichlet)
def _dirichlets(p: Dirichlet, q: Dirichlet) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    first = lgamma(total) - lgamma(b.sum(-1)) - (lgamma(a) - lgamma(b)).sum(-1)
    return first + ((a - b) * (digamma(a) - digamma(total).unsqueeze(-1))).sum(-1)


@register_kl(Beta, Beta)
def _betas(p: Beta, q: Beta) -> Any:
    return _dirichlets(p._pair, q._pair)


@register_kl(Bernoulli, Bernoulli)
def _bernoullis(p: Bernoulli, q: Bernoulli) -> Any:
    return p.probs * (softplus(-q.logits) - softplus(-p.logits)) + (1 - p.probs) * (
        softplus(q.logits) - softplus(p.logits)
    )


@register_kl(Binomial, Binomial)
def _binomials(p: Binomial, q: Binomial) -> Any:
    each = p.probs * (p.logits - q.logits) - softplus(p.logits) + softplus(q.logits)
    return where(p.total_count > q.total_count, math.inf, p.total_count * each)


@register_kl(Geometric, Geometric)
def _geometrics(p: Geometric, q: Geometric) -> Any:
    return -p.entropy() - log(1 - q.probs) / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poissons(p: Poisson, q: Poisson) -> Any:
    return xlogy(p.rate, p.rate / q.rate) - (p.rate - q.rate)


@register_kl(Categorical, Categorical)
def _categoricals(p: Categorical, q: Categorical) -> Any:
    each = p.probs * (p.logits - q.logits)
    each = where(q.probs == 0, math.inf, each)
    return where(p.probs == 0, 0.0, each).sum(-1)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normals(p: MultivariateNormal, q: MultivariateNormal) -> Any:
    spread = linalg.solve_triangular(q._tril, p._tril, upper=False)
    away = linalg.solve_triangular(q._tril, (q.loc - p.loc).unsqueeze(-1), upper=False)
    squares = (spread**2).sum((-2, -1)) + (away**2).sum((-2, -1))
    return q._log_scale() - p._log_scale() + 0.5 * (squares - p.event_shape[0])


@register_kl(Independent, Independent)
def _independents(p: Independent, q: Independent) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise UnsupportedError("both must read as many axes as one value", op="kl_divergence")
    return p._summed(kl_divergence(p.base_dist, q.base_dist))
