"""``docs/performance.md`` and its plots, written from the results, in words that hold whatever the numbers are."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import findings, plots, tables
from benchmarks.chain import TOLERANCE as GRADIENT_TOLERANCE
from benchmarks.environments import CONTESTANTS, ENVIRONMENTS, THIS_PROJECT
from benchmarks.findings import Results
from benchmarks.measure import CHECKED_STEPS, TOLERANCE

HEAD = """# Performance

This page is written by `python -m benchmarks report` from measured results; edit [`benchmarks/`](../benchmarks), not
the page. Figures hold for the machine below and no other: repeat them on yours.

A *step* is one step of training with all samples at once: forward, loss, backward, update. The networks are the
guide's, with a sigmoid after every layer, mean binary cross-entropy and plain gradient descent. `[2, 32, 1], 100` is a
network with 2 inputs, 32 hidden neurons and 1 output on 100 samples. *Compiled* is
`tinygrad_wtf.compile` on the ordinary training step, *tuned* the same with `tune=True`; *eager* is that step as
it is."""

VERDICTS = """## The compiled step beside the fastest other library

How many times as fast our compiled step is (the eager one, where there is none), and against whom. Above 1 ours is
faster, below 1 slower. The guide's own NumPy, written by hand for these networks, is no library and is left out here;
it is in the tables below. *Up to two* threads: each side with one or two, whichever was faster for it."""

STEPS = """## All times

Median; below it the quartiles between which the middle half of the rounds lies; below that the time as a multiple of
{reference}, median over rounds. Bold: the fastest."""

UP_TO_TWO = """Everyone with one thread or two, whichever was faster for it; the number is in parentheses."""

SECOND = """## What a second thread does

How many times as fast with two threads as with one, float32. Below 1 the second thread does harm: threads that wait for
each other at every product lose more than they gain where the work is small or the second processor busy."""

MEMORY = """## Memory

The most that the process held, Python and libraries included, float32 with one thread; first, what it held when the
libraries were imported and nothing else done."""

FIRST = """## The first step

Milliseconds until the first step is done: what is compiled, is compiled here. Caches of compiled programs were empty.
Measured once, float32, one thread."""

CHAIN = """## What recording costs

`y = y * x` over and over on four entries: microseconds for each operation forward and backward, with the quartiles
below, and bytes that a recorded operation holds. micrograd computes with one number instead of four. Gradients were
right to {tolerance:.0e}. Libraries that compile before they compute record nothing and are left out."""

GROWTH = """## How the cost grows

![Time of a step against samples, widths and depths, on logarithmic axes](pictures/performance_growth.svg)

Microseconds a step, float32, one thread. Logarithmic axes; a flat beginning is what a step costs
however small it is. Shaded, where it can be seen: the quartiles. At 64 layers the gradients of the first ones are some
1e-42: below float32's normal range, where processors may compute far slower."""

HOW = """## How it was measured

- Every contestant is a process in a virtual environment of its own, installed from PyPI with the versions below. All
  start from the same weights and data, made from a seed.
- Before anything is timed, each trains {steps} steps. Its loss in each must be that of the guide's closed form in
  float64 up to {float32:.0e} (float32) or {float64:.0e} (float64), relatively; one with other losses is not timed.
  {agreement}
- Then all take turns, in another order in each of {rounds} rounds, so that all meet the same disturbances. One
  timing takes about {milliseconds:.0f} ms: as many steps as fit into it, after as many that are not timed,
  since who waits for 20 others loses the caches. Loss and parameters are there when the clock stops.
- With one thread a process may run on one processor only; with two on two. Threads are those of BLAS (NumPy, eager,
  autograd, MyGrad), of the library (PyTorch, JAX, tinygrad), or this project's own with one thread of BLAS each
  (compiled and tuned).
- Python's garbage collector is on. Settings of the shell that change how fast BLAS is are not passed on.
- Weights are scaled and labels noisy, so that no activation saturates while thousands of steps are timed.
- The others run at the best setting that was found: `torch.compile` and `jax.jit` on the whole step with the update
  inside and parameters overwritten, JAX without a queue of calls, MyGrad without its memory guard. tinygrad chooses
  kernels by its heuristics, without its search. micrograd has neither exponential nor logarithm; they are written in
  its contestant.

What this does not say: nothing here is measured on a GPU, with mini-batches, or with other layers."""

REPEAT = """## To repeat it

```text
python -m pip install -e ".[benchmark]"
python -m benchmarks setup     # an environment for each library: minutes, and some gigabytes
python -m benchmarks run       # the tables
python -m benchmarks growth    # the curves
python -m benchmarks ablate    # what each pass of the compiler gains
python -m benchmarks report    # this page
```

`--envs FOLDER` says where the environments are, `--quick` measures less, and `--workloads`, `--contestants`, `--dtypes`
and `--threads` choose. Only full runs overwrite the results that this page is made from. `torch.compile` needs a C++
compiler. Single operations beside PyTorch's: `python -m benchmarks.ops`; small ones with pytest-benchmark:
`python -m pytest benchmarks/test_small.py`."""


