"""Schedules that fall: `StepLR`, `MultiStepLR`, `ExponentialLR`."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..optimizer import Optimizer
from .schedule import LRScheduler


class StepLR(LRScheduler):
    """Multiplies the rate by `gamma` after every `step_size` epochs: ``lr gamma^⌊t / step_size⌋``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    step_size : int
        How many epochs a rate stays.
    gamma : float, default 0.1
        The factor.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    ValueError
        When `step_size` is not positive; and as `LRScheduler` does.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> lrs = []
    >>> for epoch in range(5):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        if step_size < 1:
            raise ValueError(f"StepLR: step_size is a number of epochs, at least 1, not {step_size}")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Multiply the rates where a step ends."""
        self._tell_misuse()
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self._now()
        return self._times(self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [lr * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """Multiplies the rate by `gamma` at each of some epochs.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    milestones : iterable of int
        The epochs; one that is there twice counts twice.
    gamma : float, default 0.1
        The factor.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    TypeError
        As `LRScheduler` does.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
    >>> lrs = []
    >>> for epoch in range(5):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Multiply the rates at a milestone."""
        self._tell_misuse()
        times = self.milestones.get(self.last_epoch, 0)
        return self._times(self.gamma**times) if times else self._now()

    def _get_closed_form_lr(self) -> list[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [lr * self.gamma**passed for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Multiplies the rate by `gamma` in every epoch: ``lr gamma^t``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    gamma : float
        The factor.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    TypeError
        As `LRScheduler` does.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> lrs = []
    >>> for epoch in range(4):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Multiply the rates."""
        self._tell_misuse()
        return self._now() if self._is_initial else self._times(self.gamma)

    def _get_closed_form_lr(self) -> list[Any]:
        return [lr * self.gamma**self.last_epoch for lr in self.base_lrs]
