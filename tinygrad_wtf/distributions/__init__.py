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

from tinygrad_wtf.distributions import constraints, transforms
from tinygrad_wtf.distributions.classes import Categorical, Multinomial, OneHotCategorical
from tinygrad_wtf.distributions.composed import MixtureSameFamily, TransformedDistribution
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
from tinygrad_wtf.distributions.tails import HalfCauchy, InverseGamma, Pareto, Weibull
from tinygrad_wtf.distributions.transforms import (
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
    Transform,
    identity_transform,
)

__all__ = [
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "Laplace",
    "LogNormal",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "Normal",
    "OneHotCategorical",
    "Pareto",
    "Poisson",
    "PowerTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "Weibull",
    "constraints",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transforms",
]
