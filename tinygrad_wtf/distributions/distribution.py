"""What every distribution is: shapes, validated parameters, draws, densities."""

from __future__ import annotations

import math
from typing import Any, ClassVar, TypeVar

import numpy as np

from tinygrad_wtf import (
    SettingError,
    ShapeError,
    Tensor,
    UnsupportedError,
    broadcast_tensors,
    check_values,
    exp,
    get_default_dtype,
    no_grad,
    sqrt,
    tensor,
)
from tinygrad_wtf.distributions.constraints import Constraint

Shape = tuple[int, ...]
Own = TypeVar("Own", bound="Distribution")


def together(*values: Any) -> tuple[Any, ...]:
    """Parameters as tensors of one shape: numbers take the dtype of the tensors beside them, or the default one."""
    known = [v for v in values if hasattr(v, "shape")]
    dtype = known[0].dtype if known else get_default_dtype()
    made = [v if isinstance(v, Tensor) else tensor(v, dtype=dtype if np.ndim(v) == 0 else None) for v in values]
    return broadcast_tensors(*made)


def checker(family: str, what: str, constraint: Constraint) -> Any:
    """A check of arrays, which holds nothing of the distribution: a compiled function keeps it."""

    def check(array: Any, *others: Any) -> None:
        if not np.asarray(constraint.check(array, *others)).all():
            raise SettingError(
                f"{what}, of shape {array.shape}, is to satisfy the constraint {constraint}, but holds\n{array}",
                op=family,
                shapes=(array.shape,),
                hint="With validate_args=False nothing is checked",
            )

    return check


class Distribution:
    """A family of random numbers; `Normal` and the others say which.

    Parameters
    ----------
    batch_shape : tuple of int
        How many independent distributions there are.
    event_shape : tuple of int
        The shape of one value: () for numbers, (k,) for vectors.
    validate_args : bool, optional
        Whether parameters and values are checked; by default they are.

    Attributes
    ----------
    arg_constraints : dict
        What each parameter must be.
    support : Constraint
        Where values lie.
    has_rsample : bool
        Whether a draw can carry gradients of the parameters.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    has_rsample: ClassVar[bool] = False
    has_enumerate_support: ClassVar[bool] = False
    support: Any = None
    _validate_args: ClassVar[bool] = True

    def __init__(self, batch_shape: Shape = (), event_shape: Shape = (), validate_args: bool | None = None) -> None:
        self.batch_shape, self.event_shape = tuple(batch_shape), tuple(event_shape)
        self._checked = Distribution._validate_args if validate_args is None else validate_args
        if self._checked:
            for name, constraint in self.arg_constraints.items():
                if name in self.__dict__:
                    value = self.__dict__[name]
                    check_values(checker(type(self).__name__, f"the parameter {name}", constraint), value)

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether parameters and values are checked where nothing else is said."""
        if not isinstance(value, bool):
            raise SettingError(f"it is True or False, not {value!r}", op="set_default_validate_args")
        Distribution._validate_args = value

    def _validated(self, value: Any) -> Any:
        """The value as a tensor, after making sure that it fits and lies in the support."""
        given = value if isinstance(value, Tensor) else tensor(value)
        if not self._checked:
            return given
        events = len(self.event_shape)
        if given.shape[given.ndim - events :] != self.event_shape:
            raise ShapeError(
                f"a value ends in {self.event_shape}, not {given.shape}", op=type(self).__name__, shapes=(given.shape,)
            )
        whole = (*self.batch_shape, *self.event_shape)
        for n, m in zip(reversed(given.shape), reversed(whole), strict=False):
            if 1 not in (n, m) and n != m:
                raise ShapeError(
                    f"values of shape {given.shape} do not fit {whole}", op=type(self).__name__, shapes=(given.shape,)
                )
        self._check_support(given)
        return given

    def _check_support(self, value: Any) -> None:
        """Refuse a value that lies elsewhere."""
        if isinstance(self.support, Constraint):
            check_values(checker(type(self).__name__, "the value", self.support), value)

    def _extended_shape(self, sample_shape: Any = ()) -> Shape:
        sizes = (sample_shape,) if isinstance(sample_shape, int) else tuple(sample_shape)
        return (*sizes, *self.batch_shape, *self.event_shape)

    def _missing(self, what: str) -> UnsupportedError:
        return UnsupportedError(f"{type(self).__name__} has no {what}", op=what)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """A draw of shape ``sample_shape + batch_shape + event_shape`` that carries gradients of the parameters."""
        raise UnsupportedError(
            f"a draw of {type(self).__name__} has no derivative",
            op="rsample",
            hint="Use sample(), and the gradient of log_prob (REINFORCE)",
        )

    def sample(self, sample_shape: Any = ()) -> Any:
        """A draw of shape ``sample_shape + batch_shape + event_shape``, without gradients."""
        with no_grad():
            return self.rsample(sample_shape).detach()

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, at a value."""
        raise self._missing("log_prob")

    def cdf(self, value: Any) -> Any:
        """The probability of a value that is not larger."""
        raise self._missing("cdf")

    def icdf(self, value: Any) -> Any:
        """The value below which this part of the probability lies."""
        raise self._missing("icdf")

    def entropy(self) -> Any:
        """The expected ``-log_prob``."""
        raise self._missing("entropy")

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values, along a new first axis."""
        raise self._missing("enumerate_support")

    def perplexity(self) -> Any:
        """The exponential of the entropy."""
        return exp(self.entropy())

    @property
    def mean(self) -> Any:
        """The expected value."""
        raise self._missing("mean")

    @property
    def mode(self) -> Any:
        """The likeliest value."""
        raise self._missing("mode")

    @property
    def variance(self) -> Any:
        """The expected squared distance from the mean."""
        raise self._missing("variance")

    @property
    def stddev(self) -> Any:
        """The square root of the variance."""
        return sqrt(self.variance)

    def _own(self) -> dict[str, Any]:
        """The parameters, by their names in the constructor."""
        return {name: self.__dict__[name] for name in self.arg_constraints if name in self.__dict__}

    def expand(self: Own, batch_shape: Any) -> Own:
        """The same distributions, repeated to this batch shape."""
        wanted = tuple(batch_shape)
        skipped = len(self.batch_shape)
        made = {name: p.expand(*wanted, *p.shape[skipped:]) for name, p in self._own().items()}
        return type(self)(**made, validate_args=False)

    def __repr__(self) -> str:
        shown = (f"{n}: {p.item() if p.shape == () else tuple(p.shape)}" for n, p in self._own().items())
        return f"{type(self).__name__}({', '.join(shown)})"


HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
EULER = 0.5772156649015329
