"""`Adam`: steps of the size of the learning rate, by running means of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, maximum, sqrt, update_values, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalar, scalars


class Adam(CountingOptimizer):
    """Adaptive moments: each parameter moves by its mean gradient, divided by that gradient's usual size.

    With g the gradient and t the number of the step, each step does, in this order::

        g ← -g                                         if maximize
        g ← g + weight_decay w                         (w ← w - lr weight_decay w, if decoupled)
        m ← β₁ m + (1 - β₁) g                          "exp_avg", 0 at first
        v ← β₂ v + (1 - β₂) g²                         "exp_avg_sq", 0 at first
        v̂ ← v / (1 - β₂ᵗ)                              with amsgrad of the largest v so far
        w ← w - lr m / (1 - β₁ᵗ) / (√v̂ + eps)

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1e-3
        The learning rate; a tensor of one number can be changed in place.
    betas : pair of float, default (0.9, 0.999)
        How much of the two means stays in each step.
    eps : float, default 1e-8
        Keeps the division finite.
    weight_decay : float, default 0
        The strength of the L2 penalty, or with `decoupled_weight_decay` of the decay.
    amsgrad : bool, default False
        Divide by the largest mean of squares so far, "max_exp_avg_sq", instead of the present one.
    foreach, fused : bool, optional
        How PyTorch computes the step; here they change nothing.
    maximize : bool, default False
        Climb instead of descending.
    capturable : bool, default False
        Changes nothing: rates and counts are inputs of a compiled step anyway.
    differentiable : bool, default False
        True is refused.
    decoupled_weight_decay : bool, default False
        Let the weights decay by themselves, as `AdamW` does.

    Raises
    ------
    ValueError
        When a setting is negative or not finite, or a beta is 1 or more; and as `Optimizer` does.
    UnsupportedError
        For ``differentiable=True``.

    Notes
    -----
    Source: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; amsgrad: S. J. Reddi,
    S. Kale and S. Kumar, "On the Convergence of Adam and Beyond", ICLR 2018.

    Examples
    --------
    The first step has the size of the learning rate, whatever that of the gradient.

    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0, -200.0], requires_grad=True)
    >>> optimizer = nn.optim.Adam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> [round(number, 4) for number in w.tolist()]
    [0.5, -199.5]
    """

    rates = ("lr", "betas", "eps", "weight_decay")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
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
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = zeros_like(parameter)
        step, (beta1, beta2) = scalar(state["step"]), map(scalar, group["betas"])
        changed = [parameter, state["exp_avg"], state["exp_avg_sq"]]
        if group["amsgrad"]:
            changed.append(state["max_exp_avg_sq"])
        update_values(
            _adam,
            changed,
            gradient,
            corrections=(1 - beta1**step, (1 - beta2**step) ** 0.5),
            betas=(beta1, beta2),
            decoupled=group["decoupled_weight_decay"],
            **scalars(group, "lr", "eps", "weight_decay", "maximize"),
        )


def _adam(
    w: Any,
    m: Any,
    v: Any,
    *peak_and_gradient: Any,
    corrections: tuple[Any, Any],
    betas: tuple[Any, Any],
    decoupled: bool,
    lr: Any,
    eps: Any,
    weight_decay: Any,
    maximize: bool,
) -> tuple[Any, ...]:
    *peak, g = peak_and_gradient
    if decoupled and weight_decay:
        w *= 1 - lr * weight_decay
        weight_decay = 0
    g = penalised(w, g, weight_decay, maximize)
    m += (1 - betas[0]) * (g - m)
    v *= betas[1]
    v += (1 - betas[1]) * (g * g)
    peak = [maximum(largest, v) for largest in peak]
    w -= (lr / corrections[0]) * (m / (sqrt(peak[0] if peak else v) / corrections[1] + eps))
    return (w, m, v, *peak)
