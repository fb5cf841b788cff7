"""`fit`: the training loop of the guide, forward, loss, backward, update, with a record of how it went."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygrad_wtf import Generator, Tensor, as_generator, as_tensor

from ..counts import count
from ..module import Module
from .callbacks import Callback, Run
from .diagnose import NonFiniteError, is_finite
from .evaluate import Loss, measure
from .history import History
from .metrics import Judge, Metrics, check_order, named_metrics, reads, setting
from .samples import Data, as_pair, matched
from .step import Step

log = logging.getLogger("nn.fit")


def fit(
    model: Module,
    loss: Loss,
    optimizer: Any,
    data: Data,
    epochs: int,
    batch_size: int | None = None,
    validation: Data | None = None,
    metrics: Metrics = None,
    callbacks: Sequence[Callback] = (),
    seed: Generator | int | None = None,
    progress: bool | None = None,
    *,
    shuffle: bool = True,
    record_every: int = 1,
    compile: bool = True,
) -> History:
    """Train a model, and record its loss and metrics.

    Each step is the guide's: forward pass, loss, gradients by `backward`, update by the optimizer.

    Parameters
    ----------
    model : Module
        From (m, n) to (m, k).
    loss : callable
        ``loss(prediction, target)`` gives a Tensor with one number, such as `BCELoss` or `BCEWithLogitsLoss`.
    optimizer : optimizer
        Holds the parameters of `model`, such as ``optim.SGD(model.parameters(), lr=0.1)``.
    data : pair of arrays or Tensors
        X of shape (m, n); y of shape (m, k), or for losses of several classes the classes, whole numbers of shape (m,).
        Real numbers take the dtype of the model's parameters. Whole numbers do too in X, unless the model has an
        `Embedding`; in y where they have the predictions' shape, so that classes stay whole.
    epochs : int
        How often to go through all samples.
    batch_size : int, optional
        How many samples make a step. None is the guide's way, all at once in the order given; a number is the way of
        Keras, batches of that size from samples that are shuffled anew in each epoch, the last batch as it comes out.
    validation : pair of arrays or Tensors, optional
        Data that the model does not learn from.
    metrics : iterable of str or callable, or dict, optional
        ``"accuracy"`` is the share of right decisions as the loss means them: the largest of the scores for
        `CrossEntropyLoss` and `NLLLoss`, z >= 0 for logits, a >= 0.5 for probabilities. The
        function `accuracy` decides at z >= 0 too where the loss reads logits. A function of two arrays
        ``(prediction, target)`` that returns a number goes by its name, and is a mean over samples; a dict gives
        names. By default it is accuracy, and nothing for losses that compare numbers, such as `MSELoss`, and for
        functions of your own, of which it is not known what is right.
    callbacks : sequence of Callback
        Such as `EarlyStopping`, or `ScheduleLR` for learning rates that change.
    seed : Generator or int, optional
        Where the shuffling draws from; None is the global generator of `tinygrad_wtf.manual_seed`.
    progress : bool, optional
        Show a progress bar. None shows it on a terminal and in a notebook, and stays quiet elsewhere.
    shuffle : bool
        Whether batches are drawn from shuffled samples.
    record_every : int
        Measure only in epochs 1, 1 + n, 1 + 2n, ... and in the last: for long runs, where metrics and validation cost.
    compile : bool
        Compile the training step (`tinygrad_wtf.compile`): the same numbers up to rounding, several times faster. A
        step that cannot be compiled, because the model or the loss looks at numbers, runs as it is; the log of
        "nn.fit" and ``history.not_compiled`` tell why. At steps 1, 2, 5, 17, 65 and ever more rarely the step is also
        run as it is; if the two differ beyond rounding, no step is compiled any more. What Python does inside the model
        besides computing, such as appending to a list, happens only in these steps: pass False if it should always.

    Returns
    -------
    History
        ``loss`` and metrics of the training data, measured in the forward pass, before the update: with full batches
        the numbers of epoch k belong to the weights after k - 1 updates, as in the guide; with mini-batches they are
        means over the epoch's batches, as in Keras. ``val_loss`` and ``val_...`` of the validation data are measured
        after the epoch's last update, as in Keras.

    Raises
    ------
    NonFiniteError
        The loss, or a gradient, is infinite or nan. It names the epoch and the layer where this began; the
        weights are left as they were when that step began. It is a `FloatingPointError`.
    ShapeError
        Samples and labels do not fit together, or the loss is not one number.
    ValueError
        A count that is not positive, a metric that is unknown or whose name is taken, or an optimizer without any
        parameter of the model.
    DataError
        Data that are no real numbers.

    Notes
    -----
    The modules train and evaluate as they are set: what you put into ``eval()``, such as a `BatchNorm2d` whose
    statistics are to stay, stays in it.

    Source: the guide's ``artificial_neuron`` (practice 00) and ``neural_network`` (practices 02 and 03).

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_wtf import nn
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> y = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> model = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())
    >>> history = fit(model, nn.BCELoss(), nn.optim.SGD(model.parameters(), lr=1.0), (X, y), epochs=200)
    >>> history["accuracy"][-1]
    1.0
    """
    _check_parts(model, loss, optimizer, callbacks)
    X, y = as_pair(model, data, "data", loss)  # before the counts: whoever writes X, y has labels for epochs
    epochs, record_every = count("fit", "epochs", epochs), count("fit", "record_every", record_every)
    batch_size = None if batch_size is None else count("fit", "batch_size", batch_size)
    judges = named_metrics(metrics, loss)
    held_out = None if validation is None else as_pair(model, validation, "validation", loss)
    unseen = None if held_out is None else (as_tensor(held_out[0]), as_tensor(held_out[1]))
    batches = _Batches(X, y, batch_size, as_generator(seed) if shuffle else None)
    means = _Means(judges, len(y), setting(loss, "reduction", "mean") == "sum")
    check_shapes = not reads(loss)  # the losses of `nn` check them themselves
    run = Run(model, optimizer, epochs, loss)
    step = Step(model, loss, optimizer, compile)
    started = time.perf_counter()

    if not model.training:
        log.warning("fit: the model is in evaluation mode, and stays so; to train dropout and the like: model.train()")
    for callback in callbacks:
        callback.on_train_begin(run)
    with _Bar(epochs, progress) as bar, _told(run, callbacks):
        for run.epoch in range(1, epochs + 1):
            recorded = (run.epoch - 1) % record_every == 0 or run.epoch == epochs
            for inputs, targets in batches:
                value, prediction = step(inputs, targets, run.epoch, recorded)
                if prediction is not None:
                    if check_shapes:
                        _tell_broadcasting(prediction.shape, targets.shape)
                        check_shapes = False
                    means.add(value, prediction, targets)
            if recorded:
                numbers = means.take()
                if unseen is not None:
                    measured = measure(model, loss, *unseen, judges)
                    numbers |= {f"val_{name}": number for name, number in measured.items()}
                run.history.record(run.epoch, numbers)
                for callback in callbacks:
                    callback.on_epoch_end(run)
            bar.tell(step)
            bar.advance(run.history)
            if run.stop:
                break
    with _told(run, callbacks):
        for path, parameter in model.named_parameters():
            if not is_finite(parameter.numpy()):
                raise NonFiniteError(
                    f"epoch {run.epoch}: the last update made the parameter '{path}' overflow",
                    epoch=run.epoch,
                    layer=path.rpartition(".")[0],
                    hint="Usual fix: a smaller learning rate",
                )
    for callback in callbacks:
        callback.on_train_end(run)
    run.history.seconds = time.perf_counter() - started
    run.history.not_compiled = step.reason
    return run.history


def _tell_broadcasting(predictions: tuple[int, ...], labels: tuple[int, ...]) -> None:
    """Say it in the log where a loss of the user's own may compare every sample with every label."""
    try:
        together = np.broadcast_shapes(predictions, labels)
    except ValueError:
        return
    if together not in (predictions, labels):
        fix = f"y.reshape({', '.join(map(str, (-1, *predictions[1:])))})"
        log.warning(
            f"fit: the predictions have shape {predictions} and the labels {labels}: a loss that subtracts them "
            f"compares every sample with every label, and gives {together}. The likely fix is {fix}"
        )


