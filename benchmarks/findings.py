"""Results read back: who was how fast where, against whom. Numbers only: how they are written is said in `tables`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import rounds
from benchmarks.environments import CONTESTANTS, NAMED

Entry = Mapping[str, Any]
Results = Mapping[str, Any]


class Verdict(NamedTuple):
    """Ours beside the fastest of the others on one workload; `times` is how many times as fast ours is."""

    ours: Entry
    peer: Entry
    times: float


def read(file: Path) -> Results | None:
    """The results in a file, or None where there is no such file."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def seconds(entry: Entry) -> float:
    """The median of an entry's rounds."""
    return rounds.median(entry["seconds"])


def timed(entries: Iterable[Entry], **wanted: Any) -> list[Entry]:
    """The entries with times that have these values, in the order of contestants."""
    place = [contestant.name for contestant in CONTESTANTS]
    found = [e for e in entries if "seconds" in e and all(e[key] == value for key, value in wanted.items())]
    return sorted(found, key=lambda e: place.index(e["contestant"]))


def best(entries: Iterable[Entry]) -> list[Entry]:
    """Of each contestant the entry with the number of threads that was faster for it."""
    found: dict[str, Entry] = {}
    for entry in entries:
        name = entry["contestant"]
        if name not in found or seconds(entry) < seconds(found[name]):
            found[name] = entry
    return list(found.values())


def of(entries: Sequence[Entry], name: str) -> Entry | None:
    """A contestant's entry."""
    return next((entry for entry in entries if entry["contestant"] == name), None)


def reference(entries: Sequence[Entry]) -> Entry | None:
    """Whom the others are compared with: our compiled step, our eager one where there is none."""
    return of(entries, "compiled") or of(entries, "eager")


def verdict(entries: Sequence[Entry]) -> Verdict | None:
    """Ours and the fastest library that is not ours; the closed form is no library."""
    ours = reference(entries)
    peers = [e for e in entries if not NAMED[e["contestant"]].ours and e["contestant"] != "closed_form"]
    if ours is None or not peers:
        return None
    peer = min(peers, key=seconds)
    return Verdict(ours, peer, rounds.ratio(peer["seconds"], ours["seconds"]))


def missing(results: Results) -> dict[str, list[str]]:
    """Reasons for which something was not timed, and what that was."""
    found: dict[str, list[str]] = {}
    for entry in [*results.get("steps", ()), *results.get("chain", ()), *results.get("growth", ())]:
        if "missing" in entry:
            where = [entry.get("workload"), entry.get("dtype"), entry.get("grows"), entry.get("value")]
            where += [f"{entry['operations']:,} operations"] if "operations" in entry else []
            where += [f"{entry['threads']} threads"] if entry.get("threads", 1) > 1 else []
            words = ", ".join(str(part) for part in where if part is not None)
            found.setdefault(f"{NAMED[entry['contestant']].title}: {entry['missing']}", []).append(words)
    return found


def versions(results: Results) -> dict[str, str]:
    """Every package and its version; workers that share an environment say the same."""
    found: dict[str, str] = {}
    for entry in [*results.get("steps", ()), *results.get("chain", ())]:
        found |= entry.get("versions", {})
    return found
