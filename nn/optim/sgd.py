"""`SGD`: gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, sign, update_values, zeros_like

from .optimizer import Optimizer
from .rates import penalised, scalars


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
    lr : float or Tensor, default 1e-3
        The learning rate, the guide's α; a tensor of one number can be changed in place.
    momentum : float, default 0
        How much of the last step's direction stays.
    dampening : float, default 0
        How much less a new gradient counts in the direction.
    weight_decay : float, default 0
        The strength of the L2 penalty.
    nesterov : bool, default False
        Look ahead along the direction; needs momentum and no dampening.
    maximize : bool, default False
        Climb instead of descending. The penalties still pull towards zero.
    foreach, fused : bool, optional
        How PyTorch computes the step; here they change nothing.
    differentiable : bool, default False
        True is refused.
    l1 : float, default 0
        The strength of the L1 penalty, which the guide names beside L2 as a remedy for overfitting. PyTorch has none.

    Raises
    ------
    ValueError
        When a setting is negative or not finite, or nesterov is asked for without momentum or with dampening; and as
        `Optimizer` does.
    UnsupportedError
        For ``differentiable=True``.

    Notes
    -----
    Source: the guide's ``update``; momentum: I. Sutskever et al., "On the importance of initialization and momentum in
    deep learning", ICML 2013, in PyTorch's form.

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
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
        l1: float = 0.0,
    ) -> None:
        settings = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
            "l1": l1,
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
        if not (group["momentum"] or group["weight_decay"] or group["l1"] or isinstance(group["lr"], Tensor)):
            parameter.sub_(-gradient if group["maximize"] else gradient, alpha=group["lr"])
            return
        changed = [parameter]
        is_first = False
        if group["momentum"]:
            is_first = state.get("momentum_buffer") is None
            if is_first:
                state["momentum_buffer"] = zeros_like(parameter)
            changed.append(state["momentum_buffer"])
        names = ("lr", "momentum", "dampening", "weight_decay", "l1", "nesterov", "maximize")
        update_values(_descend, changed, gradient, is_first=is_first, **scalars(group, *names))


def _descend(
    w: Any,
    *velocity_and_gradient: Any,
    is_first: bool,
    lr: Any,
    momentum: Any,
    dampening: Any,
    weight_decay: Any,
    l1: Any,
    nesterov: bool,
    maximize: bool,
) -> tuple[Any, ...]:
    *velocity, g = velocity_and_gradient
    g = penalised(w, g, weight_decay, maximize)
    if l1:
        g = g + l1 * sign(w)
    if not velocity:
        w -= lr * g
        return (w,)
    (v,) = velocity
    if is_first:
        v = g
    else:
        v *= momentum
        v += (1 - dampening) * g
    w -= lr * (g + momentum * v if nesterov else v)
    return w, v
