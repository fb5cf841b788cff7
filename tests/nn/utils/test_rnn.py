"""Packed and padded sequences: they come back as they were, and recurrent layers read each as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn.utils import rnn

LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=5)


def sequences(lengths, size=3):
    rng = np.random.default_rng(0)
    return [tw.tensor(rng.standard_normal((n, size)), requires_grad=True) for n in lengths]


@settings(max_examples=20)
@given(lengths=LENGTHS)
def test_packing_is_undone(lengths):
    xs = sequences(lengths)
    for x, again in zip(xs, rnn.unpack_sequence(rnn.pack_sequence(xs, enforce_sorted=False)), strict=True):
        assert np.array_equal(x.numpy(), again.numpy())
    padded, sizes = rnn.pad_packed_sequence(rnn.pack_sequence(xs, enforce_sorted=False), True, -1.0, 7)
    assert sizes.tolist() == lengths
    assert padded.shape == (len(lengths), 7, 3)
    assert all((row[n:].numpy() == -1).all() for row, n in zip(padded, lengths, strict=True))


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@settings(max_examples=8, deadline=None)
@given(lengths=LENGTHS)
def test_a_layer_reads_each_packed_sequence_as_if_it_were_alone(kind, lengths):
    tw.manual_seed(0)
    layer = getattr(nn, kind)(3, 2, num_layers=2, bidirectional=True).double()
    xs = sequences(lengths)
    output, state = layer(rnn.pack_sequence(xs, enforce_sorted=False))
    state = state[0] if kind == "LSTM" else state
    outputs = rnn.unpack_sequence(output)
    together = tw.grad(sum((y * y).sum() for y in outputs) + state.sum(), xs)
    for k, (x, y, gradient) in enumerate(zip(xs, outputs, together, strict=True)):
        alone, end = layer(x)
        end = end[0] if kind == "LSTM" else end
        np.testing.assert_allclose(y.numpy(), alone.numpy(), rtol=1e-12)
        np.testing.assert_allclose(state[:, k].numpy(), end.numpy(), rtol=1e-12)
        (own,) = tw.grad((alone * alone).sum() + end.sum(), x)
        np.testing.assert_allclose(gradient.numpy(), own.numpy(), rtol=1e-9, atol=1e-12)


def test_first_states_follow_their_sequences():
    layer, xs = nn.GRU(3, 2).double(), sequences([1, 3, 2])
    h = tw.tensor(np.random.default_rng(1).standard_normal((1, 3, 2)))
    _, state = layer(rnn.pack_sequence(xs, enforce_sorted=False), h)
    for k, x in enumerate(xs):
        np.testing.assert_allclose(state[:, k].numpy(), layer(x, h[:, k])[1].numpy(), rtol=1e-12)


def test_a_compiled_function_packs():
    layer = nn.LSTM(3, 2, batch_first=True).double()
    padded = rnn.pad_sequence(sequences([4, 2]), batch_first=True).detach()

    def last(x):
        return layer(rnn.pack_padded_sequence(x, [4, 2], batch_first=True))[1][0]

    compiled = tw.compile(last)
    for _ in range(3):
        np.testing.assert_allclose(compiled(padded).numpy(), last(padded).numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rnn.pack_padded_sequence(tw.zeros(3, 2), [1, 2]), tw.SettingError, "not sorted, longest first"),
        (lambda: rnn.pack_padded_sequence(tw.zeros(3, 2), [4, 1]), tw.SettingError, "from 1 to 3"),
        (lambda: rnn.pack_padded_sequence(tw.zeros(3, 2), [3, 2, 1]), tw.ShapeError, "batch_first=True"),
        (lambda: rnn.pack_padded_sequence(tw.zeros(3), [3]), tw.ShapeError, r"not the shape \(3,\)"),
        (lambda: rnn.pad_sequence([tw.zeros(3, 2), tw.zeros(3, 1)]), tw.ShapeError, "first dimension only"),
        (lambda: rnn.pad_sequence([tw.zeros(3)], padding_side="top"), tw.SettingError, "'right' or 'left'"),
        (lambda: nn.LSTM(3, 2)(tw.zeros(5, 1, 4)), tw.ShapeError, "input_size I = 3"),
        (lambda: nn.LSTM(3, 2)(tw.zeros(0, 1, 3)), tw.ShapeError, "one step or more"),
        (lambda: nn.GRU(3, 2)(tw.zeros(5, 1, 3), tw.zeros(2, 1, 2)), tw.ShapeError, r"must have \(1, 1, 2\)"),
        (lambda: nn.LSTM(3, 2)(tw.zeros(5, 1, 3), tw.zeros(1, 1, 2)), tw.SettingError, "h_0 and c_0"),
        (lambda: nn.LSTMCell(3, 2)(tw.zeros(4, 2)), tw.ShapeError, "input_size I = 3"),
        (lambda: nn.GRUCell(3, 2)(tw.zeros(4, 3), tw.zeros(3, 2)), tw.ShapeError, r"must have \(4, 2\)"),
        (lambda: nn.LSTM(3, 0), ValueError, "hidden_size is a positive"),
        (lambda: nn.GRU(3, 2, device="cuda"), NotImplementedError, "no device 'cuda'"),
        (lambda: nn.LSTM(3, 2, proj_size=2), ValueError, "smaller than hidden_size"),
        (lambda: nn.RNN(3, 2, nonlinearity="gelu"), ValueError, "'tanh' or 'relu'"),
    ],
)
def test_what_does_not_fit_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_dropout_without_a_second_layer_is_told():
    with pytest.warns(UserWarning, match="applied between layers"):
        nn.LSTM(3, 2, dropout=0.5)
