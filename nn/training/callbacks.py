"""What may watch a training run and end it. The run itself is in `fit`."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, Literal

from tinygrad_wtf import Tensor

from ..counts import count
from ..module import Module
from ..optim.lr_scheduler.plateau import ReduceLROnPlateau
from .history import History


@dataclass(slots=True)
class Run:
    """A training run as its callbacks see it.

    Attributes
    ----------
    model, optimizer
        What is trained, and by what.
    epochs : int
        How many epochs were asked for.
    loss : callable, optional
        What is minimised.
    history : History
        All numbers so far; ``run.history.last`` are those of this epoch.
    epoch : int
        The current epoch, counted from 1.
    stop : bool
        Set it to True to end the run after this epoch.
    """

    model: Module
    optimizer: Any
    epochs: int
    loss: Any = None
    history: History = field(default_factory=History)
    epoch: int = 0
    stop: bool = False


class Callback:
    """Base class: override what you need.

    Examples
    --------
    >>> class Print(Callback):
    ...     def on_epoch_end(self, run):
    ...         print(run.epoch, run.history.last["loss"])
    """

    def on_train_begin(self, run: Run) -> None:
        """Do something before the first epoch."""

    def on_epoch_end(self, run: Run) -> None:
        """Do something after each recorded epoch (each one, unless `fit` was given `record_every`)."""

    def on_train_end(self, run: Run) -> None:
        """Do something after the last epoch, also when the run was stopped."""

    def on_exception(self, run: Run, problem: BaseException) -> None:
        """Do something when the run fails or is interrupted by Ctrl-C; `problem` is raised again afterwards."""


class EarlyStopping(Callback):
    """Stop when a number has not become better for `patience` epochs, as the callback of Keras does.

    The guide names it as a remedy against overfitting: the test loss falls first and rises later.

    Parameters
    ----------
    monitor : str
        A name in the history, such as ``"val_loss"`` or ``"val_accuracy"``.
    min_delta : float
        What is better by less than this does not count.
    patience : int
        Epochs to wait for something better; infinity to wait for ever, and have the best weights at the end.
    mode : {"auto", "min", "max"}
        Whether less is better; "auto" says "max" for a name that ends in "accuracy" and "min" for one that ends in
        "loss". Of other names it is not known.
    restore_best_weights : bool
        At the end, give the model the weights of its best epoch. The numbers on the validation data are measured
        after the epoch's updates, so they belong to exactly these weights.

    Attributes
    ----------
    best : float
        The best value so far.
    best_epoch : int
        Its epoch.
    stopped_epoch : int
        The epoch after which the run was stopped, 0 when it was not.

    Raises
    ------
    ValueError
        An unknown mode, or "auto" for a number of which it is not known whether less is better; a patience that is no
        count, or a `min_delta` that is not finite; during the run: a `monitor` that is not recorded.

    Examples
    --------
    >>> EarlyStopping(patience=20, restore_best_weights=True)
    EarlyStopping(monitor='val_loss', patience=20)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: float = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"EarlyStopping: mode is 'auto', 'min' or 'max', not {mode!r}")
        if not (isinstance(min_delta, int | float) and isfinite(min_delta)):
            raise ValueError(f"EarlyStopping: min_delta is a finite number, not {min_delta!r}")
        self.monitor = monitor
        self.min_delta = abs(min_delta)
        self.patience = patience if patience == inf else count("EarlyStopping", "patience", patience, 0)
        self.restore_best_weights = restore_best_weights
        self._sign = -1.0 if (_direction(monitor) if mode == "auto" else mode) == "max" else 1.0
        self._forget()

    def __repr__(self) -> str:
        """Say what is watched, and for how long."""
        return f"EarlyStopping(monitor={self.monitor!r}, patience={self.patience})"

    def _forget(self) -> None:
        self.best = self._sign * inf
        self.best_epoch = 0
        self.stopped_epoch = 0
        self._best_weights: dict[str, Tensor] = {}

    def on_train_begin(self, run: Run) -> None:
        """Forget an earlier run."""
        self._forget()

    def on_epoch_end(self, run: Run) -> None:
        """Compare with the best epoch, and stop the run when that is too long ago."""
        if self.monitor not in run.history:
            raise ValueError(
                f"EarlyStopping: {self.monitor!r} is not recorded, only {', '.join(run.history)}. "
                "A name with 'val_' needs fit(..., validation=(X, y)), and accuracy may need metrics=('accuracy',)"
            )
        value = run.history.last[self.monitor]
        if self._sign * (self.best - value) > self.min_delta:
            self.best, self.best_epoch = value, run.epoch
            if self.restore_best_weights:
                self._best_weights = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
        elif run.epoch - self.best_epoch >= self.patience:
            self.stopped_epoch = run.epoch
            run.stop = True

    def on_train_end(self, run: Run) -> None:
        """Bring the best weights back."""
        if self._best_weights:
            run.model.load_state_dict(self._best_weights)


def _direction(monitor: str) -> Literal["min", "max"]:
    """Whether a number of this name is to be small or large."""
    if monitor.endswith("accuracy"):
        return "max"
    if monitor.endswith("loss"):
        return "min"
    raise ValueError(
        f"EarlyStopping: whether a small or a large {monitor!r} is better is not known: give mode='min' or mode='max'"
    )


class ScheduleLR(Callback):
    """Step a learning rate schedule after each epoch.

    Parameters
    ----------
    scheduler : LRScheduler
        One of `nn.optim.lr_scheduler`, that counts epochs.
    monitor : str, optional
        A name in the history, for `ReduceLROnPlateau`: ``"val_loss"``, or ``"loss"``, which it is given by default.

    Raises
    ------
    TypeError
        When `scheduler` has no `step`.
    ValueError
        During the run: when an epoch was not recorded (``record_every``), as the schedule would miss it, or `monitor`
        is not recorded.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> model = nn.Linear(1, 1)
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    >>> schedule = nn.ScheduleLR(nn.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5))
    >>> _ = nn.fit(model, nn.MSELoss(), optimizer, ([[0.0], [1.0]], [[1.0], [3.0]]), epochs=2, callbacks=[schedule])
    >>> optimizer.param_groups[0]["lr"]
    0.025
    """

    def __init__(self, scheduler: Any, monitor: str | None = None) -> None:
        if not callable(getattr(scheduler, "step", None)) or isinstance(scheduler, type):
            raise TypeError(f"ScheduleLR takes a schedule of nn.optim.lr_scheduler, not a {type(scheduler).__name__}")
        self.scheduler, self.monitor = scheduler, monitor
        self._epoch = 0

    def __repr__(self) -> str:
        """Say which schedule it is."""
        return f"ScheduleLR({type(self.scheduler).__name__})"

    def on_train_begin(self, run: Run) -> None:
        """Count the epochs of this run."""
        self._epoch = 0

    def on_epoch_end(self, run: Run) -> None:
        """Step the schedule."""
        if run.epoch != self._epoch + 1:
            raise ValueError(
                f"ScheduleLR: of epochs {self._epoch + 1} to {run.epoch} only the last was recorded, and the schedule "
                "counts them all: fit(..., record_every=1)"
            )
        self._epoch = run.epoch
        if isinstance(self.scheduler, ReduceLROnPlateau):
            monitor = self.monitor or "loss"
            if monitor not in run.history:
                raise ValueError(f"ScheduleLR: {monitor!r} is not recorded, only {', '.join(run.history)}")
            self.scheduler.step(run.history.last[monitor])
        else:
            self.scheduler.step()
