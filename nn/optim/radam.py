"""`RAdam`: Adam that waits until it knows the gradient's size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, clamp_min, sqrt, update_values, where, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalar, scalars


class RAdam(CountingOptimizer):
    """Rectified Adam: the gradient's size is divided by only when enough steps have measured it.

    With g the gradient and t the number of the step, each step does, in this order::

        g ← -g                                         if maximize
        g ← g + weight_decay w                         (w ← w - lr weight_decay w, if decoupled)
        m ← β₁ m + (1 - β₁) g                          "exp_avg", 0 at first
        v ← β₂ v + (1 - β₂) g²                         "exp_avg_sq", 0 at first
        ρ∞ = 2 / (1 - β₂) - 1
        ρₜ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)                  how many steps the mean of squares is worth
        r = √((ρₜ - 4) (ρₜ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρₜ))
        w ← w - lr m / (1 - β₁ᵗ) r √(1 - β₂ᵗ) / (√v + eps)     if ρₜ > 5
        w ← w - lr m / (1 - β₁ᵗ)                               otherwise

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
    weight_decay : float, default 0
        The strength of the L2 penalty, or with `decoupled_weight_decay` of the decay.
    decoupled_weight_decay : bool, default False
        Let the weights decay by themselves, as `AdamW` does.
    maximize : bool, default False
        Climb instead of descending.
    foreach, capturable
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
    Source: L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020.

    Examples
    --------
    The first steps go by the mean gradient alone.

    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.RAdam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 6)
    0.5
    """

    rates = ("lr", "betas", "eps", "weight_decay")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        self.check_betas(group)
        self.check_number(group, "eps")
        self.check_number(group, "weight_decay")

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if "exp_avg" not in state:
            state["exp_avg"], state["exp_avg_sq"] = zeros_like(parameter), zeros_like(parameter)
        step, (beta1, beta2) = scalar(state["step"]), map(scalar, group["betas"])
        correction = 1 - beta2**step
        most = 2 / (1 - beta2) - 1
        worth = most - 2 * step * beta2**step / correction
        known = clamp_min(worth, 5.0) if isinstance(worth, Tensor) else max(worth, 5.0)  # a root of no negative number
        update_values(
            _radam,
            (parameter, state["exp_avg"], state["exp_avg_sq"]),
            gradient,
            is_known=worth > 5,
            factor=((known - 4) * (known - 2) * most / ((most - 4) * (most - 2) * known) * correction) ** 0.5,
            correction=1 - beta1**step,
            betas=(beta1, beta2),
            decoupled=group["decoupled_weight_decay"],
            **scalars(group, "lr", "eps", "weight_decay", "maximize"),
        )


def _radam(
    w: Any,
    m: Any,
    v: Any,
    g: Any,
    *,
    is_known: Any,
    factor: Any,
    correction: Any,
    betas: tuple[Any, Any],
    decoupled: bool,
    lr: Any,
    eps: Any,
    weight_decay: Any,
    maximize: bool,
) -> tuple[Any, ...]:
    if decoupled and weight_decay:
        w *= 1 - lr * weight_decay
        weight_decay = 0
    g = penalised(w, g, weight_decay, maximize)
    m += (1 - betas[0]) * (g - m)
    v *= betas[1]
    v += (1 - betas[1]) * (g * g)
    move = (lr / correction) * m
    if isinstance(is_known, Tensor):  # an input of a compiled step
        move = where(is_known, factor * (move / (sqrt(v) + eps)), move)
    elif is_known:
        move = factor * (move / (sqrt(v) + eps))
    w -= move
    return w, m, v
