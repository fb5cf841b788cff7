"""How the cost of a step grows with samples, widths and depths; float32, one thread."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import measure, workloads
from benchmarks.environments import Contestant
from benchmarks.measure import Entry, Settings
from benchmarks.process import FailedError, Worker

ENTERING = ("eager", "compiled", "torch_eager", "jax_jit")
DTYPE = "float32"
# The points; everything else of the network stays as `points` says.
SAMPLES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
WIDTHS = (8, 16, 32, 64, 128, 256, 512, 1_024)
DEPTHS = (1, 2, 4, 8, 16, 32, 64)


def points(quick: bool = False) -> list[tuple[str, int, tuple[int, ...], int]]:
    """What grows, to what, and the network and number of samples that this makes."""
    stride = 3 if quick else 1
    return [
        *(("samples", n, (2, 64, 64, 1), n) for n in SAMPLES[::stride]),
        *(("width", n, (2, n, n, 1), 1_000) for n in WIDTHS[::stride]),
        *(("depth", n, (2, *(32,) * n, 1), 1_000) for n in DEPTHS[::stride]),
    ]


def run(contestants: Sequence[Contestant], settings: Settings, quick: bool = False) -> list[Entry]:
    """Times of everyone at every point; a contestant that fails at one is out there."""
    found: list[Entry] = []
    with tempfile.TemporaryDirectory() as folder:
        workers: list[Worker] = []
        for contestant in contestants:
            try:
                workers.append(Worker(contestant, 1, settings.envs, Path(folder)))
            except FailedError as reason:
                settings.say(f"  {contestant.title}: {reason}")
        try:
            for grows, value, sizes, samples in points(quick):
                settings.say(f"  {grows} {value:,}")
                entries = _at(workers, sizes, samples, Path(folder), settings)
                found += [{"grows": grows, "value": value, **entry} for entry in entries]
        finally:
            for worker in workers:
                worker.stop()
    return found


def _at(workers: Sequence[Worker], sizes: Sequence[int], samples: int, folder: Path, settings: Settings) -> list[Entry]:
    file = folder / "problem.npz"
    workloads.save(file, workloads.problem(sizes, samples, DTYPE))
    losses = measure.expected_losses(sizes, samples, steps=3)
    entries, ready = [], []
    for worker in workers:
        entry: Entry = {"contestant": worker.contestant.name}
        entries.append(entry)
        try:
            entry |= measure.enter(worker, file, losses, DTYPE)
            ready.append((entry, worker))
        except FailedError as reason:
            entry["missing"] = str(reason)
            settings.say(f"    {worker.contestant.title}: {reason}")
    times = measure.take_turns([worker for _, worker in ready], settings)
    for (entry, _), seconds in zip(ready, times, strict=True):
        entry["seconds"] = [float(f"{t:.4g}") for t in seconds]
    return entries
