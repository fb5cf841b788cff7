"""New tensors of random numbers, from a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.devices import check_device
from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops.draws import drawn
from tinygrad_wtf.ops.functions.shape import broadcast_shapes
from tinygrad_wtf.random import RandomSource
from tinygrad_wtf.tensors.creation import (
    _floating,
    _integer,
    _like,
    _listed_shape,
    _made,
    _number,
    _random_dtype,
    _shape,
    as_tensor,
)
from tinygrad_wtf.tensors.data import check_fit, check_values, exactly

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def rand(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """Uniform random numbers from 0 up to but not including 1."""
    check_device("rand", device, pin_memory)
    shape, wanted = _shape("rand", sizes, size), _random_dtype("rand", _floating(dtype))
    below_1 = np.nextafter(wanted.type(1), wanted.type(0))  # rounding must not give 1
    return _made(
        drawn(generator, lambda g: np.minimum(np.asarray(g.random(shape)).astype(wanted), below_1)), requires_grad
    )


def randn(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """Standard normal random numbers, the guide's `randn`."""
    check_device("randn", device, pin_memory)
    shape, wanted = _shape("randn", sizes, size), _random_dtype("randn", _floating(dtype))
    return _made(drawn(generator, lambda g: np.asarray(g.standard_normal(shape)).astype(wanted)), requires_grad)


def rand_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, generator: RandomSource = None
) -> Tensor:
    """Uniform random numbers from 0 to 1 in the shape and dtype of `input`."""
    check_device("rand_like", device)
    shape, wanted = _like("rand_like", input, dtype)
    return rand(shape, dtype=wanted, requires_grad=requires_grad, generator=generator)


def randn_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, generator: RandomSource = None
) -> Tensor:
    """Standard normal random numbers in the shape and dtype of `input`."""
    check_device("randn_like", device)
    shape, wanted = _like("randn_like", input, dtype)
    return randn(shape, dtype=wanted, requires_grad=requires_grad, generator=generator)


def randint(
    low: Any = None,
    high: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """Random integers from `low` (0) to below `high`: ``randint(high, size)`` or ``randint(low, high, size)``."""
    check_device("randint", device, pin_memory)
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    first, last = _integer("randint", 0 if low is None else low), _integer("randint", high)
    shape = _listed_shape("randint", size)
    wanted = dtypes.int64 if dtype is None else dtypes.checked(dtype)
    if first >= last:
        raise SettingError(f"there is no integer from {first} to below {last}", op="randint")
    smallest, largest = (0, 1) if wanted.kind == "b" else _bounds(wanted)
    if first < smallest or last - 1 > largest:
        raise SettingError(f"integers from {first} to below {last} do not fit into {wanted}", op="randint")
    return _made(drawn(generator, lambda g: np.asarray(g.integers(first, last, shape)).astype(wanted)), requires_grad)


def _bounds(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        return float(limits.min), float(limits.max)
    return np.iinfo(dtype).min, np.iinfo(dtype).max


def randint_like(
    input: Any, low: Any, high: Any = None, *, dtype: Any = None, device: Any = None, generator: RandomSource = None
) -> Tensor:
    """Random integers in the shape and dtype of `input`: ``randint_like(input, high)`` or ``(input, low, high)``."""
    check_device("randint_like", device)
    shape, wanted = _like("randint_like", input, dtype)
    first, last = (0, low) if high is None else (low, high)
    return randint(first, last, shape, dtype=wanted, generator=generator)


def randperm(
    n: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """The integers below `n` in random order."""
    check_device("randperm", device, pin_memory)
    count = _integer("randperm", n)
    if count < 0:
        raise ShapeError(f"there are no {count} integers", op="randperm", hint="Use 0 or more")
    wanted = dtypes.int64 if dtype is None else dtypes.checked(dtype)
    check_fit(np.asarray(count), wanted, "randperm")
    return _made(drawn(generator, lambda g: g.permutation(count).astype(wanted)), requires_grad)


def bernoulli(input: Any, p: float | None = None, *, generator: RandomSource = None) -> Tensor:
    """1 or 0 at random, with the probabilities in `input`, or with probability `p` in the shape of `input`.

    Nothing is recorded: a draw has no derivative (in PyTorch it is recorded, with the derivative 0).
    """
    shape, wanted = _like("bernoulli", input, None)
    if p is None:
        _random_dtype("bernoulli", wanted)
        probabilities = as_tensor(input)
        check_values(_check_probabilities, probabilities)
    else:
        probabilities = _number("bernoulli", p)
        _check_probabilities(np.float64(probabilities))
    return rand(shape, dtype=dtypes.float64, generator=generator).lt(probabilities).to(wanted)


def _check_probabilities(probabilities: Any) -> None:
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise SettingError("probabilities lie between 0 and 1", op="bernoulli", shapes=(np.shape(probabilities),))


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """Normal random numbers with this mean and standard deviation: numbers and a `size`, or tensors.

    Nothing is recorded: a draw has no derivative. For gradients of mean and std write ``mean + std * randn(...)``.
    """
    check_device("normal", device, pin_memory)
    given = [a for a in (mean, std) if hasattr(a, "shape") and not isinstance(a, np.generic)]
    if size is None and not given:
        raise TypeError("normal takes a size, or tensors")
    shape = broadcast_shapes(*(a.shape for a in given)) if size is None else _listed_shape("normal", size)
    wanted = dtypes.result_type(given) if given and dtype is None else _floating(dtype)
    _random_dtype("normal", wanted)
    centre, spread = (
        np.asarray(a if hasattr(a, "shape") else _number("normal", a), dtype=np.float64) for a in (mean, std)
    )
    if not (spread >= 0).all():
        raise SettingError("a standard deviation cannot be negative", op="normal", shapes=(shape,))
    return _made(drawn(generator, lambda g: exactly(centre + spread * g.standard_normal(shape), wanted)), requires_grad)
