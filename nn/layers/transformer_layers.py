"""`TransformerEncoderLayer` and `TransformerDecoderLayer`: attention and a small network, each with a way around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import DTypeLike

from tinygrad_wtf import SettingError, Tensor

from .. import functional
from ..devices import on_cpu
from ..module import Module
from .attention import MultiheadAttention
from .dropout import Dropout
from .linear import Linear
from .normalization import LayerNorm

Activation = str | Callable[[Tensor], Tensor]


def chosen_activation(kind: str, activation: Activation) -> Callable[[Tensor], Tensor]:
    """Return the function that a name stands for; functions and modules are returned as they are."""
    if callable(activation):
        return activation
    if activation not in ("relu", "gelu"):
        raise SettingError(f"activation is 'relu', 'gelu' or a function, not {activation!r}", op=kind)
    return functional.relu if activation == "relu" else functional.gelu


class TransformerEncoderLayer(Module):
    """Self-attention and a network of two layers, each added to what it reads and normalised (Vaswani et al., 2017).

    Parameters
    ----------
    d_model : int
        How many numbers a position has.
    nhead : int
        How many heads the attention has.
    dim_feedforward : int, default 2048
        How many neurons the network's first layer has.
    dropout : float, default 0.1
        The probability with which numbers are dropped in four places, in training.
    activation : {"relu", "gelu"} or callable
        What follows the network's first layer; relu by default.
    layer_norm_eps : float, default 1e-5
        The `eps` of the normalisations.
    batch_first : bool, default False
        Whether batches have shape (N, L, E), not (L, N, E).
    norm_first : bool, default False
        Whether is normalised before attention and network, not after the sums.
    bias : bool, default True
        Whether projections, layers and normalisations have biases.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the parameters; the default dtype when None.

    Raises
    ------
    SettingError
        When the activation is unknown.
    ValueError
        When the heads do not divide `d_model`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> layer(tw.zeros(3, 5, 8)).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, dtype=dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = chosen_activation(type(self).__name__, activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """Compute the layer.

        Parameters
        ----------
        src : Tensor of shape (L, N, d_model), (N, L, d_model) or (L, d_model)
            The sequences.
        src_mask : Tensor of shape (L, L), optional
            Booleans, True where a position may not see another, or numbers to add to the scores.
        src_key_padding_mask : Tensor of shape (N, L), optional
            Booleans, True where a position is padding.
        is_causal : bool, default False
            A hint that `src_mask`, given too, is the causal one.
        """
        x = src
        if self.norm_first:
            x = x + self._attended(self.norm1(x), src_mask, src_key_padding_mask, is_causal)
            return x + self._fed_forward(self.norm2(x))  # type: ignore[no-any-return]
        x = self.norm1(x + self._attended(x, src_mask, src_key_padding_mask, is_causal))
        return self.norm2(x + self._fed_forward(x))  # type: ignore[no-any-return]

    def _attended(self, x: Tensor, mask: Tensor | None, padding: Tensor | None, is_causal: bool) -> Tensor:
        found, _ = self.self_attn(
            x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=is_causal
        )
        y: Tensor = self.dropout1(found)
        return y

    def _fed_forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))
        return y


class TransformerDecoderLayer(Module):
    """Self-attention, attention to a memory, and a network of two layers, each with a way around it.

    Parameters
    ----------
    d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype
        As in `TransformerEncoderLayer`.

    Raises
    ------
    SettingError
        When the activation is unknown.
    ValueError
        When the heads do not divide `d_model`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.TransformerDecoderLayer(d_model=8, nhead=2, dim_feedforward=16)
    >>> layer(tw.zeros(5, 3, 8), tw.zeros(7, 3, 8)).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        settings: dict[str, Any] = {"dropout": dropout, "bias": bias, "batch_first": batch_first, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, **settings)
        self.multihead_attn = MultiheadAttention(d_model, nhead, **settings)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, dtype=dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = chosen_activation(type(self).__name__, activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Compute the layer.

        Parameters
        ----------
        tgt, memory : Tensor of shape (T, N, d_model), (S, N, d_model); N first with `batch_first`, or none
            The sequences that are written, and what they are written from.
        tgt_mask, memory_mask : Tensor of shape (T, T), (T, S), optional
            Booleans, True where a position may not see another, or numbers to add to the scores.
        tgt_key_padding_mask, memory_key_padding_mask : Tensor of shape (N, T), (N, S), optional
            Booleans, True where a position is padding.
        tgt_is_causal, memory_is_causal : bool, default False
            Hints that the masks, given too, are the causal ones.
        """

        def own(x: Tensor) -> Tensor:
            found, _ = self.self_attn(
                x, x, x, attn_mask=tgt_mask, key_padding_mask=tgt_key_padding_mask, need_weights=False,
                is_causal=tgt_is_causal,
            )  # fmt: skip
            y: Tensor = self.dropout1(found)
            return y

        def read(x: Tensor) -> Tensor:
            found, _ = self.multihead_attn(
                x, memory, memory, attn_mask=memory_mask, key_padding_mask=memory_key_padding_mask,
                need_weights=False, is_causal=memory_is_causal,
            )  # fmt: skip
            y: Tensor = self.dropout2(found)
            return y

        x = tgt
        if self.norm_first:
            x = x + own(self.norm1(x))
            x = x + read(self.norm2(x))
            return x + self._fed_forward(self.norm3(x))  # type: ignore[no-any-return]
        x = self.norm1(x + own(x))
        x = self.norm2(x + read(x))
        return self.norm3(x + self._fed_forward(x))  # type: ignore[no-any-return]

    def _fed_forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))
        return y
