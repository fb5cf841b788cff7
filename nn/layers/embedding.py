"""`Embedding`: a vector for each of a number of words, learnt."""

from __future__ import annotations

from typing import Any, Self

from numpy.typing import DTypeLike

from tinygrad_wtf import Generator, ShapeError, Tensor, as_tensor, no_grad, zeros

from .. import functional, init
from ..devices import on_cpu
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
    max_norm : float, optional
        Rows that are read and longer than that are first shortened to it, in place.
    norm_type : float, default 2
        The p of the norm that measures them.
    scale_grad_by_freq : bool, default False
        Whether a row's gradient is divided by how often the row was read.
    sparse : bool, default False
        True is refused: there are no sparse gradients here.
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
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        generator: Generator | int | None = None,
    ) -> None:
        super().__init__()
        on_cpu(type(self).__name__, device)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx {padding_idx} is not among {num_embeddings} rows")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if _weight is None:
            table = zeros(num_embeddings, embedding_dim, dtype=dtype)
            self.weight = Parameter(table, requires_grad=not _freeze, name="weight")
            self.reset_parameters(generator)
        elif (table := as_tensor(_weight)).shape != (num_embeddings, embedding_dim):
            raise ShapeError(f"a table of {table.shape} is not ({num_embeddings}, {embedding_dim})", op="Embedding")
        else:
            self.weight = Parameter(table, requires_grad=not _freeze, name="weight")

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
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
        rows, columns = table.shape
        return cls(
            rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, _weight=table, _freeze=freeze
        )

    def reset_parameters(self, generator: Generator | int | None = None) -> None:
        """Draw the table anew."""
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        """Look up integers of any shape."""
        return functional.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        defaults = {"padding_idx": None, "max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False}
        more = (f", {name}={getattr(self, name)}" for name, value in defaults.items() if getattr(self, name) != value)
        return f"{self.num_embeddings}, {self.embedding_dim}" + "".join(more)
