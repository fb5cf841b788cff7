"""New tensors: from data, from a rule, from a generator of random numbers."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Operand
from tinygrad_wtf.core.record import TensorBase, wrap
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.draws import drawn
from tinygrad_wtf.ops.functions.shape import _sizes, broadcast_shapes
from tinygrad_wtf.random import RandomSource
from tinygrad_wtf.tensors.data import NUMBER, array_from, check_fit, check_values, exactly

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def _made(array: Any, requires_grad: bool) -> Tensor:
    made = wrap(array if isinstance(array, Operand) else np.asarray(array), None)
    return made.requires_grad_() if requires_grad else made


def _shape(op: str, given: tuple[Any, ...]) -> tuple[int, ...]:
    if not given:
        raise TypeError(f"{op} takes a shape")
    sizes = _sizes(op, given)
    if any(n < 0 for n in sizes):
        raise ShapeError(f"sizes cannot be negative: {sizes}", op=op, hint="Use 0 or more")
    return sizes


def _listed_shape(op: str, size: Any) -> tuple[int, ...]:
    """A shape where PyTorch takes a tuple only."""
    if not isinstance(size, tuple | list):
        raise DTypeError(f"a shape is a tuple, not {size!r}", op=op, hint=f"Write ({size},)")
    return _shape(op, (size,))


def _integer(op: str, number: Any) -> int:
    try:
        return operator.index(number)
    except TypeError:
        raise DTypeError(f"takes an integer, not {number!r}", op=op) from None


def _number(op: str, value: Any) -> Any:
    """A Python number, also from an array or tensor without axes."""
    if isinstance(value, np.generic) or (hasattr(value, "shape") and value.shape == ()):
        value = value.item()
    if not isinstance(value, NUMBER):
        raise DTypeError(f"takes a number, not {value!r}", op=op)
    return value


def _floating(dtype: Any) -> np.dtype[Any]:
    return dtypes.get_default_dtype() if dtype is None else dtypes.checked(dtype)


def _like(op: str, input: Any, dtype: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if not hasattr(input, "shape"):
        raise DTypeError(f"takes a tensor, not {input!r}", op=op)
    return input.shape, dtypes.checked(input.dtype if dtype is None else dtype)


# -- from data ---------------------------------------------------------------------


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
    """`data` itself if it is a tensor of this dtype, else a tensor with a copy of it (see `from_numpy`)."""
    if isinstance(data, TensorBase):
        given: Any = data
        return given if dtype is None else given.to(dtype)  # type: ignore[no-any-return]
    return tensor(data, dtype=dtype)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor with a copy of the array.

    PyTorch shares the memory. Here a recorded graph relies on its arrays not changing unseen, and a write through
    NumPy would be unseen; so nothing that others can write to becomes part of a tensor.
    """
    if not isinstance(ndarray, np.ndarray):
        raise DTypeError(
            f"takes a NumPy array, not {ndarray!r}", op="from_numpy", hint="Use tensor(...) for other data"
        )
    return tensor(ndarray)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor with a copy of an array of another library that speaks DLPack, such as PyTorch's.

    Examples
    --------
    >>> import numpy as np, tinygrad_wtf as tw
    >>> tw.from_dlpack(np.arange(3)).tolist()
    [0, 1, 2]
    """
    if not hasattr(ext_tensor, "__dlpack__") or not hasattr(ext_tensor, "__dlpack_device__"):
        raise DTypeError(f"takes an array with __dlpack__, not {ext_tensor!r}", op="from_dlpack")
    return tensor(np.from_dlpack(ext_tensor))


# -- of one value ---------------------------------------------------------------------


def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape, filled with 0."""
    return _made(np.zeros(_shape("zeros", size), _floating(dtype)), requires_grad)


