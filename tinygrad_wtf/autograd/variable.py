"""`Variable`, which older programs wrap around each tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_wtf.tensors.creation import as_tensor

if TYPE_CHECKING:
    from tinygrad_wtf.tensors.tensor import Tensor


def Variable(data: Any, requires_grad: bool = False) -> Tensor:  # noqa: N802 - PyTorch's name
    """The data as a leaf of its own, over the same memory. Since PyTorch 0.4 each tensor can do this: leave it out.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.autograd import Variable
    >>> x = Variable(tw.ones(2), requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad.tolist()
    [2.0, 2.0]
    """
    return as_tensor(data).detach().requires_grad_(requires_grad)
