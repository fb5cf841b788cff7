"""Recurrent networks as functions: single steps, and whole layers."""

from __future__ import annotations

import torch

from tests.torch_oracle.make import SMOOTH
from tests.torch_oracle.row import Row

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def _parameters(m, gates, inputs, size, bias, projected):
    output = projected or size
    shapes = [(gates * size, inputs), (gates * size, output)]
    shapes += [(gates * size,)] * 2 if bias else []
    return [m(*shape) for shape in shapes] + ([m(projected, size)] if projected else [])


def _state(m, mode, *shape, projected=0):
    first = m(*shape[:-1], projected or shape[-1])
    return [first, m(*shape)] if mode == "lstm" else first


def _layer(mode, layers=1, both=False, bias=True, first=False, projected=0):
    """A call with sequences of one length, and one of packed ones."""

    def weights(m):
        widths = [3, *[(projected or 2) * (1 + both)] * (layers - 1)]
        return [p for n in widths for _ in range(1 + both) for p in _parameters(m, GATES[mode], n, 2, bias, projected)]

    def settings(m):
        return weights(m), bias, layers, 0.0, False, both

    def start(m):
        return _state(m, mode, layers * (1 + both), 2, 2, projected=projected)

    def plain(m):
        return m(2, 4, 3) if first else m(4, 2, 3), start(m), *settings(m), first

    def packed(m):
        return m(5, 3), torch.tensor([2, 2, 1]), start(m), *settings(m)

    return plain, packed


def _step(mode, bias):
    return lambda m: (
        m(3, 3),
        _state(m, mode, 3, 2),
        *_parameters(m, GATES[mode], 3, 2, bias, 0),
    )


ROWS = {
    mode: Row(
        (
            *_layer(mode),
            *_layer(mode, layers=2, both=True),
            *_layer(mode, bias=False, first=True),
            *(_layer(mode, layers=2, projected=1) if mode == "lstm" else ()),
        ),
        SMOOTH,
        loosened=30,
    )
    for mode in GATES
} | {f"{mode}_cell": Row((_step(mode, True), _step(mode, False)), SMOOTH, loosened=30) for mode in GATES}
