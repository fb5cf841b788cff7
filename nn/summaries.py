"""`summary`: a network as a table, with a line for each layer: what comes out of it and how much it learns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from tinygrad_wtf import SettingError, Tensor, get_default_dtype, tensor

from .modes import inference
from .module import Module

TITLES = ("layer", "class", "output shape", "parameters")


@dataclass(frozen=True)
class Line:
    """One layer.

    Attributes
    ----------
    path : str
        Its name in the network, such as ``"0"`` or ``"encoder.2"``; empty for the network itself.
    kind : str
        Its class.
    output : str
        The shape of what it gave, of the last call if there were several; ``"not called"`` if there was none.
    parameters : int
        The entries of its own parameters, not of those of the layers inside it; of a shared one only once.
    learnt : int
        How many of them require gradients.
    """

    path: str
    kind: str
    output: str
    parameters: int
    learnt: int


@dataclass(frozen=True)
class Summary:
    """The table: printed in a terminal, shown by Jupyter.

    Attributes
    ----------
    lines : tuple of Line
        The network and all layers in it, parents first.
    """

    lines: tuple[Line, ...]

    @property
    def parameters(self) -> int:
        """The entries of all parameters."""
        return sum(line.parameters for line in self.lines)

    @property
    def learnt(self) -> int:
        """The entries of all parameters that require gradients."""
        return sum(line.learnt for line in self.lines)

    def _rows(self) -> list[tuple[str, str, str, str]]:
        rows = []
        for line in self.lines:
            inside = "  " * (line.path.count(".") + 1) if line.path else ""
            rows.append((inside + (line.path or "(network)"), line.kind, line.output, f"{line.parameters:,}"))
        return rows

    def _total(self) -> str:
        frozen = self.parameters - self.learnt
        return f"{self.parameters:,} parameters, {self.learnt:,} learnt, {frozen:,} frozen"

    def __str__(self) -> str:
        rows = [TITLES, *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(TITLES))]
        lines = [
            "  ".join(
                (*(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)), row[-1].rjust(widths[-1]))
            )
            for row in rows
        ]
        rule = "─" * len(lines[0])
        return "\n".join([lines[0], rule, *lines[1:], rule, self._total()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{title}</th>' for title in TITLES)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left;white-space:pre">{escape(path)}</th><td>{escape(kind)}</td>'
            f'<td>{escape(output)}</td><td style="text-align:right">{count}</td></tr>'
            for path, kind, output, count in self._rows()
        )
        return f"<table><caption>{self._total()}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def summary(
    model: Module, input_shape: Sequence[int] | Sequence[Sequence[int]], dtype: DTypeLike | None = None
) -> Summary:
    """Describe a network as a table, by running it once on zeros.

    Nothing of it is changed: it runs as in evaluation, without recording, and every layer's mode is put back.

    Parameters
    ----------
    model : Module
        The network.
    input_shape : tuple of int, or list of them
        The shape of its input with the batch, such as ``(1, 2)``; a list for several inputs.
    dtype : dtype, optional
        Of the input; the default dtype when None.

    Returns
    -------
    Summary
        Print it, or look at its `lines`.

    Raises
    ------
    TypeError
        When `model` is not a Module.
    SettingError
        When `input_shape` does not hold whole numbers.

    Examples
    --------
    >>> from tinygrad_wtf import nn
    >>> print(nn.summary(nn.Sequential(nn.Linear(2, 32), nn.Sigmoid(), nn.Linear(32, 1)), (100, 2)))
    layer      class       output shape  parameters
    ───────────────────────────────────────────────
    (network)  Sequential  (100, 1)               0
      0        Linear      (100, 32)             96
      1        Sigmoid     (100, 32)              0
      2        Linear      (100, 1)              33
    ───────────────────────────────────────────────
    129 parameters, 129 learnt, 0 frozen
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary describes a Module, not a {type(model).__name__}")
    inputs = [tensor(np.zeros(shape, dtype or get_default_dtype())) for shape in _shapes(input_shape)]
    outputs = _outputs(model, inputs)
    lines = []
    counted: set[int] = set()
    for path, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if id(p) not in counted]
        counted.update(map(id, own))
        entries = sum(p.numel() for p in own)
        learnt = sum(p.numel() for p in own if p.requires_grad)
        lines.append(Line(path, type(module).__name__, outputs.get(id(module), "not called"), entries, learnt))
    return Summary(tuple(lines))


def _outputs(model: Module, inputs: list[Tensor]) -> dict[int, str]:
    """What every module gave, by its identity."""
    given: dict[int, str] = {}

    def note(module: Module, args: Any, output: Any) -> None:
        given[id(module)] = _described(output)

    with ExitStack() as hooks, inference(model):
        for module in model.modules():
            hooks.enter_context(module.register_forward_hook(note))
        model(*inputs)
    return given


def _described(output: Any) -> str:
    if isinstance(output, Tensor):
        return str(output.shape)
    if isinstance(output, list | tuple):
        return ", ".join(map(_described, output))
    return type(output).__name__


def _shapes(given: Any) -> list[tuple[int, ...]]:
    several = isinstance(given, list | tuple) and given and all(isinstance(part, list | tuple) for part in given)
    shapes = (
        [tuple(shape) for shape in given]
        if several
        else [tuple(given) if isinstance(given, list | tuple) else (given,)]
    )
    for size in (size for shape in shapes for size in shape):
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise SettingError(f"input_shape holds whole numbers, such as (1, 2), not {given!r}", op="summary")
    return shapes
