"""Averages of weights over a training: `AveragedModel`, its averages, `update_bn`, and the schedule `SWALR`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from tinygrad_wtf import Tensor, no_grad, tensor

from ..layers.batch_normalization import _BatchNorm
from ..module import Module
from .lr_scheduler.schedule import LRScheduler, checked, for_each_group
from .optimizer import Optimizer

AverageOf = Callable[[Tensor, Tensor, Any], Tensor]
AverageOfAll = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> AverageOf:
    """Give the exponential moving average, ``decay a + (1 - decay) w``, for `AveragedModel`.

    Parameters
    ----------
    decay : float, default 0.999
        How much of the average stays, from 0 to 1.

    Raises
    ------
    ValueError
        When it is out of this range.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> get_ema_avg_fn(0.75)(tw.tensor(4.0), tw.tensor(8.0), 1).item()
    5.0
    """
    if not 0 <= decay <= 1:
        raise ValueError(f"get_ema_avg_fn: decay is a number from 0 to 1, not {decay}")

    def ema_update(averaged: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            made: Tensor = decay * averaged + (1 - decay) * current
        return made

    return ema_update


def get_swa_avg_fn() -> AverageOf:
    """Give the equal average of all weights seen, ``a + (w - a) / (n + 1)``, for `AveragedModel`.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> get_swa_avg_fn()(tw.tensor(4.0), tw.tensor(8.0), 1).item()
    6.0
    """

    def swa_update(averaged: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            made: Tensor = averaged + (current - averaged) / (num_averaged + 1)
        return made

    return swa_update


def _for_all(average: AverageOf) -> AverageOfAll:
    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], num_averaged: Any) -> None:
        with no_grad():
            for a, w in zip(averaged, current, strict=True):
                a.copy_(average(a, w, num_averaged))

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageOfAll:
    """Give what `get_ema_avg_fn` gives, for lists of tensors, of which the first is changed in place.

    Parameters
    ----------
    decay : float, default 0.999
        How much of the average stays, from 0 to 1.

    Raises
    ------
    ValueError
        When it is out of this range.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> a = tw.tensor([4.0])
    >>> get_ema_multi_avg_fn(0.75)([a], [tw.tensor([8.0])], 1)
    >>> a.tolist()
    [5.0]
    """
    return _for_all(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> AverageOfAll:
    """Give what `get_swa_avg_fn` gives, for lists of tensors, of which the first is changed in place.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> a = tw.tensor([4.0])
    >>> get_swa_multi_avg_fn()([a], [tw.tensor([8.0])], 1)
    >>> a.tolist()
    [6.0]
    """
    return _for_all(get_swa_avg_fn())


class AveragedModel(Module):
    """A copy of a model whose weights are an average of those that the model has had.

    Parameters
    ----------
    model : Module
        What is trained; it is copied.
    device : optional
        Taken as PyTorch's; there is one device.
    avg_fn : callable, optional
        ``avg_fn(averaged, current, num_averaged)`` gives the new average of one tensor; the equal average by default.
    multi_avg_fn : callable, optional
        ``multi_avg_fn(averaged, current, num_averaged)`` changes a list of averages in place.
    use_buffers : bool, default False
        Whether buffers are averaged too; otherwise they are the model's last ones.

    Attributes
    ----------
    module : Module
        The copy.
    n_averaged : Tensor
        How many times `update_parameters` was called.

    Raises
    ------
    ValueError
        When both functions are given.

    Notes
    -----
    Source: P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018; the
    exponential average: B. T. Polyak and A. B. Juditsky, 1992.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> averaged = nn.optim.swa_utils.AveragedModel(model)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     _ = nn.init.constant_(model.weight, weight)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    3.0
    """

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: AverageOf | None = None,
        multi_avg_fn: AverageOfAll | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel takes avg_fn or multi_avg_fn, not both")
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the averaged copy."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present weights into the average."""
        averaged: list[Tensor] = list(self.module.parameters())
        current: list[Tensor] = list(model.parameters())
        last = list(zip(self.module.buffers(), model.buffers(), strict=True))
        if self.use_buffers:
            averaged, current, last = [*averaged, *self.module.buffers()], [*current, *model.buffers()], []
        with no_grad():
            count = int(self.n_averaged.item())
            if count == 0:
                for a, w in zip(averaged, current, strict=True):
                    a.copy_(w)
            elif self.multi_avg_fn is not None:
                self.multi_avg_fn([a.detach() for a in averaged], [w.detach() for w in current], self.n_averaged)
            else:
                average = self.avg_fn or get_swa_avg_fn()
                for a, w in zip(averaged, current, strict=True):
                    new = average(a.detach(), w.detach(), self.n_averaged)
                    a.copy_(new if a.is_floating_point() else new.to(a.dtype))
            for a, w in last:
                a.copy_(w)
            self.n_averaged.add_(1)


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Measure the running statistics of a model's batch normalisations anew, over all of some data.

    The statistics belong to the weights, and after averaging nobody has measured them.

    Parameters
    ----------
    loader : iterable
        Gives batches; of a list or tuple the first entry is the input.
    model : Module
        Is called with each batch, in training mode, and left in the mode that it had.
    device : optional
        Taken as PyTorch's; there is one device.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> layer = nn.BatchNorm1d(1)
    >>> nn.optim.swa_utils.update_bn([tw.tensor([[1.0], [3.0]]), tw.tensor([[5.0], [7.0]])], layer)
    >>> layer.running_mean.tolist()
    [4.0]
    """
    layers = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    if not layers:
        return
    momenta, was_training = [layer.momentum for layer in layers], model.training
    model.train()
    try:
        with no_grad():
            for layer in layers:
                layer.momentum = None  # an equal average
                for buffer, first in zip(layer.buffers(), (0, 1, 0), strict=False):  # mean, variance, count of batches
                    buffer.fill_(first)
            for batch in loader:
                model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """Moves the rates to a constant one, at which weights are averaged.

    Parameters
    ----------
    optimizer : Optimizer
        Whose learning rates are changed.
    swa_lr : float or list of float
        The constant rate; one for all groups, or one for each.
    anneal_epochs : int, default 10
        How many epochs the way takes.
    anneal_strategy : {"cos", "linear"}
        How the rate moves.
    last_epoch : int, default -1
        The epoch after which to go on; -1 begins anew.

    Raises
    ------
    ValueError
        For an unknown strategy, a negative number of epochs, or a list that does not fit the groups.

    Notes
    -----
    Source: P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> from tinygrad_wtf import nn
    >>> optimizer = nn.optim.SGD([tw.zeros(2, requires_grad=True)], lr=1.0)
    >>> scheduler = nn.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> lrs = []
    >>> for epoch in range(4):
    ...     lrs.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> lrs
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"SWALR: anneal_strategy is 'cos' or 'linear', not {anneal_strategy!r}")
        if isinstance(anneal_epochs, bool) or not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"SWALR: anneal_epochs is a whole number of at least 0, not {anneal_epochs!r}")
        rates = for_each_group("SWALR", "swa_lr", checked("SWALR", optimizer), swa_lr)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs, self._anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _part(self, step: int) -> float:
        """Which part of the way is made after a step."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        """Go one epoch further towards the constant rate."""
        self._tell_misuse()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        found = []
        for group in self.optimizer.param_groups:
            lr, end = group["lr"], group["swa_lr"]
            start = end if before == 1 else (lr - before * end) / (1 - before)
            found.append(end * now + start * (1 - now))
        return found


__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]