def write(folder: Path, docs: Path) -> list[Path]:
    """Write the page and its plots from what results there are; the files written."""
    found, grown = findings.read(folder / "steps.json"), findings.read(folder / "growth.json")
    if found is None:
        raise SystemExit(f"there are no results in {folder}: run `python -m benchmarks run`")
    pictures = docs / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    written = [plots.save(plots.steps(found), pictures / "performance_steps.svg")]
    if grown is not None:
        written.append(plots.save(plots.growth(grown), pictures / "performance_growth.svg"))
    page = docs / "performance.md"
    page.write_text(whole(folder, found, grown), encoding="utf-8")
    return [*written, page]


def whole(folder: Path, found: Results, grown: Results | None) -> str:
    """The page, with what each pass gains where that was measured."""
    page, ablated = text(found, grown), folder / "ablation.json"
    if not ablated.exists():
        return page
    from benchmarks import ablate  # it needs this project

    return ablate.put(page, ablate.section(json.loads(ablated.read_text(encoding="utf-8"))))


def text(found: Results, grown: Results | None) -> str:
    """The page."""
    parts = [HEAD, _machine(found)]
    if found["steps"]:
        parts += _steps(found)
    if found["chain"]:
        parts += [CHAIN.format(tolerance=GRADIENT_TOLERANCE), tables.chain(found)]
    if grown is not None:
        parts += [GROWTH, _growth_machine(found, grown), _folded("All points", tables.growth(grown))]
    parts += [_how(found), _missing(found, grown), _versions(found), REPEAT]
    return "\n\n".join(part for part in parts if part) + "\n"


def _steps(found: Results) -> list[str]:
    entries = found["steps"]
    compiled = any("seconds" in e for e in entries if e["contestant"] == "compiled")
    parts = [
        VERDICTS,
        tables.verdicts(found),
        "![Time of a step of everyone on every workload](pictures/performance_steps.svg)",
        STEPS.format(reference="the compiled step's" if compiled else "the eager step's"),
    ]
    for dtype in ("float32", "float64"):
        if findings.timed(entries, dtype=dtype, threads=1):
            parts += [f"### {dtype}, one thread", tables.steps(found, dtype, 1)]
        if findings.timed(entries, dtype=dtype, threads=2):
            parts += [f"### {dtype}, up to two threads", UP_TO_TWO, tables.steps(found, dtype, 2)]
    if table := tables.second_thread(found, "float32"):
        parts += [SECOND, table]
    return [*parts, MEMORY, tables.memory(found, "float32"), FIRST, tables.first_step(found, "float32")]


def _machine(found: Results) -> str:
    machine, numpy = found["machine"], findings.versions(found).get("numpy", "unknown")
    return "\n".join(
        [
            "## The machine",
            "",
            f"- Processor: {machine['processor']}; {machine['cores']} usable.",
            f"- Memory: {machine['memory']}. System: {machine['system']}.",
            f"- Python {machine['python']}, NumPy {numpy}, BLAS: {machine['blas']}.",
            f"- Measured on {found['date']} in {found['minutes']} minutes.",
        ]
    )


def _growth_machine(found: Results, grown: Results) -> str:
    same = found["machine"] == grown["machine"]
    return "" if same else f"These were measured on another machine: {grown['machine']['processor']}."


def _how(found: Results) -> str:
    differences = {
        dtype: max((e["difference"] for e in found["steps"] if "seconds" in e and e["dtype"] == dtype), default=None)
        for dtype in TOLERANCE
    }
    said = [f"{d:.0e} in {dtype}" for dtype, d in differences.items() if d is not None]
    return HOW.format(
        steps=CHECKED_STEPS,
        rounds=found["timing"]["rounds"],
        milliseconds=1e3 * found["timing"]["seconds"],
        agreement=f"Of those timed, the farthest was off by {' and '.join(said)}." if said else "",
        **TOLERANCE,
    )


def _missing(found: Results, grown: Results | None) -> str:
    reasons = {**findings.missing(found), **(findings.missing(grown) if grown else {})}
    if not reasons:
        return "Nobody who entered is missing from the tables."
    lines = [f"- {reason} ({'; '.join(where)})" for reason, where in reasons.items()]
    return "\n".join(["Missing from the tables, and why:", "", *lines])


def _versions(found: Results) -> str:
    rows = []
    for name, packages in ENVIRONMENTS.items():
        titles = [contestant.title for contestant in CONTESTANTS if contestant.environment == name]
        rows.append([", ".join(titles), ", ".join(f"`{p}`" if p != THIS_PROJECT else p for p in packages)])
    seen = ", ".join(f"{name} {version}" for name, version in sorted(findings.versions(found).items()))
    heads = ["environment of", "installed"]
    return f"### Versions\n\n{tables.markdown(heads, rows).replace('--:', '---')}\n\nMeasured: {seen}."


def _folded(title: str, table: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{table}\n\n</details>"
