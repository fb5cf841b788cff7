"""Activations as modules: each applies one function of `nn.functional` with its settings; only `PReLU` learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from tinygrad_wtf import Tensor, full

from .. import functional
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter


class Identity(Module):
    """The input, unchanged: a place holder for a layer, whose arguments it takes and forgets.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Identity(54, bias=False)(tw.tensor([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """Return `input`."""
        return input


class _Activation(Module):
    """One function with its settings; with ``inplace=True`` it overwrites its input."""

    function: ClassVar[Callable[..., Tensor]]
    _settings: tuple[str, ...]

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self._set(inplace)

    def _set(self, inplace: bool = False, **settings: Any) -> None:
        if inplace:
            settings["inplace"] = True
        self.inplace = inplace
        self._settings = tuple(settings)
        for name, value in settings.items():
            setattr(self, name, value)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        if not self._settings:
            return type(self).function(input)
        return type(self).function(input, **{name: getattr(self, name) for name in self._settings})

    def extra_repr(self) -> str:
        """Return the settings."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._settings)


class Sigmoid(_Activation):
    """``σ(x) = 1 / (1 + exp(-x))``: the activation of the guide's neurons (chapter "a single neuron").

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.Sigmoid()(tw.tensor(2.0)).item(), 4)
    0.8808
    """

    function = staticmethod(functional.sigmoid)

    def __init__(self) -> None:
        super().__init__()


class Tanh(_Activation):
    """``tanh x``, between -1 and 1."""

    function = staticmethod(functional.tanh)

    def __init__(self) -> None:
        super().__init__()


class ReLU(_Activation):
    """``max(0, x)``, with slope 0 at 0."""

    function = staticmethod(functional.relu)


class ReLU6(_Activation):
    """``min(max(0, x), 6)``."""

    function = staticmethod(functional.relu6)


class LeakyReLU(_Activation):
    """``x`` above 0, else ``negative_slope * x``.

    Parameters
    ----------
    negative_slope : float, default 0.01
        The slope below 0.
    inplace : bool, default False
        Whether the input is overwritten.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.LeakyReLU(0.5)(tw.tensor([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """

    function = staticmethod(functional.leaky_relu)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self._set(inplace, negative_slope=negative_slope)


class ELU(_Activation):
    """``x`` above 0, else ``alpha * (exp(x) - 1)``.

    Parameters
    ----------
    alpha : float, default 1
        Minus the value far below 0.
    inplace : bool, default False
        Whether the input is overwritten.
    """

    function = staticmethod(functional.elu)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self._set(inplace, alpha=alpha)


class CELU(_Activation):
    """``x`` above 0, else ``alpha * (exp(x / alpha) - 1)``.

    Parameters
    ----------
    alpha : float, default 1
        Minus the value far below 0; the slope at 0 is 1 for each alpha.
    inplace : bool, default False
        Whether the input is overwritten.
    """

    function = staticmethod(functional.celu)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self._set(inplace, alpha=alpha)


class SELU(_Activation):
    """`ELU` scaled so that a layer keeps mean 0 and variance 1."""

    function = staticmethod(functional.selu)


class GELU(_Activation):
    """``x Φ(x)``, Φ of the normal distribution; with ``approximate="tanh"`` an approximation of it.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        Whether Φ is computed exactly, or by a tanh.
    """

    function = staticmethod(functional.gelu)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self._set(approximate=approximate)


class SiLU(_Activation):
    """``x σ(x)``."""

    function = staticmethod(functional.silu)


class Mish(_Activation):
    """``x tanh(log(1 + exp(x)))``."""

    function = staticmethod(functional.mish)


class Softplus(_Activation):
    """``log(1 + exp(beta x)) / beta``: a smooth ReLU, and the straight line x where ``beta x > threshold``.

    Parameters
    ----------
    beta : float, default 1
        How sharp the bend is.
    threshold : float, default 20
        Beyond ``beta x`` of this the line x is taken, which it equals to rounding.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.Softplus()(tw.tensor(0.0)).item(), 4)
    0.6931
    """

    function = staticmethod(functional.softplus)

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self._set(beta=beta, threshold=threshold)


class Softsign(_Activation):
    """``x / (1 + |x|)``."""

    function = staticmethod(functional.softsign)

    def __init__(self) -> None:
        super().__init__()


class Hardtanh(_Activation):
    """``x`` kept between two numbers.

    Parameters
    ----------
    min_val, max_val : float
        The smallest and the largest result, -1 and 1 by default.
    inplace : bool, default False
        Whether the input is overwritten.
    min_value, max_value : float, optional
        PyTorch's older names of the first two.
    """

    function = staticmethod(functional.hardtanh)

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        self._set(
            inplace,
            min_val=min_val if min_value is None else min_value,
            max_val=max_val if max_value is None else max_value,
        )


class Hardsigmoid(_Activation):
    """``x / 6 + 1/2`` kept between 0 and 1."""

    function = staticmethod(functional.hardsigmoid)


class Hardswish(_Activation):
    """``x`` times its `Hardsigmoid`."""

    function = staticmethod(functional.hardswish)


class LogSigmoid(_Activation):
    """``log σ(x)``, without overflow."""

    function = staticmethod(functional.logsigmoid)

    def __init__(self) -> None:
        super().__init__()


class Tanhshrink(_Activation):
    """``x - tanh(x)``."""

    function = staticmethod(functional.tanhshrink)

    def __init__(self) -> None:
        super().__init__()


class GLU(_Activation):
    """``a σ(b)``, where a and b are the halves of the input along `dim`.

    Parameters
    ----------
    dim : int, default -1
        The dimension that is halved; its size is even.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.GLU()(tw.tensor([3.0, 0.0])).tolist()
    [1.5]
    """

    function = staticmethod(functional.glu)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self._set(dim=dim)


class Softmax(_Activation):
    """``exp(x) / Σ exp(x)`` along `dim`: positive numbers with the sum 1.

    Parameters
    ----------
    dim : int, optional
        Along which the results add up to 1; without it PyTorch's old choice, with a warning.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Softmax(-1)(tw.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    function = staticmethod(functional.softmax)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self._set(dim=dim)


class LogSoftmax(_Activation):
    """The logarithm of `Softmax`, which does not round to 0 on the way.

    Parameters
    ----------
    dim : int, optional
        As in `Softmax`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.LogSoftmax(-1)(tw.tensor([0.0, 1000.0])).tolist()
    [-1000.0, 0.0]
    """

    function = staticmethod(functional.log_softmax)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self._set(dim=dim)


class PReLU(Module):
    """``x`` above 0, else ``weight * x`` with a learnt weight: one, or one for each channel (dimension 1).

    Parameters
    ----------
    num_parameters : int
        1, or the number of channels.
    init : float
        The initial weight.
    dtype : dtype, optional
        Of the weight; the default dtype when None.
    """

    weight: Parameter

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        self.num_parameters = num_parameters
        self.weight = Parameter(full((num_parameters,), float(init), dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        """Apply `nn.functional.prelu`."""
        y: Tensor = functional.prelu(input, self.weight)
        return y

    def extra_repr(self) -> str:
        """Return the number of weights."""
        return f"num_parameters={self.num_parameters}"
