"""What a derivation is: equations with their names, printed as text, Markdown or LaTeX, in rows or columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.errors import GraphError
from tinygrad_wtf.explanation import formula
from tinygrad_wtf.explanation.formula import LATEX, UNICODE, Style
from tinygrad_wtf.explanation.naming import is_parameter
from tinygrad_wtf.explanation.simplify import Simplifier
from tinygrad_wtf.explanation.symbol import Symbol, named, row, stretched

__all__ = ["Derivation", "Equation", "Layout", "Mean", "in_columns", "names_in", "only", "rebuilt"]

Layout = Literal["rows", "columns"]
Mean = Literal["dZ", "dW"]


@dataclass(frozen=True, eq=False)
class Equation:
    """One line of a derivation: a name, and the expression that it stands for.

    Attributes
    ----------
    name : str
        Such as ``dW1``.
    symbol : Symbol
        The right side.
    node : Node
        The tensor that this is about.
    gradient : bool
        Whether it is the tensor's gradient (or a multiple); else it is the tensor itself.
    """

    name: str
    symbol: Symbol
    node: Node
    gradient: bool = True

    def written(self, style: Style) -> str:
        """The line as text."""
        return f"{formula.name(self.name, style)} = {formula.written(self.symbol, style)}"


@dataclass(frozen=True, eq=False)
class Derivation:
    """Equations from the loss down to the leaves; printed by `str`, shown by notebooks.

    Attributes
    ----------
    equations : tuple of Equation
        In the order of the backward pass.
    meanings : tuple of Equation
        What the names mean that only the equations have: intermediate tensors without a name of their own.
    numbers : dict of str to int
        The m of the mean, if there is one.
    notes : tuple of str
        How to read it.
    layout, mean : str
        As they were asked for.
    """

    equations: tuple[Equation, ...]
    meanings: tuple[Equation, ...]
    numbers: dict[str, int]
    notes: tuple[str, ...]
    layout: Layout
    mean: Mean

    def styled(self, style: Style) -> Style:
        """The style in which sums over samples need no index."""
        return replace(style, samples=0 if self.layout == "rows" else 1)

    def lines(self, style: Style = UNICODE) -> list[str]:
        """The equations, one a line."""
        style = self.styled(style)
        return [equation.written(style) for equation in (*self.equations, *self.meanings)]

    def text(self) -> str:
        """The equations in Unicode, and the notes."""
        return "\n".join([*self.lines(), *(["", *self.notes] if self.notes else [])])

    def latex(self) -> str:
        """The equations as an ``aligned`` block."""
        lines = [line.replace(" = ", " &= ", 1) for line in self.lines(LATEX)]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def markdown(self) -> str:
        """The equations typeset by the page, and the notes."""
        return "\n\n".join([f"$$\n{self.latex()}\n$$", *self.notes])

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"


def names_in(s: Symbol) -> list[str]:
    """The names that occur in an expression, each once."""
    found: dict[str, None] = {}
    stack = [s]
    while stack:
        s = stack.pop()
        if s.op is None and s.name is not None:
            found[s.name] = None
        stack.extend(reversed(s.args))
    return list(found)


def only(found: Derivation, wanted: Node) -> Derivation:
    """The equations that lead to the gradient of one tensor."""
    by_name = {e.name: e for e in found.equations}
    needed = [e.name for e in found.equations if e.node is wanted]
    if not needed:
        raise GraphError(
            "the loss does not depend on wrt, or its gradient has no equation of its own",
            op="derive",
            hint="Name a parameter or the result of a layer",
        )
    for name in needed:
        needed += [n for n in names_in(by_name[name].symbol) if n in by_name and n not in needed]
    equations = tuple(e for e in found.equations if e.name in needed)
    used = {n for e in equations for n in names_in(e.symbol)}
    meanings = tuple(e for e in found.meanings if e.name in used)
    return replace(found, equations=equations, meanings=meanings)


def rebuilt(s: Symbol, leaf: Callable[[Symbol], Symbol]) -> Symbol:
    """The expression with something else for each name."""
    if s.op is None:
        return s if s.name is None else leaf(s)
    args = [rebuilt(a, leaf) for a in s.args]
    return s.op(*(a.value if a.is_constant and not a.ndim else a for a in args), **s.params)  # type: ignore[no-any-return]


def in_columns(found: Derivation) -> Derivation:
    """The same equations, with the transpose of every tensor that holds samples under its name."""
    parameters = {e.name for e in found.equations if is_parameter(e.node)}
    parameters |= {name[1:] for name in parameters}
    simplify = Simplifier()

    def leaf(s: Symbol) -> Symbol:
        if s.ndim != 2 or s.name in parameters:
            return s
        return row("permute")(named(str(s.name), s.shape[::-1], s.dtype), dims=(1, 0))  # type: ignore[no-any-return]

    def turned(e: Equation) -> Equation:
        symbol = rebuilt(e.symbol, leaf)
        if e.name not in parameters and len(e.node.shape) == 2:
            symbol = row("permute")(stretched(symbol, e.node.shape), dims=(1, 0))
        return replace(e, symbol=simplify(symbol))

    note = "Samples are columns: tensors that hold samples stand for the transposes of those in the graph."
    return replace(
        found,
        equations=tuple(map(turned, found.equations)),
        meanings=tuple(map(turned, found.meanings)),
        notes=(*found.notes, note),
        layout="columns",
    )
