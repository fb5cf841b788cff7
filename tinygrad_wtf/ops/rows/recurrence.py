"""Steps of recurrent networks: what a step adds up, its gates, all in one array, and the state that they let through.

Made of slices and sigmoids a step has twenty operations on small arrays, whose overhead is most of its time. Samples
are rows. The state of an LSTM is one array too, ``[h, c]``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.errors import ShapeError
from tinygrad_wtf.ops import shapes
from tinygrad_wtf.ops.precision import in_float32
from tinygrad_wtf.ops.rows.choice import where
from tinygrad_wtf.ops.rows.elementary import sigmoid, tanh
from tinygrad_wtf.ops.rows.indexing import cut, into_zeros
from tinygrad_wtf.ops.rows.product import _by, _multiplied
from tinygrad_wtf.ops.rows.shape import cat


def _stretch(a: Any, start: int, length: int) -> Any:
    """Some columns."""
    return a[:, start : start + length] if a.__class__ is ndarray else cut(a, 1, start, length)


def _parts(a: Any, count: int) -> list[Any]:
    """Columns in parts of one size."""
    n = a.shape[1] // count
    return [_stretch(a, k * n, n) for k in range(count)]


def _joined(*parts: Any) -> Any:
    return np.concatenate(parts, 1) if all(p.__class__ is ndarray for p in parts) else cat(*parts, dim=1)


def _among_zeros(g: Any, start: int, shape: tuple[int, ...]) -> Any:
    """The transpose of `_stretch`."""
    if g.shape == shape:
        return g
    if g.__class__ is ndarray:
        zeros = np.zeros(shape, g.dtype)
        zeros[:, start : start + g.shape[1]] = g
        return zeros
    return into_zeros(g, index=(slice(None), slice(start, start + g.shape[1])), shape=shape)


def _fit(op: str, ok: bool, *arrays: Any) -> None:
    if not ok:
        shapes = tuple(a.shape for a in arrays)
        raise ShapeError("the sums of a step and its state do not fit", op=op, shapes=shapes)


# A transpose written out: a product with it at every step takes a third of the time.
turned: Op = Op(
    "turned",
    "{}ᵀ",
    lambda x: np.ascontiguousarray(x.T),
    (lambda g, y, x: turned(g),),
    takes="anything",
    sign="T",
    traits="no_activation",
)


def _sums(x: Any, state: Any, weight: Any) -> Any:
    z = _multiplied(_stretch(state, 0, weight.shape[0]), weight)
    _fit("recurrent_sums", z.shape == x.shape, x, state, weight)
    return np.add(z, x, out=z)  # in the memory of the product, which nobody else has


recurrent_sums = Op(
    "recurrent_sums",
    "{} + {} {}",
    in_float32(_sums),
    (
        lambda g, y, x, state, weight: g,
        lambda g, y, x, state, weight: _among_zeros(_by(g, weight.mT), 0, state.shape),
        lambda g, y, x, state, weight: _by(_stretch(state, 0, weight.shape[0]).mT, g),
    ),
    takes="numbers",
    sign="x + h W",
    shape=shapes.of_first,
)


def _slope(row: Op, y: Any) -> Any:
    """The derivative that stands on the row, of `sigmoid` or `tanh`, which reads the value alone."""
    (partial,) = row.partials
    return partial(y, None)  # type: ignore[misc]


@functools.cache
def _is_tanh(size: int) -> Any:
    """Which gates of an LSTM are no sigmoids."""
    return np.repeat([False, False, True, False], size)


def _lstm_gates(z: Any) -> Any:
    y, n = sigmoid.forward(z), z.shape[1] // 4
    np.tanh(z[:, 2 * n : 3 * n], out=y[:, 2 * n : 3 * n])
    return y


lstm_gates = Op(
    "lstm_gates",
    "[σ σ tanh σ]({})",
    in_float32(_lstm_gates),
    (lambda g, y, z: g * where(_is_tanh(y.shape[1] // 4), _slope(tanh, y), _slope(sigmoid, y)),),
    shape=shapes.of_first,
)


def _lstm_state(gates: Any, state: Any) -> Any:
    i, f, g, o = _parts(gates, 4)
    n = i.shape[1]
    _fit("lstm_state", len(gates) == len(state) and n <= state.shape[1], gates, state)
    y = np.empty((len(gates), 2 * n), gates.dtype)
    h, c = y[:, :n], y[:, n:]
    np.multiply(f, state[:, state.shape[1] - n :], out=c)
    np.multiply(i, g, out=h)
    c += h
    np.tanh(c, out=h)
    h *= o
    return y


def _lstm_into_cell(grad: Any, y: Any, gates: Any, n: int) -> tuple[Any, Any]:
    """The cotangent of the next cell, as its own and through the output; and that of the output's gate."""
    of_output, t = _stretch(grad, 0, n), tanh(_stretch(y, n, n))
    return _stretch(grad, n, n) + of_output * _slope(tanh, t) * _stretch(gates, 3 * n, n), of_output * t


