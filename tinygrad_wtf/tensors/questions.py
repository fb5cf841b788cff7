"""Questions about tensors as functions, by PyTorch's names."""

from __future__ import annotations

from typing import Any

from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.errors import DTypeError


def _tensor(op: str, input: Any) -> Any:
    if not isinstance(input, TensorBase):
        raise DTypeError(f"takes a tensor, not {input!r}", op=op)
    return input


def is_tensor(obj: Any) -> bool:
    """Whether it is a `Tensor`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_tensor(tw.zeros(2)), tw.is_tensor([0.0])
    (True, False)
    """
    return isinstance(obj, TensorBase)


def is_floating_point(input: Any) -> bool:
    """Whether the tensor holds floating-point numbers.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_floating_point(tw.zeros(2)), tw.is_floating_point(tw.arange(2))
    (True, False)
    """
    return bool(_tensor("is_floating_point", input).is_floating_point())


def is_complex(input: Any) -> bool:
    """False: there are no complex tensors.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_complex(tw.zeros(2))
    False
    """
    return bool(_tensor("is_complex", input).is_complex())


def is_signed(input: Any) -> bool:
    """Whether the tensor's dtype has negative numbers.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_signed(tw.zeros(2)), tw.is_signed(tw.zeros(2, dtype=tw.uint8))
    (True, False)
    """
    return bool(_tensor("is_signed", input).is_signed())


def is_inference(input: Any) -> bool:
    """False: what `inference_mode` makes is an ordinary tensor.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_inference(tw.zeros(2))
    False
    """
    return bool(_tensor("is_inference", input).is_inference())


def is_nonzero(input: Any) -> bool:
    """Whether the only entry is not 0.

    Raises
    ------
    ShapeError
        If there are several entries, or none.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_nonzero(tw.tensor([2.0]))
    True
    """
    return bool(_tensor("is_nonzero", input).is_nonzero())


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.is_same_size(tw.zeros(2, 3), tw.zeros(3, 2))
    False
    """
    return bool(_tensor("is_same_size", input).shape == _tensor("is_same_size", other).shape)


def numel(input: Any) -> int:
    """The number of entries.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.numel(tw.zeros(2, 3))
    6
    """
    return int(_tensor("numel", input).numel())


def typename(obj: Any) -> str:
    """The full name of a tensor's type, or of the class of anything else.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.typename(tw.zeros(2)), tw.typename([])
    ('tinygrad_wtf.FloatTensor', 'list')
    """
    if isinstance(obj, TensorBase):
        return str(_tensor("typename", obj).type())
    kind = obj if isinstance(obj, type) else type(obj)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def clone(input: Any) -> Any:
    """A copy in new memory, through which gradients pass.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.clone(tw.arange(2)).tolist()
    [0, 1]
    """
    return _tensor("clone", input).clone()


def detach(input: Any) -> Any:
    """The same memory without the history.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.detach(tw.ones(2, requires_grad=True)).requires_grad
    False
    """
    return _tensor("detach", input).detach()
