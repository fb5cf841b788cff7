"""`NAdam`: Adam with Nesterov's look ahead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, sqrt, update_values, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalar, scalars


class NAdam(CountingOptimizer):
    """Adam with Nesterov's momentum: the step looks ahead along the mean gradient.

    With g the gradient and t the number of the step, each step does, in this order::

        g ← -g                                         if maximize
        g ← g + weight_decay w                         (w ← w - lr weight_decay w, if decoupled)
        μₜ = β₁ (1 - 0.96^(t momentum_decay) / 2)
        m ← β₁ m + (1 - β₁) g                          "exp_avg", 0 at first
        v ← β₂ v + (1 - β₂) g²                         "exp_avg_sq", 0 at first
        d = √(v / (1 - β₂ᵗ)) + eps
        w ← w - lr (1 - μₜ) / (1 - μ₁...μₜ) g / d - lr μₜ₊₁ / (1 - μ₁...μₜ₊₁) m / d

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 2e-3
        The learning rate.
    betas : pair of float, default (0.9, 0.999)
        How much of the means of the gradient and of its square stays in each step.
    eps : float, default 1e-8
        Keeps the division finite.
    weight_decay : float, default 0
        The strength of the L2 penalty, or with `decoupled_weight_decay` of the decay.
    momentum_decay : float, default 4e-3
        How fast the momentum μ grows to β₁.
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
    Source: T. Dozat, "Incorporating Nesterov Momentum into Adam", ICLR workshop 2016.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.NAdam([w], lr=0.1)
    >>> for _ in range(50):
    ...     optimizer.zero_grad()
    ...     (w * w).sum().backward()
    ...     optimizer.step()
    >>> abs(w.item()) < 0.1
    True
    """

    rates = ("lr", "betas", "eps", "weight_decay", "momentum_decay")
    shared = {"step": 0.0, "mu_product": 1.0}  # noqa: RUF012 - a ClassVar of the base

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        self.check_betas(group)
        for name in ("eps", "weight_decay", "momentum_decay"):
            self.check_number(group, name)

    def advance(self, group: Mapping[str, Any], counts: dict[str, Tensor]) -> None:
        """Count the step, and multiply its momentum in."""
        super().advance(group, counts)
        mu, product = _momentum(group, scalar(counts["step"])), counts["mu_product"]
        product.mul_(mu.to(product.dtype) if isinstance(mu, Tensor) else mu)

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if "exp_avg" not in state:
            state["exp_avg"], state["exp_avg_sq"] = zeros_like(parameter), zeros_like(parameter)
        step, product, lr = scalar(state["step"]), scalar(state["mu_product"]), scalar(group["lr"])
        beta1, beta2 = map(scalar, group["betas"])
        mu, mu_next = _momentum(group, step), _momentum(group, step + 1)
        update_values(
            _nadam,
            (parameter, state["exp_avg"], state["exp_avg_sq"]),
            gradient,
            of_gradient=lr * (1 - mu) / (1 - product),
            of_mean=lr * mu_next / (1 - product * mu_next),
            correction=1 - beta2**step,
            betas=(beta1, beta2),
            decoupled=group["decoupled_weight_decay"],
            **scalars(group, "lr", "eps", "weight_decay", "maximize"),
        )


def _momentum(group: Mapping[str, Any], step: Any) -> Any:
    """The momentum μ of a step."""
    return scalar(group["betas"][0]) * (1 - 0.5 * 0.96 ** (step * scalar(group["momentum_decay"])))


def _nadam(
    w: Any,
    m: Any,
    v: Any,
    g: Any,
    *,
    of_gradient: Any,
    of_mean: Any,
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
    size = sqrt(v / correction) + eps
    w -= of_gradient * (g / size)
    w -= of_mean * (m / size)
    return w, m, v
