"""A tensor as something else: Python numbers and lists, or a tensor of another dtype or layout."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import devices, dtypes
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.indexing import Section, getitem
from tinygrad_wtf.ops.rows.shape import reshaped
from tinygrad_wtf.tensors.gradients import Gradients
from tinygrad_wtf.tensors.layout import Layout

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def aimed(target: tuple[Any, ...], dtype: Any, device: Any, other: Any) -> tuple[Any, bool]:
    """What `to` is asked for: a dtype, or None for a device alone; and whether a copy is. The device is checked."""
    flags: list[Any] = []
    for given in (*target, other):
        if given is None:
            continue
        if isinstance(given, builtins.bool):
            flags.append(given)  # `non_blocking` and then `copy`
        elif isinstance(given, TensorBase):
            dtype = given.value.dtype
        elif dtype is None and not devices.is_named(given):
            dtype = given
        else:
            device = given
    devices.check_device("to", device)
    return None if dtype is None else dtypes.checked(dtype), flags[1:2] == [True]


class Conversions(Layout, Gradients):
    """Numbers, lists and other dtypes."""

    __slots__ = ()

    def item(self) -> Any:
        """The only entry as a Python number."""
        value = mode.recorder.read(self, "item()")
        if value.size != 1:
            raise ShapeError(
                f"a tensor of shape {self.shape} has {value.size} entries, not one",
                op="item",
                shapes=(self.shape,),
                hint="Index one entry, reduce it with .sum() or .mean(), or use .tolist()",
            )
        return value.item()

    def tolist(self) -> Any:
        """The entries as nested lists of Python numbers."""
        value = mode.recorder.read(self, "tolist()")
        return value.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        value = mode.recorder.read(self, "using it as an index or a count")
        if value.dtype.kind not in "iub" or value.ndim:
            raise TypeError(f"only a 0-d integer tensor can be an index, not {self.shape} {self.dtype}")
        return int(value)

    def __bool__(self) -> bool:
        value = mode.recorder.read(self, "`if`, `while`, `and` or `bool()`")
        if value.size != 1:
            raise ShapeError(
                f"the truth of a tensor of shape {self.shape} is ambiguous",
                shapes=(self.shape,),
                hint="Use .any() or .all()",
            )
        return bool(value)

    def __len__(self) -> int:
        if not self.value.ndim:
            raise TypeError("a 0-d tensor has no length")
        return len(self.value)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.value.ndim:
            raise TypeError("a 0-d tensor cannot be iterated over")
        return (getitem(self, index=Section((i,))) for i in range(len(self.value)))

    def __contains__(self, entry: Any) -> bool:
        return bool((self.value == (entry.value if isinstance(entry, TensorBase) else entry)).any())

    def to(
        self,
        *target: Any,
        dtype: Any = None,
        device: Any = None,
        other: Any = None,
        non_blocking: bool = False,
        copy: bool = False,
    ) -> Tensor:
        """The same values in another dtype; the gradient comes back in this one.

        Parameters
        ----------
        *target
            A dtype, a device, a device and a dtype, or another tensor, whose dtype is meant; then, as in PyTorch,
            `non_blocking` and `copy`.
        dtype, device, other
            The same by name.
        non_blocking : bool
            Whether PyTorch might go on before a copy to a GPU has ended; there are none.
        copy : bool
            Make a copy also where nothing is to be converted; else that is the tensor itself.

        Raises
        ------
        UnsupportedError
            For a device that is not here.
        DTypeError
            For what is neither a dtype nor a device.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> t = tw.arange(2)
        >>> t.to(tw.float64).dtype, t.to("cpu") is t, t.to(tw.zeros(1)).dtype
        (dtype('float64'), True, dtype('float32'))
        """
        if len(target) == 1 and target[0] is self.value.dtype and not copy:
            return self  # type: ignore[return-value]
        wanted, copied = aimed(target, dtype, device, other)
        if wanted is None or wanted == self.dtype:
            return self.clone() if copy or copied else self  # type: ignore[return-value]
        source = self if wanted.kind == "f" else self.detach()  # integers have no derivatives
        return cast(source, dtype=wanted)  # type: ignore[no-any-return]

    astype = to

    def float(self) -> Tensor:
        """As float32."""
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        """As float64."""
        return self.to(dtypes.float64)

    def half(self) -> Tensor:
        """As float16."""
        return self.to(dtypes.float16)

    def long(self) -> Tensor:
        """As int64."""
        return self.to(dtypes.int64)

    def int(self) -> Tensor:
        """As int32."""
        return self.to(dtypes.int32)

    def short(self) -> Tensor:
        """As int16."""
        return self.to(dtypes.int16)

    def char(self) -> Tensor:
        """As int8."""
        return self.to(dtypes.int8)

    def byte(self) -> Tensor:
        """As uint8."""
        return self.to(dtypes.uint8)

    def bool(self) -> Tensor:
        """As booleans."""
        return self.to(dtypes.bool)

    def clone(self) -> Tensor:
        """A copy in new memory, through which gradients pass."""
        return cast(self, dtype=self.dtype)  # type: ignore[no-any-return]

    def is_nonzero(self) -> builtins.bool:
        """Whether the only entry is not 0."""
        return builtins.bool(self)

    def contiguous(self) -> Tensor:
        """The same values in row-major memory."""
        flags = getattr(self.value, "flags", None)
        if flags is not None and flags.c_contiguous:
            return self  # type: ignore[return-value]
        if not isinstance(self.value, np.ndarray):
            return reshaped(reshaped(self, (self.value.size,)), self.shape)  # type: ignore[no-any-return]
        copied = self.clone()
        copied.value = np.ascontiguousarray(copied.value)  # a copy keeps the order of its source
        return copied
