"""What a training run leaves behind: its numbers, epoch by epoch. `plot` draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class History(Mapping[str, list[float]]):
    """Loss and metrics of each recorded epoch, by name: ``history["loss"]``, ``history["val_accuracy"]``.

    The names are ``loss`` and the metrics on the training data, and the same with ``val_`` in front on the
    validation data. Entry ``i`` of each list belongs to epoch ``history.epoch[i]``; the first epoch is 1.

    Attributes
    ----------
    epoch : list of int
        The recorded epochs.
    seconds : float
        How long the run took.
    not_compiled : str
        Why the training step was not compiled; empty when it was.

    Examples
    --------
    >>> history = History()
    >>> history.record(1, {"loss": 0.7, "accuracy": 0.5})
    >>> history.record(2, {"loss": 0.5, "accuracy": 0.9})
    >>> history["loss"], history.epoch
    ([0.7, 0.5], [1, 2])
    >>> history.last
    {'loss': 0.5, 'accuracy': 0.9}
    >>> history
    History(2 epochs: loss 0.5, accuracy 0.9)
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.seconds = 0.0
        self.not_compiled = ""
        self._values: dict[str, list[float]] = {}

    def record(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add the numbers of one epoch.

        Parameters
        ----------
        epoch : int
            Its number, counted from 1.
        values : mapping of str to float
            The same names every time.

        Raises
        ------
        ValueError
            Other names than in the epochs before: the lists would no longer belong together.
        """
        if self.epoch and values.keys() != self._values.keys():
            raise ValueError(f"History.record: epoch {epoch} has {sorted(values)}, before it was {sorted(self)}")
        self.epoch.append(epoch)
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)

    @property
    def last(self) -> dict[str, float]:
        """The numbers of the last recorded epoch, empty before the first."""
        return {name: values[-1] for name, values in self._values.items()}

    def __getitem__(self, name: str) -> list[float]:
        """Give the list of one loss or metric."""
        if name not in self._values:
            raise KeyError(f"no {name!r} in this history, only {', '.join(self._values) or 'nothing yet'}")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """Walk over the names, in the order in which they were recorded."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the names; ``len(history.epoch)`` counts the epochs."""
        return len(self._values)

    def __repr__(self) -> str:
        """Say how many epochs there were and how the last one ended."""
        if not self.epoch:
            return "History(0 epochs)"
        epochs = f"{self.epoch[-1]} epoch{'s' if self.epoch[-1] > 1 else ''}"
        return f"History({epochs}: {', '.join(f'{name} {value:.4g}' for name, value in self.last.items())})"
