"""`Parameter`: a tensor that a module learns. How modules hold parameters lives in `nn.module`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from tinygrad_wtf import Tensor, zeros, zeros_like

from .devices import on_cpu


def _dtype_of(data: object) -> Any:
    """The dtype of an array, which it keeps; None for what has none."""
    return data.dtype if isinstance(data, np.ndarray | np.generic) else None


class Parameter(Tensor):
    """A tensor that is learnt: assigned to a `Module`, it becomes one of the module's parameters.

    Parameters
    ----------
    data : array_like, optional
        The initial values; they are copied, in their dtype if they have one. Without them it has no entries.
    requires_grad : bool, default True
        Whether `backward` computes its gradient. A frozen parameter has False.
    name : str, optional
        What pictures and explanations call it. A module gives an unnamed parameter the attribute's name.

    Examples
    --------
    >>> from tinygrad_wtf.nn import Parameter
    >>> Parameter([1.0, 2.0]).requires_grad
    True
    """

    __slots__ = ()

    def __init__(self, data: object = None, requires_grad: bool = True, name: str | None = None) -> None:
        if data is None:
            data = ()
        elif isinstance(data, int):
            data = float(data)  # a number, never a size
        super().__init__(data, requires_grad=requires_grad, name=name, dtype=_dtype_of(data))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A parameter of the same values, and as in PyTorch without a gradient: a copied network begins anew."""
        twin: Self = super().__deepcopy__(memo)
        twin.grad = None
        return twin


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet, as `LazyLinear` has until its first input.

    Parameters
    ----------
    requires_grad : bool, default True
        Whether `backward` will compute its gradient.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        The default dtype when None.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> weight = nn.UninitializedParameter()
    >>> weight.materialize((2, 3))
    >>> type(weight).__name__, weight.shape
    ('Parameter', (2, 3))
    """

    __slots__ = ()

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: DTypeLike | None = None) -> None:
        on_cpu(type(self).__name__, device)
        super().__init__(zeros(0, dtype=dtype), requires_grad)

    def materialize(self, shape: Sequence[int], device: Any = None, dtype: DTypeLike | None = None) -> None:
        """Become a `Parameter` of this shape, of zeros.

        Parameters
        ----------
        shape : tuple of int
            The shape.
        device, dtype : optional
            As when it was made, by default.
        """
        on_cpu(type(self).__name__, device)
        self.__class__ = Parameter  # type: ignore[assignment]  # the same object, which optimizers may hold
        Parameter.__init__(self, zeros(*shape, dtype=dtype or self.dtype), self.requires_grad, self.name)


class Buffer(Tensor):
    """A tensor that belongs to a module's state but is not learnt: assigned to a `Module`, it becomes a buffer.

    Parameters
    ----------
    data : array_like, optional
        The values; they are copied.
    persistent : bool, default True
        Whether `state_dict` contains it.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> class Shifted(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.mean = nn.Buffer(tw.tensor([0.5]))
    >>> list(Shifted().state_dict())
    ['mean']
    """

    persistent: bool

    def __init__(self, data: object = None, *, persistent: bool = True) -> None:
        super().__init__(() if data is None else data, dtype=_dtype_of(data))
        self.persistent = persistent


class UninitializedBuffer(Buffer):
    """A buffer whose shape is not known yet.

    Parameters
    ----------
    requires_grad : bool, default False
        False: buffers are not learnt.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        The default dtype when None.
    persistent : bool, default True
        Whether `state_dict` contains it.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> mean = nn.UninitializedBuffer()
    >>> mean.materialize((3,))
    >>> type(mean).__name__, mean.shape
    ('Buffer', (3,))
    """

    def __init__(
        self,
        requires_grad: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        persistent: bool = True,
    ) -> None:
        on_cpu(type(self).__name__, device)
        if requires_grad:
            raise ValueError("a buffer is not learnt: requires_grad is False")
        super().__init__(zeros(0, dtype=dtype), persistent=persistent)

    def materialize(self, shape: Sequence[int], device: Any = None, dtype: DTypeLike | None = None) -> None:
        """Become a `Buffer` of this shape, of zeros.

        Parameters
        ----------
        shape : tuple of int
            The shape.
        device, dtype : optional
            As when it was made, by default.
        """
        on_cpu(type(self).__name__, device)
        self.__class__ = Buffer  # type: ignore[assignment]  # the same object
        Buffer.__init__(self, zeros(*shape, dtype=dtype or self.dtype), persistent=self.persistent)


def clear_gradient(parameter: Tensor, set_to_none: bool) -> None:
    """Forget the gradient of one tensor: to None (not computed), or to zeros in the memory it already has."""
    if set_to_none:
        parameter.grad = None
        return
    gradient = parameter.grad
    if gradient is None:
        return
    if gradient.requires_grad:  # made with create_graph=True: its graph may still be wanted by its owner
        parameter.grad = zeros_like(parameter)
    else:
        gradient.zero_()
        parameter.grad = gradient  # what is added from now on is counted from zero


def convert(parameter: Parameter, dtype: np.dtype[Any]) -> None:
    """Give the same parameter its values and gradient in another dtype: optimizers that hold it go on knowing it."""
    gradient = parameter.grad
    Parameter.__init__(parameter, parameter.detach().to(dtype), parameter.requires_grad, parameter.name)
    if gradient is not None:
        parameter.grad = gradient.detach().to(dtype)


def converted(buffer: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Return a buffer in another dtype; one that waits for its shape goes on waiting."""
    if isinstance(buffer, UninitializedBuffer):
        return UninitializedBuffer(dtype=dtype, persistent=buffer.persistent)
    if isinstance(buffer, Buffer):
        return Buffer(buffer.to(dtype), persistent=buffer.persistent)
    other: Tensor = buffer.to(dtype)
    return other
