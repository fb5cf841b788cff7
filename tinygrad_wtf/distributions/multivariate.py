"""Vectors of normal numbers, and distributions of independent entries read as one of vectors."""

from __future__ import annotations

from typing import Any, ClassVar

from tinygrad_wtf import (
    SettingError,
    ShapeError,
    Tensor,
    broadcast_shapes,
    cholesky_inverse,
    linalg,
    log,
    randn,
    tensor,
)
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint, independent
from tinygrad_wtf.distributions.distribution import HALF_LOG_2PI, Distribution


class MultivariateNormal(Distribution):
    """Normal vectors with mean `loc`, and one of covariance matrix, its inverse, or its factor of Cholesky.

    Parameters
    ----------
    loc : Tensor
        Of shape (..., k).
    covariance_matrix, precision_matrix, scale_tril : Tensor, optional
        One of them, of shape (..., k, k): symmetric and positive definite, or a lower triangle with positive diagonal.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import MultivariateNormal
    >>> normal = MultivariateNormal(tw.zeros(2), covariance_matrix=tw.eye(2))
    >>> round(normal.log_prob(tw.zeros(2)).item(), 4)
    -1.8379
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample: ClassVar[bool] = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        (name, matrix), *more = [(n, m) for n, m in given.items() if m is not None] or [("", None)]
        if more or matrix is None:
            raise SettingError(f"takes one of {', '.join(given)}", op="MultivariateNormal")
        loc, matrix = (a if isinstance(a, Tensor) else tensor(a) for a in (loc, matrix))
        if not loc.ndim or matrix.ndim < 2:
            raise ShapeError("takes vectors and matrices", op="MultivariateNormal", shapes=(loc.shape, matrix.shape))
        batch = broadcast_shapes(loc.shape[:-1], matrix.shape[:-2])
        size = loc.shape[-1]
        self.loc: Any = loc.expand(*batch, size)
        self.__dict__[name] = matrix.expand(*batch, size, size)
        super().__init__(batch, (size,), validate_args=validate_args)
        if name == "scale_tril":
            self._tril = self.scale_tril
        elif name == "covariance_matrix":
            self._tril = linalg.cholesky(self.covariance_matrix)
        else:
            self._tril = linalg.cholesky(linalg.inv(self.precision_matrix))

    def __getattr__(self, name: str) -> Any:
        """The other forms of the covariance are reckoned when they are asked for."""
        if "_tril" in self.__dict__:
            if name == "scale_tril":
                return self._tril
            if name == "covariance_matrix":
                return self._tril @ self._tril.mT
            if name == "precision_matrix":
                return cholesky_inverse(self._tril)
        raise AttributeError(f"MultivariateNormal has no {name!r}")

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return (self._tril**2).sum(-1)

    def rsample(self, sample_shape: Any = ()) -> Any:
        noise = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self._tril @ noise.unsqueeze(-1)).squeeze(-1)

    def _log_scale(self) -> Any:
        """The logarithm of the root of the covariance's determinant."""
        return log(linalg.diagonal(self._tril)).sum(-1)

    def log_prob(self, value: Any) -> Any:
        away = (self._validated(value) - self.loc).unsqueeze(-1)
        batch = broadcast_shapes(away.shape[:-2], self._tril.shape[:-2])
        square = self._tril.expand(*batch, *self._tril.shape[-2:])
        inner = linalg.solve_triangular(square, away.expand(*batch, *away.shape[-2:]), upper=False)
        return -(inner**2).sum((-2, -1)) / 2 - self._log_scale() - self.event_shape[0] * HALF_LOG_2PI

    def entropy(self) -> Any:
        return self.event_shape[0] * (0.5 + HALF_LOG_2PI) + self._log_scale()


class Independent(Distribution):
    """Distributions whose last batch axes are read as axes of one value: their log_prob is summed over them.

    Parameters
    ----------
    base_distribution : Distribution
        Of a batch with at least so many axes.
    reinterpreted_batch_ndims : int
        How many of them.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Independent, Normal
    >>> both = Independent(Normal(tw.zeros(3), 1.0), 1)
    >>> both.batch_shape, both.event_shape
    ((), (3,))
    """

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        count, batch = reinterpreted_batch_ndims, base_distribution.batch_shape
        if not 0 <= count <= len(batch):
            raise SettingError(f"{count} axes are not among the batch {batch}", op="Independent")
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, count
        split = len(batch) - count
        super().__init__(batch[:split], (*batch[split:], *base_distribution.event_shape), validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        return self.base_dist.has_rsample

    @property
    def support(self) -> Any:
        inner, count = self.base_dist.support, self.reinterpreted_batch_ndims
        return independent(inner, count) if count else inner

    @property
    def mean(self) -> Any:
        return self.base_dist.mean

    @property
    def mode(self) -> Any:
        return self.base_dist.mode

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.rsample(sample_shape)

    def _summed(self, x: Any) -> Any:
        count = self.reinterpreted_batch_ndims
        return x.sum(tuple(range(-count, 0))) if count else x

    def log_prob(self, value: Any) -> Any:
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Any:
        return self._summed(self.base_dist.entropy())

    def expand(self, batch_shape: Any) -> Independent:
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        return Independent(self.base_dist.expand((*batch_shape, *inner)), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"
