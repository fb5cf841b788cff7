"""`RNN`, `LSTM` and `GRU`: layers that read sequences step by step; their single steps are in `recurrent_cells`."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from numpy.typing import DTypeLike

import tinygrad_wtf as tw
from tinygrad_wtf import Generator, SettingError, ShapeError, Tensor, as_generator, as_tensor, zeros

from .. import init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter
from ..utils.rnn import PackedSequence

State = tuple[Tensor, ...]
GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


class RNNBase(Module):
    """What `RNN`, `LSTM` and `GRU` share: layers, directions, layouts of batches, and parameters.

    Parameters
    ----------
    mode : {"RNN_TANH", "RNN_RELU", "LSTM", "GRU"}
        The kind of step.
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size
        As in `LSTM`.
    device, dtype, generator
        As in `LSTM`.
    """

    _states: ClassVar[tuple[str, ...]] = ("h_0",)

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        kind = type(self).__name__
        on_cpu(kind, device)
        if mode not in GATES:
            raise ValueError(f"{kind}: mode is one of {', '.join(GATES)}, not {mode!r}")
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if not isinstance(size, int) or size < (name != "input_size"):
                raise ValueError(f"{kind}: {name} is a positive whole number, not {size!r}")
        if isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(f"{kind}: dropout is a probability, from 0 to 1, not {dropout!r}")
        if not 0 <= proj_size < hidden_size or (proj_size and mode != "LSTM"):
            raise ValueError(
                f"{kind}: proj_size is for an LSTM, and smaller than hidden_size {hidden_size}, not {proj_size}"
            )
        if dropout and num_layers == 1:
            warnings.warn(
                f"{kind}: dropout={dropout} is applied between layers, and there is one: give num_layers=2 or more, or "
                "put an nn.Dropout behind it",
                stacklevel=3,
            )
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        directions, output, gates = 1 + bidirectional, proj_size or hidden_size, GATES[mode] * hidden_size
        for layer in range(num_layers):
            for suffix in self._suffixes(layer):
                inputs = input_size if layer == 0 else output * directions
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, inputs), "weight_hh": (gates, output)}
                if bias:
                    shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(zeros(*shape, dtype=dtype), name=name + suffix))
        self.reset_parameters(generator)

    def _suffixes(self, layer: int) -> list[str]:
        """The ends of the names of one layer's parameters, one for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw all parameters anew from U(-1/√hidden_size, 1/√hidden_size), as PyTorch does."""
        source, bound = as_generator(generator), self.hidden_size**-0.5
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, generator=source)

    def flatten_parameters(self) -> None:
        """Leave the parameters where they are: they need no common memory here. PyTorch's programs call it."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [
            [self._parameters[name + suffix] for name in names if name + suffix in self._parameters]  # type: ignore[misc]
            for layer in range(self.num_layers)
            for suffix in self._suffixes(layer)
        ]

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Read sequences from a state on, zeros by default; gives what each step put out, and the last state.

        Parameters
        ----------
        input : Tensor of shape (T, B, input_size), or PackedSequence
            The sequences; (B, T, input_size) with `batch_first`, and (T, input_size) for a single one.
        hx : Tensor of shape (layers * directions, B, hidden_size), optional
            The first state; for an LSTM a pair ``(h_0, c_0)``.

        Returns
        -------
        output : Tensor of shape (T, B, directions * hidden_size), or PackedSequence
            The output of the last layer at every step, in the layout of `input`.
        state : Tensor or pair of Tensor
            Each layer's state after the last step, in the form of `hx`.

        Raises
        ------
        ShapeError
            When the shapes do not fit.
        """
        kind = type(self).__name__
        packed = input if isinstance(input, PackedSequence) else None
        x = as_tensor(input if packed is None else packed.data)
        dimensions = (2,) if packed else (2, 3)
        if x.ndim not in dimensions or x.shape[-1] != self.input_size:
            wanted = "(total, I)" if packed else "(B, T, I) or (T, I)" if self.batch_first else "(T, B, I) or (T, I)"
            raise ShapeError(
                f"takes {wanted} with input_size I = {self.input_size}, not {x.shape}", op=kind, shapes=(x.shape,)
            )
        single = packed is None and x.ndim == 2
        if packed is not None:
            sizes = packed.counts().tolist()
            batch = sizes[0] if sizes else 0
        else:
            x = x.unsqueeze(1) if single else x.transpose(0, 1) if self.batch_first else x
            batch = x.shape[1]
            sizes = [batch] * x.shape[0]
        if not x.shape[0]:
            raise ShapeError("takes one step or more", op=kind, shapes=(x.shape,))
        states = self._start(x, hx, batch, single)
        if packed is not None and hx is not None and packed.sorted_indices is not None:
            states = tuple(s.index_select(1, packed.sorted_indices) for s in states)
        y, ends = self._layers(x.reshape(-1, self.input_size), states, sizes)
        if packed is not None:
            if packed.unsorted_indices is not None:
                ends = tuple(s.index_select(1, packed.unsorted_indices) for s in ends)
            output: Any = packed.with_data(y)
        else:
            output = y if single else y.reshape(len(sizes), batch, y.shape[1])
            output = output.transpose(0, 1) if self.batch_first and not single else output
            ends = tuple(s.squeeze(1) for s in ends) if single else ends
        return output, (ends if len(self._states) > 1 else ends[0])

    def _start(self, x: Tensor, hx: Any, batch: int, single: bool) -> State:
        """The first states, each of shape (layers * directions, B, size)."""
        kind, rows = type(self).__name__, self.num_layers * (1 + self.bidirectional)
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)[: len(self._states)]
        if hx is None:
            return tuple(zeros(rows, batch, size, dtype=x.dtype) for size in sizes)
        given = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        if len(given) != len(sizes):
            raise SettingError(f"the first state is {' and '.join(self._states)}, got {len(given)}", op=kind)
        states = [as_tensor(s) for s in given]
        for name, state, size in zip(self._states, states, sizes, strict=True):
            wanted = (rows, size) if single else (rows, batch, size)
            if state.shape != wanted:
                raise ShapeError(
                    f"{name} has shape {state.shape}, and must have {wanted}: layers times directions, "
                    f"{'' if single else 'sequences, '}size",
                    op=kind,
                    shapes=(x.shape, state.shape),
                )
        return tuple(s.unsqueeze(1) for s in states) if single else tuple(states)

    def _layers(self, x: Tensor, states: State, sizes: list[int]) -> tuple[Tensor, State]:
        """The outputs, a row for each step of each sequence, and the last states."""
        first, *others = states
        given: Any = states if others else first
        weights = [parameter for each in self.all_weights for parameter in each]
        compute: Any = getattr(tw, self.mode.lower())
        output, *ends = compute(
            x, sizes, given, weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional
        )
        return output, tuple(ends)

    def extra_repr(self) -> str:
        """Return the settings."""
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        more = (f", {name}={getattr(self, name)}" for name, value in defaults.items() if getattr(self, name) != value)
        return f"{self.input_size}, {self.hidden_size}" + "".join(more)


