"""Attention: a weighted mean of the values, masks, and shared heads."""

import numpy as np
import pytest

import tinygrad_wtf as tw
from tinygrad_wtf import nn
from tinygrad_wtf.nn import functional

rng = np.random.default_rng(0)


def draw(*shape):
    return tw.tensor(rng.standard_normal(shape))


def test_attention_is_a_weighted_mean_of_the_values():
    q, k, v = draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 6)
    scores = np.exp(q.numpy() @ k.numpy().swapaxes(1, 2) / 2)
    expected = scores / scores.sum(-1, keepdims=True) @ v.numpy()
    np.testing.assert_allclose(functional.scaled_dot_product_attention(q, k, v).numpy(), expected, rtol=1e-9)


def test_causal_is_the_lower_triangle_and_booleans_are_minus_infinity():
    q, k, v = draw(3, 4), draw(5, 4), draw(5, 2)
    seen = np.tri(3, 5, dtype=bool)
    answers = [
        functional.scaled_dot_product_attention(q, k, v, is_causal=True),
        functional.scaled_dot_product_attention(q, k, v, tw.tensor(seen)),
        functional.scaled_dot_product_attention(q, k, v, tw.tensor(np.where(seen, 0.0, -np.inf))),
    ]
    np.testing.assert_array_equal(answers[0].numpy(), answers[1].numpy())
    np.testing.assert_array_equal(answers[0].numpy(), answers[2].numpy())
    np.testing.assert_allclose(answers[0].numpy()[0], v.numpy()[0], rtol=1e-12)


def test_a_query_that_sees_nothing_gets_nothing_and_teaches_nothing():
    q = tw.ones(1, 2, requires_grad=True)
    answer = functional.scaled_dot_product_attention(q, tw.ones(3, 2), tw.ones(3, 2), tw.zeros(1, 3).bool())
    answer.sum().backward()
    assert answer.tolist() == [[0.0, 0.0]]
    assert q.grad.tolist() == [[0.0, 0.0]]


def test_heads_share_their_keys():
    q, k, v = draw(4, 3, 2), draw(2, 3, 2), draw(2, 3, 2)
    shared = functional.scaled_dot_product_attention(q, k, v, enable_gqa=True).numpy()
    for head in range(4):
        alone = functional.scaled_dot_product_attention(q[head], k[head // 2], v[head // 2])
        np.testing.assert_allclose(shared[head], alone.numpy(), rtol=1e-12)


def test_attention_that_does_not_fit_is_refused():
    x = tw.zeros(3, 2)
    with pytest.raises(tw.ShapeError, match="do not fit"):
        functional.scaled_dot_product_attention(x, tw.zeros(3, 4), x)
    with pytest.raises(ValueError, match="is_causal"):
        functional.scaled_dot_product_attention(x, x, x, tw.ones(3, 3), is_causal=True)


def test_heads_look_only_where_they_may():
    layer, x = nn.MultiheadAttention(4, 2).double(), tw.randn(3, 1, 4, dtype=tw.float64)
    mask = nn.Transformer.generate_square_subsequent_mask(3, dtype=tw.float64)
    _, weights = layer(x, x, x, attn_mask=mask, is_causal=True)
    assert (weights.numpy()[0][np.triu_indices(3, 1)] == 0).all()
    np.testing.assert_allclose(weights.sum(-1).numpy(), 1.0)


def test_a_query_that_may_see_no_key_gets_zeros():
    layer, x = nn.MultiheadAttention(4, 2, bias=False), tw.ones(3, 1, 4)
    y, weights = layer(x, x, x, key_padding_mask=tw.tensor([[True, True, True]]))
    assert y.numpy().any() == weights.numpy().any() == False  # noqa: E712


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: nn.MultiheadAttention(4, 3), ValueError, "3 does not divide 4"),
        (lambda x: nn.MultiheadAttention(4, 2, device="cuda"), NotImplementedError, "no device"),
        (lambda x: nn.MultiheadAttention(4, 2)(x, x, x, is_causal=True), tw.SettingError, "hint about attn_mask"),
        (lambda x: nn.MultiheadAttention(5, 5)(x, x, x), tw.ShapeError, "keys of 5 numbers"),
        (lambda x: nn.MultiheadAttention(4, 2)(x, x, x, attn_mask=tw.zeros(2, 2)), tw.ShapeError, r"\(L, S\)"),
        (lambda x: nn.MultiheadAttention(4, 2)(x, x[:2], x), tw.ShapeError, "do not fit"),
        (lambda x: nn.TransformerEncoderLayer(4, 2, activation="swish"), tw.SettingError, "'relu', 'gelu'"),
        (lambda x: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 0), ValueError, "num_layers"),
        (lambda x: nn.Transformer(4, 2, 1, 1, 6)(x, x[:, :0]), tw.ShapeError, "one batch and 4 numbers"),
    ],
)
def test_what_does_not_fit_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call(tw.ones(3, 1, 4))
