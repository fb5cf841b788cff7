"""`ReduceLROnPlateau`: smaller rates when a number does not become better."""

from __future__ import annotations

import math
from typing import Any, SupportsFloat

from ..optimizer import Optimizer
from .schedule import LRScheduler, checked, put, rates


class ReduceLROnPlateau(LRScheduler):
    """Multiplies the rate by `factor` when a number has not become better for `patience` epochs.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    mode : {"min", "max"}
        Whether less is better.
    factor : float, default 0.1
        The factor, below 1.
    patience : int, default 10
        How many epochs without something better are borne.
    threshold : float, default 1e-4
        What is better by less does not count.
    threshold_mode : {"rel", "abs"}
        Whether the threshold is a part of the best number, or a difference.
    cooldown : int, default 0
        How many epochs after a change are not counted.
    min_lr : float or list of float, default 0
        The smallest rate; one for all groups, or one for each.
    eps : float, default 1e-8
        A smaller change is not made.

    Raises
    ------
    ValueError
        When the factor is 1 or more, a mode is unknown, or there are not as many smallest rates as groups.
    TypeError
        When `optimizer` is no `Optimizer`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0, 2.0]:
    ...     optimizer.step()
    ...     scheduler.step(loss)
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau: factor is below 1, not {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau: mode is 'min' or 'max', not {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"ReduceLROnPlateau: threshold_mode is 'rel' or 'abs', not {threshold_mode!r}")
        groups = len(checked("ReduceLROnPlateau", optimizer).param_groups)
        if isinstance(min_lr, (list, tuple)) and len(min_lr) != groups:
            raise ValueError(f"ReduceLROnPlateau: min_lr has {len(min_lr)} entries for {groups} groups of parameters")
        self.optimizer = optimizer
        self.default_min_lr = None if isinstance(min_lr, (list, tuple)) else min_lr
        self.min_lrs = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.last_epoch = 0
        self._last_lr = rates(optimizer, "lr")
        self._reset()

    def _reset(self) -> None:
        """Forget what was seen."""
        self.best = self.mode_worse
        self.cooldown_counter = self.num_bad_epochs = 0

    def step(self, metrics: SupportsFloat, epoch: int | None = None) -> None:  # type: ignore[override]
        """Look at a number, such as the validation loss, and make the rates smaller if it is time.

        Parameters
        ----------
        metrics : float or Tensor
            The number of this epoch.
        epoch : int, optional
            Which epoch it is.
        """
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = rates(self.optimizer, "lr")

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"ReduceLROnPlateau has {len(self.min_lrs)} smallest rates for {len(groups)} groups of parameters: "
                    "a group was added since. Add its smallest rate to min_lrs"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                put(group, "lr", new)

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs are not counted now."""
        return self.cooldown_counter > 0

    def _is_better(self, number: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            wanted = self.best * (1 + sign * self.threshold)
        else:
            wanted = self.best + sign * self.threshold
        return number < wanted if self.mode == "min" else number > wanted

    def get_lr(self) -> list[Any]:
        """Give the rates: they follow from what is seen, not from the epoch."""
        return rates(self.optimizer, "lr")
