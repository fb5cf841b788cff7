"""New tensors of the dtype of another one, and the types of tensors by PyTorch's older names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_wtf.tensors import creation
from tinygrad_wtf.tensors.convert import Conversions

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


class Alike(Conversions):
    """``t.new_zeros(2, 3)`` and kin, `type` and `type_as`."""

    __slots__ = ()

    def new_zeros(
        self, *sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """Zeros of this shape, in the dtype of this tensor unless another is given.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> tw.zeros(1, dtype=tw.float64).new_zeros(2, 3).dtype
        dtype('float64')
        """
        wanted = self.dtype if dtype is None else dtype
        return creation.zeros(*sizes, size=size, dtype=wanted, device=device, requires_grad=requires_grad)

    def new_ones(
        self, *sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """Ones of this shape, in the dtype of this tensor unless another is given."""
        wanted = self.dtype if dtype is None else dtype
        return creation.ones(*sizes, size=size, dtype=wanted, device=device, requires_grad=requires_grad)

    def new_empty(
        self, *sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """A tensor of this shape to be filled, in the dtype of this tensor unless another is given."""
        wanted = self.dtype if dtype is None else dtype
        return creation.empty(*sizes, size=size, dtype=wanted, device=device, requires_grad=requires_grad)

    def new_full(
        self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """One value in this shape, in the dtype of this tensor unless another is given."""
        wanted = self.dtype if dtype is None else dtype
        return creation.full(size, fill_value, dtype=wanted, device=device, requires_grad=requires_grad)

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """A tensor with a copy of the data, in the dtype of this tensor unless another is given.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> tw.arange(1).new_tensor([2.0, 3.0]).tolist()
        [2, 3]
        """
        wanted = self.dtype if dtype is None else dtype
        return creation.tensor(data, dtype=wanted, device=device, requires_grad=requires_grad)

    def type_as(self, other: Tensor) -> Tensor:
        """The same values in the dtype of another tensor."""
        return self.to(other)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The tensor's type as text; or, with a dtype or type, the same values in that.

        Parameters
        ----------
        dtype : dtype, TensorType or str, optional
            Such as ``float64``, `DoubleTensor` or ``"torch.DoubleTensor"``.
        non_blocking : bool
            Of a copy to a GPU; there are none.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> t = tw.arange(2)
        >>> t.type(), t.type(tw.FloatTensor).dtype, t.type("torch.DoubleTensor").dtype
        ('tinygrad_wtf.LongTensor', dtype('float32'), dtype('float64'))
        """
        from tinygrad_wtf.tensors import kinds  # they are made of the class that this is a part of

        if dtype is None:
            return f"tinygrad_wtf.{kinds.type_of(self).__name__}"  # type: ignore[arg-type]
        return self.to(kinds.dtype_of(dtype))
