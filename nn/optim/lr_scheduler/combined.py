"""Schedules made of others: `ChainedScheduler`, `SequentialLR`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .schedule import LRScheduler, put, rates


class _Combined(LRScheduler):
    """Holds schedules of one optimizer."""

    _schedulers: Sequence[LRScheduler]

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimizer, with the states of the schedules."""
        state = super().state_dict()
        return {**state, "_schedulers": [schedule.state_dict() for schedule in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes from `state_dict`, and let the schedules take over theirs."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_schedulers"})
        for schedule, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            schedule.load_state_dict(state)


def _checked(kind: str, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> Optimizer:
    """The one optimizer of all these schedules."""
    if not schedulers:
        raise ValueError(f"{kind} needs at least one schedule")
    for place, schedule in enumerate(schedulers):
        if not hasattr(schedule, "optimizer"):
            raise TypeError(f"{kind}: at place {place} is a {type(schedule).__name__}, not a schedule")
        if isinstance(schedule, ReduceLROnPlateau):
            raise ValueError(f"{kind}: ReduceLROnPlateau, at place {place}, needs a number in each step: step it alone")
        optimizer = optimizer or schedule.optimizer
        if schedule.optimizer is not optimizer:
            raise ValueError(f"{kind}: the schedule at place {place} has another optimizer")
    assert optimizer is not None
    return optimizer


class ChainedScheduler(_Combined):
    """Lets several schedules change the rates in each step, one after the other.

    Parameters
    ----------
    schedulers : sequence of LRScheduler
        The schedules, which multiply the present rates.
    optimizer : Optimizer, optional
        Whose rates are changed; that of the schedules.

    Raises
    ------
    ValueError
        When there is none, one is `ReduceLROnPlateau`, or their optimizers differ.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.optim import SGD, lr_scheduler
    >>> optimizer = SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> warm = lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> scheduler = lr_scheduler.ChainedScheduler([warm, lr_scheduler.ExponentialLR(optimizer, gamma=0.5)])
    >>> lrs = []
    >>> for epoch in range(4):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = _checked("ChainedScheduler", schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = rates(self.optimizer, "lr")

    def step(self, epoch: int | None = None) -> None:
        """Let each schedule make its step."""
        for schedule in self._schedulers:
            schedule.step(epoch)
        self._last_lr = rates(self.optimizer, "lr")


class SequentialLR(_Combined):
    """Lets one schedule follow another, each counting from its own beginning.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    schedulers : list of LRScheduler
        The schedules in their order.
    milestones : list of int
        The epochs at which the second, third, ... begin.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    ValueError
        When there is none, one is `ReduceLROnPlateau`, their optimizers differ, or the milestones are not one fewer.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf.nn.optim import SGD, lr_scheduler
    >>> optimizer = SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> warm = lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> fall = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = lr_scheduler.SequentialLR(optimizer, [warm, fall], milestones=[2])
    >>> lrs = []
    >>> for epoch in range(5):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        _checked("SequentialLR", schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(schedulers)} schedules need {len(schedulers) - 1} milestones, "
                f"not {len(milestones)}"
            )
        self._schedulers, self._milestones = schedulers, milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:  # the schedules have made their first steps, all but one too early
            put(group, "lr", group["initial_lr"])
        _step_back(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self, epoch: int | None = None) -> None:
        """Let the schedule whose turn it is make its step."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        turn = bisect_right(self._milestones, self.last_epoch)
        schedule = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            schedule._update_lr(0)
        else:
            schedule.step()
        self._last_lr = schedule.get_last_lr()


def _step_back(schedule: LRScheduler) -> None:
    """Take back the step that schedules have made when they were made."""
    for part in getattr(schedule, "_schedulers", ()):
        _step_back(part)
    if not hasattr(schedule, "_schedulers"):
        schedule.last_epoch -= 1
