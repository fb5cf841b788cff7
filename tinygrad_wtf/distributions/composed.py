"""Distributions that are made of others: transformed ones, and mixtures."""

from __future__ import annotations

from typing import Any, ClassVar

from tinygrad_wtf import SettingError, UnsupportedError, log_softmax, logsumexp, no_grad
from tinygrad_wtf.distributions.classes import Categorical
from tinygrad_wtf.distributions.constraints import Constraint
from tinygrad_wtf.distributions.distribution import Distribution
from tinygrad_wtf.distributions.divergence import kl_divergence, register_kl
from tinygrad_wtf.distributions.multivariate import Independent
from tinygrad_wtf.distributions.transforms import ComposeTransform, Transform, summed


class TransformedDistribution(Distribution):
    """The distribution of ``t(x)``, where x has a distribution and t is one transform or several.

    Parameters
    ----------
    base_distribution : Distribution
        Of x.
    transforms : Transform or list of Transform
        The first is computed first.

    Raises
    ------
    SettingError
        When one of them is no transform.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import ExpTransform, LogNormal, Normal, TransformedDistribution
    >>> p, x = TransformedDistribution(Normal(0.0, 1.0), [ExpTransform()]), tw.tensor(2.0)
    >>> tw.isclose(p.log_prob(x), LogNormal(0.0, 1.0).log_prob(x)).item()
    True
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}

    def __init__(self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        if not all(isinstance(t, Transform) for t in self.transforms):
            raise SettingError(f"takes transforms, not {transforms!r}", op="TransformedDistribution")
        whole = ComposeTransform(self.transforms)
        before = base_distribution.batch_shape + base_distribution.event_shape
        base = base_distribution.expand(_batch(whole.inverse_shape(whole.forward_shape(before)), base_distribution))
        further = whole.event_dim - len(base.event_shape)
        self.base_dist = Independent(base, further) if further > 0 else base
        shape = whole.forward_shape(before)
        split = len(shape) - max(whole.event_dim, len(base_distribution.event_shape))
        super().__init__(shape[:split], shape[split:], validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        return self.base_dist.has_rsample

    @property
    def support(self) -> Any:
        return self.transforms[-1].codomain if self.transforms else self.base_dist.support

    def expand(self, batch_shape: Any) -> TransformedDistribution:
        return TransformedDistribution(self.base_dist.expand(tuple(batch_shape)), self.transforms, False)

    def _moved(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return self._moved(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self._moved(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        y = self._validated(value)
        events, slopes = len(self.event_shape), 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            slopes = slopes + summed(transform.log_abs_det_jacobian(x, y), events - transform.event_dim)
            y = x
        return summed(self.base_dist.log_prob(y), events - len(self.base_dist.event_shape)) - slopes

    def _sign(self) -> Any:
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return sign

    def cdf(self, value: Any) -> Any:
        y = self._validated(value)
        for transform in reversed(self.transforms):
            y = transform.inv(y)
        sign = self._sign()
        return sign * (self.base_dist.cdf(y) - 0.5) + 0.5

    def icdf(self, value: Any) -> Any:
        return self._moved(self.base_dist.icdf(self._sign() * (value - 0.5) + 0.5))

    def __repr__(self) -> str:
        return f"TransformedDistribution({self.base_dist}, {self.transforms})"


def _batch(shape: tuple[int, ...], base: Distribution) -> tuple[int, ...]:
    return shape[: len(shape) - len(base.event_shape)]


@register_kl(TransformedDistribution, TransformedDistribution)
def _of_bases(p: TransformedDistribution, q: TransformedDistribution) -> Any:
    """A change of variables changes nothing, if it is the same one."""
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise UnsupportedError("the two are transformed by different functions", op="kl_divergence")
    return kl_divergence(p.base_dist, q.base_dist)


class MixtureSameFamily(Distribution):
    """One of several distributions of a family, chosen by chance: the last batch axis numbers them.

    Parameters
    ----------
    mixture_distribution : Categorical
        Which one, of as many classes as there are components.
    component_distribution : Distribution
        The components, along the last axis of the batch.

    Raises
    ------
    SettingError
        When the two do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Categorical, MixtureSameFamily, Normal
    >>> p = MixtureSameFamily(Categorical(tw.ones(2)), Normal(tw.tensor([-1.0, 1.0]), 1.0))
    >>> p.mean.item(), p.variance.item()
    (0.0, 2.0)
    """

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical) or not component_distribution.batch_shape:
            raise SettingError("takes a Categorical, and components along the last batch axis", op="MixtureSameFamily")
        batch, classes = component_distribution.batch_shape[:-1], component_distribution.batch_shape[-1]
        if mixture_distribution._classes != classes or mixture_distribution.batch_shape not in (batch, ()):
            raise SettingError(
                f"{mixture_distribution._classes} chances of batch {mixture_distribution.batch_shape} do not fit "
                f"components of batch {component_distribution.batch_shape}",
                op="MixtureSameFamily",
            )
        self.mixture_distribution, self.component_distribution = mixture_distribution, component_distribution
        super().__init__(batch, component_distribution.event_shape, validate_args)

    @property
    def support(self) -> Any:
        return self.component_distribution.support

    def _weights(self) -> Any:
        probs = self.mixture_distribution.probs
        return probs.reshape(*probs.shape, *(1 for _ in self.event_shape))

    @property
    def _axis(self) -> int:
        return -1 - len(self.event_shape)

    @property
    def mean(self) -> Any:
        return (self._weights() * self.component_distribution.mean).sum(self._axis)

    @property
    def variance(self) -> Any:
        weights, own = self._weights(), self.component_distribution
        spread = (own.mean - self.mean.unsqueeze(self._axis)) ** 2
        return (weights * own.variance).sum(self._axis) + (weights * spread).sum(self._axis)

    def expand(self, batch_shape: Any) -> MixtureSameFamily:
        wanted = tuple(batch_shape)
        components = self.component_distribution.expand((*wanted, self.component_distribution.batch_shape[-1]))
        return MixtureSameFamily(self.mixture_distribution.expand(wanted), components, False)

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value).unsqueeze(self._axis)
        logits = log_softmax(self.mixture_distribution.logits, -1)
        return logsumexp(self.component_distribution.log_prob(given) + logits, -1)

    def cdf(self, value: Any) -> Any:
        given = self._validated(value).unsqueeze(-1)
        return (self.component_distribution.cdf(given) * self.mixture_distribution.probs).sum(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            size = self._extended_shape(sample_shape)[: len(self._extended_shape(sample_shape)) - len(self.event_shape)]
            drawn = self.component_distribution.sample(sample_shape)
            which = self.mixture_distribution.sample(
                size if not self.mixture_distribution.batch_shape else sample_shape
            )
            index = which.reshape(*size, 1, *(1 for _ in self.event_shape)).expand(*size, 1, *self.event_shape)
            return drawn.gather(drawn.ndim + self._axis, index).squeeze(self._axis)

    def __repr__(self) -> str:
        return f"MixtureSameFamily({self.mixture_distribution}, {self.component_distribution})"
