"""Tensor: an array that remembers where it came from.

Here are its parts. What happens when an operation meets it is in `core.record`; the class is put together from
attributes, gradients, conversions, printing, in-place methods, copying, NumPy's protocols, logic, and the
operators and methods that formulas share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf import dtypes
from tinygrad_wtf._changes import changes
from tinygrad_wtf.core.op import Operand
from tinygrad_wtf.core.record import TensorBase
from tinygrad_wtf.devices import check_device
from tinygrad_wtf.errors import DataError
from tinygrad_wtf.tensors import creation, draws, promotion, sampling, views
from tinygrad_wtf.tensors.copying import Copying
from tinygrad_wtf.tensors.copying import _unpickled as _unpickled  # files that were written before name it here
from tinygrad_wtf.tensors.data import array_from
from tinygrad_wtf.tensors.inplace_draws import InPlaceDraws
from tinygrad_wtf.tensors.interop import Interop
from tinygrad_wtf.tensors.logic import Logic
from tinygrad_wtf.tensors.operators import Mathematics
from tinygrad_wtf.tensors.printing import Printing
from tinygrad_wtf.tensors.size import Size


def _to_be_filled(sizes: tuple[Any, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """The array of ``Tensor(3, 4)``."""
    if sizes and not all(isinstance(n, int | np.integer | Size) and not isinstance(n, bool) for n in sizes):
        given = ", ".join(type(n).__name__ for n in sizes)
        hint = "Write Tensor(data, requires_grad=...) or Tensor(3, 4); for a number, tensor(...)"
        raise DataError(f"takes data, or the sizes of a tensor, not ({given})", op="Tensor", hint=hint)
    return creation.empty(*sizes or (0,), dtype=dtype).value  # type: ignore[no-any-return]


class Tensor(Interop, Copying, InPlaceDraws, Printing, Logic, Mathematics):
    """An array that records the operations on it.

    Parameters
    ----------
    *data : array_like or Tensor, or int
        What is copied, into `dtype` or the default dtype, as in PyTorch; a tensor keeps its dtype. Or integers or a
        `Size`: the shape of a tensor to be filled, which holds 0 until then. `tensor` keeps dtypes, and takes an
        integer as a number.
    requires_grad : bool
        Whether operations on it are recorded, so that `backward` gives it a gradient.
    dtype : dtype, optional
        float16, float32, float64, an integer dtype or bool.
    name : str, optional
        For pictures, explanations and error messages.
    device : str or device, optional
        "cpu", where it is anyway.

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
    >>> tw.Tensor(3, 4).shape
    (3, 4)
    """

    __slots__ = ()

    def __init__(
        self,
        *data: Any,
        requires_grad: bool = False,
        dtype: Any = None,
        name: str | None = None,
        device: Any = None,
    ) -> None:
        if device is not None:
            check_device("Tensor", device)
        before = getattr(self, "value", None)
        if len(data) == 1 and not isinstance(data[0], int | np.integer | Size):
            kept = isinstance(data[0], Operand)  # a tensor, or what stands for its numbers
            self.value = array_from(data[0], dtype if kept or dtype is not None else dtypes.get_default_dtype())
        else:
            self.value = _to_be_filled(data, dtype)
        self._node = None
        if before is not None:  # made anew, as `model.double()` does with its parameters
            changes.replaced(before, self.value)
        if requires_grad:
            count = changes.count
            self.requires_grad_()
            changes.count = count  # nothing relies on a tensor that is new
        if name is not None:
            self.name = name

    if not TYPE_CHECKING:  # a name that is not there is an error to type checkers too

        def __getattr__(self, name: str) -> Any:  # only called when ordinary look-up found nothing
            if name[0] == "_" or name == "value":  # asked for in passing
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            from tinygrad_wtf.absent import error

            raise error(type(self).__name__, "Tensor", name, is_module=False)

    _promoted, _refuse = staticmethod(promotion.promoted), staticmethod(promotion.refuse)
    _refresh = staticmethod(views.refresh)
    bernoulli = draws.bernoulli
    multinomial = sampling.multinomial


TensorBase.made = Tensor
