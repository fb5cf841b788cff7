"""`RMSprop`: steps divided by the gradient's usual size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, sqrt, update_values, zeros_like

from .counting import CountingOptimizer
from .rates import penalised, scalars


class RMSprop(CountingOptimizer):
    """Root mean square propagation: each gradient is divided by the root of the mean of its squares.

    With g the gradient, each step does, in this order::

        g ← -g                          if maximize
        g ← g + weight_decay w
        v ← α v + (1 - α) g²            "square_avg", 0 at first
        m ← α m + (1 - α) g             "grad_avg", 0 at first; if centered
        d = √v + eps                    or √(v - m²) + eps, if centered
        b ← momentum b + g / d          "momentum_buffer", 0 at first; with momentum
        w ← w - lr b                    or w - lr g / d, without momentum

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1e-2
        The learning rate.
    alpha : float, default 0.99
        How much of the mean of squares stays in each step.
    eps : float, default 1e-8
        Keeps the division finite.
    weight_decay : float, default 0
        The strength of the L2 penalty.
    momentum : float, default 0
        How much of the last step's direction stays.
    centered : bool, default False
        Divide by the standard deviation instead: the mean gradient does not count.
    maximize : bool, default False
        Climb instead of descending.
    foreach, capturable
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
    Source: T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop", Neural Networks for Machine Learning, 2012; centered: A.
    Graves, "Generating Sequences With Recurrent Neural Networks", arXiv:1308.0850.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0, -200.0], requires_grad=True)
    >>> optimizer = nn.optim.RMSprop([w], lr=0.01)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> [round(number, 4) for number in w.tolist()]
    [0.9, -199.9]
    """

    rates = ("lr", "alpha", "eps", "weight_decay", "momentum")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        for name in ("alpha", "eps", "weight_decay", "momentum"):
            self.check_number(group, name)

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        names = ["square_avg"]
        names += ["momentum_buffer"] if group["momentum"] else []
        names += ["grad_avg"] if group["centered"] else []
        for name in names:
            if name not in state:
                state[name] = zeros_like(parameter)
        update_values(
            _rmsprop,
            [parameter, *(state[name] for name in names)],
            gradient,
            centered=group["centered"],
            **scalars(group, "lr", "alpha", "eps", "weight_decay", "momentum", "maximize"),
        )


def _rmsprop(
    w: Any,
    v: Any,
    *more: Any,
    centered: bool,
    lr: Any,
    alpha: Any,
    eps: Any,
    weight_decay: Any,
    momentum: Any,
    maximize: bool,
) -> tuple[Any, ...]:
    *means, g = more
    g = penalised(w, g, weight_decay, maximize)
    v *= alpha
    v += (1 - alpha) * (g * g)
    if centered:
        means[-1] += (1 - alpha) * (g - means[-1])
        size = sqrt(v - means[-1] * means[-1]) + eps
    else:
        size = sqrt(v) + eps
    move = g / size
    if momentum:
        means[0] *= momentum
        means[0] += move
        move = means[0]
    w -= lr * move
    return (w, v, *means)
