"""`watch`: the callback that takes snapshots of a training (`snapshot`) and writes them as a page (`page`)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tinygrad_wtf import Tensor

from ...counts import count
from ...module import Module
from ...training.callbacks import Callback, Run
from ...training.metrics import takes_logits
from ...training.samples import Data, as_pair
from .page import written
from .plane import Plane, plane_of
from .snapshot import Snapshot, due_epochs, layers_of

log = logging.getLogger("nn.watch")

NO_DATA = "No decision boundary: the plane is drawn around the points of watch(..., data=(X, y))."
MOST_KEPT = 500_000  # numbers of a model that are kept in each snapshot


def watch(
    model: Module,
    path: str | Path = "training.html",
    data: Data | None = None,
    snapshots: int | Sequence[int] = 40,
    *,
    logits: bool | None = None,
    resolution: int = 40,
    classes: tuple[str, str] = ("class 0", "class 1"),
    labels: tuple[str, str] = ("x₁", "x₂"),
    title: str = "",
) -> Watch:
    """Watch a training: `fit` with this callback writes a page on which a slider moves through the epochs.

    The page shows where the model decides, the curves of loss and metrics, each layer's gradient norm, and how far an
    epoch moved each layer. It is one HTML file that needs no network, and the same run gives the same bytes.

    Parameters
    ----------
    model : Module
        The model that `fit` trains.
    path : str or Path
        Where the page is written when training ends, stops early or fails; an ending other than ``.html`` is refused.
        Where it cannot be written then, the log of "nn.watch" says so, and the training goes on to its result.
    data : pair of arrays or Tensors, optional
        X of shape (m, 2) and labels y of 0 and 1, shape (m, 1): the points on the plane. For other data, and without
        data, the page says why it shows no decision boundary.
    snapshots : int or sequence of int
        How many moments to keep, besides the last epoch at least: the first epochs one by one, then ever further apart,
        at (k / n)² of the run. Or the epochs themselves; 0 is before training.
    logits : bool, optional
        Whether the model gives z, of which the probability is the sigmoid. None says so when the loss of the training
        is `BCEWithLogitsLoss`.
    resolution : int
        Points of the grid along each side of the plane.
    classes : pair of str
        What the labels 0 and 1 are called.
    labels : pair of str
        What the axes of the plane are called.
    title : str
        Above the page; without it, what is trained.

    Returns
    -------
    Watch
        For ``fit(..., callbacks=[...])``.

    Raises
    ------
    TypeError
        When `model` is not a Module.
    ValueError
        Another ending than ``.html``, or a number of snapshots or a resolution that is too small; when training begins:
        answers that are not probabilities, or a model that `fit` does not train.
    ShapeError
        Samples and labels of `data` that do not fit together.
    FileNotFoundError
        When training begins: the folder of `path` does not exist.

    Notes
    -----
    At the end of an epoch parameters and gradients are only read; the model answers for the plane when training is
    over, in evaluation mode, with each snapshot's weights, and then has its own again. The numbers of the training are
    the same to the last bit with and without it.

    Examples
    --------
    >>> import tempfile
    >>> from tinygrad_wtf import nn
    >>> X, y = nn.datasets.circles()
    >>> model = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     watching = nn.watch(model, f"{folder}/training.html", data=(X, y), snapshots=6)
    ...     optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    ...     history = nn.fit(model, nn.BCELoss(), optimizer, (X, y), epochs=100, callbacks=[watching])
    ...     page = watching.path.read_text(encoding="utf-8")
    >>> [snapshot.epoch for snapshot in watching.snapshots]
    [0, 4, 16, 36, 64, 100]
    >>> page.startswith("<!doctype html>")
    True
    """
    return Watch(model, path, data, snapshots, logits, resolution, classes, labels, title)


class Watch(Callback):
    """Takes snapshots of a training and writes them as a page; made by `watch`, where its arguments are explained.

    A model of more than `most_kept` numbers is asked about the plane at once, and no weights are kept for later.

    Attributes
    ----------
    path : Path
        Where the page goes.
    layers : tuple of Layer
        What the numbers of a snapshot belong to.
    snapshots : list of Snapshot
        Those of the last run.
    """

    def __init__(
        self,
        model: Module,
        path: str | Path,
        data: Data | None,
        snapshots: int | Sequence[int],
        logits: bool | None,
        resolution: int,
        classes: tuple[str, str],
        labels: tuple[str, str],
        title: str,
        most_kept: int = MOST_KEPT,
    ) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"watch looks at a Module, not a {type(model).__name__}; the first argument is the model")
        self.model, self.path, self.title = model, Path(path), title
        self.classes, self.labels, self.most_kept = classes, labels, most_kept
        if self.path.suffix != ".html":
            raise ValueError(f"watch writes a page, so its path must end in .html, not {self.path.name!r}")
        resolution = count("watch", "resolution", resolution, 2)
        self.asked: int | tuple[int, ...]
        if isinstance(snapshots, Iterable) and not isinstance(snapshots, str):
            try:
                self.asked = tuple(sorted({count("watch", "an epoch", epoch, 0) for epoch in snapshots}))
            except ValueError:
                self.asked = ()
            if not self.asked:
                raise ValueError(f"watch: snapshots is a number of at least 2, or epochs from 0 on, not {snapshots!r}")
        else:
            self.asked = count("watch", "snapshots", snapshots, 2)
        self.layers = layers_of(model)
        self._plane: Plane | str = NO_DATA
        if data is not None:
            self._plane = plane_of(model, *as_pair(model, data, "watch: data"), resolution)
        self.plane = self._plane
        self.snapshots: list[Snapshot] = []
        self._logits = logits
        self._run: Run | None = None
        self._due: list[int] = []  # epochs still to come, the next one last
        self._before: tuple[int, list[list[NDArray[Any]]]] | None = None  # an epoch, and the layers after it
        self._states: dict[int, dict[str, Tensor]] = {}  # weights of the snapshots whose plane is not yet shaded

    def __repr__(self) -> str:
        """Say what is watched, and where the page goes."""
        return f"Watch({type(self.model).__name__}, {str(self.path)!r})"

    def on_train_begin(self, run: Run) -> None:
        """Plan the snapshots, and take the one before training."""
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"watch: there is no folder {str(self.path.parent)!r} for the page")
        trained = {id(parameter) for parameter in run.model.parameters()}
        if not any(id(parameter) in trained for parameter in self.model.parameters()):
            raise ValueError("watch: fit trains another model than the one that is watched; give both the same")
        self.layers = layers_of(self.model)
        self._run, self.snapshots, self._before, self._states = run, [], None, {}
        self.plane = self._plane
        due = due_epochs(run.epochs, self.asked) if isinstance(self.asked, int) else self.asked
        self._due = sorted((epoch for epoch in due if epoch <= run.epochs), reverse=True)
        self._look(0)

    def on_epoch_end(self, run: Run) -> None:
        """Take a snapshot where one is due."""
        if self._due and run.epoch >= self._due[-1] - 1:
            self._look(run.epoch)

    def on_train_end(self, run: Run) -> None:
        """Look once more when the run was stopped between two snapshots, and write the page."""
        if not self.snapshots or self.snapshots[-1].epoch != run.epoch:
            self._take(run.epoch)
        self._save_or_tell()

    def on_exception(self, run: Run, problem: BaseException) -> None:
        """Write what there is when the training fails or is interrupted."""
        self._save_or_tell(f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__)

    def _save_or_tell(self, problem: str = "") -> None:
        """Write the page; where that fails, a training that took hours is not lost with it."""
        try:
            self.save(problem)
        except OSError as refused:
            log.error(
                f"watch: the page could not be written to {str(self.path)!r} ({refused}). "
                "The training is not affected: make room, and call save() of what nn.watch returned"
            )

    def save(self, problem: str = "") -> Path:
        """Write the page of the run so far, whole or not at all: one that is there already is replaced at the end.

        Parameters
        ----------
        problem : str
            What ended the run, if it failed.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        RuntimeError
            Nothing was watched yet.
        OSError
            The page cannot be written there.
        """
        if self._run is None:
            raise RuntimeError("watch: nothing was trained yet; give this object to nn.fit(..., callbacks=[...])")
        self._shade_later()
        page = written(
            self.model,
            self._run,
            self.layers,
            self.snapshots,
            self.plane,
            problem=problem,
            classes=self.classes,
            labels=self.labels,
            title=self.title,
        )
        _write_whole(self.path, page.encode("utf-8", "replace"))
        return self.path

    def _look(self, epoch: int) -> None:
        """Take a snapshot if it is due, and remember the weights if one is due in the next epoch."""
        if self._due and epoch >= self._due[-1]:
            self._take(epoch)
            while self._due and epoch >= self._due[-1]:
                self._due.pop()
        if self._due and epoch == self._due[-1] - 1:
            self._before = epoch, [layer.copied() for layer in self.layers]

    def _take(self, epoch: int) -> None:
        before = self._before[1] if self._before is not None and self._before[0] == epoch - 1 else None
        self.snapshots.append(
            Snapshot(
                epoch,
                # gradients that stand there before training are another training's
                tuple(None if epoch == 0 else layer.gradient() for layer in self.layers),
                tuple(None if before is None else layer.update(before[i]) for i, layer in enumerate(self.layers)),
                self._shade_now_or_keep(epoch),
            )
        )

    def _reads_logits(self) -> bool:
        if self._logits is not None or self._run is None:
            return bool(self._logits)
        return takes_logits(self._run.loss)

    def _shade_now_or_keep(self, epoch: int) -> bytes | None:
        """Training does not wait for the grid: the weights are kept, and the plane is shaded when the page is written.

        Not so before training, where answers that are no probabilities are refused while nothing is lost, nor for a
        large model, whose weights would fill the memory and whose steps take longer than a grid.
        """
        if isinstance(self.plane, str):
            return None
        state = self.model.state_dict()
        if epoch == 0:
            return self.plane.shade(self.model, self._reads_logits())
        if sum(tensor.numel() for tensor in state.values()) > self.most_kept:
            return self._shaded(epoch)
        self._states[len(self.snapshots)] = {name: tensor.clone() for name, tensor in state.items()}
        return None

    def _shade_later(self) -> None:
        """Give the model the weights of one snapshot after the other, and then its own again."""
        if not self._states:
            return
        own = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        try:
            for i, state in self._states.items():
                self.model.load_state_dict(state)
                self.snapshots[i] = replace(self.snapshots[i], grid=self._shaded(self.snapshots[i].epoch))
        finally:
            self.model.load_state_dict(own)
        self._states = {}

    def _shaded(self, epoch: int) -> bytes | None:
        """The grid, or None from the first snapshot on whose answers are no probabilities: the page then says so."""
        if isinstance(self.plane, str):
            return None
        try:
            return self.plane.shade(self.model, self._reads_logits())
        except ValueError as problem:
            said = str(problem).removeprefix("watch: ")
            self.plane = f"No decision boundary: after epoch {epoch} {said}."
            return None


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside the file, and then put that in its place."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
