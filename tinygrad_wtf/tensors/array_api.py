"""Names that NumPy and PyTorch share: `asarray`, `result_type`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.errors import SettingError
from tinygrad_wtf.tensors.creation import _number, tensor

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def asarray(obj: Any, *, dtype: Any = None, copy: bool | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor with the data of a tensor, an array, numbers or nested lists.

    Parameters
    ----------
    obj : object
        A tensor of this dtype is given back as it is, unless a copy is asked for; all else is copied.
    dtype : dtype, optional
        By default that of the data, as in `tensor`.
    copy : bool, optional
        True for a copy in every case. False is an error where one is needed, as it is for arrays and lists.
    requires_grad : bool
        Whether the result requires gradients.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.asarray([1, 2]).tolist()
    [1, 2]
    """
    if isinstance(obj, TensorBase) and not copy and (dtype is None or dtypes.checked(dtype) == obj.value.dtype):
        given: Any = obj
        return given.detach().requires_grad_() if requires_grad and not given.requires_grad else given  # type: ignore[no-any-return]
    if copy is False:
        raise SettingError(
            f"a {type(obj).__name__} does not become a tensor without a copy", op="asarray", hint="Leave out copy=False"
        )
    return tensor(obj, dtype=dtype, requires_grad=requires_grad)


def result_type(tensor1: Any, tensor2: Any) -> np.dtype[Any]:
    """The dtype of a result of two tensors or numbers, as ``tensor1 + tensor2`` has it.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.result_type(tw.tensor([1, 2]), 1.0)
    dtype('float32')
    """
    return dtypes.result_type(a if hasattr(a, "dtype") else _number("result_type", a) for a in (tensor1, tensor2))
