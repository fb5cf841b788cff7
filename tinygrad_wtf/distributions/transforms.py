"""Changes of variables: functions with an inverse, and the logarithm of their slope."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import SettingError, Tensor, abs, exp, expm1, log, sigmoid, softplus, tanh, zeros_like
from tinygrad_wtf.distributions import constraints
from tinygrad_wtf.distributions.constraints import Constraint

Shape = tuple[int, ...]


class Transform:
    """A function of numbers with an inverse, ``t(x)`` and ``t.inv(y)``.

    A subclass says `_call`, `_inverse` and `log_abs_det_jacobian`.

    Parameters
    ----------
    cache_size : {0, 1}
        With 1 the last x is kept with its y, so that its inverse is exact and costs nothing.

    Attributes
    ----------
    domain, codomain : Constraint
        Where x and y lie.
    sign : int or Tensor
        1 where it increases, -1 where it decreases.
    event_dim : int
        Of how many axes one value has, whose slopes belong together.
    """

    domain: Any = constraints.real
    codomain: Any = constraints.real
    sign: Any = 1
    event_dim: int = 0
    bijective: ClassVar[bool] = True

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise SettingError(f"cache_size is 0 or 1, not {cache_size!r}", op=type(self).__name__)
        self._cache_size = cache_size
        self._cached: tuple[Any, Any] = (None, None)

    @property
    def inv(self) -> Transform:
        """The inverse, a transform too."""
        return _Inverse(self)

    def __call__(self, x: Any) -> Any:
        """Compute y."""
        if self._cached[0] is x and x is not None:
            return self._cached[1]
        y = self._call(x)
        if self._cache_size:
            self._cached = (x, y)
        return y

    def _inverted(self, y: Any) -> Any:
        if self._cached[1] is y and y is not None:
            return self._cached[0]
        x = self._inverse(y)
        if self._cache_size:
            self._cached = (x, y)
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} says no _call(x)")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} says no _inverse(y)")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of the size of the slope ``dy / dx``, x and y being given."""
        raise NotImplementedError(f"{type(self).__name__} says no log_abs_det_jacobian(x, y)")

    def forward_shape(self, shape: Shape) -> Shape:
        """The shape of y for one of x."""
        return tuple(shape)

    def inverse_shape(self, shape: Shape) -> Shape:
        """The shape of x for one of y."""
        return tuple(shape)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _Inverse(Transform):
    """A transform the other way."""

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self._transform = transform
        self.domain, self.codomain = transform.codomain, transform.domain
        self.sign, self.event_dim = transform.sign, transform.event_dim

    @property
    def inv(self) -> Transform:
        return self._transform

    def __call__(self, x: Any) -> Any:
        return self._transform._inverted(x)

    def _inverted(self, y: Any) -> Any:
        return self._transform(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self._transform.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Shape) -> Shape:
        return self._transform.inverse_shape(shape)

    def inverse_shape(self, shape: Shape) -> Shape:
        return self._transform.forward_shape(shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Inverse) and self._transform == other._transform

    def __hash__(self) -> int:
        return -hash(self._transform)

    def __repr__(self) -> str:
        return f"{self._transform!r}.inv"


class ComposeTransform(Transform):
    """Several transforms, one after the other.

    Parameters
    ----------
    parts : list of Transform
        The first is computed first.
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = list(parts)
        if self.parts:
            self.domain, self.codomain = self.parts[0].domain, self.parts[-1].codomain
        self.event_dim = max((part.event_dim for part in self.parts), default=0)
        for part in self.parts:
            self.sign = self.sign * part.sign

    def _call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part.inv(y)
        return y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        total: Any = summed(zeros_like(x), self.event_dim)
        for place, part in enumerate(self.parts):
            after = y if place == len(self.parts) - 1 else part(x)
            total = total + summed(part.log_abs_det_jacobian(x, after), self.event_dim - part.event_dim)
            x = after
        return total

    def forward_shape(self, shape: Shape) -> Shape:
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Shape) -> Shape:
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(tuple(self.parts))

    def __repr__(self) -> str:
        return f"ComposeTransform({self.parts})"


identity_transform = ComposeTransform([])


class AffineTransform(Transform):
    """``loc + scale x``.

    Parameters
    ----------
    loc, scale : Tensor or float
        Numbers, or tensors that stretch with x.
    event_dim : int, default 0
        How many axes of x are one value.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import AffineTransform
    >>> AffineTransform(1.0, 2.0)(tw.tensor([0.0, 1.0])).tolist()
    [1.0, 3.0]
    """

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self.event_dim = loc, scale, event_dim
        self.sign = scale.sign() if isinstance(scale, Tensor) else math.copysign(1, scale) if scale else 0

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        size: Any = log(abs(self.scale)) if isinstance(self.scale, Tensor) else math.log(math.fabs(self.scale))
        return summed(zeros_like(x) + size, self.event_dim)

    def forward_shape(self, shape: Shape) -> Shape:
        return np.broadcast_shapes(shape, *(getattr(part, "shape", ()) for part in (self.loc, self.scale)))

    inverse_shape = forward_shape

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffineTransform):
            return False
        pairs = ((self.loc, other.loc), (self.scale, other.scale))
        return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)

    def __hash__(self) -> int:
        return hash(type(self))


class ExpTransform(Transform):
    """``exp(x)``."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return exp(x)

    def _inverse(self, y: Any) -> Any:
        return log(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class PowerTransform(Transform):
    """``x ** exponent`` of numbers above 0.

    Parameters
    ----------
    exponent : Tensor or float
        Not 0.
    """

    domain = codomain = constraints.positive

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = exponent
        self.sign = exponent.sign() if isinstance(exponent, Tensor) else math.copysign(1, exponent)

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return log(abs(self.exponent * y / x))

    def forward_shape(self, shape: Shape) -> Shape:
        return np.broadcast_shapes(shape, getattr(self.exponent, "shape", ()))

    inverse_shape = forward_shape

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, PowerTransform)
        return same and np.array_equal(np.asarray(self.exponent), np.asarray(other.exponent))  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(type(self))


class SigmoidTransform(Transform):
    """``1 / (1 + exp(-x))``."""

    codomain = constraints.unit_interval

    def _call(self, x: Any) -> Any:
        limits = np.finfo(x.dtype)
        return sigmoid(x).clamp(float(limits.tiny), 1 - float(limits.eps))

    def _inverse(self, y: Any) -> Any:
        limits = np.finfo(y.dtype)
        inside = y.clamp(float(limits.tiny), 1 - float(limits.eps))
        return log(inside) - log(1 - inside)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -softplus(-x) - softplus(x)


class SoftplusTransform(Transform):
    """``log(1 + exp(x))``."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return log(-expm1(-y)) + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -softplus(-x)


class TanhTransform(Transform):
    """``tanh(x)``: actions of a policy kept between -1 and 1; the logarithm of its slope is exact far out.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.distributions import Normal, TanhTransform, TransformedDistribution
    >>> policy = TransformedDistribution(Normal(0.0, 1.0), TanhTransform(cache_size=1))
    >>> action = policy.rsample()
    >>> bool(action.abs() < 1), policy.log_prob(action).shape
    (True, ())
    """

    codomain: Constraint = constraints.interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return tanh(x)

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


def summed(x: Any, count: int) -> Any:
    """The sum over the last axes."""
    return x.sum(tuple(range(-count, 0))) if count else x
