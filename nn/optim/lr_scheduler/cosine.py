"""Schedules along a cosine: `CosineAnnealingLR`, `CosineAnnealingWarmRestarts`."""

from __future__ import annotations

import math
from typing import Any

from ..optimizer import Optimizer
from .schedule import LRScheduler, asking, put, rates


class CosineAnnealingLR(LRScheduler):
    """Lets the rate fall along half a cosine: ``eta_min + (lr - eta_min) (1 + cos(π t / T_max)) / 2``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    T_max : int
        After how many epochs the rate is the smallest; it rises again if the schedule goes on.
    eta_min : float, default 0
        The smallest rate.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    TypeError
        As `LRScheduler` does.

    Notes
    -----
    Source: I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    >>> lrs = []
    >>> for epoch in range(5):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 3) for lr in lrs]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Go one epoch further, from wherever the rates are now."""
        self._tell_misuse()
        if self._is_initial:
            return self._now()
        if self._step_count == 1 and self.last_epoch > 0:
            return self._get_closed_form_lr()
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # where the quotient below is 0 / 0
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [lr + (base - self.eta_min) * rise for base, lr in zip(self.base_lrs, self._now(), strict=True)]
        now, before = (1 + math.cos(math.pi * t / self.T_max) for t in (self.last_epoch, self.last_epoch - 1))
        return [now / before * (lr - self.eta_min) + self.eta_min for lr in self._now()]

    def _get_closed_form_lr(self) -> list[Any]:
        part = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (lr - self.eta_min) * part for lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Lets the rate fall along half a cosine, again and again.

    At epoch T_cur of a period of T_i epochs: ``eta_min + (lr - eta_min) (1 + cos(π T_cur / T_i)) / 2``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    T_0 : int
        After how many epochs it starts again for the first time.
    T_mult : int, default 1
        How many times longer each period is than the one before.
    eta_min : float, default 0
        The smallest rate.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    ValueError
        When `T_0` or `T_mult` is not a positive whole number; and as `LRScheduler` does.

    Notes
    -----
    Source: I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> lrs = []
    >>> for epoch in range(7):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 2) for lr in lrs]
    [1.0, 0.5, 1.0, 0.85, 0.5, 0.15, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"CosineAnnealingWarmRestarts: {name} is a whole number of at least 1, not {value!r}")
        self.T_0 = self.T_i = T_0
        self.T_mult, self.eta_min = T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Give the rates of this place in the period."""
        self._tell_misuse()
        part = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (lr - self.eta_min) * part for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the next rates, or those of an epoch, which may be a part of one: ``step(epoch + batch / batches)``.

        Parameters
        ----------
        epoch : float, optional
            Which epoch to go to.

        Raises
        ------
        ValueError
            When it is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            if epoch < 0:
                raise ValueError(f"CosineAnnealingWarmRestarts: an epoch is at least 0, not {epoch}")
            self._go_to(epoch)
        self.last_epoch = math.floor(epoch)
        with asking(self):
            for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
                put(group, "lr", lr)
        self._last_lr = rates(self.optimizer, "lr")

    def _go_to(self, epoch: float) -> None:
        """Find the period of an epoch, and the place in it."""
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
