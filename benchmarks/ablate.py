"""What each pass of the compiler gains: every mechanism taken out in turn, measured beside the whole.

It runs in this process, one thread, float32, by the time of the processor. All variants of a workload take turns in
every round, so that all meet the same disturbances; a gain is the median over rounds of their ratio, with the interval
in which the true median lies.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

import tinygrad_wtf as tw
from benchmarks import rounds
from benchmarks.contestants.eager import training
from benchmarks.workloads import WORKLOADS, Workload, problem
from tinygrad_wtf.compiler import Compiled
from tinygrad_wtf.compiler.pipeline import LAST, PIPELINE, STATIC, Options
from tinygrad_wtf.compiler.tuning import Tuning

__all__ = ["MARKERS", "NEEDED", "interval", "put", "run", "section", "table", "variants"]

NEEDED = (
    "lower",
    "dce",
    "copy_outputs",
    "halves",
)  # without these there is no program, or a wrong one; one is part of another
BATCH = 64  # samples of the workload that is trained in mini-batches
MARKERS = ("<!-- ablation: begin -->", "<!-- ablation: end -->")
LITTLE = 0.03  # a gain below this is none


class Variant(NamedTuple):
    """The compiler without one mechanism, beside the one with all; `lines` is what the mechanism takes."""

    name: str
    options: Options
    whole: Options
    lines: int


def variants() -> list[Variant]:
    """One for each pass, and for what measures."""
    usual = Options(verify=False)
    passes = {p.__name__: p for p in (*PIPELINE, *STATIC, *LAST) if p.__name__ not in NEEDED}
    found = [Variant(name, usual.without(p), usual, _lines(inspect.getmodule(p))) for name, p in passes.items()]
    full = Options(verify=False, tuner=Tuning())
    return [*found, Variant("tune=True", usual, full, _lines(inspect.getmodule(Tuning)))]


def _lines(module: Any) -> int:
    return len(inspect.getsource(module).splitlines())


def run(count: int, seconds: float, chosen: list[str], say: Callable[[str], None] = print) -> list[dict[str, Any]]:
    """Measure every variant on every workload: so many rounds, each timing of about so many seconds."""
    found = []
    for name, workload, batch in _workloads():
        if name not in chosen:
            continue
        all_variants = variants()
        steps = {id(v.whole): _step(workload, batch, v.whole) for v in all_variants}
        steps |= {id(v.options): _step(workload, batch, v.options) for v in all_variants}
        times = _times(steps, count, seconds)
        for variant in all_variants:
            ratios = np.divide(times[id(variant.options)], times[id(variant.whole)])
            low, high = interval(ratios)
            row = {"variant": variant.name, "workload": name, "lines": variant.lines}
            found.append(row | {"ratio": rounds.median(ratios), "low": low, "high": high})
            say(f"{name}, without {variant.name}: {found[-1]['ratio']:.3f} times ({low:.3f} to {high:.3f})")
    return found


def _workloads() -> list[tuple[str, Workload, int]]:
    moons = next(w for w in WORKLOADS if w.name == "moons")
    return [*((w.name, w, 0) for w in WORKLOADS), ("mini-batches", moons, BATCH)]


def _step(workload: Workload, batch: int, options: Options) -> Callable[[], Any]:
    """A training step that is compiled in this way, and has settled."""
    step, X, y = training(problem(workload.sizes, workload.samples, "float32"))
    compiled = Compiled(step, options=options)
    batches = [(X, y)]
    if batch:
        starts = range(0, workload.samples - batch + 1, batch)
        batches = [(tw.tensor(X.numpy()[i : i + batch]), tw.tensor(y.numpy()[i : i + batch])) for i in starts]
    turn = cycle(batches)
    for _ in range(8):
        compiled(*next(turn))
    return lambda: compiled(*next(turn))


def _times(steps: dict[int, Callable[[], Any]], count: int, seconds: float) -> dict[int, list[float]]:
    """Seconds a step, by variant, one in each round."""
    keys = list(steps)
    many = {key: rounds.steps_for(_timed(steps[key], 3), seconds) for key in keys}
    times: dict[int, list[float]] = {key: [] for key in keys}
    for turns in rounds.order(len(keys), count):
        for i in turns:
            key = keys[i]
            steps[key]()  # who waited for the others has lost the caches
            times[key].append(_timed(steps[key], many[key]))
    return times


def _timed(step: Callable[[], Any], count: int) -> float:
    started = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - started) / count


def interval(ratios: Any) -> tuple[float, float]:
    """In which the median lies with a probability of at least 95%, whatever the distribution is."""
    ordered, n = sorted(map(float, ratios)), len(ratios)
    tail, below = 0.0, -1
    while below + 1 < n // 2 and tail + math.comb(n, below + 1) / 2**n <= 0.025:
        below += 1
        tail += math.comb(n, below) / 2**n
    return ordered[max(below, 0)], ordered[n - 1 - max(below, 0)]


def table(found: list[dict[str, Any]]) -> str:
    """How much slower the step is without each mechanism, in per cent; in brackets what is within the noise."""
    places = list(dict.fromkeys(row["workload"] for row in found))
    lines = [f"| without | lines | {' | '.join(places)} |", f"|---|--:|{'--:|' * len(places)}"]
    for name in dict.fromkeys(row["variant"] for row in found):
        rows = {row["workload"]: row for row in found if row["variant"] == name}
        cells = [_cell(rows[place]) if place in rows else "" for place in places]
        lines.append(f"| {name} | {next(iter(rows.values()))['lines'] or ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(row: dict[str, Any]) -> str:
    said = f"{100 * (row['ratio'] - 1):+.0f}%"
    wide = f"{100 * (row['low'] - 1):+.0f} to {100 * (row['high'] - 1):+.0f}"
    is_sure = row["low"] > 1 + LITTLE or row["high"] < 1 - LITTLE
    return f"**{said}** ({wide})" if is_sure else f"{said} ({wide})"


def section(found: dict[str, Any]) -> str:
    """What the page of measurements says of it."""
    begin, end = MARKERS
    return f"""{begin}
## What each pass gains

How much longer a step takes without it, in per cent: the median over {found["rounds"]} rounds, and the interval where
it lies with 95%. Bold: surely more than {100 * LITTLE:.0f}%. *Lines* are those of the file. Float32, one thread,
`python -m benchmarks ablate` on {found["processor"]}, {found["date"]}; *mini-batches* are those of `moons`,
{BATCH} samples each. The last row compares fixed rules with `compile(tune=True)`, which measures on the machine.

{table(found["rows"])}
{end}"""


def put(page: str, text: str) -> str:
    """The page with the section in the place of the one that it has; at its end if it has none."""
    begin, end = MARKERS
    if begin not in page:
        return f"{page.rstrip()}\n\n{text}\n"
    before, rest = page.split(begin, 1)
    return before + text + rest.split(end, 1)[1]
