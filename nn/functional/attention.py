"""Attention: each query's answer is a mean of the values, weighted by how well their keys fit."""

from __future__ import annotations

import math

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import SettingError, ShapeError, Tensor, as_tensor, dropout, float16

from .activations import softmax


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """``softmax(Q Kᵀ scale + mask) V`` (Vaswani et al., 2017).

    Parameters
    ----------
    query : Tensor of shape (..., L, E)
        A question in each row.
    key : Tensor of shape (..., S, E)
        What the values are asked for by.
    value : Tensor of shape (..., S, Ev)
        What the answers are made of.
    attn_mask : Tensor, optional
        Broadcastable to (..., L, S): booleans, True where a key takes part, or numbers to add to the scores.
    dropout_p : float
        With this probability a weight is dropped. There is no evaluation mode here: pass 0 then.
    is_causal : bool
        Let query i see the keys up to i only; not together with `attn_mask`.
    scale : float, optional
        ``1 / √E`` by default.
    enable_gqa : bool
        Let several heads of queries, in dimension -3, share one of keys and values.

    Returns
    -------
    Tensor of shape (..., L, Ev)
        A query that may see no key gets 0.

    Raises
    ------
    ShapeError
        When the shapes do not fit.
    ValueError
        When both a mask and `is_causal` are given.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> q, k, v = tw.tensor([[0.0]]), tw.tensor([[1.0], [2.0]]), tw.tensor([[3.0], [5.0]])
    >>> nn.functional.scaled_dot_product_attention(q, k, v).tolist()
    [[4.0]]
    """
    op = "scaled_dot_product_attention"
    q, k, v = as_tensor(query), as_tensor(key), as_tensor(value)
    shapes = (q.shape, k.shape, v.shape)
    if min(q.ndim, k.ndim, v.ndim) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ShapeError(
            f"queries {q.shape}, keys {k.shape} and values {v.shape} do not fit",
            op=op,
            shapes=shapes,
            hint="They are (..., L, E), (..., S, E) and (..., S, Ev)",
        )
    if enable_gqa:
        k, v = (tw.repeat_interleave(t, q.shape[-3] // t.shape[-3], -3) for t in (k, v))
    if is_causal:
        if attn_mask is not None:
            raise SettingError("is_causal makes the mask, and attn_mask is given too", op=op, hint="Give one of them")
        attn_mask = as_tensor(np.tri(q.shape[-2], k.shape[-2], dtype=bool))
    stored = q.dtype
    if stored == float16:  # computed in float32
        q, k, v = q.float(), k.float(), v.float()
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores: Tensor = (q * factor) @ k.mT
    if attn_mask is not None:
        mask = as_tensor(attn_mask)
        scores = tw.where(mask, scores, -math.inf) if mask.dtype == bool else scores + mask
    answers: Tensor = dropout(attention_weights(scores), dropout_p) @ v
    return answers.to(stored)


def attention_weights(scores: Tensor) -> Tensor:
    """Softmax of the scores (..., L, S); a query whose scores are all -inf may see no key, and gives 0 to each."""
    unseeing = tw.eq(scores, -math.inf).all(-1, keepdim=True)  # softmax would be 0 / 0 there
    weights: Tensor = tw.where(unseeing, 0, softmax(tw.where(unseeing, 0, scores), -1))
    return weights
