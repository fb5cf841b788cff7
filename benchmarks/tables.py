"""Results as Markdown tables. What they mean is said in `page`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import findings, rounds
from benchmarks.environments import CONTESTANTS, NAMED
from benchmarks.findings import Entry, Results
from benchmarks.workloads import WORKLOADS

MEBIBYTE = 2**20


def micro(seconds: float) -> str:
    """Microseconds in three digits, more where they are whole: 5.82, 364, 18,611."""
    value = 1e6 * seconds
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def times(ratio: float) -> str:
    """A ratio in two digits or more: 0.96, 1.2, 23."""
    return f"{ratio:.2f}" if ratio < 1.995 else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first are numbers and stand to the right."""
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _workloads(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    there = {entry["workload"] for entry in entries}
    return [(workload.name, workload.title) for workload in WORKLOADS if workload.name in there]


def steps(found: Results, dtype: str, threads: int) -> str:
    """Median, quartiles and ratio of everyone; with more than one thread allowed, of everyone's better choice."""
    entries = [e for e in found["steps"] if e["dtype"] == dtype and e["threads"] <= threads]
    columns = _workloads(entries)
    groups = [findings.timed(entries, workload=name) for name, _ in columns]
    if threads > 1:
        groups = [findings.best(group) for group in groups]
    rows = []
    for contestant in CONTESTANTS:
        cells = [_step(findings.of(group, contestant.name), group, threads) for group in groups]
        if any(cells):
            rows.append([contestant.title, *(cell or "–" for cell in cells)])
    return markdown(["µs a step", *(title for _, title in columns)], rows)


def _step(entry: Entry | None, group: Sequence[Entry], threads: int) -> str:
    if entry is None:
        return ""
    median = micro(findings.seconds(entry))
    low, high = rounds.quartiles(entry["seconds"])
    fastest = entry is min(group, key=findings.seconds)
    lines = [f"**{median}**" if fastest else median]
    if threads > 1:
        lines[0] += f" ({entry['threads']})"
    lines.append(f"{micro(low)}–{micro(high)}")
    against = findings.reference(group)
    if against is not None:
        lines.append(f"{times(rounds.ratio(entry['seconds'], against['seconds']))} ×")
    return "<br>".join(lines)


def verdicts(found: Results) -> str:
    """Our compiled step beside the fastest other library, everywhere."""
    rows = []
    for dtype in ("float32", "float64"):
        for threads, words in ((1, "one thread"), (2, "up to two")):
            cells = []
            for name, _ in _workloads(found["steps"]):
                entries = [e for e in found["steps"] if e["threads"] <= threads]
                group = findings.timed(entries, workload=name, dtype=dtype)
                said = findings.verdict(group if threads == 1 else findings.best(group))
                cells.append("–" if said is None else f"{times(said.times)}<br>{NAMED[said.peer['contestant']].title}")
            if set(cells) != {"–"}:
                rows.append([f"{dtype}, {words}", *cells])
    return markdown(["", *(title for _, title in _workloads(found["steps"]))], rows)


def second_thread(found: Results, dtype: str) -> str:
    """How many times as fast each contestant is with two threads as with one."""
    columns, rows = _workloads(found["steps"]), []
    for contestant in CONTESTANTS:
        cells = []
        for name, _ in columns:
            one, two = (
                findings.of(findings.timed(found["steps"], workload=name, dtype=dtype, threads=n), contestant.name)
                for n in (1, 2)
            )
            cells.append(times(rounds.ratio(one["seconds"], two["seconds"])) if one and two else "–")
        if set(cells) != {"–"}:
            rows.append([contestant.title, *cells])
    return markdown(["", *(title for _, title in columns)], rows) if rows else ""


def memory(found: Results, dtype: str) -> str:
    """Mebibytes that a process held at most, and before it had anything to do."""
    columns = _workloads(found["steps"])
    rows = []
    for contestant in CONTESTANTS:
        mine = findings.timed(found["steps"], dtype=dtype, threads=1, contestant=contestant.name)
        if mine:
            idle = rounds.median([entry["idle_memory"] for entry in mine]) / MEBIBYTE
            peaks = {entry["workload"]: f"{entry['memory'] / MEBIBYTE:,.0f}" for entry in mine}
            rows.append([contestant.title, f"{idle:,.0f}", *(peaks.get(name, "–") for name, _ in columns)])
    return markdown(["MiB", "imported", *(title for _, title in columns)], rows)


def first_step(found: Results, dtype: str) -> str:
    """Milliseconds until the first step is done, compilation included."""
    columns, rows = _workloads(found["steps"]), []
    for contestant in CONTESTANTS:
        mine = findings.timed(found["steps"], dtype=dtype, threads=1, contestant=contestant.name)
        if mine:
            took = {entry["workload"]: f"{1e3 * entry['first_step']:,.0f}" for entry in mine}
            rows.append([contestant.title, *(took.get(name, "–") for name, _ in columns)])
    return markdown(["ms", *(title for _, title in columns)], rows)


def chain(found: Results) -> str:
    """Cost of recording per operation."""
    entries = [entry for entry in found["chain"] if "forward" in entry]
    lengths = sorted({entry["operations"] for entry in entries})
    heads = [f"{what}, {length:,}" for length in lengths for what in ("forward µs", "backward µs", "bytes")]
    rows = []
    for contestant in CONTESTANTS:
        cells: list[str] = []
        for length in lengths:
            here = [e for e in entries if e["operations"] == length and e["contestant"] == contestant.name]
            cells += _link(here[0]) if here else ["–"] * 3
        if set(cells) - {"–"}:
            rows.append([contestant.title, *cells])
    return markdown(["per operation", *heads], rows)


def _link(entry: Entry) -> list[str]:
    cells = []
    for way in ("forward", "backward"):
        low, high = rounds.quartiles(entry[way])
        cells.append(f"{micro(rounds.median(entry[way]))}<br>{micro(low)}–{micro(high)}")
    return [*cells, f"{entry['bytes']:,.0f}"]


def growth(found: Results) -> str:
    """Microseconds at every point."""
    names = [c.name for c in CONTESTANTS if any(e["contestant"] == c.name for e in found["growth"])]
    points: dict[tuple[str, int], dict[str, Any]] = {}
    for entry in found["growth"]:
        here = points.setdefault((entry["grows"], entry["value"]), {})
        if "seconds" in entry:
            here[entry["contestant"]] = micro(findings.seconds(entry))
    rows = [[f"{grows} {value:,}", *(here.get(n, "–") for n in names)] for (grows, value), here in points.items()]
    return markdown(["µs a step", *(NAMED[name].title for name in names)], rows)