class _Means:
    """The numbers of one epoch: means over its batches."""

    def __init__(self, judges: Sequence[Judge], samples: int, summed: bool) -> None:
        self.judges, self.samples, self.summed = judges, samples, summed
        self._begin()

    def _begin(self) -> None:
        self.loss = 0.0
        self.totals = {judge.name: (0.0, 0.0) for judge in self.judges}

    def add(self, loss: float, prediction: Tensor, targets: Tensor) -> None:
        """Count one batch in; a summed loss is added up, others count by their samples."""
        self.loss += loss * (1.0 if self.summed else len(targets) / self.samples)
        answers, truth = prediction.numpy(), matched(prediction, targets).numpy()
        for judge in self.judges:
            total, of = self.totals[judge.name]
            value, weight = judge(answers, truth)
            self.totals[judge.name] = (total + value * weight if weight else total, of + weight)

    def take(self) -> dict[str, float]:
        """Return the means, and start again."""
        means = {name: total / of if of else math.nan for name, (total, of) in self.totals.items()}
        numbers = {"loss": self.loss, **means}
        self._begin()
        return numbers


class _Batches:
    """The samples of one epoch: all at once, or in batches, shuffled again for each epoch."""

    def __init__(self, X: NDArray[Any], y: NDArray[Any], size: int | None, generator: Generator | None) -> None:
        self.X, self.y, self.size, self.generator = X, y, size, generator
        self.whole = (as_tensor(X), as_tensor(y))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Walk over one epoch."""
        if self.size is None:
            yield self.whole
            return
        X, y = self.X, self.y
        if self.generator is not None:
            order = self.generator.numpy.permutation(len(X))
            X, y = X[order], y[order]
        for start in range(0, len(X), self.size):
            part = slice(start, start + self.size)
            yield as_tensor(X[part]), as_tensor(y[part])


class _Bar:
    """One quiet progress bar; without a terminal, tqdm is not even imported."""

    def __init__(self, epochs: int, progress: bool | None) -> None:
        self.bar: Any = None
        if progress is not False:
            from tqdm.auto import tqdm

            bar = tqdm(total=epochs, unit="epoch", disable=None if progress is None else False, leave=False)
            self.bar = None if bar.disable else bar
        self.next_look = 0.0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *problem: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def tell(self, step: Step) -> None:
        """Write above the bar what the step reports, once; without a bar it is in the log."""
        if step.news and self.bar is not None:
            self.bar.write(step.news)
        step.news = ""

    def advance(self, history: History) -> None:
        """One epoch more; the numbers beside the bar change at most five times a second."""
        if self.bar is None:
            return
        now = time.monotonic()
        if now >= self.next_look:
            self.next_look = now + 0.2
            self.bar.set_postfix({name: f"{value:.3g}" for name, value in history.last.items()}, refresh=False)
        self.bar.update()


@contextmanager
def _told(run: Run, callbacks: Sequence[Callback]) -> Iterator[None]:
    """Where a training fails or is interrupted, keep what it recorded and tell its callbacks."""
    try:
        yield
    except BaseException as problem:
        if isinstance(problem, NonFiniteError):
            problem.history = run.history
        for callback in callbacks:
            callback.on_exception(run, problem)
        raise


def _check_parts(model: Module, loss: Any, optimizer: Any, callbacks: Any) -> None:
    """Refuse a class in the place of an object, and loss and optimizer exchanged."""
    if isinstance(callbacks, Callback):
        raise TypeError(f"fit: callbacks is a list, put it in one: callbacks=[{callbacks!r}]")
    parts = [("model", model), ("loss", loss), ("optimizer", optimizer), *(("callback", part) for part in callbacks)]
    for word, part in parts:
        if isinstance(part, type):
            raise TypeError(f"fit: the {word} is the class {part.__name__}; make one of it: {part.__name__}(...)")
        if word == "callback" and not hasattr(part, "on_epoch_end"):
            raise TypeError(f"fit: a callback is an nn.Callback, not a {type(part).__name__}: derive a class from it")
    if not isinstance(model, Module):
        raise TypeError(f"fit trains an nn.Module, not a {type(model).__name__}")
    if not callable(loss) or not hasattr(optimizer, "step"):
        raise TypeError(
            f"fit takes (model, loss, optimizer, data, epochs); the loss here is a {type(loss).__name__}, "
            f"the optimizer a {type(optimizer).__name__}"
        )
    check_order("fit", loss)
    _check_optimizer(model, optimizer)


def _check_optimizer(model: Module, optimizer: Any) -> None:
    groups = getattr(optimizer, "param_groups", None)
    if groups is None:
        return
    held = {id(parameter) for group in groups for parameter in group["params"]}
    if not any(id(parameter) in held for parameter in model.parameters()):
        raise ValueError(
            "fit: the optimizer holds no parameter of this model, so the model would learn nothing. "
            "Make it with optim.SGD(model.parameters(), lr=...)"
        )
