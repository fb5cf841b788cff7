"""`SGD`: gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, sign, zeros_like

from .optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, ``w ← w - lr dL/dw``: the guide's update; with momentum and penalties, PyTorch's arithmetic.

    With g the gradient, each step does, in this order::

        g ← -g                                   if maximize
        g ← g + weight_decay w                   the gradient of the L2 penalty weight_decay/2 Σ w²
        g ← g + l1 sign(w)                       the gradient of the L1 penalty l1 Σ |w|
        v ← momentum v + (1 - dampening) g       with momentum; v = g at first
        g ← g + momentum v  if nesterov, else v
        w ← w - lr g

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float, default 1e-3
        The learning rate, the guide's α.
    momentum : float, default 0
        How much of the last step's direction stays.
    dampening : float, default 0
        How much less a new gradient counts in the direction.
    weight_decay : float, default 0
        The strength of the L2 penalty.
    nesterov : bool, default False
        Look ahead along the direction; needs momentum and no dampening.
    l1 : float, default 0
        The strength of the L1 penalty, which the guide names beside L2 as a remedy for overfitting.
    maximize : bool, default False
        Climb instead of descending. The penalties still pull towards zero.

    Raises
    ------
    ValueError
        When a setting is negative or not finite, or nesterov is asked for without momentum or with dampening; and as
        `Optimizer` does.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = nn.optim.SGD([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.0, 0.0]
    """

    rates = ("lr", "momentum", "dampening", "weight_decay", "l1")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        l1: float = 0.0,
        maximize: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "l1": l1,
            "maximize": maximize,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        for name in ("momentum", "dampening", "weight_decay", "l1"):
            self.check_number(group, name)
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError(
                "SGD: nesterov needs a momentum above 0 and no dampening, "
                f"not momentum={group['momentum']}, dampening={group['dampening']}"
            )

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if group["maximize"]:
            gradient = -gradient
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        if group["l1"]:
            gradient = gradient + group["l1"] * sign(parameter)
        if group["momentum"]:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = state["momentum_buffer"] = zeros_like(parameter)
                velocity.copy_(gradient)
            else:
                velocity.mul_(group["momentum"]).add_((1 - group["dampening"]) * gradient)
            gradient = gradient + group["momentum"] * velocity if group["nesterov"] else velocity
        if isinstance(group["lr"], Tensor):
            parameter.sub_(group["lr"] * gradient)
        else:
            parameter.sub_(gradient, alpha=group["lr"])
