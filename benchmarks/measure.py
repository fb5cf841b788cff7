"""Training steps compared: everyone's losses are checked first, then all are timed in turn. Nothing is written here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import rounds, workloads
from benchmarks.contestants import closed_form
from benchmarks.environments import Contestant
from benchmarks.process import FailedError, Worker, processors
from benchmarks.workloads import Problem, Workload

CHECKED_STEPS = 20
# How far a loss may lie, relatively, from the closed form's in float64, in each of the first 20 steps.
TOLERANCE = {"float32": 2e-5, "float64": 1e-10}
PAUSE = 0.15  # seconds: OpenBLAS's threads keep a processor busy for a tenth of a second after their work

Entry = dict[str, Any]


class Settings(NamedTuple):
    """How long to measure: rounds, and seconds of each timing."""

    envs: Path
    rounds: int = 15
    seconds: float = 0.06
    say: Callable[[str], None] = lambda text: print(text, flush=True)


def expected_losses(sizes: Sequence[int], samples: int, steps: int = CHECKED_STEPS) -> list[float]:
    """The guide's closed form in float64, which everyone is held against."""
    train = closed_form.build(workloads.problem(sizes, samples, "float64"), 1)
    return [train.number(train.step()) for _ in range(steps)]


def entrants(
    contestants: Iterable[Contestant], workload: str, dtype: str, threads: Sequence[int]
) -> list[tuple[Contestant, int]]:
    """Who enters, and with how many threads each."""
    return [
        (contestant, t)
        for contestant in contestants
        if contestant.trains and dtype in contestant.dtypes and workload in (contestant.workloads or (workload,))
        for t in threads
        if t in contestant.threads
    ]


def enter(worker: Worker, file: Path, losses: Sequence[float], dtype: str) -> Entry:
    """Have a contestant prepare itself and train 20 steps; `FailedError` where its losses are others."""
    about = worker("about")
    first = worker("build", file=str(file), threads=worker.threads)
    found = [*first["losses"], *worker("losses", steps=len(losses) - 1)["losses"]]
    difference = rounds.largest_difference(found, losses)
    entry = {
        "versions": about["versions"],
        "idle_memory": about["memory"],
        "first_step": first["seconds"],
        "last_loss": found[-1],
        "difference": difference,
    }
    if difference > TOLERANCE[dtype]:
        raise FailedError(f"other losses: they differ by {difference:.1e}, more than {TOLERANCE[dtype]:.0e}")
    return entry


def calibrate(worker: Worker, seconds: float) -> int:
    """How many steps fill the time of one timing."""
    steps = 1
    while (taken := worker("time", steps=steps)["seconds"]) < seconds / 4 and steps < 100_000:
        steps *= 4
    worker("time", steps=rounds.steps_for(taken / steps, seconds))  # the first were slow
    return rounds.steps_for(worker("time", steps=steps)["seconds"] / steps, seconds)


def take_turns(workers: Sequence[Worker], settings: Settings) -> list[list[float]]:
    """Seconds per step of each worker in each round.

    Who has waited begins with as many steps that are not timed: meanwhile its memory has left the caches, and on a
    virtual machine perhaps the memory; the first tens of milliseconds are slow.
    """
    steps = [calibrate(worker, settings.seconds) for worker in workers]
    times: list[list[float]] = [[] for _ in workers]
    for turns in rounds.order(len(workers), settings.rounds):
        for i in turns:
            workers[i]("time", steps=max(2, steps[i]))
            times[i].append(workers[i]("time", steps=steps[i])["seconds"] / steps[i])
            if workers[i].threads > 1:
                time.sleep(PAUSE)
    return times


def compare(
    problem: Problem, who: Sequence[tuple[Contestant, int]], losses: Sequence[float], settings: Settings
) -> list[Entry]:
    """Everyone's entry for one problem: times where its losses are right, else why there are none."""
    dtype = str(problem.X.dtype)
    entries: list[Entry] = []
    with tempfile.TemporaryDirectory() as folder:
        file, ready = Path(folder) / "problem.npz", []
        workloads.save(file, problem)
        try:
            for contestant, threads in who:
                entry: Entry = {"contestant": contestant.name, "threads": threads}
                entries.append(entry)
                try:
                    if threads > max(1, len(processors())):
                        raise FailedError("this machine has too few processors")
                    worker = Worker(contestant, threads, settings.envs, Path(folder))
                    ready.append((entry, worker))
                    entry |= enter(worker, file, losses, dtype)
                    if threads > 1:
                        time.sleep(PAUSE)
                except FailedError as reason:
                    entry["missing"] = str(reason)
                    settings.say(f"    {contestant.title}, {threads} thread{'s' * (threads > 1)}: {reason}")
            timed = [(entry, worker) for entry, worker in ready if "missing" not in entry]
            times = take_turns([worker for _, worker in timed], settings)
            for (entry, worker), found in zip(timed, times, strict=True):
                entry["seconds"] = [float(f"{t:.4g}") for t in found]
                entry["memory"] = worker("memory")["memory"]
        finally:
            for _, worker in ready:
                worker.stop()
    return entries


def run(
    chosen: Iterable[Workload],
    contestants: Sequence[Contestant],
    dtypes: Sequence[str],
    threads: Sequence[int],
    settings: Settings,
) -> list[Entry]:
    """Compare on each workload and dtype; entries say which."""
    found: list[Entry] = []
    for workload in chosen:
        losses = expected_losses(workload.sizes, workload.samples)
        for dtype in dtypes:
            settings.say(f"  {workload.title}, {dtype}")
            problem = workloads.problem(workload.sizes, workload.samples, dtype)
            who = entrants(contestants, workload.name, dtype, threads)
            entries = compare(problem, who, losses, settings)
            found += [{"workload": workload.name, "dtype": dtype, **entry} for entry in entries]
            for entry in entries:
                if "seconds" in entry:
                    micro = 1e6 * rounds.median(entry["seconds"])
                    settings.say(
                        f"    {entry['contestant']:14} {entry['threads']} thread{'s' * (entry['threads'] > 1):1}"
                        f"{micro:12.1f} µs   losses within {entry['difference']:.0e}"
                    )
    return found
