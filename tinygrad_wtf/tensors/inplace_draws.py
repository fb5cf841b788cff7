"""The methods that overwrite a tensor with random numbers, drawn from the generator of the library or a given one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from tinygrad_wtf.core.record import wrap
from tinygrad_wtf.errors import SettingError, UnsupportedError
from tinygrad_wtf.ops.draws import drawn
from tinygrad_wtf.random import RandomSource
from tinygrad_wtf.tensors.inplace_methods import InPlaceMethods


class InPlaceDraws(InPlaceMethods):
    """Random numbers in place. A draw has no derivative: what the tensor was made of before gets the gradient 0."""

    __slots__ = ()

    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: RandomSource = None) -> Self:
        """Overwrite with normal random numbers of this mean and standard deviation."""
        _at_least_0("normal_", "std", std)
        return self._draw("normal_", generator, lambda g, size: mean + std * g.standard_normal(size))

    def uniform_(self, low: float = 0.0, to: float = 1.0, *, generator: RandomSource = None) -> Self:
        """Overwrite with uniform random numbers from `low` up to but not including `to`."""
        if not low <= to:
            raise SettingError(f"the bounds {low} and {to} are not in order", op="uniform_")
        return self._draw("uniform_", generator, lambda g, size: low + (to - low) * g.random(size), end=to, low=low)

    def exponential_(self, lambd: float = 1.0, *, generator: RandomSource = None) -> Self:
        """Overwrite with random numbers of the density ``lambd exp(-lambd x)``."""
        _above_0("exponential_", "lambd", lambd)
        return self._draw("exponential_", generator, lambda g, size: g.standard_exponential(size) / lambd)

    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: RandomSource = None) -> Self:
        """Overwrite with random numbers whose logarithms are normal, of this mean and standard deviation."""
        _above_0("log_normal_", "std", std)
        return self._draw("log_normal_", generator, lambda g, size: np.exp(mean + std * g.standard_normal(size)))

    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: RandomSource = None) -> Self:
        """Overwrite with random numbers of Cauchy's distribution around this median."""
        _above_0("cauchy_", "sigma", sigma)
        return self._draw("cauchy_", generator, lambda g, size: median + sigma * g.standard_cauchy(size))

    def geometric_(self, p: float, *, generator: RandomSource = None) -> Self:
        """Overwrite with the number of trials up to the first success, each with probability `p`."""
        if not 0 < p < 1:
            raise SettingError(f"a probability between 0 and 1 is needed, not {p}", op="geometric_")
        return self._draw("geometric_", generator, lambda g, size: g.geometric(p, size), floats_only=False)

    def bernoulli_(self, p: Any = 0.5, *, generator: RandomSource = None) -> Self:
        """Overwrite with 1 or 0 at random, with probability `p`: one number, or a tensor of one for each entry."""
        chances = np.asarray(p.detach() if isinstance(p, InPlaceMethods) else p, dtype=np.float64)
        if not ((chances >= 0) & (chances <= 1)).all():
            raise SettingError("probabilities lie between 0 and 1", op="bernoulli_", shapes=(chances.shape,))
        return self._draw("bernoulli_", generator, lambda g, size: g.random(size) < chances, floats_only=False)

    def random_(self, low: int = 0, to: int | None = None, *, generator: RandomSource = None) -> Self:
        """Overwrite with whole numbers from `low` up to but not including `to`; ``random_(n)`` is ``random_(0, n)``.

        Without bounds up to the largest of the dtype, or the largest up to which a float is exact.
        """
        if to is None and low:
            low, to = 0, low
        if to is None:
            dtype = self.dtype
            to = (
                2
                if dtype.kind == "b"
                else int(np.iinfo(dtype).max)
                if dtype.kind in "iu"
                else int(2 ** (np.finfo(dtype).nmant + 1))
            )
        if not low < to:
            raise SettingError(f"there is no whole number from {low} up to {to}", op="random_")
        return self._draw("random_", generator, lambda g, size: g.integers(low, to, size), floats_only=False)

    def _draw(
        self,
        method: str,
        generator: RandomSource,
        draw: Callable[[np.random.Generator, tuple[int, ...]], Any],
        floats_only: bool = True,
        low: float = -math.inf,
        end: float = math.inf,
    ) -> Self:
        """Overwrite with what `draw` makes of a generator; rounding to this dtype must not reach the `end`."""
        shape, dtype = self.shape, self.dtype
        if floats_only and dtype.kind != "f":
            raise UnsupportedError(
                f"draws floating-point numbers, not {dtype}", op=method, hint="Convert with .float()"
            )

        def rounded(g: np.random.Generator) -> Any:
            numbers = np.asarray(draw(g, shape)).astype(dtype)
            if end < math.inf and low < end:
                np.minimum(numbers, np.nextafter(dtype.type(end), dtype.type(low)), out=numbers)
            return numbers

        return self._write(..., wrap(drawn(generator, rounded), None), method)


def _above_0(method: str, name: str, value: float) -> None:
    if not value > 0:
        raise SettingError(f"{name} must be above 0, not {value}", op=method)


def _at_least_0(method: str, name: str, value: float) -> None:
    if not value >= 0:
        raise SettingError(f"{name} cannot be negative, as {value} is", op=method)
