"""`EmbeddingBag`: one vector for several words."""

from __future__ import annotations

from typing import Any, Self

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, ShapeError, Tensor, as_tensor, no_grad, zeros

from .. import functional, init
from ..devices import on_cpu
from ..module import Module
from ..parameter import Parameter


class EmbeddingBag(Module):
    """The sums, means or maxima of the rows of a table at given indices, `nn.functional.embedding_bag`.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        How many rows there are, and how long they are.
    max_norm, norm_type, scale_grad_by_freq, sparse
        As in `Embedding`.
    mode : {"mean", "sum", "max"}
        What is made of the rows of a bag.
    include_last_offset : bool, default False
        Whether the offsets have the end of the last bag too.
    padding_idx : int, optional
        An index that does not count; its row is 0 and stays as it is.
    device : optional
        "cpu", or None.
    dtype : dtype, optional
        Of the table; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight : Parameter of shape (num_embeddings, embedding_dim)
        Drawn from the standard normal distribution.

    Raises
    ------
    ValueError
        When the mode is unknown, or `padding_idx` is none of the rows.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.EmbeddingBag(10, 3)(tw.tensor([1, 2, 4, 5, 4]), tw.tensor([0, 3])).shape
    (2, 3)
    """

    takes_integers = True  # `fit` leaves whole numbers as they are for a model with such a layer
    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        if mode not in ("mean", "sum", "max"):
            raise ValueError(f"EmbeddingBag: mode is 'mean', 'sum' or 'max', not {mode!r}")
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"EmbeddingBag: padding_idx {padding_idx} is not among {num_embeddings} rows")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None and as_tensor(_weight).shape != (num_embeddings, embedding_dim):
            raise ShapeError(f"a table of {_weight.shape} is not {(num_embeddings, embedding_dim)}", op="EmbeddingBag")
        table = zeros(num_embeddings, embedding_dim, dtype=dtype) if _weight is None else as_tensor(_weight)
        self.weight = Parameter(table, name="weight")
        if _weight is None:
            self.reset_parameters(generator)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """Make a layer with a copy of this table, which is not learnt further unless `freeze` is False."""
        table = as_tensor(embeddings)
        if table.ndim != 2:
            raise ShapeError(f"a table has rows and columns, not the shape {table.shape}", op="EmbeddingBag")
        rows, columns = table.shape
        layer = cls(
            rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, table, include_last_offset,
            padding_idx,
        )  # fmt: skip
        layer.weight.requires_grad_(not freeze)
        return layer

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw the table anew."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor, offsets: Any = None, per_sample_weights: Tensor | None = None) -> Tensor:
        """Look up bags: rows of `input` (B, L), or with `offsets` the parts of `input` (n,)."""
        return functional.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}, mode={self.mode!r}{padding}"
