"""The page of a watched training: its numbers as JSON, put into the template. What it looks like is in `page.html`."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from ...module import Module
from ...training.callbacks import Run
from ...training.history import History
from .plane import Plane
from .snapshot import Layer, Snapshot

MOST_EPOCHS = 500  # on a curve, which is about as many pixels wide

SCRIPTS = ("basics", "charts", "plane", "controls")


def written(
    model: Module,
    run: Run,
    layers: Sequence[Layer],
    snapshots: Sequence[Snapshot],
    plane: Plane | str,
    *,
    problem: str,
    classes: tuple[str, str],
    labels: tuple[str, str],
    title: str,
) -> str:
    """The whole page as text; the same run gives the same text."""
    entries = sum(parameter.numel() for parameter in model.parameters())
    epochs = [snapshot.epoch for snapshot in snapshots]
    data = {
        "subtitle": f"{_count(entries, 'parameter')}, {_count(run.epoch, 'epoch')}"
        + ("" if run.epoch == run.epochs else f" of {run.epochs:,}"),
        "ending": f"The training ended in {problem}" if problem else "",
        "epochs": epochs,
        "layers": [{"name": _name(model, layer), "entries": layer.entries} for layer in layers],
        "gradients": [list(map(_number, snapshot.gradients)) for snapshot in snapshots],
        "updates": [list(map(_number, snapshot.updates)) for snapshot in snapshots],
        "curves": _curves(run.history, set(epochs)),
        "plane": plane if isinstance(plane, str) else _plane(plane, snapshots, classes, labels),
    }
    parts = {
        "title": escape(title or f"Training of {type(model).__name__}"),
        "style": _file("page.css"),
        "script": "\n".join(_file(f"{part}.js") for part in SCRIPTS),
        "data": _json(data),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], _file("page.html"))


def _curves(history: History, kept: set[int]) -> dict[str, Any]:
    """Loss and metrics over the epochs, evenly thinned where there are very many; snapshots' epochs stay."""
    every = max(1, math.ceil(len(history.epoch) / MOST_EPOCHS))
    last = len(history.epoch) - 1
    rows = [i for i, epoch in enumerate(history.epoch) if i % every == 0 or i == last or epoch in kept]
    return {
        "every": every,
        "epochs": [history.epoch[i] for i in rows],
        "charts": [
            {
                "name": name,
                "training": [_number(history[name][i]) for i in rows],
                "validation": [_number(history[f"val_{name}"][i]) for i in rows] if f"val_{name}" in history else None,
            }
            for name in history
            if not name.startswith("val_")
        ],
    }


def _plane(
    plane: Plane, snapshots: Sequence[Snapshot], classes: tuple[str, str], labels: tuple[str, str]
) -> dict[str, Any]:
    return {
        "low": plane.low.tolist(),
        "high": plane.high.tolist(),
        "resolution": plane.resolution,
        "grids": [b64encode(snapshot.grid or b"").decode() for snapshot in snapshots],
        "points": [[_number(value) for value in column] for column in plane.points.T],
        "label": "".join("01"[int(value)] for value in plane.label),
        "total": plane.total,
        "classes": list(classes),
        "labels": list(labels),
    }


def _name(model: Module, layer: Layer) -> str:
    """Such as ``0 Linear 2 → 32``, or without widths where a layer has other ones."""
    module = model.get_submodule(layer.path)
    inputs, outputs = getattr(module, "in_features", None), getattr(module, "out_features", None)
    widths = f" {inputs} → {outputs}" if isinstance(inputs, int) and isinstance(outputs, int) else ""
    return f"{layer.path} {layer.kind}{widths}".strip()


def _number(value: float | None) -> float | str | None:
    """Six digits are more than a chart shows; JSON has no word for numbers that are not finite."""
    if value is None or math.isfinite(value):
        return None if value is None else float(f"{value:.6g}")
    return str(float(value)).replace("inf", "Infinity").replace("nan", "NaN")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _json(data: object) -> str:
    """JSON that can stand in a page: nothing in it can end the element or begin another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _file(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")
