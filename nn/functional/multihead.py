"""Attention by several heads at once: projections, masks, and what `nn.MultiheadAttention` computes."""

from __future__ import annotations

import math
from typing import Any

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor, dropout

from .attention import attention_weights
from .layers import linear


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Project queries, keys and values, let each head attend to its part of them, and project what they found.

    Parameters
    ----------
    query : Tensor of shape (L, N, E) or (L, E)
        A question in each row.
    key, value : Tensor of shape (S, N, Ek), (S, N, Ev) or without N
        What the questions are compared with, and what the answers are made of.
    embed_dim_to_check : int
        E; the query's size must be it.
    num_heads : int
        How many heads share E.
    in_proj_weight : Tensor of shape (3 E, E), or None with `use_separate_proj_weight`
        The projections of queries, keys and values, one under the other.
    in_proj_bias : Tensor of shape (3 E,), optional
        Added to the projections.
    bias_k, bias_v : Tensor of shape (1, 1, E), optional
        One more key and value.
    add_zero_attn : bool
        Whether there is one more key and value of zeros.
    dropout_p : float
        With this probability a weight is dropped, in training.
    out_proj_weight, out_proj_bias : Tensor of shape (E, E), (E,)
        The last projection; the latter may be None.
    training : bool, default True
        Whether weights are dropped.
    key_padding_mask : Tensor of shape (N, S) or (S,), optional
        Booleans, True where a key is padding, or numbers to add to the scores.
    need_weights : bool, default True
        Whether the weights are returned.
    attn_mask : Tensor of shape (L, S) or (N num_heads, L, S), optional
        Booleans, True where a query may *not* see a key, or numbers to add to the scores.
    use_separate_proj_weight : bool, default False
        Whether the three next arguments take the place of `in_proj_weight`.
    q_proj_weight, k_proj_weight, v_proj_weight : Tensor of shape (E, E), (E, Ek), (E, Ev), optional
        The projections.
    static_k, static_v : Tensor of shape (N num_heads, S, E / num_heads), optional
        Keys and values that are projected and divided already.
    average_attn_weights : bool, default True
        Whether the weights returned are the mean over the heads.
    is_causal : bool, default False
        A hint that `attn_mask` is the causal one, which must be given too.

    Returns
    -------
    output : Tensor of shape (L, N, E) or (L, E)
        The answers. A query that may see no key gets those of zero weights.
    weights : Tensor of shape (N, L, S) or (N, num_heads, L, S), or None
        How much each query looked at each key; without N where the query has none.

    Raises
    ------
    ShapeError
        When shapes do not fit, or the heads do not divide E.
    SettingError
        With `is_causal` and without `attn_mask`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> x, w, o = tw.ones(3, 4), tw.ones(12, 4), tw.ones(4, 4)
    >>> y, weights = nn.functional.multi_head_attention_forward(
    ...     x, x, x, 4, 2, w, None, None, None, False, 0.0, o, None
    ... )
    >>> y.shape, weights.shape
    ((3, 4), (3, 3))
    """
    op = "multi_head_attention_forward"
    q, k, v = as_tensor(query), as_tensor(key), as_tensor(value)
    if q.ndim not in (2, 3) or {k.ndim, v.ndim} != {q.ndim} or q.shape[-1] != embed_dim_to_check:
        raise ShapeError(
            f"queries {q.shape}, keys {k.shape} and values {v.shape} do not fit: they are (L, N, E), (S, N, Ek) and "
            f"(S, N, Ev), or without N, with E = {embed_dim_to_check}",
            op=op,
            shapes=(q.shape, k.shape, v.shape),
        )
    if num_heads < 1 or embed_dim_to_check % num_heads:
        raise ShapeError(f"{num_heads} heads cannot share {embed_dim_to_check} numbers", op=op)
    if is_causal and attn_mask is None:
        raise SettingError(
            "is_causal is a hint about attn_mask, which is not given", op=op,
            hint="Pass attn_mask=nn.Transformer.generate_square_subsequent_mask(L) too",
        )  # fmt: skip
    single = q.ndim == 2
    one_source, kv_source = query is key and key is value, key is value
    if single:
        q, k, v = q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1)
    if k.shape[:2] != v.shape[:2] or k.shape[1] != q.shape[1]:
        raise ShapeError(f"keys {k.shape} and values {v.shape} do not fit queries {q.shape}", op=op)
    length, batch, size = q.shape
    if use_separate_proj_weight:
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        weights = (_given(q_proj_weight), _given(k_proj_weight), _given(v_proj_weight))
        q, k, v = (linear(x, w, b) for x, w, b in zip((q, k, v), weights, biases, strict=True))
    else:
        q, k, v = _projected(q, k, v, _given(in_proj_weight), in_proj_bias, one_source, kv_source)
    if bias_k is not None and bias_v is not None:
        k = tw.cat([k, bias_k.expand(1, batch, size)])
        v = tw.cat([v, bias_v.expand(1, batch, size)])

    def divided(x: Tensor) -> Tensor:
        """Into (N, heads, S, E / heads)."""
        return x.reshape(x.shape[0], batch, num_heads, size // num_heads).permute(1, 2, 0, 3)

    heads = divided(q)
    keys, values = (
        divided(x) if static is None else as_tensor(static).reshape(batch, num_heads, -1, size // num_heads)
        for x, static in ((k, static_k), (v, static_v))
    )
    if add_zero_attn:
        nothing = tw.zeros(batch, num_heads, 1, size // num_heads, dtype=keys.dtype)
        keys, values = tw.cat([keys, nothing], 2), tw.cat([values, nothing], 2)
    scores = (heads * (size // num_heads) ** -0.5) @ keys.mT
    scores = _masked(op, scores, attn_mask, key_padding_mask)
    unmasked = attn_mask is None and key_padding_mask is None
    looked = tw.softmax(scores, -1) if unmasked else attention_weights(scores)
    if training and dropout_p:
        looked = dropout(looked, dropout_p)
    answers = (looked @ values).permute(2, 0, 1, 3).reshape(length, batch, size)
    output = linear(answers, out_proj_weight, out_proj_bias)
    output = output.squeeze(1) if single else output
    if not need_weights:
        return output, None
    looked = looked.mean(1) if average_attn_weights else looked
    return output, (looked.squeeze(0) if single else looked)


def _given(weight: Tensor | None) -> Tensor:
    if weight is None:
        raise SettingError("a projection's weight is missing", op="multi_head_attention_forward")
    return weight


def _projected(
    q: Tensor, k: Tensor, v: Tensor, weight: Tensor, bias: Tensor | None, one_source: bool, kv_source: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values; what has one source is one product."""
    size = q.shape[-1]
    if one_source:
        q, k, v = linear(q, weight, bias).chunk(3, -1)
        return q, k, v
    first, rest = weight.split([size, 2 * size])
    first_bias, rest_bias = (None, None) if bias is None else bias.split([size, 2 * size])
    q = linear(q, first, first_bias)
    if kv_source:
        k, v = linear(k, rest, rest_bias).chunk(2, -1)
        return q, k, v
    biases = (None, None) if rest_bias is None else rest_bias.chunk(2)
    k, v = (linear(x, w, b) for x, w, b in zip((k, v), rest.chunk(2), biases, strict=True))
    return q, k, v


