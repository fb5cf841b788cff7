"""Results as pictures: everyone's steps side by side, and how the cost of a step grows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from benchmarks import findings, rounds, tables
from benchmarks.environments import CONTESTANTS, NAMED
from benchmarks.findings import Results
from benchmarks.workloads import WORKLOADS

OURS, OTHERS = "#d1495b", "#30638e"
LOOK: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "tinygrad_wtf",  # the same results give the same file
    "svg.fonttype": "none",
}
GROWING = {
    "samples": "samples, network [2, 64, 64, 1]",
    "width": "width n, network [2, n, n, 1], 1,000 samples",
    "depth": "hidden layers of 32, 1,000 samples",
}
LINES: dict[str, dict[str, Any]] = {
    "compiled": {"color": OURS, "marker": "o", "linewidth": 2.2},
    "eager": {"color": OURS, "marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    "torch_eager": {"color": OTHERS, "marker": "^"},
    "jax_jit": {"color": "#4f772d", "marker": "D"},
}


def save(figure: Figure, file: Path) -> Path:
    """Write a picture without the date, so that it changes only with its contents."""
    with mpl.rc_context(LOOK):
        dated = {"metadata": {"Date": None}} if file.suffix == ".svg" else {"dpi": 110}
        figure.savefig(file, facecolor="white", bbox_inches="tight", **dated)
    return file


def steps(found: Results) -> Figure:
    """A panel for each workload and dtype: the median of everyone, and the quartiles where they can be seen."""
    entries = found["steps"]
    there = [workload for workload in WORKLOADS if any(e["workload"] == workload.name for e in entries)]
    dtypes = [dtype for dtype in ("float32", "float64") if findings.timed(entries, dtype=dtype)]
    names = [c.name for c in CONTESTANTS if findings.timed(entries, contestant=c.name)][::-1]
    with mpl.rc_context(LOOK):
        size = (2.1 + 2.35 * len(there), 0.7 + len(dtypes) * (0.6 + 0.27 * len(names)))
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(dtypes), len(there), squeeze=False, sharey=True)
        for level, (row, dtype) in enumerate(zip(panels, dtypes, strict=True)):
            for panel, workload in zip(row, there, strict=True):
                _steps(panel, findings.timed(entries, workload=workload.name, dtype=dtype), names)
                if level == 0:
                    panel.set_title(workload.title, fontsize=9, fontweight="bold")
                if level == len(dtypes) - 1:
                    panel.set_xlabel("µs a step")
            row[0].set_ylabel(dtype, fontweight="bold")
        marks = [
            Line2D([], [], color="#444444", marker="o", linestyle="", label="one thread"),
            Line2D([], [], color="#444444", marker="o", linestyle="", markerfacecolor="white", label="two threads"),
        ]
        figure.legend(handles=marks, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _steps(panel: Axes, entries: Iterable[Any], names: list[str]) -> None:
    for entry in entries:
        place, colour = names.index(entry["contestant"]), OURS if NAMED[entry["contestant"]].ours else OTHERS
        one = entry["threads"] == 1
        micro = 1e6 * findings.seconds(entry)
        low, high = (1e6 * quartile for quartile in rounds.quartiles(entry["seconds"]))
        height = place + (0.12 if one else -0.2)
        panel.plot([low, high], [height] * 2, color=colour, linewidth=1.2, alpha=0.6)
        fill = colour if one else "white"
        panel.plot(micro, height, "o", color=colour, markersize=5 if one else 4, markerfacecolor=fill)
        if one:
            above: dict[str, Any] = {"xytext": (0, 4), "textcoords": "offset points", "ha": "center", "fontsize": 6.5}
            panel.annotate(tables.micro(micro / 1e6), (micro, height), color=colour, **above)
    panel.set_xscale("log")
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.margins(x=0.16)
    panel.set_ylim(-0.6, len(names) - 0.3)
    panel.set_yticks(range(len(names)), [NAMED[name].title for name in names])
    panel.grid(axis="x", color="#dddddd", linewidth=0.6)
    panel.set_axisbelow(True)


def growth(found: Results) -> Figure:
    """A panel for what grows: a line for everyone on logarithmic axes, quartiles shaded."""
    entries = found["growth"]
    kinds = [kind for kind in GROWING if any(e["grows"] == kind for e in entries)]
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(1 + 3.7 * len(kinds), 3.9), layout="constrained")
        panels = figure.subplots(1, len(kinds), squeeze=False)[0]
        for panel, kind in zip(panels, kinds, strict=True):
            for name, style in LINES.items():
                mine = findings.timed(entries, grows=kind, contestant=name)
                if mine:
                    x = [entry["value"] for entry in mine]
                    panel.plot(x, [1e6 * findings.seconds(e) for e in mine], markersize=4, **style)
                    low, high = zip(*(rounds.quartiles(e["seconds"]) for e in mine), strict=True)
                    shade = [[1e6 * t for t in edge] for edge in (low, high)]
                    panel.fill_between(x, *shade, color=style["color"], alpha=0.15, linewidth=0)
            panel.set(xscale="log", yscale="log", xlabel=GROWING[kind])
            ticks = sorted({entry["value"] for entry in entries if entry["grows"] == kind})
            panel.set_xticks(ticks, [f"{tick:,}" for tick in ticks], rotation=40, ha="right")
            panel.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
            panel.grid(color="#dddddd", linewidth=0.6)
        panels[0].set_ylabel("µs a step, float32, one thread")
        marks = [
            Line2D([], [], markersize=4, label=NAMED[name].title, **style)
            for name, style in LINES.items()
            if findings.timed(entries, contestant=name)
        ]
        figure.legend(handles=marks, loc="outside upper center", ncols=len(marks), frameon=False)
    return figure
