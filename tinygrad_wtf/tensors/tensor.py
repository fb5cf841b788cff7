"""Tensor: an array that remembers where it came from.

Here are its parts. What happens when an operation meets it is in `core.record`; the class is put together from
attributes, gradients, conversions, printing, in-place methods, copying, NumPy's protocols, logic, and the
operators and methods that formulas share.
"""

from __future__ import annotations

from typing import Any

from tinygrad_wtf import dtypes
from tinygrad_wtf._changes import changes
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.tensors import creation, promotion, views
from tinygrad_wtf.tensors.copying import Copying
from tinygrad_wtf.tensors.copying import _unpickled as _unpickled  # files that were written before name it here
from tinygrad_wtf.tensors.data import array_from
from tinygrad_wtf.tensors.inplace_draws import InPlaceDraws
from tinygrad_wtf.tensors.interop import Interop
from tinygrad_wtf.tensors.logic import Logic
from tinygrad_wtf.tensors.operators import Mathematics
from tinygrad_wtf.tensors.printing import Printing


class Tensor(Interop, Copying, InPlaceDraws, Printing, Logic, Mathematics):
    """An array that records the operations on it.

    Parameters
    ----------
    data : array_like or Tensor
        Copied. Python numbers become `dtype`, or the default dtype; NumPy arrays keep theirs.
    requires_grad : bool
        Whether operations on it are recorded, so that `backward` gives it a gradient.
    dtype : dtype, optional
        float16, float32, float64, an integer dtype or bool.
    name : str, optional
        For pictures, explanations and error messages.

    Raises
    ------
    DTypeError
        For strings, None, ragged lists, complex numbers; or if an integer tensor is asked to require gradients.

    Examples
    --------
    The guide's neuron on one plant (theory 1): ``dL/dz = a - y``.

    >>> import tinygrad_wtf as tw
    >>> z = tw.Tensor(2.0, requires_grad=True, name="z")
    >>> a = z.sigmoid()
    >>> loss = -(1 - a).log()
    >>> loss.backward()
    >>> round(z.grad.item(), 4) == round(a.item(), 4) == 0.8808
    True
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None, name: str | None = None) -> None:
        before = getattr(self, "value", None)
        self.value = array_from(data, dtype, python_default=dtypes.get_default_dtype())
        self._node = None
        if before is not None:  # made anew, as `model.double()` does with its parameters
            changes.replaced(before, self.value)
        if requires_grad:
            count = changes.count
            self.requires_grad_()
            changes.count = count  # nothing relies on a tensor that is new
        if name is not None:
            self.name = name

    _promoted, _refuse = staticmethod(promotion.promoted), staticmethod(promotion.refuse)
    _refresh = staticmethod(views.refresh)
    bernoulli = creation.bernoulli


TensorBase.made = Tensor
