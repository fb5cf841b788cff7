"""A tensor as something else: Python numbers and lists, or a tensor of another dtype or layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tinygrad_wtf import dtypes
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops.rows.choice import cast
from tinygrad_wtf.ops.rows.indexing import Section, getitem
from tinygrad_wtf.tensors.gradients import Gradients

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


class Conversions(Gradients):
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

    def to(self, dtype: Any) -> Tensor:
        """The same values in another dtype; the gradient comes back in this one."""
        if dtype is self.value.dtype:
            return self  # type: ignore[return-value]
        wanted = dtypes.checked(dtype)
        if wanted == self.dtype:
            return self  # type: ignore[return-value]
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

    def bool(self) -> Tensor:
        """As booleans."""
        return self.to(dtypes.bool)

    def clone(self) -> Tensor:
        """A copy in new memory, through which gradients pass."""
        return cast(self, dtype=self.dtype)  # type: ignore[no-any-return]

    def contiguous(self) -> Tensor:
        """The same values in row-major memory."""
        return self if self.value.flags.c_contiguous else self.clone()  # type: ignore[return-value]
