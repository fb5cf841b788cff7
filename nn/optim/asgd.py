"""`ASGD`: gradient descent, and the mean of where it has been."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, maximum, update_values, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalar, scalars


class ASGD(CountingOptimizer):
    """Averaged stochastic gradient descent: the mean of the weights, in the state's "ax", is better than the last.

    With g the gradient and t the number of the step, each step does, in this order::

        g ← -g                                    if maximize
        g ← g + weight_decay w
        w ← (1 - lambd η) w - η g
        a ← a + μ (w - a)                         "ax"
        η ← lr / (1 + lambd lr t)^alpha           "eta", lr at first
        μ ← 1 / max(1, t - t0)                    "mu", 1 at first

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1e-2
        The learning rate.
    lambd : float, default 1e-4
        How fast the weights decay.
    alpha : float, default 0.75
        How fast the learning rate falls.
    t0 : float, default 1e6
        After which step the mean begins.
    weight_decay : float, default 0
        The strength of the L2 penalty.
    foreach, capturable
        Change nothing, as for `Adam`.
    maximize : bool, default False
        Climb instead of descending.
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
    Source: B. T. Polyak and A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM Journal on
    Control and Optimization 30, 1992.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0], requires_grad=True)
    >>> optimizer = nn.optim.ASGD([w], lr=0.25, lambd=0.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.item(), optimizer.state[w]["ax"].item()
    (0.5, 0.5)
    """

    rates = ("lr", "lambd", "alpha", "t0", "weight_decay")
    shared = {"step": 0.0, "eta": 0.0, "mu": 1.0}  # noqa: RUF012 - a ClassVar of the base

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
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
        for name in ("lambd", "alpha", "t0", "weight_decay"):
            self.check_number(group, name)

    def begun(self, group: Mapping[str, Any]) -> dict[str, Tensor]:
        """The shared numbers at first: no step, the learning rate itself, and a mean of one."""
        counts = super().begun(group)
        counts["eta"].copy_(scalar(group["lr"]))
        return counts

    def conclude(self, group: Mapping[str, Any], counts: dict[str, Tensor]) -> None:
        """Say how large the next step is, and how much it will count in the mean."""
        step, lr = scalar(counts["step"]), scalar(group["lr"])
        counts["eta"].copy_(lr / (1 + scalar(group["lambd"]) * lr * step) ** scalar(group["alpha"]))
        counts["mu"].copy_(1 / maximum(step - scalar(group["t0"]), 1.0))

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if "ax" not in state:
            state["ax"] = zeros_like(parameter)
        update_values(
            _asgd,
            (parameter, state["ax"]),
            gradient,
            eta=scalar(state["eta"]),
            mu=scalar(state["mu"]),
            **scalars(group, "lambd", "weight_decay", "maximize"),
        )


def _asgd(
    w: Any, a: Any, g: Any, *, eta: Any, mu: Any, lambd: Any, weight_decay: Any, maximize: bool
) -> tuple[Any, ...]:
    g = penalised(w, g, weight_decay, maximize)
    w *= 1 - lambd * eta
    w -= eta * g
    a += mu * (w - a)
    return w, a
