"""Rows of tests: the steps of recurrent layers, of which each part is written out."""

import numpy as np

from tests.ops.cases.common import Case
from tests.ops.cases.convolution import arrays
from tinygrad_wtf.core.op import Op


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_gates(z):
    i, f, g, o = np.split(z, 4, 1)
    return np.concatenate([sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)], 1)


def lstm_state(gates, state):
    i, f, g, o = np.split(gates, 4, 1)
    c = f * state[:, -i.shape[1] :] + i * g
    return np.concatenate([o * np.tanh(c), c], 1)


def gru_gates(x, own):
    r, z = (sigmoid(part) for part in np.split((x + own)[:, : 2 * (x.shape[1] // 3)], 2, 1))
    n = r.shape[1]
    return np.concatenate([r, z, np.tanh(x[:, 2 * n :] + r * own[:, 2 * n :])], 1)


def gru_state(gates, h):
    _, z, n = np.split(gates, 3, 1)
    return (1 - z) * n + z * h


def case(name, value, *shapes, label=""):
    return Case(name, lambda *xs: Op.table[name](*xs), value, arrays(*shapes), label=label)


CASES = [
    case("turned", lambda x: x.T, (2, 3)),
    case("recurrent_sums", lambda x, h, w: x + h @ w, (2, 3), (2, 2), (2, 3)),
    case("recurrent_sums", lambda x, s, w: x + s[:, :2] @ w, (2, 3), (2, 3), (2, 3), label="recurrent_sums of [h, c]"),
    case("lstm_gates", lstm_gates, (2, 8)),
    case("lstm_state", lstm_state, (2, 8), (2, 4)),
    case("lstm_state", lstm_state, (2, 8), (2, 3), label="lstm_state projected"),
    case("gru_gates", gru_gates, (2, 6), (2, 6)),
    case("gru_state", gru_state, (2, 6), (2, 2)),
]
