"""`AdamW`: Adam whose weights decay by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tinygrad_wtf import Tensor

from .adam import Adam


class AdamW(Adam):
    """Adam with decoupled weight decay: ``w ← w - lr weight_decay w``, which the gradient's size does not change.

    The rest of the step is `Adam`'s.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1e-3
        The learning rate.
    betas : pair of float, default (0.9, 0.999)
        How much of the means of the gradient and of its square stays in each step.
    eps : float, default 1e-8
        Keeps the division finite.
    weight_decay : float, default 0.01
        Which part of a weight is lost in each step, times `lr`.
    amsgrad : bool, default False
        Divide by the largest mean of squares so far.
    maximize : bool, default False
        Climb instead of descending; the weights decay all the same.
    foreach, capturable, fused
        Change nothing, as for `Adam`.
    differentiable : bool, default False
        True is refused.

    Raises
    ------
    ValueError
        When a setting is negative or not finite, or a beta is 1 or more; and as `Optimizer` does.
    UnsupportedError
        For ``differentiable=True``.

    Notes
    -----
    Source: I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.AdamW([w], lr=0.5, weight_decay=0.1)
    >>> (0 * w).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 6)
    0.95
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
