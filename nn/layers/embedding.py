"""`Embedding`: a vector for each of a number of words, learnt."""

from __future__ import annotations

from typing import Self

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, ShapeError, Tensor, as_tensor, no_grad, zeros

from .. import functional, init
from ..module import Module
from ..parameter import Parameter


class Embedding(Module):
    """The rows of a table at given indices, `nn.functional.embedding`.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        How many rows there are, and how long they are.
    padding_idx : int, optional
        A row that is 0 and stays as it is: it receives no gradient.
    dtype : dtype, optional
        Of the table; the default dtype when None.
    generator : Generator or int, optional
        Where the initial values are drawn from; an int is a seed.

    Attributes
    ----------
    weight : Parameter of shape (num_embeddings, embedding_dim)
        Drawn from the standard normal distribution.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> nn.Embedding(10, 3)(tw.tensor([[1, 2], [4, 5]])).shape
    (2, 2, 3)
    """

    takes_integers = True  # `fit` leaves whole numbers as they are for a model with such a layer
    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx {padding_idx} is not among {num_embeddings} rows")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(zeros(num_embeddings, embedding_dim, dtype=dtype), name="weight")
        self.reset_parameters(generator)

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None) -> Self:
        """Make a layer with a copy of this table, which is not learnt further unless `freeze` is False.

        A frozen table may hold whole numbers.

        Raises
        ------
        ShapeError
            When the table has not two dimensions.
        DTypeError
            When a table of whole numbers is to be learnt.
        """
        table = as_tensor(embeddings)
        if table.ndim != 2:
            raise ShapeError(f"a table has rows and columns, not the shape {table.shape}", op="Embedding")
        layer = cls(table.shape[0], table.shape[1], padding_idx, generator=0)  # its draws are replaced
        layer.weight = Parameter(table, requires_grad=not freeze, name="weight")
        return layer

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw the table anew."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        """Look up integers of any shape."""
        return functional.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Return the settings."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
