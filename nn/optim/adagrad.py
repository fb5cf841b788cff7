"""`Adagrad`: steps divided by the root of all squared gradients so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, full_like, sqrt, update_values

from .counting import CountingOptimizer
from .rates import penalised, scalar, scalars


class Adagrad(CountingOptimizer):
    """Adaptive gradients: what has moved much moves less and less.

    With g the gradient and t the number of the step, each step does, in this order::

        g ← -g                          if maximize
        g ← g + weight_decay w
        s ← s + g²                      "sum", initial_accumulator_value at first
        w ← w - lr / (1 + (t - 1) lr_decay) g / (√s + eps)

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1e-2
        The learning rate.
    lr_decay : float, default 0
        How fast the learning rate falls besides.
    weight_decay : float, default 0
        The strength of the L2 penalty.
    initial_accumulator_value : float, default 0
        What the sum of squares starts from.
    eps : float, default 1e-10
        Keeps the division finite.
    maximize : bool, default False
        Climb instead of descending.
    foreach, fused
        Change nothing, as for `Adam`.
    differentiable : bool, default False
        True is refused.

    Raises
    ------
    ValueError
        When a setting is negative or not finite; and as `Optimizer` does.
    UnsupportedError
        For ``differentiable=True``.

    Notes
    -----
    Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", JMLR 12, 2011.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0, -200.0], requires_grad=True)
    >>> optimizer = nn.optim.Adagrad([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, -199.5]
    """

    rates = ("lr", "lr_decay", "eps", "weight_decay")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        settings = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        for name in ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            self.check_number(group, name)

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if "sum" not in state:
            state["sum"] = full_like(parameter, group["initial_accumulator_value"])
        step, lr = scalar(state["step"]), scalar(group["lr"])
        update_values(
            _adagrad,
            (parameter, state["sum"]),
            gradient,
            lr=lr / (1 + (step - 1) * scalar(group["lr_decay"])),
            **scalars(group, "eps", "weight_decay", "maximize"),
        )


def _adagrad(w: Any, s: Any, g: Any, *, lr: Any, eps: Any, weight_decay: Any, maximize: bool) -> tuple[Any, ...]:
    g = penalised(w, g, weight_decay, maximize)
    s += g * g
    w -= lr * (g / (sqrt(s) + eps))
    return w, s
