"""`LRScheduler`: what every schedule shares."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tinygrad_wtf import Tensor

from ..optimizer import Optimizer


class LRScheduler:
    """Sets the learning rate of each group of an optimizer; a subclass says in `get_lr` what comes next.

    Parameters
    ----------
    optimizer : Optimizer
        Whose rates are set. What they are now is kept as "initial_lr" in its groups.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew. To go on needs "initial_lr" in the groups, as a loaded state of
        the optimizer has it.

    Attributes
    ----------
    base_lrs : list of float
        What each group began with.
    last_epoch : int
        How many steps the schedule has made.

    Raises
    ------
    TypeError
        When `optimizer` is no `Optimizer`.
    KeyError
        When the schedule is to go on, and a group has no "initial_lr".

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> class Harmonic(nn.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / (1 + self.last_epoch) for lr in self.base_lrs]
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = Harmonic(optimizer)
    >>> for epoch in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(type(self).__name__, optimizer)
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"{type(self).__name__}: group {number} has no 'initial_lr', so the schedule cannot go on after "
                    f"epoch {last_epoch}: load the optimizer's state first, or begin with last_epoch=-1"
                )
        self.base_lrs = rates(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[Any]:
        """What the rates of the groups become in this step; `get_last_lr` tells what they are."""
        raise NotImplementedError(f"{type(self).__name__} says nowhere which rates come next: give it a method get_lr")

    def get_last_lr(self) -> list[Any]:
        """Give the rate of each group, as this schedule set it last."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Set the next rates; after the optimizer's step, once an epoch or once a batch, as the schedule counts.

        Parameters
        ----------
        epoch : int, optional
            Which epoch to go to. PyTorch advises against it.
        """
        if self._step_count == 1 and not self.optimizer.calls.stepped:
            warnings.warn(
                "scheduler.step() was called before optimizer.step(), so the first learning rate of the schedule is "
                "never used: call optimizer.step() first",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        """Go to the next epoch, or to this one, and set its rates."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = getattr(self, "_get_closed_form_lr", None)
        with asking(self):
            values = self.get_lr() if epoch is None or closed is None else closed()
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            put(group, "lr", value)
        self._last_lr = rates(self.optimizer, "lr")

    def _tell_misuse(self) -> None:
        """Say that `get_lr` is not what a user wants to ask."""
        if not self._get_lr_called_within_step:
            warnings.warn("get_lr() tells what comes next; use get_last_lr()", UserWarning, stacklevel=3)

    def _now(self) -> list[Any]:
        return rates(self.optimizer, "lr")

    def _times(self, factor: float) -> list[Any]:
        return [rate * factor for rate in self._now()]

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimizer, in PyTorch's form."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes from `state_dict`; the optimizer's rates are in its own state."""
        self.__dict__.update(state_dict)


@contextmanager
def asking(schedule: LRScheduler) -> Iterator[None]:
    """While this block runs, `get_lr` is asked by the schedule itself."""
    schedule._get_lr_called_within_step = True
    try:
        yield
    finally:
        schedule._get_lr_called_within_step = False


def checked(kind: str, optimizer: Any) -> Optimizer:
    """The optimizer, if it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{kind} takes an optimizer, not a {type(optimizer).__name__}")
    return optimizer


def copied(rate: Any) -> Any:
    """A rate that nobody else changes."""
    return rate.clone() if isinstance(rate, Tensor) else rate


def rates(optimizer: Optimizer, name: str) -> list[Any]:
    """One setting of each group."""
    return [copied(group[name]) for group in optimizer.param_groups]


def put(group: dict[str, Any], name: str, value: Any) -> None:
    """Set one setting; a tensor keeps its memory."""
    if isinstance(group[name], Tensor):
        group[name].fill_(float(value))
    else:
        group[name] = value


def for_each_group(kind: str, name: str, optimizer: Optimizer, given: Any) -> list[Any]:
    """A setting for each group: one for all, or a list of as many."""
    groups = optimizer.param_groups
    if not isinstance(given, (list, tuple)):
        return [copied(given) for _ in groups]
    if len(given) != len(groups):
        raise ValueError(f"{kind}: {name} has {len(given)} entries for {len(groups)} groups of parameters")
    return [copied(value) for value in given]
