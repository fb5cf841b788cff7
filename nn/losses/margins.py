"""Losses with a margin, `nn.functional` as modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_wtf import Tensor

from .. import functional
from .loss import Loss


class HingeEmbeddingLoss(Loss):
    """Distances of like and unlike pairs, `nn.functional.hinge_embedding_loss`.

    Parameters
    ----------
    margin : float, default 1
        How far unlike pairs should be apart.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    _settings = ("margin",)

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        self.margin = margin

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of distances against labels of 1 and -1."""
        return functional.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(Loss):
    """Angles of like and unlike vectors, `nn.functional.cosine_embedding_loss`.

    Parameters
    ----------
    margin : float, default 0
        The cosine from which unlike vectors cost nothing.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    _settings = ("margin",)

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Any) -> Tensor:
        """Compute the loss of vectors (N, D) against labels (N,) of 1 and -1."""
        return functional.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(Loss):
    """Which of two scores should be larger, `nn.functional.margin_ranking_loss`.

    Parameters
    ----------
    margin : float, default 0
        By how much.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    _settings = ("margin",)

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Any) -> Tensor:
        """Compute the loss of two scores against labels of 1 and -1."""
        return functional.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MultiMarginLoss(Loss):
    """The right class should lead by a margin, `nn.functional.multi_margin_loss`.

    Parameters
    ----------
    p : {1, 2}
        The power.
    margin : float, default 1
        By how much.
    weight : array_like of shape (C,), optional
        A factor for each class.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ValueError
        When p is neither.
    """

    reads = "classes"

    _settings = ("p", "margin")
    weight: Tensor | None

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: p is 1 or 2, not {p!r}")
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of scores (N, C) against classes (N,)."""
        return functional.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(Loss):
    """Right classes should lead before wrong ones, `nn.functional.multilabel_margin_loss`.

    Parameters
    ----------
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of scores (N, C) against the right classes (N, C), ended by -1."""
        return functional.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(Loss):
    """Log-loss of every class by itself, `nn.functional.multilabel_soft_margin_loss`.

    Parameters
    ----------
    weight : array_like, optional
        Factors, which broadcast to the shape of the input.
    size_average, reduce : bool, optional
        PyTorch's older words for `reduction`, deprecated there: give `reduction`.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    weight: Tensor | None

    def __init__(
        self, weight: Any = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, size_average, reduce, weight=weight)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits (..., C) against labels of 0 and 1."""
        return functional.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class TripletMarginWithDistanceLoss(Loss):
    """`TripletMarginLoss` with a distance of one's own, `nn.functional.triplet_margin_with_distance_loss`.

    Parameters
    ----------
    distance_function : callable, optional
        The distance of two tensors; `nn.functional.pairwise_distance` by default.
    margin : float, default 1
        By how much nearer, above 0.
    swap : bool, default False
        Whether the negative's distance from the positive counts where it is smaller.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.

    Raises
    ------
    ValueError
        When the margin is not positive.
    """

    _settings = ("margin", "swap")

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: margin must be positive, got {margin}")
        self.distance_function = functional.pairwise_distance if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute the loss of triplets."""
        return functional.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
