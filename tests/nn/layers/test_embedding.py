"""The table of an embedding."""

import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn


def test_an_embedding_is_its_rows_and_padding_learns_nothing():
    layer = nn.Embedding(4, 3, padding_idx=-1, generator=0)
    assert layer.weight[3].tolist() == [0.0, 0.0, 0.0]
    layer(tw.tensor([1, 3, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[0.0] * 3, [2.0] * 3, [0.0] * 3, [0.0] * 3]
    fixed = nn.Embedding.from_pretrained(tw.tensor([[1.0], [2.0]]))
    assert fixed(tw.tensor([1])).tolist() == [[2.0]]
    assert not fixed.weight.requires_grad
    with pytest.raises(ValueError, match="padding_idx"):
        nn.Embedding(2, 3, padding_idx=2)
