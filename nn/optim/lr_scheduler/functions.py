"""Schedules by a function of the epoch: `LambdaLR`, `MultiplicativeLR`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from ..optimizer import Optimizer
from .schedule import LRScheduler, checked, for_each_group

Factor = Callable[[int], float]


class _ByFunctions(LRScheduler):
    """A schedule with a function for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1) -> None:
        kind = type(self).__name__
        self.lr_lambdas = for_each_group(kind, "lr_lambda", checked(kind, optimizer), lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"{kind}: lr_lambda is a function of the epoch, not a {type(function).__name__}")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimizer; of functions only what objects among them hold."""
        state = super().state_dict()
        functions = state["lr_lambdas"]
        state["lr_lambdas"] = [None if isinstance(f, types.FunctionType) else vars(f).copy() for f in functions]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the attributes from `state_dict`; functions stay what they are."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                vars(function).update(attributes)


class LambdaLR(_ByFunctions):
    """Multiplies the first rate by what a function gives for the epoch: ``lr f(t)``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    lr_lambda : callable, or list of callable
        From the epoch to the factor; one for all groups, or one for each.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    TypeError
        When it is no function; and as `LRScheduler` does.
    ValueError
        When there are not as many functions as groups.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> lrs = []
    >>> for epoch in range(4):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 0.5, 0.3333333333333333, 0.25]
    """

    def get_lr(self) -> list[Any]:
        """Ask the functions."""
        self._tell_misuse()
        return [lr * function(self.last_epoch) for function, lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(_ByFunctions):
    """Multiplies the present rate by what a function gives for the epoch.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    lr_lambda : callable, or list of callable
        From the epoch to the factor; one for all groups, or one for each.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    TypeError
        When it is no function; and as `LRScheduler` does.
    ValueError
        When there are not as many functions as groups.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> lrs = []
    >>> for epoch in range(4):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 0.5, 0.25, 0.125]
    """

    def get_lr(self) -> list[Any]:
        """Ask the functions."""
        self._tell_misuse()
        if self._is_initial:
            return self._now()
        return [lr * function(self.last_epoch) for function, lr in zip(self.lr_lambdas, self._now(), strict=True)]
