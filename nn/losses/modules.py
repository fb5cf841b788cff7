"""Losses as modules: they keep the settings, and `nn.functional` does the computing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from tinygrad_wtf import Tensor, as_tensor

from .. import functional
from ..functional.checks import known_reduction
from ..module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
]


class _Loss(Module):
    """What the losses share: how the single losses become one, and weights that follow the module's dtype."""

    _settings: ClassVar[tuple[str, ...]] = ()  # what else its line says
    _reductions: ClassVar[tuple[str, ...]] = ()  # besides "mean", "sum" and "none"

    def __init__(self, reduction: str, **weights: Any) -> None:
        super().__init__()
        known_reduction(type(self).__name__, reduction, *self._reductions)
        self.reduction = reduction
        for name, weight in weights.items():
            if weight is not None and not isinstance(weight, Tensor):
                weight = as_tensor(np.asarray(weight))  # NumPy keeps Python's numbers exact; the loss rounds them
            # not part of the saved state: a weight is a setting, as the reduction is
            self.register_buffer(name, weight, persistent=False)

    def extra_repr(self) -> str:
        """Return the settings."""
        settings = {name: value for name, value in vars(self).items() if name in self._settings}
        return ", ".join(f"{name}={value!r}" for name, value in {"reduction": self.reduction, **settings}.items())


class BCELoss(_Loss):
    """Log-loss of probabilities, `nn.functional.binary_cross_entropy`: finite at 0 and 1.

    Parameters
    ----------
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    eps : float, optional
        The guide's epsilon inside both logarithms, in the place of PyTorch's bound at -100.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> a, y = tw.tensor([[0.0], [0.0]]), tw.tensor([[0.0], [1.0]])
    >>> nn.BCELoss(reduction="none")(a, y).tolist()
    [[0.0], [100.0]]
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean", eps: float | None = None) -> None:
        super().__init__(reduction, weight=weight)
        self.eps = eps

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of probabilities `input` against labels `target` of the same shape."""
        return functional.binary_cross_entropy(input, target, self.weight, self.reduction, self.eps)

    def extra_repr(self) -> str:
        """Return the settings."""
        return super().extra_repr() + (f", eps={self.eps}" if self.eps is not None else "")


class BCEWithLogitsLoss(_Loss):
    """Log-loss of logits, `nn.functional.binary_cross_entropy_with_logits`: for a network without a last sigmoid.

    Parameters
    ----------
    weight : array_like, optional
        Factors of the single losses; it broadcasts to the shape of the input.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    pos_weight : array_like, optional
        A factor of the positive labels' part.
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction, weight=weight, pos_weight=pos_weight)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits `input` against labels `target` of the same shape."""
        return functional.binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class MSELoss(_Loss):
    """Mean squared error, `nn.functional.mse_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.mse_loss(input, target, self.reduction)


class L1Loss(_Loss):
    """Mean absolute error, `nn.functional.l1_loss`."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.l1_loss(input, target, self.reduction)


class SmoothL1Loss(_Loss):
    """Squares near 0, absolute values beyond `beta`: `nn.functional.smooth_l1_loss`."""

    _settings = ("beta",)

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(_Loss):
    """Squares near 0, `delta` times absolute values beyond: `nn.functional.huber_loss`."""

    _settings = ("delta",)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of predictions `input` against values `target` of the same shape."""
        return functional.huber_loss(input, target, self.reduction, self.delta)


class SoftMarginLoss(_Loss):
    """Log-loss of logits with labels of -1 and 1, `nn.functional.soft_margin_loss`."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits `input` against labels `target` of the same shape."""
        return functional.soft_margin_loss(input, target, self.reduction)


class CrossEntropyLoss(_Loss):
    """Log-loss of several classes from logits, `nn.functional.cross_entropy`: for a network without a last softmax.

    Parameters
    ----------
    weight : array_like of shape (C,), optional
        A factor for each class.
    ignore_index : int
        A class that does not count.
    reduction : {"mean", "sum", "none"}
        How the single losses become one.
    label_smoothing : float
        The part of each target that is shared out to all classes.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> round(nn.CrossEntropyLoss()(tw.zeros(5, 4), [0, 1, 2, 3, 0]).item(), 4)
    1.3863
    """

    _settings = ("ignore_index", "label_smoothing")
    weight: Tensor | None

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        super().__init__(reduction, weight=weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logits (N, C, ...) against classes (N, ...) or probabilities (N, C, ...)."""
        return functional.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )


class NLLLoss(_Loss):
    """Log-loss of several classes from logarithms of probabilities, `nn.functional.nll_loss`: after `LogSoftmax`."""

    _settings = ("ignore_index",)
    weight: Tensor | None

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction, weight=weight)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the loss of logarithms (N, C, ...) against classes (N, ...)."""
        return functional.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class KLDivLoss(_Loss):
    """Kullback and Leibler's divergence, `nn.functional.kl_div`; ``reduction="batchmean"`` is the mathematical one."""

    _settings = ("log_target",)
    _reductions = ("batchmean",)

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Any) -> Tensor:
        """Compute the divergence of logarithms of probabilities `input` from `target` of the same shape."""
        return functional.kl_div(input, target, self.reduction, self.log_target)


class PoissonNLLLoss(_Loss):
    """Minus the log-likelihood of counts, `nn.functional.poisson_nll_loss`."""

    _settings = ("log_input", "full", "eps")

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Any) -> Tensor:
        """Compute the loss of the means' logarithms against counts `target` of the same shape."""
        return functional.poisson_nll_loss(log_input, target, self.log_input, self.full, self.eps, self.reduction)


class GaussianNLLLoss(_Loss):
    """Minus the log-likelihood under normal laws, `nn.functional.gaussian_nll_loss`."""

    _settings = ("full", "eps")

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Any, var: Any) -> Tensor:
        """Compute the loss of means `input` and variances `var` against values `target`."""
        return functional.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class TripletMarginLoss(_Loss):
    """Like nearer than unlike by a margin, `nn.functional.triplet_margin_loss`."""

    _settings = ("margin", "p", "eps", "swap")

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: margin must be positive, got {margin}")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute the loss of triplets of vectors."""
        return functional.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )
