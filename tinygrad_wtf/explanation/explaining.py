"""`explain`: the backward pass of a recorded graph, step by step, and what comes out of it when it is made short."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tinygrad_wtf.core.node import Node
from tinygrad_wtf.core.record import node_of
from tinygrad_wtf.errors import GraphError, SettingError
from tinygrad_wtf.explanation import formula
from tinygrad_wtf.explanation.derivation import Derivation, Layout, Mean
from tinygrad_wtf.explanation.deriving import derive
from tinygrad_wtf.explanation.facts import names_and_facts
from tinygrad_wtf.explanation.formula import LATEX, UNICODE, Style
from tinygrad_wtf.explanation.naming import Roles, computation_order
from tinygrad_wtf.explanation.steps import Step, gradient_name, nodes_of, symbols, tidied, walked
from tinygrad_wtf.explanation.symbol import Symbol
from tinygrad_wtf.tensors.tensor import Tensor

Format = Literal["text", "markdown", "latex"]
FORMATS = ("text", "markdown", "latex")
MOST_STEPS = 400  # beyond that a derivation is too long to read, and none is made


@dataclass(frozen=True, eq=False)
class Line:
    """One step in words and formulas."""

    step: Step
    value: Symbol
    part: int
    parts: int

    def value_line(self, style: Style) -> str:
        """How the result was computed."""
        name, value = formula.name(self.step.name, style), formula.written(self.value, style)
        return name if name == value else f"{name} = {value}"

    def local_line(self, style: Style) -> str:
        """The local derivative; empty where the operation mixes entries, for there it is no formula of entries."""
        step = self.step
        if step.node.op is None or not step.node.op.partials:
            return ""
        top, bottom = formula.name(step.name, style), formula.name(step.source_name, style)
        slope = rf"\frac{{\partial {top}}}{{\partial {bottom}}}" if style.latex else f"∂{top}/∂{bottom}"
        return f"{slope} = {formula.written(step.local, style)}"

    def gradient_line(self, style: Style) -> str:
        """What reaches the argument."""
        left = formula.name(gradient_name(self.step.source_name), style)
        return f"{left} {'+=' if self.part else '='} {formula.written(self.step.contribution, style)}"

    def remarks(self) -> list[str]:
        """Shape, what happens to shapes, the share in a sum, and the size of the gradient where it is known."""
        said = [str(self.step.source_shape)]
        if self.step.caption:
            said.append(self.step.caption)
        if self.parts > 1:
            said.append(f"use {self.part + 1} of {self.parts}")
        gradient = self.step.source.grad
        if gradient is not None and self.part == self.parts - 1:
            said.append(f"norm {float(np.linalg.norm(np.asarray(gradient.value, np.float64))):.4g}")
        return said


@dataclass(frozen=True, eq=False)
class Explanation:
    """What `explain` has found; printed by `str`, shown by notebooks.

    Attributes
    ----------
    steps : tuple of Step
        The backward pass, in its order.
    derivation : Derivation or None
        The same made short; None for graphs that are too long to read.
    fmt : {"text", "markdown", "latex"}
        How `str` writes it.
    """

    lines: tuple[Line, ...]
    derivation: Derivation | None
    fmt: Format

    @property
    def steps(self) -> tuple[Step, ...]:
        """The backward pass, in its order."""
        return tuple(line.step for line in self.lines)

    def text(self) -> str:
        """For a terminal."""
        out: list[str] = []
        for _, group in itertools.groupby(self.lines, key=lambda line: line.step.node):
            of_node = list(group)
            scope = of_node[0].step.node.scope
            out.append(of_node[0].value_line(UNICODE) + (f"    [{' > '.join(scope)}]" if scope else ""))
            for line in of_node:
                local = line.local_line(UNICODE)
                out += [f"    {local}"] if local else []
                out.append(f"    {line.gradient_line(UNICODE)}    {'; '.join(line.remarks())}")
        if self.derivation is not None:
            out += ["", "In short:", "", self.derivation.text()]
        return "\n".join(out)

    def markdown(self) -> str:
        """For a page that typesets what stands between dollars."""
        out = ["| result | local derivative | gradient | shapes |", "|---|---|---|---|"]
        for line in self.lines:
            local = line.local_line(LATEX)
            cells = [f"${line.value_line(LATEX)}$", f"${local}$" if local else "", f"${line.gradient_line(LATEX)}$"]
            out.append("| " + " | ".join(c.replace("|", r"\vert ") for c in (*cells, "; ".join(line.remarks()))) + " |")
        if self.derivation is not None:
            out += ["", "In short:", "", self.derivation.markdown()]
        return "\n".join(out)

    def latex(self) -> str:
        """For a document."""
        rows = []
        for line in self.lines:
            formulas = (line.value_line(LATEX), line.local_line(LATEX), line.gradient_line(LATEX))
            rows.append(" & ".join(formulas))
        steps = "\\begin{array}{lll}\n" + " \\\\\n".join(rows) + "\n\\end{array}"
        return steps if self.derivation is None else f"\\[\n{steps}\n\\]\n\\[\n{self.derivation.latex()}\n\\]"

    def __str__(self) -> str:
        return {"text": self.text, "markdown": self.markdown, "latex": self.latex}[self.fmt]()

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str | None:
        return self.latex() if self.fmt == "latex" else None


def explain(
    loss: Tensor,
    wrt: Tensor | None = None,
    fmt: Format = "text",
    layout: Layout = "rows",
    mean: Mean = "dW",
) -> Explanation:
    """Say why each gradient is what it is: every step of the backward pass, and the short equations that follow.

    It works before a backward pass and after one, also when that has freed the graph. It computes no gradient and
    changes nothing; norms are given of the gradients that are there.

    Parameters
    ----------
    loss : Tensor
        Where the pass begins.
    wrt : Tensor, optional
        The only tensor of interest; by default every leaf.
    fmt : {"text", "markdown", "latex"}
        How the explanation is written by `str` and `print`.
    layout, mean
        Of the equations, as in `derive`.

    Returns
    -------
    Explanation
        With the `steps` and the `derivation` as data.

    Raises
    ------
    GraphError
        If the loss has no recorded graph, or does not depend on `wrt`.
    SettingError
        If `fmt`, `layout` or `mean` is none of the choices.

    Examples
    --------
    >>> import tinygrad_wtf as tw
    >>> w = tw.tensor([2.0, 3.0], requires_grad=True, name="w")
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> print(tw.explain(loss))
    L = Σ v1
        dv1 = broadcast(reshape(1))    (2,); reshape () -> (1,); broadcast (1,) -> (2,)
    v1 = w²
        ∂v1/∂w = w
        dw = dv1 ∘ w    (2,); use 1 of 2
        ∂v1/∂w = w
        dw += dv1 ∘ w    (2,); use 2 of 2; norm 7.211
    <BLANKLINE>
    In short:
    <BLANKLINE>
    dw = 2 w
    """
    if fmt not in FORMATS:
        raise SettingError(f"fmt is 'text', 'markdown' or 'latex', not {fmt!r}", op="explain")
    (root,) = nodes_of("explain", [loss])
    order = computation_order([root])
    names, facts = names_and_facts(order, [root], Roles(order, [root]))
    chosen = list(walked([root], names, facts.values))
    if wrt is not None:
        way = _way_to(root, node_of(wrt))
        chosen = [step for step in chosen if step.source in way]
    uses: dict[Node, int] = {}
    for step in chosen:
        uses[step.source] = uses.get(step.source, 0) + 1
    met: dict[Node, int] = {}
    lines = []
    for step in chosen:
        part = met.get(step.source, 0)
        met[step.source] = part + 1
        shown = symbols(step.node, names, facts.values)[1:]
        op: Any = step.node.op
        lines.append(Line(step, tidied(op(*shown, **step.node.params)), part, uses[step.source]))
    short = derive(loss, wrt, layout, mean) if root.size == 1 and len(chosen) <= MOST_STEPS else None
    return Explanation(tuple(lines), short, fmt)


def _way_to(root: Node, wanted: Node) -> set[Node]:
    """The nodes between the loss and a tensor, that tensor among them."""
    way = {wanted}
    for node in computation_order([root]):
        if any(isinstance(a, Node) and a in way for a in node.inputs):
            way.add(node)
    if root not in way:
        raise GraphError("the loss does not depend on wrt", op="explain", hint="Was it computed from this very tensor?")
    return way
