"""Schedules that rise and fall, with the momentum against them: `CyclicLR`, `OneCycleLR`."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

from ..optimizer import Optimizer
from .schedule import LRScheduler, checked, for_each_group, put


class _WithMomentum(LRScheduler):
    """Moves the momentum too: an optimizer's "momentum", or the first of its "betas"."""

    use_beta1: bool

    def _begin_momentum(self, base: Any, most: Any, set_them: bool) -> tuple[list[Any], list[Any]]:
        kind, optimizer = type(self).__name__, self.optimizer
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(f"{kind}: {type(optimizer).__name__} has neither momentum nor betas: cycle_momentum=False")
        self.use_beta1 = "betas" in optimizer.defaults
        bases = for_each_group(kind, "base_momentum", optimizer, base)
        mosts = for_each_group(kind, "max_momentum", optimizer, most)
        if set_them:
            for group, low, high in zip(optimizer.param_groups, bases, mosts, strict=True):
                self._put_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return bases, mosts

    def _put_momentum(self, group: dict[str, Any], value: Any) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_WithMomentum):
    """Lets the rate go up and down between two rates, and the momentum down and up.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    base_lr, max_lr : float or list of float
        The smallest and the largest rate; one for all groups, or one for each.
    step_size_up : int, default 2000
        How many steps the way up takes.
    step_size_down : int, optional
        How many steps the way down takes; as many as up by default.
    mode : {"triangular", "triangular2", "exp_range"}
        Whether the largest rate stays, is halved in each cycle (its distance from the smallest), or falls by ``gamma``
        in each step.
    gamma : float, default 1
        For "exp_range".
    scale_fn : callable, optional
        A factor for the height of the cycle, instead of `mode`.
    scale_mode : {"cycle", "iterations"}
        Whether `scale_fn` is given the number of the cycle, from 1 on, or of the step.
    cycle_momentum : bool, default True
        Whether to move the momentum, or Adam's first beta.
    base_momentum, max_momentum : float or list of float, default 0.8 and 0.9
        The smallest and the largest momentum.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    ValueError
        For an unknown mode, an optimizer without momentum where it is to be moved, or lists that do not fit the groups.

    Notes
    -----
    Source: L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = nn.optim.lr_scheduler.CyclicLR(optimizer, base_lr=1.0, max_lr=3.0, step_size_up=2)
    >>> lrs = []
    >>> for epoch in range(6):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 2.0, 3.0, 2.0, 1.0, 2.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked("CyclicLR", optimizer)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"CyclicLR: mode is 'triangular', 'triangular2' or 'exp_range', not {mode!r}")
        base_lrs = for_each_group("CyclicLR", "base_lr", optimizer, base_lr)
        self.max_lrs = for_each_group("CyclicLR", "max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                put(group, "lr", lr)
        down = float(step_size_up if step_size_down is None else step_size_down)
        self.total_size = float(step_size_up) + down
        self.step_ratio = float(step_size_up) / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._begin_momentum(
                base_momentum, max_momentum, last_epoch == -1
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The factor for the height of a cycle."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return float(0.5 ** (x - 1) if self.mode == "triangular2" else self.gamma**x)

    def get_lr(self) -> list[Any]:
        """Give the rates of this place in the cycle, and set the momentum."""
        self._tell_misuse()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            bounds = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in bounds:
                self._put_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimizer; of a function only what an object among them holds."""
        state = super().state_dict()
        function = state.pop("_scale_fn_custom")
        is_object = function is not None and not isinstance(function, types.FunctionType)
        return {**state, "_scale_fn_custom": vars(function).copy() if is_object else None}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes from `state_dict`; a function stays what it is."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})
        if state_dict.get("_scale_fn_custom") is not None:
            vars(self._scale_fn_custom).update(state_dict["_scale_fn_custom"])


class OneCycleLR(_WithMomentum):
    """Lets the rate rise once, fall to almost nothing, and the momentum fall and rise: a whole training.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    max_lr : float or list of float
        The largest rate; one for all groups, or one for each.
    total_steps : int, optional
        How many steps the training has; or `epochs` times `steps_per_epoch`.
    epochs, steps_per_epoch : int, optional
        Give the number of steps too.
    pct_start : float, default 0.3
        Which part of the steps the rise takes.
    anneal_strategy : {"cos", "linear"}
        How the rate moves between its ends.
    cycle_momentum : bool, default True
        Whether to move the momentum, or Adam's first beta.
    base_momentum, max_momentum : float or list of float, default 0.85 and 0.95
        The smallest and the largest momentum.
    div_factor : float, default 25
        The first rate is ``max_lr / div_factor``.
    final_div_factor : float, default 1e4
        The last rate is the first over this.
    three_phase : bool, default False
        Whether to fall to the first rate as fast as it rose, and to the last one then.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    ValueError
        When the number of steps is missing or not positive, `pct_start` is not from 0 to 1, the strategy is unknown,
        the optimizer has no momentum to move, or the schedule is stepped more often than was said.

    Notes
    -----
    Source: L. N. Smith and N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning
    Rates", arXiv:1708.07120.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = nn.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, anneal_strategy="linear")
    >>> lrs = []
    >>> for epoch in range(4):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 2) for lr in lrs]
    [0.04, 0.52, 1.0, 0.86]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked("OneCycleLR", optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if isinstance(total_steps, bool) or not isinstance(total_steps, int) or total_steps < 1:
            raise ValueError(f"OneCycleLR: the number of steps is a whole number of at least 1, not {total_steps!r}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start is a number from 0 to 1, not {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: anneal_strategy is 'cos' or 'linear', not {anneal_strategy!r}")
        self.total_steps, self._anneal_func_type = total_steps, anneal_strategy
        rise, last = float(pct_start * total_steps), total_steps - 1
        self._schedule_phases = [_phase(rise - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            self._schedule_phases += [
                _phase(2 * rise - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                _phase(last, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
            ]
        else:
            self._schedule_phases += [_phase(last, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        for group, lr in zip(
            optimizer.param_groups, for_each_group("OneCycleLR", "max_lr", optimizer, max_lr), strict=True
        ):
            if last_epoch == -1:
                group["initial_lr"], group["max_lr"] = lr / div_factor, lr
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._begin_momentum(base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, part: float) -> float:
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)
        return (end - start) * part + start

    def get_lr(self) -> list[Any]:
        """Give the rates of this step, and set the momentum."""
        self._tell_misuse()
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"OneCycleLR was made for {self.total_steps} steps, and this is step {step}: say how many there are"
            )
        start, phase = 0.0, self._schedule_phases[-1]
        for candidate in self._schedule_phases:
            if step <= candidate["end_step"] or candidate is self._schedule_phases[-1]:
                phase = candidate
                break
            start = candidate["end_step"]
        part = (step - start) / (phase["end_step"] - start)
        for group in self.optimizer.param_groups:
            if self.cycle_momentum:
                ends = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._put_momentum(group, self._between(*ends, part))
        return [
            self._between(group[phase["start_lr"]], group[phase["end_lr"]], part)
            for group in self.optimizer.param_groups
        ]


def _phase(end: float, start_lr: str, end_lr: str, start_momentum: str, end_momentum: str) -> dict[str, Any]:
    """When a part of the cycle ends, and between which entries of the groups rate and momentum move."""
    return {
        "end_step": end,
        "start_lr": start_lr,
        "end_lr": end_lr,
        "start_momentum": start_momentum,
        "end_momentum": end_momentum,
    }
