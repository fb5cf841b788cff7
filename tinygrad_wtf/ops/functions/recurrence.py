"""Recurrent networks as functions: the single steps, and whole layers over batches of sequences.

A state is one array here, with a row for each sequence; an LSTM's is ``[h, c]``, joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_wtf.errors import SettingError, ShapeError
from tinygrad_wtf.ops.dims import taken
from tinygrad_wtf.ops.functions.activation import dropout as dropped
from tinygrad_wtf.ops.functions.joining import cat, split, stack, unbind
from tinygrad_wtf.ops.functions.product import linear
from tinygrad_wtf.ops.functions.shape import transpose
from tinygrad_wtf.ops.rows import recurrence as rows
from tinygrad_wtf.ops.rows.activation import relu
from tinygrad_wtf.ops.rows.elementary import tanh
from tinygrad_wtf.ops.rows.shape import reshaped

Step = Callable[[Any, Any], Any]
"""From the inputs' part of the sums and the state to the next state, whose first columns are the output."""


def _elman_step(turned: Any, applied: Callable[[Any], Any]) -> Step:
    return lambda x, state: applied(rows.recurrent_sums(x, state, turned))


def _lstm_step(turned: Any, projection: Any) -> Step:
    def step(x: Any, state: Any) -> Any:
        return rows.lstm_state(rows.lstm_gates(rows.recurrent_sums(x, state, turned)), state)

    if projection is None:
        return step
    smaller = projection.T

    def projected(x: Any, state: Any) -> Any:
        h, c = split(step(x, state), turned.shape[1] // 4, 1)
        return cat([h @ smaller, c], 1)

    return projected


def _gru_step(recurrent: Any, bias: Any) -> Step:
    return lambda x, state: rows.gru_state(rows.gru_gates(x, _weighted(state, recurrent, bias)), state)


def _weighted(x: Any, weight: Any, bias: Any) -> Any:
    return x @ weight.T if bias is None else linear(x, weight, bias)


def _prepared(mode: str, x: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any) -> tuple[Any, Step]:
    """The inputs' part of the sums, one product for all rows of `x`, and the step."""
    if mode == "gru":
        return _weighted(x, w_ih, b_ih), _gru_step(w_hh, b_hh)
    bias = b_ih if b_hh is None else b_hh if b_ih is None else b_ih + b_hh
    turned = rows.turned(w_hh)
    step = _lstm_step(turned, w_hr) if mode == "lstm" else _elman_step(turned, tanh if mode == "rnn_tanh" else relu)
    return _weighted(x, w_ih, bias), step


def _walk(step: Step, inputs: Any, start: Any, sizes: Sequence[int], reverse: bool) -> tuple[Any, Any]:
    """The states after each step, its rows after those of the other, and each sequence's last one."""
    parts = split(inputs, list(sizes), 0)
    states = [start] * len(parts)
    state, steps = start, range(len(parts))
    if sizes[0] == sizes[-1]:
        for t in reversed(steps) if reverse else steps:
            state = states[t] = step(parts[t], state)
    elif reverse:  # sequences join as their ends are reached
        state = start[: sizes[-1]]
        for t in reversed(steps):
            if (there := len(state)) < sizes[t]:
                state = cat([state, start[there : sizes[t]]])
            state = states[t] = step(parts[t], state)
    else:  # sequences leave as they end
        ended: list[Any] = []
        for t in steps:
            if sizes[t] < len(state):
                ended.append(state[sizes[t] :])
                state = state[: sizes[t]]
            state = states[t] = step(parts[t], state)
        state = cat([state, *reversed(ended)])
    return cat(states), state


def _layers(
    mode: str,
    x: Any,
    sizes: Sequence[int],
    hx: tuple[Any, ...],
    params: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Any, ...]:
    """The output, a row for each step of each sequence, and the last states."""
    widths = [s.shape[-1] for s in hx]
    projected, directions = len(widths) == 2 and widths[0] != widths[1], 1 + bidirectional
    each = 2 + 2 * has_biases + projected
    if len(params) != each * num_layers * directions:
        raise SettingError(
            f"takes {each} parameters for each layer and direction, {each * num_layers * directions} in all, "
            f"not {len(params)}",
            op=mode,
        )
    rows_of = {(s.ndim, s.shape[0] if s.ndim else 0, s.shape[1:2]) for s in hx}
    if rows_of != {(3, num_layers * directions, (sizes[0],))}:
        raise ShapeError(
            f"the first state has a row for each of {num_layers * directions} layers and directions, and one in it for "
            f"each of {sizes[0]} sequences",
            op=mode,
            shapes=[s.shape for s in hx],
        )
    starts = unbind(hx[0] if len(hx) == 1 else cat(list(hx), -1), 0)
    ends: list[Any] = []
    for layer in range(num_layers):
        if layer and dropout and train:
            x = dropped(x, dropout, True)
        outputs = []
        for direction in range(directions):
            k = len(ends)
            own = list(params[k * each : (k + 1) * each])
            w_hr = own.pop() if projected else None
            w_ih, w_hh, b_ih, b_hh = own if has_biases else (*own, None, None)
            inputs, step = _prepared(mode, x, w_ih, w_hh, b_ih, b_hh, w_hr)
            states, end = _walk(step, inputs, starts[k], sizes, direction == 1)
            outputs.append(states if len(hx) == 1 else states[:, : widths[0]])
            ends.append(end)
        x = outputs[0] if directions == 1 else cat(outputs, 1)
    last = stack(ends)
    return (x, last) if len(hx) == 1 else (x, *split(last, widths, -1))


def _layer(mode: str, input: Any, hx: Any, params: Any, *settings: Any) -> tuple[Any, ...]:
    """PyTorch's two ways to call: with sequences of one length, or with packed ones and how many take part."""
    packed = not isinstance(settings[0], bool | int)
    sizes: list[int] = []
    if packed:  # data, batch_sizes, hx, params, has_biases, ...
        sizes, hx, params, *settings = [int(n) for n in hx], params, *settings  # type: ignore[assignment]
    states = tuple(hx) if mode == "lstm" else (hx,)
    for s in states:
        taken(mode, s)
    if packed:
        return _layers(mode, taken(mode, input), sizes, states, params, *settings)
    *flags, batch_first = settings
    if taken(mode, input).ndim != 3:
        raise ShapeError("takes sequences of shape (T, B, inputs)", op=mode, shapes=(input.shape,))
    x = transpose(input, 0, 1) if batch_first else input
    steps, batch, size = x.shape
    y, *ends = _layers(mode, reshaped(x, (steps * batch, size)), [batch] * steps, states, params, *flags)
    y = reshaped(y, (steps, batch, y.shape[1]))
    return (transpose(y, 0, 1) if batch_first else y, *ends)


def lstm(
    input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any, bidirectional: Any,
    batch_first: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """What `nn.LSTM` computes: the output, and the last h and c of all layers.

    `input` has shape (T, B, inputs), with `batch_first` (B, T, inputs); `hx` is the pair of the first states, each of
    shape (layers * directions, B, size); `params` are w_ih, w_hh, with biases b_ih, b_hh, with a projection w_hr, for
    each layer and direction. As in PyTorch, packed sequences are given as ``lstm(data, batch_sizes, hx, params,
    has_biases, num_layers, dropout, train, bidirectional)``. ShapeError or SettingError where they do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> start = tw.zeros(1, 3, 2), tw.zeros(1, 3, 2)
    >>> y, h, c = tw.lstm(tw.ones(5, 3, 4), start, [tw.ones(8, 4), tw.ones(8, 2)], False, 1, 0.0, True, False, False)
    >>> y.shape, c.shape
    ((5, 3, 2), (1, 3, 2))
    """
    return _layer(
        "lstm", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
    )  # fmt: skip


def _of_one_state(mode: str, what: str) -> Callable[..., tuple[Any, ...]]:
    def layer(
        input: Any, hx: Any, params: Any, has_biases: Any, num_layers: Any, dropout: Any, train: Any,
        bidirectional: Any, batch_first: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        return _layer(mode, input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)

    layer.__name__ = layer.__qualname__ = mode
    layer.__doc__ = f"""What {what} computes: the output, and the last state of all layers.

    The arguments are those of `lstm`, with one state, and without a projection.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> rows = {3 if mode == "gru" else 1} * 2
    >>> weights = tw.ones(rows, 4), tw.ones(rows, 2)
    >>> y, h = tw.{mode}(tw.ones(5, 3, 4), tw.zeros(1, 3, 2), weights, False, 1, 0.0, True, False, False)
    >>> y.shape, h.shape
    ((5, 3, 2), (1, 3, 2))
    """
    return layer


gru = _of_one_state("gru", "`nn.GRU`")
rnn_tanh = _of_one_state("rnn_tanh", "`nn.RNN`")
rnn_relu = _of_one_state("rnn_relu", '``nn.RNN(..., nonlinearity="relu")``')


def _stepped(mode: str, input: Any, state: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    inputs, step = _prepared(mode, taken(f"{mode}_cell", input), w_ih, w_hh, b_ih, b_hh, None)
    if inputs.ndim == 1:
        return step(inputs[None], state[None])[0]
    return step(inputs, state)


def lstm_cell(
    input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Any, Any]:  # fmt: skip
    """One step of an LSTM: from `input` (B, inputs) and the pair `hx` of h and c, each (B, size), to the next pair.

    The matrices have 4 times as many rows as the state is long, for the gates i, f, g, o. ShapeError where they do not
    fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> h, c = tw.lstm_cell(tw.ones(3, 4), (tw.zeros(3, 2), tw.zeros(3, 2)), tw.ones(8, 4), tw.ones(8, 2))
    >>> h.shape, c.shape
    ((3, 2), (3, 2))
    """
    state = _stepped("lstm", input, cat(list(hx), -1), w_ih, w_hh, b_ih, b_hh)
    h, c = split(state, state.shape[-1] // 2, -1)
    return h, c


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of a GRU: from `input` (B, inputs) and `hx` (B, size) to the next state.

    The matrices have 3 times as many rows as the state is long, for the gates r, z, n. ShapeError where they do not
    fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.gru_cell(tw.ones(3, 4), tw.zeros(3, 2), tw.ones(6, 4), tw.ones(6, 2)).shape
    (3, 2)
    """
    return _stepped("gru", input, hx, w_ih, w_hh, b_ih, b_hh)


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of Elman's network: ``tanh(W_ih x + b_ih + W_hh h + b_hh)``. ShapeError where they do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.rnn_tanh_cell(tw.ones(3, 4), tw.zeros(3, 2), tw.ones(2, 4), tw.ones(2, 2)).shape
    (3, 2)
    """
    return _stepped("rnn_tanh", input, hx, w_ih, w_hh, b_ih, b_hh)


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """One step of Elman's network with ``relu`` in the place of tanh. ShapeError where they do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> tw.rnn_relu_cell(tw.ones(3, 4), tw.zeros(3, 2), tw.ones(2, 4), tw.ones(2, 2)).tolist()[0]
    [4.0, 4.0]
    """
    return _stepped("rnn_relu", input, hx, w_ih, w_hh, b_ih, b_hh)
