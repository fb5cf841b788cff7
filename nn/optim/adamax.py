"""`Adamax`: Adam by the largest gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, absolute, maximum, update_values, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalar, scalars


class Adamax(CountingOptimizer):
    """Adam with the infinity norm: the mean gradient is divided by the largest one, which fades.

    With g the gradient and t the number of the step, each step does, in this order::

        g ← -g                          if maximize
        g ← g + weight_decay w
        m ← β₁ m + (1 - β₁) g           "exp_avg", 0 at first
        u ← max(β₂ u, |g| + eps)        "exp_inf", 0 at first
        w ← w - lr / (1 - β₁ᵗ) m / u

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 2e-3
        The learning rate.
    betas : pair of float, default (0.9, 0.999)
        How much of the mean gradient and of the largest one stays in each step.
    eps : float, default 1e-8
        Keeps the division finite.
    weight_decay : float, default 0
        The strength of the L2 penalty.
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
    Source: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, section 7.1.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0, -200.0], requires_grad=True)
    >>> optimizer = nn.optim.Adamax([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, -199.5]
    """

    rates = ("lr", "betas", "eps", "weight_decay")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
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
            state["exp_avg"], state["exp_inf"] = zeros_like(parameter), zeros_like(parameter)
        step, (beta1, beta2) = scalar(state["step"]), map(scalar, group["betas"])
        update_values(
            _adamax,
            (parameter, state["exp_avg"], state["exp_inf"]),
            gradient,
            correction=1 - beta1**step,
            betas=(beta1, beta2),
            **scalars(group, "lr", "eps", "weight_decay", "maximize"),
        )


def _adamax(
    w: Any,
    m: Any,
    u: Any,
    g: Any,
    *,
    correction: Any,
    betas: tuple[Any, Any],
    lr: Any,
    eps: Any,
    weight_decay: Any,
    maximize: bool,
) -> tuple[Any, ...]:
    g = penalised(w, g, weight_decay, maximize)
    m += (1 - betas[0]) * (g - m)
    u = maximum(betas[1] * u, absolute(g) + eps)
    w -= (lr / correction) * (m / u)
    return w, m, u
