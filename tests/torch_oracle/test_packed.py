"""Packed sequences against PyTorch's: the packing itself, and what layers make of it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[oracle]'")

import tinygrad_wtf as tw  # noqa: E402
from tests.torch_oracle.layers import made  # noqa: E402
from tinygrad_wtf.nn.utils import rnn  # noqa: E402

LENGTHS = ([3, 3], [4, 2, 1], [1, 4, 2, 4])


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("text", ["RNN(3, 2, bidirectional=True)", "LSTM(3, 4, 2, proj_size=2)", "GRU(3, 2, 2)"])
def test_a_packed_batch_gives_pytorchs_numbers(text, lengths):
    theirs, ours = made(text)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    xs = np.random.default_rng(0).standard_normal((max(lengths), len(lengths), 3))
    wanted = torch.nn.utils.rnn.pack_padded_sequence(torch.from_numpy(xs), lengths, enforce_sorted=False)
    found = rnn.pack_padded_sequence(tw.tensor(xs), lengths, enforce_sorted=False)
    assert found.batch_sizes.tolist() == wanted.batch_sizes.tolist()
    for a, b in ((found.data, wanted.data), *_results(ours(found), theirs(wanted))):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10, atol=1e-12)
    padded, sizes = rnn.pad_packed_sequence(ours(found)[0], batch_first=True)
    theirs_padded, theirs_sizes = torch.nn.utils.rnn.pad_packed_sequence(theirs(wanted)[0], batch_first=True)
    assert sizes.tolist() == theirs_sizes.tolist()
    np.testing.assert_allclose(padded.detach().numpy(), theirs_padded.detach().numpy(), rtol=1e-10, atol=1e-12)


def _results(found, wanted):
    (mine, state), (yours, torch_state) = found, wanted
    states = zip(state, torch_state, strict=True) if isinstance(state, tuple) else [(state, torch_state)]
    return [(mine.data, yours.data), *states]
