"""`Rprop`: steps by the gradient's sign alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_wtf import Tensor, maximum, minimum, sign, update_values, where, zeros_like

from .counting import CountingOptimizer
from .rates import scalar


class Rprop(CountingOptimizer):
    """Resilient backpropagation: each number has a step of its own, which grows while the gradient keeps its sign.

    With g the gradient and p the last one, each step does, in this order::

        g ← -g                                         if maximize
        s ← η₊ s where g p > 0, η₋ s where g p < 0     "step_size", lr at first; kept within `step_sizes`
        g ← 0 where g p < 0
        w ← w - sign(g) s
        p ← g                                          "prev", 0 at first

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What is learnt, ``model.parameters()``; or groups of parameters with settings of their own.
    lr : float or Tensor, default 1e-2
        The size of the first step.
    etas : pair of float, default (0.5, 1.2)
        What a step is multiplied by when the sign has changed, and when it has not.
    step_sizes : pair of float, default (1e-6, 50)
        The smallest and the largest step.
    capturable, foreach
        Change nothing, as for `Adam`.
    maximize : bool, default False
        Climb instead of descending.
    differentiable : bool, default False
        True is refused.

    Raises
    ------
    ValueError
        When a number is negative or not finite, or the etas are not on both sides of 1; and as `Optimizer` does.
    UnsupportedError
        For ``differentiable=True``.

    Notes
    -----
    For full batches: the sign of a noisy gradient says little. Source: M. Riedmiller and H. Braun, "A Direct Adaptive
    Method for Faster Backpropagation Learning: The RPROP Algorithm", ICNN 1993.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> w = tw.tensor([1.0, -200.0], requires_grad=True)
    >>> optimizer = nn.optim.Rprop([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, -199.5]
    """

    rates = ("lr", "etas", "step_sizes")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        settings = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, settings)

    def check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        super().check(group)
        less, more = group["etas"]
        if not 0 < less < 1 < more:
            raise ValueError(f"Rprop: etas are a number between 0 and 1 and one above 1, not {group['etas']}")
        for i in range(2):
            self.check_number({f"step_sizes[{i}]": group["step_sizes"][i]}, f"step_sizes[{i}]")

    def update(self, parameter: Tensor, gradient: Tensor, group: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Make one step of the formula above."""
        if "prev" not in state:
            state["prev"], state["step_size"] = zeros_like(parameter), zeros_like(parameter)
            state["step_size"].copy_(group["lr"])
        update_values(
            _rprop,
            (parameter, state["prev"], state["step_size"]),
            gradient,
            etas=tuple(map(scalar, group["etas"])),
            step_sizes=tuple(map(scalar, group["step_sizes"])),
            maximize=group["maximize"],
        )


def _rprop(
    w: Any, p: Any, s: Any, g: Any, *, etas: tuple[Any, ...], step_sizes: tuple[Any, ...], maximize: bool
) -> tuple[Any, ...]:
    g = -g if maximize else g
    agreement = sign(g * p)
    factor = where(agreement > 0, etas[1], where(agreement < 0, etas[0], agreement + 1))  # 1 at 0, and nan stays nan
    s = minimum(maximum(s * factor, step_sizes[0]), step_sizes[1])
    g = where(agreement < 0, 0.0, g)
    w -= sign(g) * s
    return w, g, s
