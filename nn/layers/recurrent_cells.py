"""`RNNCell`, `LSTMCell` and `GRUCell`: one step of a recurrent layer, for loops written out."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import DTypeLike

import tinygrad_wtf as tw
from tinygrad_wtf import Generator, ShapeError, Tensor, as_generator, as_tensor, zeros

from .. import init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter


class RNNCellBase(Module):
    """What the cells share: their parameters, and the state from which a step starts.

    Parameters
    ----------
    input_size, hidden_size : int
        How many numbers a step reads, and how many the state has.
    bias : bool
        Whether there are b_ih and b_hh.
    num_chunks : int
        How many gates there are.
    device, dtype, generator
        As in `LSTM`.
    """

    _states: ClassVar[int] = 1
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(zeros(rows, input_size, dtype=dtype), name="weight_ih")
        self.weight_hh = Parameter(zeros(rows, hidden_size, dtype=dtype), name="weight_hh")
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(zeros(rows, dtype=dtype), name=name) if bias else None)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw all parameters anew from U(-1/√hidden_size, 1/√hidden_size), as PyTorch does."""
        source = as_generator(generator)
        bound = self.hidden_size**-0.5 if self.hidden_size else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, generator=source)

    def _stepped(self, step: Any, input: Tensor, states: Any) -> Any:
        kind, x = type(self).__name__, as_tensor(input)
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise ShapeError(
                f"takes (B, I) or (I,) with input_size I = {self.input_size}, not {x.shape}", op=kind, shapes=(x.shape,)
            )
        wanted = (*x.shape[:-1], self.hidden_size)
        if states is None:
            states = (zeros(*wanted, dtype=x.dtype),) * self._states
        else:
            states = tuple(map(as_tensor, states))
            for state in states:
                if state.shape != wanted:
                    raise ShapeError(
                        f"the state has shape {state.shape}, and must have {wanted}", op=kind,
                        shapes=(x.shape, state.shape),
                    )  # fmt: skip
        hx = states if self._states > 1 else states[0]
        return step(x, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(RNNCellBase):
    """A step of `RNN`: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``.

    Parameters
    ----------
    input_size, hidden_size : int
        How many numbers a step reads, and how many the state has.
    bias : bool, default True
        Whether there are b_ih and b_hh.
    nonlinearity : {"tanh", "relu"}
        What follows the sum.
    device, dtype, generator
        As in `LSTM`.

    Attributes
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh : Parameter
        Shapes (hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,) twice.

    Raises
    ------
    ValueError
        When the nonlinearity is neither.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> cell, h = nn.RNNCell(10, 20), tw.zeros(3, 20)
    >>> for x in tw.zeros(6, 3, 10):
    ...     h = cell(x, h)
    >>> h.shape
    (3, 20)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"{type(self).__name__}: nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
        super().__init__(input_size, hidden_size, bias, 1, device, dtype, generator)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Take a step from `hx` (B, hidden_size) or (hidden_size,), zeros by default; gives the next state."""
        step = tw.rnn_tanh_cell if self.nonlinearity == "tanh" else tw.rnn_relu_cell
        return self._stepped(step, input, None if hx is None else (hx,))  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """Return the settings."""
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class LSTMCell(RNNCellBase):
    """A step of `LSTM`, from (h, c) to the next (h, c).

    Parameters
    ----------
    input_size, hidden_size, bias, device, dtype, generator
        As in `RNNCell`; the parameters have 4 hidden_size rows, the gates i, f, g, o.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> h, c = nn.LSTMCell(10, 20)(tw.zeros(3, 10))
    >>> h.shape, c.shape
    ((3, 20), (3, 20))
    """

    _states = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype, generator)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Take a step from the pair `hx`, each of shape (B, hidden_size) or (hidden_size,), zeros by default."""
        h, c = self._stepped(tw.lstm_cell, input, hx)
        return h, c


class GRUCell(RNNCellBase):
    """A step of `GRU`.

    Parameters
    ----------
    input_size, hidden_size, bias, device, dtype, generator
        As in `RNNCell`; the parameters have 3 hidden_size rows, the gates r, z, n.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.GRUCell(10, 20)(tw.zeros(3, 10), tw.zeros(3, 20)).shape
    (3, 20)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype, generator)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Take a step from `hx` (B, hidden_size) or (hidden_size,), zeros by default; gives the next state."""
        return self._stepped(tw.gru_cell, input, None if hx is None else (hx,))  # type: ignore[no-any-return]