class RNN(RNNBase):
    """Elman's recurrent layer (1990): ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)`` at every step.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        As in `LSTM`.
    nonlinearity : {"tanh", "relu"}
        What follows the sum.
    bias, batch_first, dropout, bidirectional, device, dtype, generator
        As in `LSTM`.

    Raises
    ------
    ValueError
        When a setting is none of those.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> output, h = nn.RNN(10, 20, num_layers=2)(tw.zeros(5, 3, 10))
    >>> output.shape, h.shape
    ((5, 3, 20), (2, 3, 20))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"{type(self).__name__}: nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(
            mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype,
            generator,
        )  # fmt: skip
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): a cell that gates let forget, take in and put out.

    At every step, with ``i, f, g, o = W_ih x + b_ih + W_hh h + b_hh``, the cell is ``c' = σ(f) c + σ(i) tanh(g)`` and
    the output ``h' = σ(o) tanh(c')``.

    Parameters
    ----------
    input_size : int
        How many numbers a step reads.
    hidden_size : int
        How many numbers the state has.
    num_layers : int, default 1
        How many layers read each other's outputs.
    bias : bool, default True
        Whether there are b_ih and b_hh.
    batch_first : bool, default False
        Whether batches have shape (B, T, ...), not (T, B, ...). States are (layers, B, ...) always.
    dropout : float, default 0
        The probability with which the outputs of a layer are dropped before the next layer, in training.
    bidirectional : bool, default False
        Whether each layer reads the sequences from the end too; the outputs of both directions are joined.
    proj_size : int, default 0
        Where it is not 0, outputs are multiplied by a learnt matrix and have this size.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : Parameter
        Of the first layer: shapes (4 hidden_size, input_size), (4 hidden_size, hidden_size), (4 hidden_size,) twice,
        the gates in the order i, f, g, o. Further layers are ``l1``, ...; the other direction has ``_reverse`` behind.

    Raises
    ------
    ValueError
        When a setting is none of those.
    ShapeError
        On a call, when the input or the state does not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> lstm = nn.LSTM(10, 20, batch_first=True)
    >>> output, (h, c) = lstm(tw.zeros(3, 5, 10))
    >>> output.shape, h.shape, c.shape
    ((3, 5, 20), (1, 3, 20), (1, 3, 20))
    """

    _states = ("h_0", "c_0")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device,
            dtype, generator,
        )  # fmt: skip


class GRU(RNNBase):
    """Gated recurrent unit (Cho et al., 2014): a state of which gates keep a part at every step.

    ``r = σ(W_ir x + b_ir + W_hr h + b_hr)``, ``z`` likewise, ``n = tanh(W_in x + b_in + r (W_hn h + b_hn))``, and
    ``h' = (1 - z) n + z h``.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype, generator
        As in `LSTM`; the gates have the order r, z, n.

    Raises
    ------
    ValueError
        When a setting is none of those.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> output, h = nn.GRU(10, 20, bidirectional=True)(tw.zeros(5, 3, 10))
    >>> output.shape, h.shape
    ((5, 3, 40), (2, 3, 20))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype,
            generator,
        )  # fmt: skip
