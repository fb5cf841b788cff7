"""Probability distributions, in the names of `torch.distributions`.

Each has parameters of any batch shape, draws (`sample`, and `rsample` where a draw carries gradients), `log_prob`,
`entropy`, `mean`, `variance`. Parameters and values are checked, unless `validate_args` is False. Draws come from the
generator that `manual_seed` starts, in a compiled function anew in every run.

Examples
--------
>>> import tinygrad_wtf as tw
>>> from tinygrad_wtf.distributions import Normal, kl_divergence
>>> loc = tw.tensor(1.0, requires_grad=True)
>>> kl_divergence(Normal(loc, 1.0), Normal(0.0, 1.0)).backward()
>>> loc.grad.item()
1.0
"""

from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.classes import Categorical, Multinomial, OneHotCategorical
from tinygrad_wtf.distributions.continuous import (
    Cauchy,
    Exponential,
    Gumbel,
    HalfNormal,
    Laplace,
    LogNormal,
    Normal,
    Uniform,
)
from tinygrad_wtf.distributions.discrete import Bernoulli, Binomial, Geometric, Poisson
from tinygrad_wtf.distributions.distribution import Distribution
from tinygrad_wtf.distributions.divergence import kl_divergence, register_kl
from tinygrad_wtf.distributions.gammas import Beta, Chi2, Dirichlet, Gamma, StudentT
from tinygrad_wtf.distributions.multivariate import Independent, MultivariateNormal

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "Dirichlet",
    "Distribution",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Independent",
    "Laplace",
    "LogNormal",
    "Multinomial",
    "MultivariateNormal",
    "Normal",
    "OneHotCategorical",
    "Poisson",
    "StudentT",
    "Uniform",
    "constraints",
    "kl_divergence",
    "register_kl",
]
