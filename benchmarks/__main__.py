"""Training steps beside those of other libraries: ``python -m benchmarks setup``, ``run``, ``growth``, ``report``.

``setup`` installs everyone into an environment of its own; ``run`` compares the five workloads and the chain of small
operations; ``growth`` measures larger and larger networks; ``ablate`` takes out the compiler's passes one by one;
``report`` writes ``docs/performance.md`` from the results.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import chain, environments, growth, machine, measure
from benchmarks.environments import CONTESTANTS, ENVIRONMENTS, NAMED, ROOT
from benchmarks.measure import Settings
from benchmarks.workloads import WORKLOADS

RESULTS = ROOT / "benchmarks" / "results"
DTYPES = ("float32", "float64")
THREADS = (1, 2)


def main() -> int:
    """Do what the command line asks."""
    asked = _parser().parse_args()
    return int(asked.do(asked))


def setup(asked: argparse.Namespace) -> int:
    """Install, and say where."""
    print(f"environments in {asked.envs}")
    wanted = [NAMED[name].environment for name in asked.contestants]
    return 1 if environments.setup(asked.envs, wanted) else 0


def run(asked: argparse.Namespace) -> int:
    """Compare, and save."""
    settings = _settings(asked, quick=(5, 0.03), full=(15, 0.06))
    began = time.perf_counter()
    chosen = [w for w in WORKLOADS if w.name in asked.workloads]
    contestants = [NAMED[name] for name in asked.contestants]
    found = _about(settings)
    dtypes = asked.dtypes or DTYPES[: 1 if asked.quick else 2]
    threads = asked.threads or THREADS[: 1 if asked.quick else 2]
    found["steps"] = measure.run(chosen, contestants, dtypes, threads, settings)
    if "chain" in asked.workloads:
        found["chain"] = chain.run(contestants, settings, chain.LENGTHS[: 1 if asked.quick else 2])
    return _finish(asked, "steps.json", found, began)


def grow(asked: argparse.Namespace) -> int:
    """Measure how costs grow, and save."""
    settings = _settings(asked, quick=(3, 0.02), full=(7, 0.05))
    began = time.perf_counter()
    found = _about(settings)
    found["growth"] = growth.run([NAMED[name] for name in asked.contestants], settings, asked.quick)
    return _finish(asked, "growth.json", found, began)


def ablate(asked: argparse.Namespace) -> int:
    """Measure what each pass of the compiler gains, save it, and write the table into the page of measurements.

    It may be run in pieces: with ``--workloads`` and ``--out FILE``, the file's rows of other workloads are kept. The
    page is written once all are there.
    """
    from benchmarks import ablate as ablation  # it needs this project, the others may run without

    count, seconds = (7, 0.01) if asked.quick else (31, 0.03)
    began = time.perf_counter()
    found: dict[str, Any] = {"date": time.strftime("%Y-%m-%d"), "processor": machine.processor()}
    found["rounds"] = asked.rounds or count
    kept = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out and asked.out.exists() else {"rows": []}
    if kept["rows"] and [kept[key] for key in ("processor", "rounds")] != [found["processor"], found["rounds"]]:
        raise SystemExit(f"{asked.out} was measured on another machine, or in {kept['rounds']} rounds")
    rows = [row for row in kept["rows"] if row["workload"] not in asked.workloads]
    found["rows"] = rows = rows + ablation.run(found["rounds"], seconds, asked.workloads)
    if not asked.quick and set(asked.places) == {row["workload"] for row in rows}:
        page = asked.docs / "performance.md"
        page.write_text(ablation.put(page.read_text(encoding="utf-8"), ablation.section(found)), encoding="utf-8")
    else:
        print(ablation.table(rows))
    return _finish(asked, "ablation.json", found, began)


def report(asked: argparse.Namespace) -> int:
    """Write the page and its plots."""
    from benchmarks import page  # it needs matplotlib, the others do not

    for written in page.write(asked.results, asked.docs):
        print(written)
    return 0


def _settings(asked: argparse.Namespace, quick: tuple[int, float], full: tuple[int, float]) -> Settings:
    count, seconds = quick if asked.quick else full
    return Settings(asked.envs, asked.rounds or count, seconds)


def _about(settings: Settings) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        described = machine.describe(settings, Path(scratch))
    timing = {"rounds": settings.rounds, "seconds": settings.seconds}
    return {"date": time.strftime("%Y-%m-%d"), "machine": described, "timing": timing, "steps": [], "chain": []}


def _finish(asked: argparse.Namespace, name: str, found: dict[str, Any], began: float) -> int:
    """Save a full run where the page is made from, and any other only where the user says."""
    found["minutes"] = round((time.perf_counter() - began) / 60, 1)
    print(f"done in {found['minutes']} minutes")
    out = asked.out or (RESULTS / name if asked.full(asked) else None)
    if out is None:
        print("not saved: this was not a full run; say --out FILE to keep it")
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, separators=(",", ":")).replace("},{", "},\n{") + "\n", encoding="utf-8")
        print(f"saved as {out}")
    return 0


def _whole(asked: argparse.Namespace, names: list[str], places: list[str]) -> bool:
    """Whether everyone ran everything."""
    chosen = (asked.contestants, asked.workloads, asked.dtypes, asked.threads)
    return not asked.quick and chosen == (names, places, None, None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    names = [contestant.name for contestant in CONTESTANTS]
    places = [*(workload.name for workload in WORKLOADS), "chain"]

    def command(do: Any, name: str, contestants: list[str]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=do.__doc__, description=do.__doc__)
        made.set_defaults(do=do)
        made.add_argument("--envs", type=Path, default=environments.default_folder(), help="folder of the environments")
        made.add_argument("--contestants", nargs="+", choices=contestants, default=contestants, metavar="NAME")
        return made

    def timed(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made.add_argument("--quick", action="store_true", help="fewer and shorter timings")
        made.add_argument("--rounds", type=int, help="how often everyone is timed")
        made.add_argument("--out", type=Path, help="where to save the results")
        return made

    command(setup, "setup", names)
    compare = timed(command(run, "run", names))
    compare.add_argument(
        "--workloads", nargs="+", choices=places, default=places, metavar="NAME", help=", ".join(places)
    )
    compare.add_argument("--dtypes", nargs="+", choices=DTYPES, help="all, or float32 if quick")
    compare.add_argument("--threads", nargs="+", type=int, choices=THREADS, help="both, or 1 if quick")
    compare.set_defaults(full=lambda a: _whole(a, names, places))
    grown = timed(command(grow, "growth", list(growth.ENTERING)))
    grown.set_defaults(full=lambda a: not a.quick and a.contestants == list(growth.ENTERING))
    ablated = timed(commands.add_parser("ablate", help=ablate.__doc__, description=ablate.__doc__))
    ablations = [*(workload.name for workload in WORKLOADS), "mini-batches"]
    ablated.add_argument("--workloads", nargs="+", choices=ablations, default=ablations, metavar="NAME")
    ablated.add_argument("--docs", type=Path, default=ROOT / "docs")
    ablated.set_defaults(do=ablate, places=ablations, full=lambda a: not a.quick and a.workloads == ablations)
    write = commands.add_parser("report", help=report.__doc__, description=report.__doc__)
    write.set_defaults(do=report)
    write.add_argument("--results", type=Path, default=RESULTS)
    write.add_argument("--docs", type=Path, default=ROOT / "docs")
    return parser


if __name__ == "__main__":
    assert set(ENVIRONMENTS) == {contestant.environment for contestant in CONTESTANTS}
    sys.exit(main())
