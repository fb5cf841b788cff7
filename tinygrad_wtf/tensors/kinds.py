"""PyTorch's older names of tensors by their dtype, to make them and to ask for them, as `FloatTensor`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.tensors.tensor import Tensor


class TensorType:
    """Tensors of one dtype: called, it makes one as `Tensor` does; `isinstance` asks for the dtype.

    Parameters
    ----------
    name : str
        ``"FloatTensor"``.
    dtype : dtype
        Of the tensors.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.LongTensor([1, 2]).dtype, tw.FloatTensor(2, 3).shape
    (dtype('int64'), (2, 3))
    >>> isinstance(tw.zeros(2), tw.FloatTensor), isinstance(tw.zeros(2), tw.DoubleTensor)
    (True, False)
    """

    def __init__(self, name: str, dtype: np.dtype[Any]) -> None:
        self.__name__, self.dtype = name, dtype

    def __call__(self, *data: Any) -> Tensor:
        """A tensor of this dtype: with a copy of the data, or of the shape that is given by integers."""
        return Tensor(*data, dtype=self.dtype)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"<tensors of {self.dtype}: tinygrad_wtf.{self.__name__}>"


BoolTensor = TensorType("BoolTensor", dtypes.bool)
ByteTensor = TensorType("ByteTensor", dtypes.uint8)
CharTensor = TensorType("CharTensor", dtypes.int8)
ShortTensor = TensorType("ShortTensor", dtypes.int16)
IntTensor = TensorType("IntTensor", dtypes.int32)
LongTensor = TensorType("LongTensor", dtypes.int64)
HalfTensor = TensorType("HalfTensor", dtypes.float16)
FloatTensor = TensorType("FloatTensor", dtypes.float32)
DoubleTensor = TensorType("DoubleTensor", dtypes.float64)

TYPES = (
    BoolTensor, ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, HalfTensor, FloatTensor, DoubleTensor
)  # fmt: skip


def type_of(tensor: Tensor) -> TensorType:
    """The tensor's type by its dtype."""
    return next(kind for kind in TYPES if kind.dtype is tensor.dtype)


def dtype_of(wanted: Any) -> np.dtype[Any]:
    """The dtype that is meant by one of the types, by its name, or by a dtype."""
    if isinstance(wanted, TensorType):
        return wanted.dtype
    named = wanted.rpartition(".")[2] if isinstance(wanted, str) else None
    return next((kind.dtype for kind in TYPES if kind.__name__ == named), None) or dtypes.checked(wanted)
