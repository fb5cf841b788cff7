r"""A formula as MathML, which browsers typeset without help: the third way of writing the same expression.

It is read from the LaTeX that `formula` writes, so brackets, signs and indices are decided once, there. Only what
`formula` writes is understood here: this is no reader of LaTeX in general.
"""

from __future__ import annotations

import re
from html import escape

__all__ = ["mathml"]

OPERAND, OPERATOR, FUNCTION = "operand", "operator", "function"
Element = tuple[str, str]  # which of these it is, and its elements
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
OPERATORS = {
    r"\circ": "∘", r"\cdot": "·", r"\times": "×", r"\sum": "∑", r"\prod": "∏", r"\le": "≤", r"\ge": "≥", r"\ne": "≠",
    r"\land": "∧", r"\lor": "∨", r"\veebar": "⊻", r"\lnot": "¬", r"\forall": "∀", r"\exists": "∃", r"\sim": "∼",
    r"\leftarrow": "←", r"\mapsto": "↦", r"\ast": "∗", r"\star": "⋆", r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈",
    r"\rceil": "⌉", "-": "−",
}  # fmt: skip
LETTERS = {
    r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\delta": "δ", r"\varepsilon": "ε", r"\eta": "η", r"\theta": "θ",
    r"\lambda": "λ", r"\mu": "μ", r"\nu": "ν", r"\pi": "π", r"\rho": "ρ", r"\sigma": "σ", r"\tau": "τ",
    r"\varphi": "φ", r"\psi": "ψ", r"\omega": "ω", r"\infty": "∞", r"\top": "⊤", r"\ldots": "…",
}  # fmt: skip
WORDS = frozenset({r"\mathrm", r"\operatorname"})
IN_WORDS = {r"\backslash": "\\", r"\hat": "^", r"\tilde": "~"}  # with empty braces: signs of a user's name
SUMS = ("<mo>∑</mo>", "<mo>∏</mo>")
TIMES, APPLIED = "\N{INVISIBLE TIMES}", "\N{FUNCTION APPLICATION}"


def mathml(latex: str, *, block: bool = False) -> str:
    r"""Write a formula of `formula` as an element of MathML.

    Parameters
    ----------
    latex : str
        What `Symbol.latex()` gave, or several such formulas with signs between them.
    block : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        A ``<math>`` element, well-formed as XML, in which every name is escaped.

    Examples
    --------
    >>> from tinygrad_wtf.explanation.mathml import mathml
    >>> print(mathml(r"\frac{y}{2}"))
    <math><mfrac><mi>y</mi><mn>2</mn></mfrac></math>
    """
    display = ' display="block"' if block else ""
    return f"<math{display}>{_Reader(latex).row()}</math>"


class _Reader:
    """One formula, from left to right."""

    def __init__(self, latex: str) -> None:
        self.tokens = TOKEN.findall(latex)
        self.at = 0

    def next(self) -> str:
        """Take the next token; empty at the end."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        return token

    def row(self, end: str = "") -> str:
        """Read to a closing sign, or to the end."""
        elements: list[Element] = []
        spaced = False
        while (token := self.next()) and token != end:
            if token.isspace():
                spaced = True
                continue
            if token in "^_":
                kind, base = elements.pop() if elements else (OPERAND, "<mrow></mrow>")
                elements.append((kind, self.scripts(token, base)))
                continue
            kind, markup = self.element(token)
            if elements and (joint := _joint(elements[-1][0], kind, spaced)):
                elements.append((OPERATOR, joint))
            elements.append((kind, markup))
            spaced = False
        return "".join(markup for _, markup in elements)

    def element(self, token: str) -> Element:
        """What begins with this token."""
        if token == "{":
            return OPERAND, _one(self.row("}"))
        if token == r"\left":
            opening = self.delimiter()
            inner = self.row(r"\right")
            return OPERAND, f"<mrow>{opening}{_one(inner)}{self.delimiter()}</mrow>"
        if token == r"\frac":
            return OPERAND, f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
        if token == r"\sqrt":
            return OPERAND, f"<msqrt>{self.argument()}</msqrt>"
        if token == r"\bar":
            return OPERAND, f'<mover accent="true">{self.argument()}<mo>¯</mo></mover>'
        if token == r"\mathbin":
            return OPERATOR, f"<mo>{escape(self.word())}</mo>"
        if token in WORDS:
            word = self.word()
            return FUNCTION if token == r"\operatorname" else OPERAND, f"<mi>{escape(word)}</mi>"
        if token in LETTERS:
            return OPERAND, f"<mi>{LETTERS[token]}</mi>"
        if token in OPERATORS:
            return OPERATOR, f"<mo>{OPERATORS[token]}</mo>"
        if token[0] == "\\" and token[1:].isalpha():
            return FUNCTION, f"<mi>{escape(token[1:])}</mi>"
        return _sign(token.removeprefix("\\"))

    def scripts(self, first: str, base: str) -> str:
        """An index, an exponent, or both, at what came before."""
        found = {first: self.argument()}
        other = "_" if first == "^" else "^"
        if self.at < len(self.tokens) and self.tokens[self.at] == other:
            self.at += 1
            found[other] = self.argument()
        below, above = found.get("_"), found.get("^")
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        if below:
            tag = "munder" if base in SUMS else "msub"
            return f"<{tag}>{base}{below}</{tag}>"
        return f"<msup>{base}{above}</msup>"

    def argument(self) -> str:
        """One element: what stands in the next braces, or the next token alone."""
        token = self.next()
        while token.isspace():
            token = self.next()
        return self.element(token)[1] if token else "<mrow></mrow>"

    def delimiter(self) -> str:
        """The bracket after `left` or `right`."""
        token = self.next()
        return f'<mo stretchy="true">{escape(OPERATORS.get(token, token))}</mo>'

    def word(self) -> str:
        """The letters of a name, without what LaTeX needs to print them."""
        self.next()  # the brace
        letters: list[str] = []
        while (token := self.next()) and token != "}":
            if token in IN_WORDS:
                letters.append(IN_WORDS[token])
                self.at += 2  # the empty braces
            else:
                letters.append(token[1:] if token[0] == "\\" and len(token) > 1 else token)
        return "".join(letters)


def _sign(sign: str) -> Element:
    if sign[0].isdigit():
        return OPERAND, f"<mn>{sign}</mn>"
    if sign.isalpha() or sign in "ᵀ…":
        return OPERAND, f"<mi>{escape(sign)}</mi>"
    return OPERATOR, f"<mo>{'′' if sign == chr(39) else escape(sign)}</mo>"


def _joint(before: str, after: str, spaced: bool) -> str:
    """What is meant, and not written, between two neighbours: a product, or a function at work."""
    if before == FUNCTION and after != OPERATOR:
        space = "0.17em" if spaced else "0"
        return f'<mo lspace="{space}" rspace="0">{APPLIED}</mo>'
    if spaced and before == OPERAND and after != OPERATOR:
        return f'<mo lspace="0.17em" rspace="0">{TIMES}</mo>'
    return ""


def _one(elements: str) -> str:
    """One element of what may be several."""
    return elements if re.fullmatch(r"<m[ino]>[^<]*</m[ino]>", elements) else f"<mrow>{elements}</mrow>"
