"""New tensors: from data, from a rule, from a generator of random numbers."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.op import Operand
from tinygrad_wtf.core.record import TensorBase, wrap
from tinygrad_wtf.devices import check_device
from tinygrad_wtf.errors import DTypeError, SettingError, ShapeError
from tinygrad_wtf.ops.functions.shape import _sizes
from tinygrad_wtf.tensors.data import NUMBER, array_from, check_fit, exactly

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def _made(array: Any, requires_grad: bool) -> Tensor:
    made = wrap(array if isinstance(array, Operand) else np.asarray(array), None)
    return made.requires_grad_() if requires_grad else made


def _shape(op: str, given: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """A shape given as numbers, as one tuple, or as ``size=``."""
    if size is not None:
        if given:
            raise TypeError(f"{op} takes one shape: {given} or size={size!r}")
        return _listed_shape(op, size)
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


def _random_dtype(op: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind != "f":
        raise DTypeError(f"random real numbers need a floating-point dtype, not {dtype}", op=op)
    return dtype


# -- from data ---------------------------------------------------------------------


def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    name: str | None = None,
) -> Tensor:
    """A tensor with a copy of the data; integers stay integers and booleans booleans (unlike `Tensor([1, 2])`).

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.tensor([1, 2]).dtype, tw.Tensor([1, 2]).dtype
    (dtype('int64'), dtype('float32'))
    """
    check_device("tensor", device, pin_memory)
    made = wrap(array_from(data, dtype), None)
    if requires_grad:
        made.requires_grad_()
    if name is not None:
        made.name = name
    return made


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` itself if it is a tensor of this dtype, else a tensor with a copy of it (see `from_numpy`)."""
    if device is not None:
        check_device("as_tensor", device)
    if isinstance(data, TensorBase):
        given: Any = data
        return given if dtype is None or dtype is given.value.dtype else given.to(dtype)  # type: ignore[no-any-return]
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


def zeros(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of this shape, filled with 0."""
    check_device("zeros", device, pin_memory)
    return _made(np.zeros(_shape("zeros", sizes, size), _floating(dtype)), requires_grad)


def ones(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of this shape, filled with 1."""
    check_device("ones", device, pin_memory)
    return _made(np.ones(_shape("ones", sizes, size), _floating(dtype)), requires_grad)


def empty(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of this shape to be filled; until then it holds 0 (in PyTorch, anything)."""
    check_device("empty", device, pin_memory)
    return _made(np.zeros(_shape("empty", sizes, size), _floating(dtype)), requires_grad)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of this shape, filled with one value, whose kind decides the dtype."""
    check_device("full", device, pin_memory)
    shape, value = _listed_shape("full", size), _number("full", fill_value)
    wanted = array_from(value, None).dtype if dtype is None else dtypes.checked(dtype)
    check_fit(np.asarray(value), wanted, "full")
    return _made(np.full(shape, exactly(value, wanted)), requires_grad)


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of `input`."""
    check_device("zeros_like", device)
    shape, wanted = _like("zeros_like", input, dtype)
    return zeros(shape, dtype=wanted, requires_grad=requires_grad)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of `input`."""
    check_device("ones_like", device)
    shape, wanted = _like("ones_like", input, dtype)
    return ones(shape, dtype=wanted, requires_grad=requires_grad)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor to be filled, in the shape and dtype of `input`."""
    check_device("empty_like", device)
    shape, wanted = _like("empty_like", input, dtype)
    return empty(shape, dtype=wanted, requires_grad=requires_grad)


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """One value in the shape and dtype of `input`."""
    check_device("full_like", device)
    shape, wanted = _like("full_like", input, dtype)
    return full(shape, fill_value, dtype=wanted, requires_grad=requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The identity matrix, or one of n rows and m columns with ones on its diagonal."""
    check_device("eye", device, pin_memory)
    rows, columns = _shape("eye", (n, n if m is None else m))
    return _made(np.eye(rows, columns, dtype=_floating(dtype)), requires_grad)


def _triangle(op: str, row: int, col: int, offset: int, dtype: Any, upper: bool) -> Tensor:
    rows, columns = _shape(op, (row, col))
    wanted = dtypes.int64 if dtype is None else dtypes.checked(dtype)
    below = np.tri(rows, columns, offset - 1 if upper else offset, dtype=bool)
    return _made(np.stack(np.nonzero(~below if upper else below)).astype(wanted), False)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The places at and below a diagonal of a matrix, row by row: of shape (2, n), the rows and the columns.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.tril_indices(2, 2).tolist()
    [[0, 1, 1], [0, 0, 1]]
    """
    check_device("tril_indices", device)
    return _triangle("tril_indices", row, col, offset, dtype, upper=False)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The places at and above a diagonal of a matrix, row by row: of shape (2, n), the rows and the columns.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.triu_indices(2, 2).tolist()
    [[0, 0, 1], [0, 1, 1]]
    """
    check_device("triu_indices", device)
    return _triangle("triu_indices", row, col, offset, dtype, upper=True)


# -- of evenly spaced numbers ---------------------------------------------------------------------


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers from `start` (0 when one number is given) up to but not including `end`.

    There are ``ceil((end - start) / step)`` of them; with dtype int64 the three are made integers first.
    """
    check_device("arange", device, pin_memory)
    if start is None:
        if end is None:
            raise TypeError("arange takes an end")
        start = 0
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


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` evenly spaced numbers from `start` to `end`, both included."""
    check_device("linspace", device, pin_memory)
    wanted = _floating(dtype)
    return _made(_line("linspace", start, end, steps, wanted).astype(wanted), requires_grad)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """`steps` numbers from ``base**start`` to ``base**end`` whose logarithms are evenly spaced."""
    check_device("logspace", device, pin_memory)
    wanted = _floating(dtype)
    exponents = _line("logspace", start, end, steps, wanted)
    with np.errstate(all="ignore"):
        return _made(np.power(float(base), exponents.astype(np.float64)).astype(wanted), requires_grad)
