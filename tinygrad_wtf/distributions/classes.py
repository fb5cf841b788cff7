"""Distributions of classes, and of how often each comes. Their draws have no derivative; `log_prob` has."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import (
    SettingError,
    Tensor,
    arange,
    eye,
    gather,
    lgamma,
    log,
    multinomial,
    no_grad,
    one_hot,
    softmax,
    tensor,
    where,
    zeros,
)
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint
from tinygrad_wtf.distributions.discrete import _inside, _one
from tinygrad_wtf.distributions.distribution import Distribution


class Categorical(Distribution):
    """One of the classes 0, 1, ..., with the probabilities along the last axis of `probs`, or by `logits`.

    Parameters
    ----------
    probs : Tensor, optional
        Of at least 0 and not all 0, that need not add up to 1; `probs` afterwards does.
    logits : Tensor, optional
        Unnormalised logarithms of probabilities; `logits` afterwards are normalised.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Categorical
    >>> policy = Categorical(logits=tw.zeros(2, requires_grad=True))
    >>> action = policy.sample()
    >>> round(policy.log_prob(action).exp().item(), 4)
    0.5
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }
    has_enumerate_support: ClassVar[bool] = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        _one(type(self).__name__, probs, logits)
        given = probs if logits is None else logits
        given = given if isinstance(given, Tensor) else tensor(given)
        if not given.ndim:
            raise SettingError("the parameter needs at least one axis, of classes", op=type(self).__name__)
        if logits is None:
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given - given.logsumexp(-1, keepdim=True)
        self._classes = given.shape[-1]
        self._shaped(given, validate_args)

    def _shaped(self, given: Any, validate_args: bool | None) -> None:
        super().__init__(given.shape[:-1], validate_args=validate_args)

    def __getattr__(self, name: str) -> Any:
        """The other of the two is reckoned when it is asked for."""
        if name == "probs" and "logits" in self.__dict__:
            return softmax(self.__dict__["logits"], -1)
        if name == "logits" and "probs" in self.__dict__:
            return log(_inside(self.__dict__["probs"]))
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._classes - 1)

    @property
    def _param(self) -> Any:
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.__dict__["logits"]

    @property
    def mean(self) -> Any:
        return zeros(self._extended_shape(), dtype=self._param.dtype) + math.nan

    @property
    def mode(self) -> Any:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Any:
        return self.mean

    def _places(self, sample_shape: Any) -> Any:
        """Classes, of shape ``sample_shape + batch_shape``."""
        with no_grad():
            sizes = (sample_shape,) if isinstance(sample_shape, int) else tuple(sample_shape)
            count = math.prod(sizes)
            rows = self.probs.detach().reshape(-1, self._classes)
            if not count or not rows.shape[0]:
                return zeros((*sizes, *self.batch_shape), dtype="int64")
            return multinomial(rows, count, True).mT.reshape(*sizes, *self.batch_shape)

    def sample(self, sample_shape: Any = ()) -> Any:
        return self._places(sample_shape)

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value).to("int64")
        shape = np.broadcast_shapes(given.shape, self.batch_shape)
        logits = self.logits.expand(*shape, self._classes)
        return gather(logits, -1, given.expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Any:
        least = float(np.finfo(self._param.dtype).min)
        return -(self.logits.clamp(min=least) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        values = arange(self._classes).reshape(-1, *(1,) * len(self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


class OneHotCategorical(Categorical):
    """`Categorical`, whose values are vectors with a 1 in the place of the class.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import OneHotCategorical
    >>> OneHotCategorical(tw.tensor([0.0, 1.0])).sample().tolist()
    [0.0, 1.0]
    """

    @property
    def support(self) -> Constraint:
        return constraints.one_hot

    def _shaped(self, given: Any, validate_args: bool | None) -> None:
        Distribution.__init__(self, given.shape[:-1], given.shape[-1:], validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        return one_hot(self.probs.argmax(-1), self._classes).to(self._param.dtype)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        return one_hot(self._places(sample_shape), self._classes).to(self._param.dtype)

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        return (self.logits * given).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        n = self._classes
        values = eye(n, dtype=self._param.dtype).reshape(n, *(1,) * len(self.batch_shape), n)
        return values.expand(n, *self.batch_shape, n) if expand else values


class Multinomial(Distribution):
    """How often each class comes among `total_count` draws of a `Categorical`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Multinomial
    >>> Multinomial(4, tw.tensor([0.25, 0.75])).mean.tolist()
    [1.0, 3.0]
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "probs": constraints.simplex,
        "logits": constraints.real_vector,
    }

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if isinstance(total_count, bool) or not isinstance(total_count, int) or total_count < 0:
            raise SettingError(f"total_count is one whole number of at least 0, not {total_count!r}", op="Multinomial")
        self.total_count = total_count
        self._draw = Categorical(probs, logits, validate_args)
        self.__dict__["probs" if logits is None else "logits"] = self._draw._param
        super().__init__(self._draw.batch_shape, self._draw._param.shape[-1:], validate_args)

    def __getattr__(self, name: str) -> Any:
        """The other of probs and logits is reckoned when it is asked for."""
        if name in ("probs", "logits") and "_draw" in self.__dict__:
            return getattr(self.__dict__["_draw"], name)
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    @property
    def support(self) -> Constraint:
        n = self.total_count
        return Constraint(
            f"Multinomial(upper_bound={n})", lambda x: ((x >= 0) & (x % 1 == 0)).all(-1) & (x.sum(-1) == n), 1, True
        )

    def expand(self, batch_shape: Any) -> Multinomial:
        own = {name: p.expand(*batch_shape, p.shape[-1]) for name, p in self._own().items()}
        return Multinomial(self.total_count, **own, validate_args=False)

    @property
    def mean(self) -> Any:
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        sizes = (sample_shape,) if isinstance(sample_shape, int) else tuple(sample_shape)
        places = self._draw._places((self.total_count, *sizes))
        return one_hot(places, self.event_shape[0]).sum(0).to(self._draw._param.dtype)

    def log_prob(self, value: Any) -> Any:
        given = self._validated(value)
        chance = where((given == 0) & (self.logits == -math.inf), 0.0, given * self.logits)
        return lgamma(given.sum(-1) + 1) - lgamma(given + 1).sum(-1) + chance.sum(-1)
