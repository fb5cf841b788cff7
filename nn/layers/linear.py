"""`Linear`: a layer of neurons before its activation; `Bilinear`: one with two inputs."""

from __future__ import annotations

from operator import index
from typing import Any

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, Tensor, as_generator, zeros

from .. import functional, init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter


class Linear(Module):
    """``z = x Wᵀ + b``: every output is a weighted sum of the inputs plus a bias.

    Rows are samples, as in PyTorch. `weight` is the guide's W, a row for each neuron. From its chapter on two layers
    on, the guide has samples as columns, so its ``Z = W X + b`` is the transpose of the output here.

    Parameters
    ----------
    in_features : int
        The number of inputs of a sample.
    out_features : int
        The number of neurons.
    bias : bool, default True
        Whether there is a b.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight : Parameter of shape (out_features, in_features)
        Drawn from U(-1/√in_features, 1/√in_features), PyTorch's default.
    bias : Parameter of shape (out_features,), or None
        Drawn likewise.

    Raises
    ------
    ValueError
        When a number of features is negative.
    ShapeError
        On a call, when the last dimension of the input is not `in_features`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.Linear(2, 32, generator=0)
    >>> layer(tw.zeros(100, 2)).shape
    (100, 32)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        self.in_features = _features("in_features", in_features)
        self.out_features = _features("out_features", out_features)
        self.weight = Parameter(zeros(self.out_features, self.in_features, dtype=dtype), name="weight")
        self.register_parameter("bias", Parameter(zeros(self.out_features, dtype=dtype), name="bias") if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw weight and bias anew, as PyTorch does by default."""
        source = as_generator(generator)
        init.kaiming_uniform_(self.weight, a=5**0.5, generator=source)
        if self.bias is not None:
            bound = self.in_features**-0.5 if self.in_features else 0.0
            init.uniform_(self.bias, -bound, bound, generator=source)

    def forward(self, input: Tensor) -> Tensor:
        """Compute ``input @ weight.T + bias`` for input of shape (..., in_features)."""
        own = self._parameters  # where attributes are found in the end, a microsecond sooner
        weight = own.get("weight")
        if weight is None or "bias" not in own:  # something else has been put in the place of a parameter
            return functional.linear(input, self.weight, self.bias)
        return functional.linear(input, weight, own["bias"])

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """``z_k = x1ᵀ A_k x2 + b_k``, `nn.functional.bilinear`: outputs that depend on both of two inputs.

    Parameters
    ----------
    in1_features, in2_features, out_features : int
        The numbers of inputs of each kind, and of outputs.
    bias : bool, default True
        Whether there is a b.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight : Parameter of shape (out_features, in1_features, in2_features)
        Drawn from U(-1/√in1_features, 1/√in1_features), PyTorch's default.
    bias : Parameter of shape (out_features,), or None
        Drawn likewise.
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        if in1_features <= 0:
            raise ValueError(f"Bilinear: in1_features must be positive, got {in1_features}")
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self.weight = Parameter(zeros(out_features, in1_features, in2_features, dtype=dtype), name="weight")
        self.register_parameter("bias", Parameter(zeros(out_features, dtype=dtype), name="bias") if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw weight and bias anew, as PyTorch does by default."""
        source = as_generator(generator)
        bound = self.in1_features**-0.5
        init.uniform_(self.weight, -bound, bound, generator=source)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, generator=source)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Compute the outputs for inputs of shapes (..., in1_features) and (..., in2_features)."""
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


def _features(name: str, number: int) -> int:
    try:
        whole = index(number)
    except TypeError:
        raise TypeError(f"Linear: {name} is a whole number, not {number!r}") from None
    if whole < 0:
        raise ValueError(f"Linear: {name} cannot be negative, got {whole}")
    return whole
