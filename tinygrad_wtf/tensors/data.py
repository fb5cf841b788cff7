"""What data becomes: the array of a new tensor, checked; and checks of the numbers in tensors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf._state import mode, silently
from tinygrad_wtf.core.memory import rebased
from tinygrad_wtf.core.op import Operand
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.errors import DataError, SettingError
from tinygrad_wtf.grad_mode import no_grad
from tinygrad_wtf.tensors.promotion import described

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor

NUMBER = (bool, int, float)


def array_from(data: Any, dtype: Any, python_default: np.dtype[Any] | None = None) -> Any:
    """A new array with this data, checked; Python's floats become the default dtype, or all `python_default`."""
    if isinstance(data, TensorBase):
        if rebased:
            data._refresh((data,))
        data = data.value
    wanted = None if dtype is None else dtypes.checked(dtype)
    if isinstance(data, Operand):  # what a tensor holds while a reading is nested in it
        return data.copy() if wanted in (None, data.dtype) else data.astype(wanted)  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray | np.generic):
        if data.dtype.kind not in "biuf":
            dtypes.checked(data.dtype)  # says which are supported
        return exactly(data, wanted or dtypes.checked(data.dtype))
    if hasattr(data, "__dlpack__"):  # another library's, such as PyTorch's
        found = _taken_over(data)
        return exactly(found, wanted or dtypes.checked(found.dtype))
    found = _array_of(data)
    if hasattr(data, "dtype") or _holds_arrays(data):
        return exactly(found, wanted or dtypes.checked(found.dtype))
    if wanted is None:
        wanted = python_default or (dtypes.int64 if found.dtype.kind in "iuO" else None)
        if found.dtype.kind == "f" or (not found.size and python_default is None):
            wanted = python_default or dtypes.get_default_dtype()
    wanted = wanted or dtypes.checked(found.dtype)
    check_fit(found, wanted)
    return exactly(found, wanted)


def _taken_over(data: Any) -> np.ndarray[Any, Any]:
    """The array of another library's tensor."""
    try:
        found: np.ndarray[Any, Any] = np.from_dlpack(data)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise DataError(f"cannot read {described(data)}: {error}", hint="Convert it to a NumPy array first") from error
    return found


def requires_grad_within(data: Any) -> bool:
    """Whether this is a tensor that requires gradients, or a list with one."""
    parts = data if isinstance(data, list | tuple) else (data,)
    return any(isinstance(t, TensorBase) and t.node is not None and t.node.requires_grad for t in parts)


def _array_of(data: Any) -> np.ndarray[Any, Any]:
    """What NumPy makes of numbers and lists; integers that no dtype holds stay Python's own, as objects."""
    if isinstance(data, list | tuple) and any(isinstance(part, TensorBase) for part in data):
        if mode.recording and requires_grad_within(data):
            warnings.warn(
                "the tensors in the list require gradients, which do not pass into a tensor of their numbers: "
                "use stack(list), or no_grad() where only the numbers are wanted",
                stacklevel=4,
            )
        data = [part.value if isinstance(part, TensorBase) else part for part in data]
    try:
        with no_grad():  # tensors deeper inside become arrays
            found = np.array(data)
    except ValueError as error:
        deep = "maximum number of dimension" in str(error)
        raise DataError(
            "the lists are nested too deeply" if deep else "the nested lists are ragged: their lengths differ",
            hint="A tensor has at most 64 dimensions" if deep else "Make every row as long as the others",
        ) from None
    numbers = found.ravel().tolist() if found.dtype == object else []
    if found.dtype.kind not in "biuf" and not (numbers and all(isinstance(n, NUMBER) for n in numbers)):
        raise DataError(
            f"cannot make a tensor of {described(data)}"
            + (": complex numbers are not supported" if found.dtype.kind == "c" else ""),
            hint="Give it numbers: a number, nested lists of numbers or a NumPy array",
        )
    if numbers and any(isinstance(n, float) for n in numbers):
        return exactly(found, dtypes.float64)
    if found.dtype.kind == "f" and found.size and (np.abs(found) >= 2**63).any():
        exact = np.array(data, dtype=object)  # NumPy has rounded what lies beyond its largest integers
        if all(isinstance(n, int) for n in exact.ravel().tolist()):
            return exact
    return found


def exactly(array: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """A copy in row-major memory, with this very object as its dtype: NumPy keeps one that is merely equal."""
    try:
        copied = silently(np.array, array, dtype=dtype, order="C")
    except OverflowError:
        raise SettingError(f"an integer is too large for {dtype}", hint="Scale the numbers first") from None
    if copied.dtype is not dtype:
        array, copied = copied, np.empty(copied.shape, dtype)
        copied[...] = array
    return copied  # type: ignore[no-any-return]


def check_fit(numbers: np.ndarray[Any, Any], dtype: np.dtype[Any], op: str | None = None) -> None:
    """Refuse Python's numbers that have no counterpart among integers: nan, inf, and what lies beyond the largest."""
    if dtype.kind not in "iu" or numbers.dtype.kind == "b" or not numbers.size:
        return
    limits = np.iinfo(dtype)
    low, end = int(limits.min), int(limits.max) + 1  # `end` is a power of 2, exact in floating point too
    low = low or 1 - end  # PyTorch counts unsigned integers from their end too
    if not ((numbers >= low) & (numbers < end)).all():
        wider = "Give it as a float, or with dtype=float64" if dtype == dtypes.int64 else "Use a wider dtype, as int64"
        raise SettingError(
            f"{numbers.tolist()} does not fit into {dtype}", op=op, hint="" if numbers.dtype.kind == "f" else wider
        )


def _holds_arrays(data: Any) -> bool:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.ndarray | np.generic | TensorBase)


def check_values(check: Callable[..., Any], *tensors: Tensor, idle_after: tuple[str, ...] = (), once: str = "") -> None:
    """Call `check` on the tensors' arrays: now, and in a compiled function whenever it runs.

    Parameters
    ----------
    check : callable
        Takes read-only arrays, and raises if something is wrong with them.
    *tensors : Tensor
        What to look at.
    idle_after : tuple of str
        The operations whose results cannot fail this check, so that it need not be made.
    once : str, optional
        A name for a check that looks at each tensor by itself: what has passed it, is not looked at again before
        somebody writes to it. A loss is given the same labels in every step of training.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> def no_zero(a):
    ...     if (a == 0).any():
    ...         raise ZeroDivisionError("an entry is 0")
    >>> tw.check_values(no_zero, tw.tensor([1.0, 2.0]))
    """
    if idle_after and all(t._maker in idle_after for t in tensors):
        return
    mode.recorder.check(check, tensors, once)
