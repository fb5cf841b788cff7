"""`TransformerEncoder`, `TransformerDecoder` and `Transformer`: stacks of the layers of `transformer_layers`."""

from __future__ import annotations

import copy
import math
from typing import Any

from numpy.typing import DTypeLike

from tinygrad_wtf import ShapeError, Tensor, full

from .. import functional, init
from ..counts import count
from ..devices import on_cpu
from ..module import Module
from .container import ModuleList
from .normalization import LayerNorm
from .transformer_layers import Activation, TransformerDecoderLayer, TransformerEncoderLayer


class TransformerEncoder(Module):
    """Equal encoder layers one after another.

    Parameters
    ----------
    encoder_layer : Module
        The layer that is copied; the copies start with its values.
    num_layers : int
        How many there are.
    norm : Module, optional
        Applied at the end.
    enable_nested_tensor, mask_check : bool, default True
        PyTorch's settings of a faster way for padded batches in evaluation, which gives 0 where there is padding. Here
        is one way, and padded positions are computed as any other.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> nn.TransformerEncoder(layer, num_layers=2)(tw.zeros(3, 5, 8)).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.num_layers = count(type(self).__name__, "num_layers", num_layers)
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(self.num_layers))
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """Run all layers; the arguments are those of `TransformerEncoderLayer`."""
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Module):
    """Equal decoder layers one after another.

    Parameters
    ----------
    decoder_layer : Module
        The layer that is copied; the copies start with its values.
    num_layers : int
        How many there are.
    norm : Module, optional
        Applied at the end.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.TransformerDecoderLayer(d_model=8, nhead=2, dim_feedforward=16)
    >>> nn.TransformerDecoder(layer, num_layers=2)(tw.zeros(5, 3, 8), tw.zeros(7, 3, 8)).shape
    (5, 3, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.num_layers = count(type(self).__name__, "num_layers", num_layers)
        self.layers = ModuleList(copy.deepcopy(decoder_layer) for _ in range(self.num_layers))
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Run all layers; the arguments are those of `TransformerDecoderLayer`."""
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """An encoder that reads sequences and a decoder that writes others (Vaswani et al., 2017).

    Parameters
    ----------
    d_model, nhead : int, default 512 and 8
        How many numbers a position has, and how many heads share them.
    num_encoder_layers, num_decoder_layers : int, default 6
        How many layers there are.
    dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype
        As in `TransformerEncoderLayer`.
    custom_encoder, custom_decoder : Module, optional
        Take the places of the encoder and the decoder.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> model = nn.Transformer(8, 2, 1, 1, dim_feedforward=16)
    >>> model(tw.zeros(7, 3, 8), tw.zeros(5, 3, 8)).shape
    (5, 3, 8)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = functional.relu,
        custom_encoder: Any | None = None,
        custom_decoder: Any | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)

        def layer(kind: type[TransformerEncoderLayer] | type[TransformerDecoderLayer]) -> Module:
            return kind(
                d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias,
                None, dtype,
            )  # fmt: skip

        def norm() -> Module:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)

        self.encoder = (
            TransformerEncoder(layer(TransformerEncoderLayer), num_encoder_layers, norm())
            if custom_encoder is None
            else custom_encoder
        )
        self.decoder = (
            TransformerDecoder(layer(TransformerDecoderLayer), num_decoder_layers, norm())
            if custom_decoder is None
            else custom_decoder
        )
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Read `src` (S, N, d_model) and write what belongs to `tgt` (T, N, d_model).

        N comes first with `batch_first`; the masks are those of `TransformerEncoderLayer` and
        `TransformerDecoderLayer`.

        Raises
        ------
        ShapeError
            When the batches or the sizes differ.
        """
        batch = (0 if self.batch_first else 1) if src.ndim == 3 else -1
        if src.shape[batch] != tgt.shape[batch] or not src.shape[-1] == tgt.shape[-1] == self.d_model:
            raise ShapeError(
                f"src {src.shape} and tgt {tgt.shape} must have one batch and {self.d_model} numbers a position",
                op=type(self).__name__,
                shapes=(src.shape, tgt.shape),
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        y: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
        return y

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: DTypeLike | None = None) -> Tensor:
        """Return the causal mask: -inf where a position would see a later one, 0 elsewhere.

        Parameters
        ----------
        sz : int
            How many positions there are.
        device : optional
            "cpu", or None.
        dtype : dtype, optional
            The default dtype when None.

        Examples
        --------
        >>> from tinygrad_wtf import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2).tolist()
        [[0.0, -inf], [0.0, 0.0]]
        """
        on_cpu("generate_square_subsequent_mask", device)
        mask: Tensor = full((sz, sz), -math.inf, dtype=dtype).triu(1)
        return mask
