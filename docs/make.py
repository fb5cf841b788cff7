"""Write what the documentation takes from the code: the table of operations, and README's picture.

Run from the project's folder: ``python docs/make.py``. A test holds the table against the code.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn, ops
from tinygrad_wtf.op import Op
from tinygrad_wtf.symbol import Symbol, written

HERE = Path(__file__).parent
INTRODUCTION = """# The table of operations

Made by `docs/make.py` from the rows themselves: each formula is what comes out when the row, or its rule, is run on
symbols; none is typed by hand. `y` is the value of the operation, `ȳ` the gradient that arrives from above.
"""


def elementwise_line(op: Op) -> str:
    """One row of the table for an operation that works entry by entry."""
    names = ("x",) if len(op.partials) == 1 else ("a", "b", "c", "d")[: len(op.partials)]
    args, y = [Symbol(name, 0.5) for name in names], Symbol("y", 0.5)
    slopes = [partial and str(partial(y, *args)).replace("-", "−") for partial in op.partials]
    named = [
        slope if len(names) == 1 else f"∂{name}: {slope}" for name, slope in zip(names, slopes, strict=True) if slope
    ]
    cells = [f"`{op.name}`", written(op, args)[0], "; ".join(named), op.domain, op.kinks]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table() -> str:
    """The page of the table."""
    page = [INTRODUCTION]
    public = ops.PUBLIC
    for room in ops.ROOMS:
        rows = [op for op in Op.table.values() if any(value is op for value in vars(room).values())]
        rows = [op for op in rows if _home(op) is room]
        compositions = sorted(
            name for name, value in vars(room).items() if name in public and getattr(value, "__module__", "") == room.__name__
        )
        title = room.__name__.rsplit(".", 1)[-1]
        page.append(f"## {title.capitalize()}\n\n{(room.__doc__ or '').split(chr(10))[0]}\n")
        entrywise = [op for op in rows if op.partials and any(op.partials)]
        if entrywise:
            page.append("| row | value | derivative | domain | kinks |\n|---|---|---|---|---|")
            page.extend(elementwise_line(op) for op in entrywise)
            page.append("")
        others = [op for op in rows if op not in entrywise]
        if others:
            mixing = [f"`{op.name}`" for op in others if op.differentiable]
            plain = [f"`{op.name}`" for op in others if not op.differentiable]
            if mixing:
                page.append(f"Rows with a vector-Jacobian product: {', '.join(mixing)}.\n")
            if plain:
                page.append(f"Rows without a derivative: {', '.join(plain)}.\n")
        if compositions:
            page.append(f"Compositions: {', '.join(f'`{name}`' for name in compositions)}.\n")
    return "\n".join(page)


def _home(op: Op) -> object:
    """The room in which a row is written: the first that has it, by the order of imports."""
    for room in ops.ROOMS:
        source = Path(str(room.__file__)).read_text(encoding="utf-8")
        if f'"{op.name}",' in source:
            return room
    return None


def neuron() -> tw.Tensor:
    """The loss of one neuron on the guide's plants, with names for the picture."""
    tw.manual_seed(0)
    data = nn.datasets.blobs()
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    loss = nn.BCELoss()(model(tw.Tensor(data.X, name="X")), tw.Tensor(np.asarray(data.y), name="y"))
    loss.name = "L"
    return loss


if __name__ == "__main__":
    (HERE / "operations.md").write_text(table(), encoding="utf-8")
    tw.draw(neuron(), legend=False).save(HERE / "pictures" / "neuron.svg")