def ones(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape, filled with 1."""
    return _made(np.ones(_shape("ones", size), _floating(dtype)), requires_grad)


def empty(*size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape to be filled; until then it holds 0 (in PyTorch, anything)."""
    return _made(np.zeros(_shape("empty", size), _floating(dtype)), requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this shape, filled with one value, whose kind decides the dtype."""
    shape, value = _listed_shape("full", size), _number("full", fill_value)
    wanted = array_from(value, None).dtype if dtype is None else dtypes.checked(dtype)
    check_fit(np.asarray(value), wanted, "full")
    return _made(np.full(shape, exactly(value, wanted)), requires_grad)


def zeros_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of `input`."""
    shape, wanted = _like("zeros_like", input, dtype)
    return zeros(shape, dtype=wanted, requires_grad=requires_grad)


def ones_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of `input`."""
    shape, wanted = _like("ones_like", input, dtype)
    return ones(shape, dtype=wanted, requires_grad=requires_grad)


def empty_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor to be filled, in the shape and dtype of `input`."""
    shape, wanted = _like("empty_like", input, dtype)
    return empty(shape, dtype=wanted, requires_grad=requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """One value in the shape and dtype of `input`."""
    shape, wanted = _like("full_like", input, dtype)
    return full(shape, fill_value, dtype=wanted, requires_grad=requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix, or one of n rows and m columns with ones on its diagonal."""
    rows, columns = _shape("eye", (n, n if m is None else m))
    return _made(np.eye(rows, columns, dtype=_floating(dtype)), requires_grad)


def _triangle(op: str, row: int, col: int, offset: int, dtype: Any, upper: bool) -> Tensor:
    rows, columns = _shape(op, (row, col))
    wanted = dtypes.int64 if dtype is None else dtypes.checked(dtype)
    below = np.tri(rows, columns, offset - 1 if upper else offset, dtype=bool)
    return _made(np.stack(np.nonzero(~below if upper else below)).astype(wanted), False)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """The places at and below a diagonal of a matrix, row by row: of shape (2, n), the rows and the columns.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.tril_indices(2, 2).tolist()
    [[0, 1, 1], [0, 0, 1]]
    """
    return _triangle("tril_indices", row, col, offset, dtype, upper=False)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None) -> Tensor:
    """The places at and above a diagonal of a matrix, row by row: of shape (2, n), the rows and the columns.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.triu_indices(2, 2).tolist()
    [[0, 0, 1], [0, 1, 1]]
    """
    return _triangle("triu_indices", row, col, offset, dtype, upper=True)


# -- of evenly spaced numbers ---------------------------------------------------------------------


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Numbers from `start` (0 when one number is given) up to but not including `end`.

    There are ``ceil((end - start) / step)`` of them; with dtype int64 the three are made integers first.
    """
    first, last, by = (_number("arange", n) for n in ((0, start, step) if end is None else (start, end, step)))
    floating = any(isinstance(n, float) for n in (first, last, by))
    wanted = dtypes.checked(dtype) if dtype is not None else _floating(None) if floating else dtypes.int64
    if wanted.kind == "b":
        raise DTypeError("cannot count in booleans", op="arange")
    if not all(math.isfinite(n) for n in (first, last, by)):
        raise SettingError(f"there is no range from {first} to {last} in steps of {by}", op="arange")
    steps = (last - first) / by if by else 0
    if wanted.kind != "f":
        first, last, by = int(first), int(last), int(by)
        check_fit(np.array([first, by], dtype=object), dtypes.int64, "arange")
    elif max(abs(first), abs(by)) >= 2**63:
        first, by = float(first), float(by)
    if not by or (last - first) * by < 0:
        raise SettingError(f"no steps of {by} lead from {first} to {last}", op="arange", hint="Check the sign of step")
    count = -((first - last) // by) if wanted == dtypes.int64 else math.ceil(steps)
    if count >= 2**60:
        raise SettingError(f"{count} numbers are more than any memory holds", op="arange")
    return _made((first + by * np.arange(count)).astype(wanted), requires_grad)


def _line(op: str, start: Any, end: Any, steps: Any, dtype: np.dtype[Any]) -> Any:
    """Evenly spaced numbers, counted from the nearer end, so that both ends are exact."""
    if isinstance(steps, bool):
        raise DTypeError(f"the number of steps is an integer, not {steps}", op=op)
    count = _integer(op, steps)
    if count < 0:
        raise ShapeError(f"the number of steps cannot be negative: {count}", op=op)
    if dtype.kind == "b":
        raise DTypeError("cannot divide a line in booleans", op=op)
    numbers = [_number(op, n) for n in (start, end)]
    with np.errstate(all="ignore"):
        # As PyTorch has it: the ends and the step in the precision of the result, each number rounded once.
        first, last = (np.asarray(n).astype(dtype).astype(np.float64) for n in numbers)
        step = (last - first) / max(count - 1, 1)
        step = step.astype(dtype).astype(np.float64) if dtype.kind == "f" else step
        i = np.arange(count)
        return np.where(i < max(count // 2, 1), first + step * i, last - step * i[::-1])


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`steps` evenly spaced numbers from `start` to `end`, both included."""
    wanted = _floating(dtype)
    return _made(_line("linspace", start, end, steps, wanted).astype(wanted), requires_grad)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` numbers from ``base**start`` to ``base**end`` whose logarithms are evenly spaced."""
    wanted = _floating(dtype)
    exponents = _line("logspace", start, end, steps, wanted)
    with np.errstate(all="ignore"):
        return _made(np.power(float(base), exponents.astype(np.float64)).astype(wanted), requires_grad)


# -- of random numbers ---------------------------------------------------------------------


def _random_dtype(op: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind != "f":
        raise DTypeError(f"random real numbers need a floating-point dtype, not {dtype}", op=op)
    return dtype


def rand(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """Uniform random numbers from 0 up to but not including 1."""
    shape, wanted = _shape("rand", size), _random_dtype("rand", _floating(dtype))
    below_1 = np.nextafter(wanted.type(1), wanted.type(0))  # rounding must not give 1
    return _made(
        drawn(generator, lambda g: np.minimum(np.asarray(g.random(shape)).astype(wanted), below_1)), requires_grad
    )


def randn(*size: Any, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """Standard normal random numbers, the guide's `randn`."""
    shape, wanted = _shape("randn", size), _random_dtype("randn", _floating(dtype))
    return _made(drawn(generator, lambda g: np.asarray(g.standard_normal(shape)).astype(wanted)), requires_grad)


def rand_like(input: Any, *, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """Uniform random numbers from 0 to 1 in the shape and dtype of `input`."""
    shape, wanted = _like("rand_like", input, dtype)
    return rand(shape, dtype=wanted, requires_grad=requires_grad, generator=generator)


def randn_like(input: Any, *, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """Standard normal random numbers in the shape and dtype of `input`."""
    shape, wanted = _like("randn_like", input, dtype)
    return randn(shape, dtype=wanted, requires_grad=requires_grad, generator=generator)


def randint(
    low: Any = None,
    high: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """Random integers from `low` (0) to below `high`: ``randint(high, size)`` or ``randint(low, high, size)``."""
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
    input: Any, low: Any, high: Any = None, *, dtype: Any = None, generator: RandomSource = None
) -> Tensor:
    """Random integers in the shape and dtype of `input`: ``randint_like(input, high)`` or ``(input, low, high)``."""
    shape, wanted = _like("randint_like", input, dtype)
    first, last = (0, low) if high is None else (low, high)
    return randint(first, last, shape, dtype=wanted, generator=generator)


def randperm(n: int, *, dtype: Any = None, requires_grad: bool = False, generator: RandomSource = None) -> Tensor:
    """The integers below `n` in random order."""
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
    return (rand(shape, dtype=dtypes.float64, generator=generator) < probabilities).to(wanted)


def _check_probabilities(probabilities: Any) -> None:
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise SettingError("probabilities lie between 0 and 1", op="bernoulli", shapes=(np.shape(probabilities),))


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    generator: RandomSource = None,
) -> Tensor:
    """Normal random numbers with this mean and standard deviation: numbers and a `size`, or tensors.

    Nothing is recorded: a draw has no derivative. For gradients of mean and std write ``mean + std * randn(...)``.
    """
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
