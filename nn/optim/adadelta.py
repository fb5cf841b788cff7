"""`Adadelta`: steps of the size of earlier ones, without a learning rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, sqrt, update_values, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalars


class Adadelta(CountingOptimizer):
    """Steps as large as earlier ones were, over the gradient's usual size: the learning rate needs no choice.

    With g the gradient, each step does, in this order::

        g ← -g                              if maximize
        g ← g + weight_decay w
        v ← ρ v + (1 - ρ) g²                "square_avg", 0 at first
        Δ = √(u + eps) / √(v + eps) g
        u ← ρ u + (1 - ρ) Δ²                "acc_delta", 0 at first
        w ← w - lr Δ

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1
        What each step is multiplied by.
    rho : float, default 0.9
        How much of the means of squares stays in each step.
    eps : float, default 1e-6
        Keeps the division finite, and lets the first steps begin.
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
        When a setting is negative or not finite, or rho is above 1; and as `Optimizer` does.
    UnsupportedError
        For ``differentiable=True``.

    Notes
    -----
    Source: M. D. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv:1212.5701.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.Adadelta([w])
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> round(w.item(), 4)
    0.9968
    """

    rates = ("lr", "rho", "eps", "weight_decay")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        for name in ("rho", "eps", "weight_decay"):
            self.check_number(group, name)
        if group["rho"] > 1:
            raise ValueError(f"Adadelta: rho is at most 1, not {group['rho']}")

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if "square_avg" not in state:
            state["square_avg"], state["acc_delta"] = zeros_like(parameter), zeros_like(parameter)
        update_values(
            _adadelta,
            (parameter, state["square_avg"], state["acc_delta"]),
            gradient,
            **scalars(group, "lr", "rho", "eps", "weight_decay", "maximize"),
        )


def _adadelta(
    w: Any, v: Any, u: Any, g: Any, *, lr: Any, rho: Any, eps: Any, weight_decay: Any, maximize: bool
) -> tuple[Any, ...]:
    g = penalised(w, g, weight_decay, maximize)
    v *= rho
    v += (1 - rho) * (g * g)
    move = sqrt(u + eps) / sqrt(v + eps) * g
    u *= rho
    u += (1 - rho) * (move * move)
    w -= lr * move
    return w, v, u
