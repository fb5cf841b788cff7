"""`MultiheadAttention`: each query looks at all keys, with several heads."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, ShapeError, Tensor, as_generator, as_tensor, zeros

from .. import functional, init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter
from .linear import Linear


class MultiheadAttention(Module):
    """Attention by several heads (Vaswani et al., 2017), `nn.functional.multi_head_attention_forward`.

    Parameters
    ----------
    embed_dim : int
        How many numbers a query has.
    num_heads : int
        How many heads share them; it divides `embed_dim`.
    dropout : float, default 0
        With this probability a weight is dropped, in training.
    bias : bool, default True
        Whether the projections have biases.
    add_bias_kv : bool, default False
        Whether there is one more key and value, learnt.
    add_zero_attn : bool, default False
        Whether there is one more key and value of zeros.
    kdim, vdim : int, optional
        How many numbers keys and values have; `embed_dim` by default.
    batch_first : bool, default False
        Whether batches have shape (N, L, E), not (L, N, E).
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    in_proj_weight : Parameter of shape (3 embed_dim, embed_dim), or None
        The projections of queries, keys and values; where `kdim` or `vdim` differ these are `q_proj_weight`,
        `k_proj_weight` and `v_proj_weight`.
    in_proj_bias : Parameter of shape (3 embed_dim,), or None
    out_proj : Linear
        The last projection.

    Raises
    ------
    ValueError
        When the heads do not divide `embed_dim`, or a size is not positive.
    ShapeError
        On a call, when shapes do not fit.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> x = tw.zeros(2, 5, 8)
    >>> y, weights = nn.MultiheadAttention(8, num_heads=2, batch_first=True)(x, x, x)
    >>> y.shape, weights.shape
    ((2, 5, 8), (2, 5, 5))
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        kind = type(self).__name__
        on_cpu(kind, device)
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ValueError(f"{kind}: num_heads must divide embed_dim, and {num_heads} does not divide {embed_dim}")
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        self.add_zero_attn = add_zero_attn
        one = self.kdim == self.vdim == embed_dim
        shapes: dict[str, tuple[int, ...] | None] = {
            "in_proj_weight": (3 * embed_dim, embed_dim) if one else None,
            "q_proj_weight": None if one else (embed_dim, embed_dim),
            "k_proj_weight": None if one else (embed_dim, self.kdim),
            "v_proj_weight": None if one else (embed_dim, self.vdim),
            "in_proj_bias": (3 * embed_dim,) if bias else None,
            "bias_k": (1, 1, embed_dim) if add_bias_kv else None,
            "bias_v": (1, 1, embed_dim) if add_bias_kv else None,
        }
        for name, shape in shapes.items():
            parameter = None if shape is None else Parameter(zeros(*shape, dtype=dtype), name=name)
            self.register_parameter(name, parameter)
        source = as_generator(generator)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, dtype=dtype, generator=source)
        self._reset_parameters(source)

    def _reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw the projections anew: Glorot's uniform distribution, and zero biases."""
        source = as_generator(generator)
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight, generator=source)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for more in (self.bias_k, self.bias_v):
            if more is not None:
                init.xavier_normal_(more, generator=source)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Let each query look at the keys; gives the answers and the weights (None without `need_weights`).

        Parameters
        ----------
        query, key, value : Tensor of shape (L, N, E), (S, N, kdim), (S, N, vdim)
            N comes first with `batch_first`, and is absent for a single sample.
        key_padding_mask : Tensor of shape (N, S), optional
            Booleans, True where a key is padding, or numbers to add to the scores.
        need_weights : bool, default True
            Whether the weights are returned.
        attn_mask : Tensor of shape (L, S) or (N num_heads, L, S), optional
            Booleans, True where a query may *not* see a key, or numbers to add to the scores.
        average_attn_weights : bool, default True
            Whether the weights returned are the mean over the heads.
        is_causal : bool, default False
            A hint that `attn_mask`, given too, is the causal one.
        """
        q, k, v = as_tensor(query), as_tensor(key), as_tensor(value)
        if k.shape[-1:] != (self.kdim,) or v.shape[-1:] != (self.vdim,):
            raise ShapeError(
                f"takes keys of {self.kdim} numbers and values of {self.vdim}, not of shapes {k.shape} and {v.shape}",
                op=type(self).__name__,
                shapes=(q.shape, k.shape, v.shape),
            )
        if turned := self.batch_first and q.ndim == 3:
            first = q.transpose(0, 1)  # one source stays one
            second = first if key is query else k.transpose(0, 1)
            q, k, v = first, second, second if value is key else v.transpose(0, 1)
        output, weights = functional.multi_head_attention_forward(
            q,
            k,
            v,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            key_padding_mask,
            need_weights,
            attn_mask,
            self.in_proj_weight is None,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(0, 1) if turned else output), weights
