"""What a tensor is: its shape, dtype, name, and what made it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf.core.record import TensorBase, node_of
from tinygrad_wtf.errors import DimensionError
from tinygrad_wtf.ops.dims import one_axis
from tinygrad_wtf.tensors.size import Size


class Count(int):
    """A number of entries that can be called for the shape: ``t.size`` and ``t.size()`` both mean what they say."""

    shape: tuple[int, ...]

    def __new__(cls, entries: int, shape: tuple[int, ...]) -> Count:
        """Keep the shape beside the number."""
        size = super().__new__(cls, entries)
        size.shape = shape
        return size

    def __call__(self, dim: int | None = None) -> Any:
        """The whole shape, as a `Size`, or one of its sizes."""
        if dim is None:
            return Size(self.shape)
        if not self.shape:
            raise DimensionError(f"a tensor without dimensions has no dim {dim}", op="size", shapes=((),))
        return self.shape[one_axis("size", dim, len(self.shape), self.shape)]

    def __getnewargs__(self) -> tuple[int, tuple[int, ...]]:  # type: ignore[override]  # as `__new__` takes them
        return int(self), self.shape


class Attributes(TensorBase):
    """The attributes that ask only for the value and the node."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the dimensions."""
        return self.value.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.value.ndim  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of number it holds."""
        return self.value.dtype  # type: ignore[no-any-return]

    @property
    def size(self) -> Count:
        """The number of entries, as in NumPy; called, ``t.size()`` and ``t.size(dim)``, the shape as in PyTorch."""
        return Count(self.value.size, self.value.shape)

    def dim(self) -> int:
        """The number of dimensions."""
        return self.value.ndim  # type: ignore[no-any-return]

    def numel(self) -> int:
        """The number of entries."""
        return int(self.value.size)

    def is_floating_point(self) -> bool:
        """Whether it holds floating-point numbers."""
        return bool(self.value.dtype.kind == "f")

    @property
    def name(self) -> str | None:
        """What the user calls it; shown in pictures, explanations and messages."""
        return None if self.node is None else self.node.name

    @name.setter
    def name(self, name: str | None) -> None:
        node_of(self).name = name

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.node is None or self.node.op is None

    @property
    def _maker(self) -> str | None:
        node = self.node
        return None if node is None or node.op is None else node.op.name

    @property
    def _label(self) -> str:
        return f"tensor {self.name!r}" if self.name else "a tensor"
