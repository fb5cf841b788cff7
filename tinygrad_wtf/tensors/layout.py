"""How a tensor lies in memory, and on which device: the processor, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tinygrad_wtf import devices
from tinygrad_wtf._state import mode
from tinygrad_wtf.core.memory import owner_of
from tinygrad_wtf.errors import DimensionError
from tinygrad_wtf.ops.dims import one_axis
from tinygrad_wtf.tensors.attributes import Attributes

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


class Layout(Attributes):
    """Bytes, strides and devices, in PyTorch's names."""

    __slots__ = ()

    is_cpu = True
    is_cuda = is_mps = is_xpu = is_meta = is_quantized = is_sparse = is_sparse_csr = is_nested = is_mkldnn = False

    @property
    def device(self) -> devices.device:
        """``device(type='cpu')``: where every tensor is."""
        return devices.CPU

    def get_device(self) -> int:
        """The number of the GPU that it is on; -1 for the processor."""
        return -1

    def cpu(self) -> Self:
        """The tensor itself, which is there already."""
        return self

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Self:
        """Refused: there is no GPU here.

        Raises
        ------
        UnsupportedError
            Always. Write ``t.to(device)`` with a device that ``cuda.is_available()`` chose.
        """
        devices.check_device("cuda", "cuda")
        return self

    def pin_memory(self) -> Self:
        """Refused, as in PyTorch without a GPU: pinned memory is for copies to one.

        Raises
        ------
        UnsupportedError
            Always.
        """
        devices.check_device("pin_memory", None, pin_memory=True)
        return self

    def is_pinned(self) -> bool:
        """False: pinned memory is for copies to a GPU."""
        return False

    def share_memory_(self) -> Self:
        """The tensor itself: threads share its memory anyway; other processes get copies."""
        return self

    def is_shared(self) -> bool:
        """False: other processes get copies."""
        return False

    # ---------------------------------------------------------------- counting

    def nelement(self) -> int:
        """The number of entries."""
        return self.numel()

    def ndimension(self) -> int:
        """The number of dimensions."""
        return self.ndim

    def element_size(self) -> int:
        """The bytes of an entry."""
        return int(self.value.dtype.itemsize)

    @property
    def itemsize(self) -> int:
        """The bytes of an entry."""
        return int(self.value.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """The bytes of all entries."""
        return int(self.value.size * self.value.dtype.itemsize)

    def is_complex(self) -> bool:
        """False: there are no complex tensors."""
        return False

    def is_signed(self) -> bool:
        """Whether its dtype has negative numbers."""
        return self.dtype.kind in "if"

    def is_inference(self) -> bool:
        """False: what `inference_mode` makes is an ordinary tensor."""
        return False

    def is_same_size(self, other: Tensor) -> bool:
        """Whether the other has the same shape."""
        return self.shape == other.shape

    # ---------------------------------------------------------------- memory

    def _numbers_for(self, how: str) -> np.ndarray[Any, Any]:
        value: np.ndarray[Any, Any] = mode.recorder.read(self, how)
        return value

    def stride(self, dim: int | None = None) -> Any:
        """How many entries further the next index of each dimension lies in memory, or that of one dimension.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> tw.zeros(2, 3).stride(), tw.zeros(2, 3).T.stride(), tw.zeros(2, 3).stride(0)
        ((3, 1), (1, 3), 3)
        """
        value = self._numbers_for("stride()")
        steps = tuple(n // value.itemsize for n in value.strides)
        if dim is None:
            return steps
        if not steps:
            raise DimensionError(f"a tensor without dimensions has no dim {dim}", op="stride", shapes=((),))
        return steps[one_axis("stride", dim, len(steps), self.shape)]

    def is_contiguous(self) -> bool:
        """Whether the entries lie in memory in their order, without gaps."""
        return bool(self._numbers_for("is_contiguous()").flags.c_contiguous)

    def data_ptr(self) -> int:
        """The address of the first entry: equal for tensors over the same memory."""
        return int(self._numbers_for("data_ptr()").ctypes.data)

    def storage_offset(self) -> int:
        """How many entries after the start of the memory that it shows the first entry lies.

        Examples
        --------
        >>> import tinygrad_wtf as tw
        >>> tw.arange(6).reshape(2, 3)[1].storage_offset()
        3
        """
        value = self._numbers_for("storage_offset()")
        start: int = owner_of(value).ctypes.data
        return (value.ctypes.data - start) // value.itemsize
