"""What recording costs: y = y * x over and over on four entries, forward and backward, and the memory of the graph."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import rounds
from benchmarks.environments import Contestant
from benchmarks.measure import Entry, Settings
from benchmarks.process import FailedError, Worker

LENGTHS = (10_000, 100_000)
TOLERANCE = 1e-9  # of the gradient, relatively


def run(contestants: Sequence[Contestant], settings: Settings, lengths: Sequence[int] = LENGTHS) -> list[Entry]:
    """Seconds per operation in each round, and bytes per operation, of everyone who records a graph."""
    return [entry for length in lengths for entry in _compare(length, contestants, settings)]


def _compare(operations: int, contestants: Sequence[Contestant], settings: Settings) -> list[Entry]:
    settings.say(f"  a chain of {operations:,} operations")
    entries: list[Entry] = []
    with tempfile.TemporaryDirectory() as folder:
        ready = []
        try:
            for contestant in contestants:
                if not contestant.records:
                    continue
                entry: Entry = {"contestant": contestant.name, "operations": operations}
                entries.append(entry)
                try:
                    worker = Worker(contestant, 1, settings.envs, Path(folder))
                    ready.append((entry, worker))
                    entry |= _enter(worker, operations)
                except FailedError as reason:
                    entry["missing"] = str(reason)
                    settings.say(f"    {contestant.title}: {reason}")
            timed = [(entry, worker) for entry, worker in ready if "missing" not in entry]
            _take_turns(timed, operations, settings)
        finally:
            for _, worker in ready:
                worker.stop()
    return entries


def _enter(worker: Worker, operations: int) -> Entry:
    """Measure memory first, in a process that has none to use again; the gradient must be right."""
    about = worker("about")
    worker("chain", operations=100, timed=False)
    first = worker("chain", operations=operations, timed=False)
    if not first["wrong"] < TOLERANCE:
        raise FailedError(f"another gradient: it differs by {first['wrong']:.1e}")
    return {"versions": about["versions"], "bytes": first["bytes"] / operations, "wrong": first["wrong"]}


def _take_turns(timed: Sequence[tuple[Entry, Worker]], operations: int, settings: Settings) -> None:
    count = max(3, settings.rounds * min(LENGTHS) // operations if operations > min(LENGTHS) else settings.rounds)
    for entry, _ in timed:
        entry |= {"forward": [], "backward": []}
    for turns in rounds.order(len(timed), count):
        for i in turns:
            entry, worker = timed[i]
            found = worker("chain", operations=operations, timed=True)
            for way in ("forward", "backward"):
                entry[way].append(float(f"{found[way] / operations:.4g}"))
    for entry, _ in timed:
        forward, backward = (1e6 * rounds.median(entry[way]) for way in ("forward", "backward"))
        settings.say(
            f"    {entry['contestant']:14}{forward:8.2f} µs{backward:8.2f} µs{entry['bytes']:8.0f} B an operation"
        )
