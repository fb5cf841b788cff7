"""The pieces of a panel: names and formulas typeset, and cards that hold an array with its name.

What is told with them is decided in `narration.py`; how numbers look, in `arrays.py`.
"""

from __future__ import annotations

from tinygrad_wtf.explanation import formula
from tinygrad_wtf.explanation.mathml import mathml
from tinygrad_wtf.explanation.steps import gradient_name
from tinygrad_wtf.picture.model import Box, OperationBox, TensorBox
from tinygrad_wtf.picture.numbers import Numbers
from tinygrad_wtf.picture.page.arrays import figure, shown
from tinygrad_wtf.picture.page.markup import Markup, element

__all__ = ["called", "card", "factor", "gradient", "latex", "row", "signed", "title", "typeset", "variable"]


def latex(name: str) -> str:
    """A tensor's name, as `formula` writes it."""
    return formula.name(name, formula.LATEX)


def typeset(formula: str, block: bool = False) -> Markup:
    """A formula within a line, or on a line of its own."""
    return Markup(mathml(formula, block=block))


def variable(name: str) -> Markup:
    """A tensor's name, typeset."""
    return typeset(latex(name))


def gradient(name: str) -> Markup:
    """The name of a tensor's gradient, typeset."""
    return variable(gradient_name(name))


def called(box: Box) -> str:
    """What a box is called in words."""
    return box.sign if isinstance(box, OperationBox) else box.label


def title(box: Box) -> Markup:
    """What a box is called on its card."""
    return variable(box.label) if isinstance(box, TensorBox) else element("span", called(box))


def card(heading: Markup, note: str, body: Markup, kind: str = "") -> Markup:
    """A named array with what is known of it."""
    caption = element("figcaption", heading, element("span", note, class_="note") if note else "")
    return element("figure", caption, body, class_=f"card {kind}".strip())


def row(*cards: Markup) -> Markup:
    """Cards beside each other, as far as there is room."""
    return element("div", *cards, class_="row")


def signed(sign: str, card: Markup) -> Markup:
    """A card with the sign that stands before it."""
    return element("div", element("span", sign, class_="sign"), card, class_="signed")


def factor(numbers: Numbers | None, said: str) -> Markup:
    """A local derivative in numbers: one number where it is the same for all entries."""
    if numbers is not None and numbers.kind in ("ordinary", "zero") and numbers.low == numbers.high:
        return element("p", element("data", figure(numbers.low), value=repr(numbers.low)), class_="number")
    return shown(numbers, (), said)