def _masked(op: str, scores: Tensor, attn_mask: Any, key_padding_mask: Any) -> Tensor:
    """Put -inf where a query may not see a key; keys that were added here are seen by all."""
    batch, heads, length, keys = scores.shape
    for name, given in (("attn_mask", attn_mask), ("key_padding_mask", key_padding_mask)):
        if given is None:
            continue
        mask = as_tensor(given)
        added = keys - (mask.shape[-1] if mask.ndim else keys)
        if added in (1, 2):
            mask = tw.pad(mask, (0, added))
        if name == "key_padding_mask":
            fits = mask.shape == (batch, keys) or (mask.shape == (keys,) and batch == 1)
            shape: tuple[int, ...] = (batch, 1, 1, keys)
        else:
            fits = mask.shape in ((length, keys), (batch * heads, length, keys))
            shape = (batch, heads, length, keys) if mask.ndim == 3 else (length, keys)
        if not fits:
            wanted = "(N, S)" if name == "key_padding_mask" else "(L, S) or (N heads, L, S)"
            raise ShapeError(
                f"{name} has shape {mask.shape}, and must have {wanted} for scores of {(batch, heads, length, keys)}",
                op=op,
                shapes=(mask.shape,),
            )
        mask = mask.reshape(shape)
        scores = tw.where(mask, -math.inf, scores) if mask.dtype == bool else scores + mask
    return scores