def _lstm_gates_vjp(grad: Any, y: Any, gates: Any, state: Any) -> Any:
    n = gates.shape[1] // 4
    into, of_gate = _lstm_into_cell(grad, y, gates, n)
    i, g, c = _stretch(gates, 0, n), _stretch(gates, 2 * n, n), _stretch(state, state.shape[1] - n, n)
    return _joined(into * g, into * c, into * i, of_gate)


def _lstm_state_vjp(grad: Any, y: Any, gates: Any, state: Any) -> Any:
    n = gates.shape[1] // 4
    into = _lstm_into_cell(grad, y, gates, n)[0] * _stretch(gates, n, n)
    return _among_zeros(into, state.shape[1] - n, state.shape)


# With the gates i, f, g, o: ``c' = f c + i g`` and ``h' = o tanh(c')``.
lstm_state = Op(
    "lstm_state",
    "[o tanh c′, f c + i g]({}, {})",
    in_float32(_lstm_state),
    (_lstm_gates_vjp, _lstm_state_vjp),
    takes="numbers",
    sign="h′, c′",
)


def _gru_gates(x: Any, own: Any) -> Any:
    n = x.shape[1] // 3
    _fit("gru_gates", x.shape == own.shape, x, own)
    y = x + own
    y[:, : 2 * n] = sigmoid.forward(y[:, : 2 * n])
    m = y[:, 2 * n :]
    np.multiply(y[:, :n], own[:, 2 * n :], out=m)
    m += x[:, 2 * n :]
    np.tanh(m, out=m)
    return y


def _gru_sums_vjp(g: Any, y: Any, own: Any, times: Any) -> Any:
    """Of the gates' sums; that of the last part times `times`."""
    r, z, m = _parts(y, 3)
    of_r, of_z, of_m = _parts(g, 3)
    into = of_m * _slope(tanh, m)
    of_r = (of_r + into * _parts(own, 3)[2]) * _slope(sigmoid, r)
    return _joined(of_r, of_z * _slope(sigmoid, z), into if times is None else into * times)


# From the sums of the input and of the state, each for r, z, n: ``r = σ(..)``, ``z = σ(..)``, ``n = tanh(x + r own)``.
gru_gates = Op(
    "gru_gates",
    "[σ σ tanh]({}, {})",
    in_float32(_gru_gates),
    (
        lambda g, y, x, own: _gru_sums_vjp(g, y, own, None),
        lambda g, y, x, own: _gru_sums_vjp(g, y, own, _parts(y, 3)[0]),
    ),
    takes="numbers",
    shape=shapes.of_first,
)


def _gru_state(gates: Any, h: Any) -> Any:
    _, z, m = _parts(gates, 3)
    _fit("gru_state", h.shape == m.shape, gates, h)
    y = h - m
    y *= z
    y += m
    return y


def _gru_state_vjp(g: Any, y: Any, gates: Any, h: Any) -> Any:
    _, z, m = _parts(gates, 3)
    return _among_zeros(_joined(g * (h - m), g * (1 - z)), z.shape[1], gates.shape)


gru_state = Op(
    "gru_state",
    "n + z ({1} − n), of {0}",
    in_float32(_gru_state),
    (_gru_state_vjp, lambda g, y, gates, h: g * _parts(gates, 3)[1]),
    takes="numbers",
    sign="h′",
)
