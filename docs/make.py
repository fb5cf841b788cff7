"""Write what the documentation takes from the code: the table of operations, and the pictures.

Run from the project's folder: ``python docs/make.py``. A test holds the table against the code.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import tinygrad_wtf as tw
from tinygrad_wtf import nn, ops
from tinygrad_wtf.core.op import Op
from tinygrad_wtf.explanation.steps import tidied
from tinygrad_wtf.explanation.symbol import Symbol, constant, named
from tinygrad_wtf.picture import Picture, ProgramPicture

HERE = Path(__file__).parent
INTRODUCTION = """# The table of operations

Made by `docs/make.py` from the rows themselves: each formula is what comes out when the row, or its rule, is run on
symbols; none is typed by hand. `y` is the value of the operation, `ȳ` the gradient that arrives from above.
"""


MATRICES = {"matmul": ((2, 3), (3, 4)), "linear": ((2, 3), (4, 3), (4,)), "inv": ((3, 3),), "det": ((3, 3),)}


def letters(count: int) -> tuple[str, ...]:
    """What the arguments are called."""
    return ("x",) if count == 1 else ("a", "b", "c", "d")[:count]


def symbol(slope: Any) -> Symbol:
    """A rule may give a plain number."""
    return slope if isinstance(slope, Symbol) else constant(slope)


def line(op: Op, value: str, slopes: list[Any]) -> str:
    """One row of the table."""
    names = letters(len(slopes))
    told = [None if slope is None else str(tidied(symbol(slope))) for slope in slopes]
    said = [s if len(names) == 1 else f"∂{name}: {s}" for name, s in zip(names, told, strict=True) if s is not None]
    cells = [f"`{op.name}`", value, "; ".join(said), op.domain, op.kinks]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def elementwise_line(op: Op) -> str:
    """A row that works entry by entry: its value and its partial derivatives."""
    settings = SETTINGS.get(op.name, {})
    args, y = [Symbol(name, 0.5) for name in letters(len(op.partials))], Symbol("y", 0.5)
    slopes = [None if rule is None else rule(y, *args, **settings) for rule in op.partials]
    return line(op, str(op(*args, **settings)), slopes)


SETTINGS: dict[str, dict[str, Any]] = {
    "sinc": {"order": 0},
    "softplus": {"beta": 1, "threshold": np.inf},
    "within": {"bound": 1},
    "elu": {"height": 1, "width": 1},
}


def mixing_line(op: Op) -> str | None:
    """A row that mixes entries: its value, and what its rules make of a gradient ȳ; None where it needs settings."""
    if not isinstance(op.vjps, tuple):
        return None
    shapes = MATRICES.get(op.name, ((),) * len(op.vjps))
    args = [named(name, shape) for name, shape in zip(letters(len(shapes)), shapes, strict=True)]
    try:
        y = op(*args)
        above = (named("ȳ", y.shape), named("y", y.shape))
        return line(op, str(y), [None if rule is None else rule(*above, *args) for rule in op.vjps])
    except (TypeError, ValueError, KeyError, IndexError):
        return None


def pages() -> list[str]:
    """The kinds of operations: pages of rows first, then what has functions alone."""
    rows, functions = (
        [found.name for found in pkgutil.iter_modules(package.__path__)] for package in (ops.rows, ops.functions)
    )
    return [*(name for name in rows if name != "elementwise"), *(name for name in functions if name not in rows)]


def module(kind: str, name: str) -> ModuleType | None:
    """One module of `ops.rows` or `ops.functions`, if there is one of this name."""
    try:
        return import_module(f"tinygrad_wtf.ops.{kind}.{name}")
    except ModuleNotFoundError:
        return None


def table() -> str:
    """The page of the table."""
    page = [INTRODUCTION]
    for name in pages():
        sources = [found for kind in ("rows", "functions") if (found := module(kind, name))]
        page.append(f"## {name.capitalize()}\n\n{(sources[0].__doc__ or '').split(chr(10))[0]}\n")
        written = [op for op in vars(sources[0]).values() if isinstance(op, Op) and _is_here(op, sources[0])]
        page += lines(list(dict.fromkeys(written)))
        here = sources[-1].__name__
        compositions = sorted(n for n, f in ops.PUBLIC.items() if getattr(f, "__module__", "") == here)
        if compositions:
            page.append(f"Functions: {', '.join(f'`{n}`' for n in compositions)}.\n")
    return "\n".join(page)


def lines(rows: list[Op]) -> list[str]:
    """The rows of one page."""
    page = []
    entrywise = [op for op in rows if op.partials and any(op.partials)]
    if entrywise:
        page.append("| row | value | derivative | domain | kinks |\n|---|---|---|---|---|")
        page.extend(elementwise_line(op) for op in entrywise)
        page.append("")
    others = [op for op in rows if op not in entrywise]
    mixed = {op: written for op in others if op.differentiable and (written := mixing_line(op))}
    if mixed:
        page.append("| row | value | of a gradient ȳ | domain | kinks |\n|---|---|---|---|---|")
        page.extend(mixed.values())
        page.append("")
    others = [op for op in others if op not in mixed]
    mixing = [f"`{op.name}`" for op in others if op.differentiable]
    plain = [f"`{op.name}`" for op in others if not op.differentiable]
    if mixing:
        page.append(f"Rows with a vector-Jacobian product: {', '.join(mixing)}.\n")
    if plain:
        page.append(f"Rows without a derivative: {', '.join(plain)}.\n")
    return page


def _is_here(op: Op, page: ModuleType) -> bool:
    """Whether a row is written on this page, and not imported from another."""
    return f'"{op.name}",' in Path(str(page.__file__)).read_text(encoding="utf-8")


def neuron() -> Picture:
    """One neuron on the guide's plants, after one backward pass."""
    tw.manual_seed(0)
    data = nn.datasets.blobs()
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    X, y = tw.tensor(data.X, name="X"), tw.tensor(np.asarray(data.y), name="y")  # alive, so their values are shown
    loss = nn.BCELoss()(model(X), y)
    loss.name = "L"
    loss.backward()
    return tw.draw(loss, legend=False)


def program() -> ProgramPicture:
    """The compiled training step of a small network."""
    tw.manual_seed(0)
    data = nn.datasets.circles()
    network = nn.Sequential(nn.Linear(2, 32), nn.Sigmoid(), nn.Linear(32, 1), nn.Sigmoid())
    descent = nn.optim.SGD(network.parameters(), lr=0.5)
    log_loss = nn.BCELoss()

    @tw.compile
    def step(X: tw.Tensor, y: tw.Tensor) -> tw.Tensor:
        descent.zero_grad()
        loss: tw.Tensor = log_loss(network(X), y)
        loss.backward()
        descent.step()
        return loss

    X, y = tw.tensor(data.X), tw.tensor(data.y)
    for _ in range(5):  # by then it knows that the arguments stay
        step(X, y)
    return tw.draw(step)


if __name__ == "__main__":
    (HERE / "operations.md").write_text(table(), encoding="utf-8")
    neuron().save(HERE / "pictures" / "neuron.svg")
    program().save(HERE / "pictures" / "program.svg")
