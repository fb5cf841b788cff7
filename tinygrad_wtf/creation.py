"""New tensors: from data, from a rule, from a generator of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.errors import DTypeError, ShapeError
from tinygrad_wtf.ops.shape import _sizes
from tinygrad_wtf.random import RandomSource, as_generator
from tinygrad_wtf.tensor import Tensor, array_from, wrap


def _made(array: Any, requires_grad: bool) -> Tensor:
    made = wrap(np.asarray(array), None)
    return made.requires_grad_() if requires_grad else made


def _shape(op: str, given: tuple[Any, ...]) -> tuple[int, ...]:
    sizes = _sizes(op, given)
    if any(n < 0 for n in sizes):
        raise ShapeError(f"sizes cannot be negative: {sizes}", op=op, hint="Use 0 or more")
    return sizes


def _floating(dtype: Any) -> np.dtype[Any]:
    return dtypes.get_default_dtype() if dtype is None else dtypes.checked(dtype)


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, name: str | None = None) -> Tensor:
    """A tensor with a copy of the data; integers stay integers and booleans booleans (unlike `Tensor([1, 2])`).

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.tensor([1, 2]).dtype, tw.Tensor([1, 2]).dtype
    (dtype('int64'), dtype('float32'))
    """
    made = wrap(array_from(data, dtype), None)
    if requires_grad:
        made.requires_grad_()
    if name is not None:
        made.name = name
    return made


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """`data` itself if it is a tensor of this dtype, else a tensor with a copy of it."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype)


def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape, filled with 0."""
    return _made(np.zeros(_shape("zeros", size), _floating(dtype)), requires_grad)


def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape, filled with 1."""
    return _made(np.ones(_shape("ones", size), _floating(dtype)), requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape, filled with one value, whose kind decides the dtype."""
    wanted = array_from(fill_value, dtype).dtype
    return _made(np.full(_shape("full", (size,)), fill_value, wanted), requires_grad)


def zeros_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of `input`."""
    return zeros(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def ones_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of `input`."""
    return ones(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """One value in the shape and dtype of `input`."""
    return full(input.shape, fill_value, dtype=dtype or input.dtype, requires_grad=requires_grad)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers from `start` (0 when one number is given) up to but not including `end`."""
    first, last = (0, start) if end is None else (start, end)
    wanted = dtype
    if wanted is None and any(isinstance(n, float | np.floating) for n in (first, last, step)):
        wanted = dtypes.get_default_dtype()
    if not step or (last - first) * step < 0:
        raise ShapeError(f"no steps of {step} lead from {first} to {last}", op="arange", hint="Check the sign of step")
    return _made(np.arange(first, last, step).astype(dtypes.checked(wanted or "int64")), requires_grad)


def linspace(start: float, end: float, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`steps` evenly spaced numbers from `start` to `end`, both included."""
    return _made(np.linspace(start, end, _shape("linspace", (steps,))[0]).astype(_floating(dtype)), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix, or one of n rows and m columns with ones on its diagonal."""
    rows, columns = _shape("eye", (n, n if m is None else m))
    return _made(np.eye(rows, columns, dtype=_floating(dtype)), requires_grad)


def _random(array: Any, dtype: Any, requires_grad: bool) -> Tensor:
    wanted = _floating(dtype)
    if wanted.kind != "f":
        raise DTypeError(f"random real numbers need a floating-point dtype, not {wanted}")
    return _made(np.asarray(array).astype(wanted), requires_grad)


def rand(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """Uniform random numbers from 0 up to but not including 1."""
    return _random(as_generator(generator).numpy.random(_shape("rand", size)), dtype, requires_grad)


def randn(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """Standard normal random numbers, the guide's `randn`."""
    return _random(as_generator(generator).numpy.standard_normal(_shape("randn", size)), dtype, requires_grad)
