"""How an expression is written: in Unicode for terminals and pictures, in LaTeX for pages.

Everything comes from the notation of each row; nothing here knows a derivative. Brackets are put by how tightly an
operation binds, so that what is written means what is computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf.ops.notation import (
    COMPARED,
    LOOSEST,
    MATRICES,
    POWER,
    PRODUCT,
    QUOTIENT,
    SIGNED,
    SUM,
    TIGHTEST,
)

if TYPE_CHECKING:
    from tinygrad_wtf.core.op import Op
    from tinygrad_wtf.explanation.symbol import Symbol

LONGEST = 1000  # characters of an expression, before it is cut to an ellipsis


@dataclass(frozen=True)
class Style:
    """One way to write: the signs that the two ways do not share."""

    latex: bool
    times: str  # the product entry by entry of two arrays
    dot: str  # between two numbers
    minus: str
    ellipsis: str
    top: str  # the mark of a transposed matrix
    infinity: str
    samples: int | None = None  # the axis over which a sum is written without an index

    def bracketed(self, text: str) -> str:
        """In round brackets."""
        return rf"\left({text}\right)" if self.latex else f"({text})"

    def raised(self, text: str) -> str:
        """As an exponent, of digits or a mark."""
        return f"^{{{text}}}" if self.latex else text.translate(SUPERSCRIPTS)


SUPERSCRIPTS = str.maketrans("0123456789−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
UNICODE = Style(False, " ∘ ", " · ", "−", "…", "ᵀ", "∞")
LATEX = Style(True, r" \circ ", r" \cdot ", "-", r"\ldots", r"\top", r"\infty")
Fragment = tuple[str, int]  # an expression as text, and how tightly its outermost operation binds


def written(symbol: Symbol, style: Style) -> str:
    """The expression as text. Arguments are written before what is made of them, so no depth is too deep."""
    fragments: dict[int, Fragment] = {}
    stack = [symbol]
    while stack:
        s = stack[-1]
        if style is UNICODE and s.fragment is not None:
            fragments[id(s)] = s.fragment
        missing = [] if id(s) in fragments else [a for a in s.args if id(a) not in fragments]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if id(s) not in fragments:
            text, binding = _fragment(s, [fragments[id(a)] for a in s.args], style)
            fragments[id(s)] = (text, binding) if len(text) <= LONGEST else (style.ellipsis, TIGHTEST)
            if style is UNICODE:
                s.fragment = fragments[id(s)]
    return fragments[id(symbol)][0]


def _fragment(s: Symbol, args: list[Fragment], style: Style) -> Fragment:
    if s.op is None:
        return (name(s.name, style), TIGHTEST) if s.name is not None else number(s.value, style)
    op = s.op.name
    if op == "reshape" and args[0][0].startswith(("onehot(", r"\operatorname{onehot}")):
        return args[0]
    if "unwritten" in s.op.traits:  # the same numbers: a formula does not say how they are kept
        return args[0]
    if op == "mul":
        return product(args[0], args[1], all(a.ndim for a in s.args), style)
    if op == "pow":
        return power(args[0], args[1], style)
    if op == "div":
        return quotient(args[0], args[1], style)
    if op == "permute":
        return transposed(args[0], s.params["dims"], style)
    if op == "add_into_zeros" and s.args[0].is_constant and np.all(s.args[0].value == 1):
        places = [a[0] for a, symbol in zip(args[1:], s.args[1:], strict=True) if not symbol.is_constant]
        return filled("onehot({})", s.op, [(", ".join(places), LOOSEST)], style)
    if op in ("sum", "sum_to"):
        axes = summed_axes(s)
        plain = len(axes) == s.args[0].ndim if style.samples is None else axes == (style.samples,)
        return total(args[0], () if plain else axes, style)
    primes = "′" * s.params.get("order", 0)  # a row that is its own derivatives
    return filled(s.op.notation.replace("(", primes + "(", 1) if primes else s.op.notation, s.op, args, style)


def enclosed(fragment: Fragment, needed: int, style: Style) -> str:
    """The expression, in brackets unless it binds as tightly as is needed."""
    text, binding = fragment
    return text if binding >= needed else style.bracketed(text)


def product(left: Fragment, right: Fragment, arrays: bool, style: Style) -> Fragment:
    """Two factors: a number in front, a square as a square, and a sign between two arrays."""
    if left[0] == right[0] and left[0][0].isalpha():
        return enclosed(left, POWER + 1, style) + style.raised("2"), POWER
    if is_number(right[0], style) and not is_number(left[0], style):
        left, right = right, left
    signed = left[1] == SIGNED and left[0].startswith(style.minus)  # −a b means −(a b), which is the same
    summed = right[1] == SIGNED and right[0].startswith((r"\sum", "Σ"))  # a Σ b reaches to the end of the product
    left_text = left[0] if signed else enclosed(left, PRODUCT, style)
    right_text = right[0] if summed else enclosed(right, PRODUCT, style)
    between = style.times if arrays else style.dot if right_text[0].isdigit() else " "
    return left_text + between + right_text, SIGNED if signed or summed else PRODUCT


def is_number(text: str, style: Style) -> bool:
    """Whether this is a constant, written as a number."""
    return NUMBER.fullmatch(text.removeprefix(style.minus)) is not None


NUMBER = re.compile(r"[\d.]+( ?(·|\\cdot) ?10)?([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|\^\{-?\d+\})?")


def quotient(above: Fragment, below: Fragment, style: Style) -> Fragment:
    """A fraction, its sign in front."""
    signed = above[1] == SIGNED and above[0].startswith(style.minus)
    sign, above = (style.minus, (above[0].removeprefix(style.minus), PRODUCT)) if signed else ("", above)
    if style.latex:
        return rf"{sign}\frac{{{above[0]}}}{{{below[0]}}}", SIGNED if sign else PRODUCT
    text = f"{sign}{enclosed(above, PRODUCT, style)} / {enclosed(below, POWER, style)}"
    if above[0].isalnum() and below[0].isalnum():  # a short one is a unit
        return f"{sign}{above[0]}/{below[0]}", SIGNED if sign else PRODUCT
    return text, SIGNED if sign else QUOTIENT


def power(base: Fragment, exponent: Fragment, style: Style) -> Fragment:
    """A power: a whole exponent small and high, others in LaTeX too."""
    text = enclosed(base, POWER + 1, style)
    if style.latex or exponent[0].lstrip("−").isdigit():
        return text + style.raised(exponent[0]), POWER
    return f"{text}^{enclosed(exponent, POWER + 1, style)}", POWER


def transposed(fragment: Fragment, dims: tuple[int, ...], style: Style) -> Fragment:
    """A transpose; with the order of the axes where it is not the last two that change places."""
    last_two = (*range(len(dims) - 2), len(dims) - 1, len(dims) - 2)
    order = "" if dims == last_two else "".join(map(str, dims))
    text = enclosed(fragment, TIGHTEST, style)
    if style.latex and text == fragment[0] and text.endswith("}") and "^" in text:
        text = f"{{{text}}}"  # no two exponents in a row
    return text + (f"^{{{style.top}{order}}}" if style.latex else style.top + style.raised(order)), TIGHTEST


def summed_axes(s: Symbol) -> tuple[int, ...]:
    """The axes over which a `sum` or a `sum_to` adds."""
    x = s.args[0].shape
    if "dim" in s.params:
        return tuple(s.params["dim"])
    added = len(x) - len(s.shape)
    stretched = (added + axis for axis, n in enumerate(s.shape) if n == 1 and x[added + axis] != 1)
    return (*range(added), *stretched)


def total(fragment: Fragment, axes: tuple[int, ...], style: Style) -> Fragment:
    """A sum, with the axes below the sign if it is not over all."""
    below = ",".join(map(str, axes))
    inner = enclosed(fragment, PRODUCT if fragment[0].startswith(style.minus) else SIGNED, style)
    if style.latex:
        return (rf"\sum_{{{below}}} {inner}" if below else rf"\sum {inner}"), SIGNED
    return f"Σ{below.translate(SUBSCRIPTS)} {inner}", SIGNED


def number(value: Any, style: Style) -> Fragment:
    """A constant: a number as one writes it; of an array only that it is one."""
    array = np.asarray(value)
    if array.size != 1 and (not array.size or any(array.strides)):
        return f"[{style.ellipsis}]", TIGHTEST
    plain = array.flat[0].item()
    if isinstance(plain, bool):
        word = "true" if plain else "false"
        return (rf"\mathrm{{{word}}}" if style.latex else word), TIGHTEST
    if plain != plain:
        return (r"\mathrm{nan}" if style.latex else "nan"), TIGHTEST
    text = f"{abs(plain):.6g}" if isinstance(plain, float) else str(abs(plain))
    text = text.replace("inf", style.infinity)
    mantissa, e, exponent = text.partition("e")
    if e:
        raised = style.raised(str(int(exponent)))
        text = f"10{raised}" if mantissa == "1" else f"{mantissa}{style.dot.strip() or ' '}10{raised}"
    negative = plain < 0
    return (style.minus + text, SIGNED) if negative else (text, TIGHTEST if not e else POWER)


# ---------------------------------------------------------------- names

LETTERS = {
    "ȳ": r"\bar{y}", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon",
    "η": r"\eta", "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "ν": r"\nu", "π": r"\pi", "ρ": r"\rho",
    "σ": r"\sigma", "τ": r"\tau", "φ": r"\varphi", "ψ": r"\psi", "ω": r"\omega",
}  # fmt: skip
ESCAPES = {
    "\\": r"\backslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "^": r"\hat{}", "~": r"\tilde{}", " ": r"\ ",
}  # fmt: skip


def name(given: str, style: Style) -> str:
    """A tensor's name: in LaTeX a letter with its index, anything longer as a word."""
    if not style.latex:
        return given
    if given.startswith("d(") and given.endswith(")"):
        return rf"d\left({name(given[2:-1], style)}\right)"
    d, word = ("d", given[1:]) if re.match(r"d[^\W\d]", given) else ("", given)
    mark = rf"^{{{style.top}}}" if word.endswith("ᵀ") else ""
    word = word.removesuffix("ᵀ")
    found = re.fullmatch(r"([^\W\d])_?(\d*)", word)
    if found is None:
        return d + r"\mathrm{" + "".join(ESCAPES.get(sign, sign) for sign in word) + "}" + mark
    letter, index = found.groups()
    return d + LETTERS.get(letter, letter) + (f"_{{{index}}}" if index else "") + mark


# ---------------------------------------------------------------- notations

FUNCTIONS = frozenset({"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "arg", "det"})
SIGNS = {
    "σ": r"\sigma", "Σ": r"\sum", "∏": r"\prod", "−": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∧": r"\land",
    "∨": r"\lor", "⊻": r"\veebar", "¬": r"\lnot", "∀": r"\forall", "∃": r"\exists", "…": r"\ldots",
    "←": r"\leftarrow", "∗": r"\ast", "⋆": r"\star", "⌊": r"\left\lfloor", "⌋": r"\right\rfloor",
    "⌈": r"\left\lceil", "⌉": r"\right\rceil", "(": r"\left(", ")": r"\right)", "ᵀ": r"^{\top}", "&": r"\mathbin{\&}",
    "~": r"\sim", "∞": r"\infty", "√": r"\sqrt", "′": "'",
}  # fmt: skip
TOKEN = re.compile(r"\{(\d*)\}|[A-Za-z][A-Za-z0-9]*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|[₀₁₂₃₄₅₆₇₈₉]+|\d+|.")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉", "0123456789-0123456789")
OPENING, CLOSING = ("(", "|", "⌊", "⌈", ", "), (")", "|", "⌋", "⌉", ",")


def filled(notation: str, op: Op, args: list[Fragment], style: Style) -> Fragment:
    """A notation with the arguments in its places; one without places is the name of a function."""
    if "{" not in notation:
        notation += f"({', '.join('{}' for _ in args)})"
    binding = _binding_of(notation) if op.binding is None else op.binding
    numbers = iter(range(len(args)))
    out: list[str] = []
    bars = 0
    for token in TOKEN.finditer(notation):
        if token[1] is None:
            bars += token[0] == "|"
            sign = _sign(token[0], bars) if style.latex else token[0].replace("-", style.minus)
            out.append(f"{out.pop()} {sign}" if out and _runs_on(out[-1], sign) else sign)
            continue
        i = int(token[1]) if token[1] else next(numbers)
        under_root = style.latex and notation[: token.start()].endswith("√")
        closed_in = notation[: token.start()].endswith(OPENING) and notation[token.end() :].startswith(CLOSING)
        closed_in = closed_in or under_root
        filling = enclosed(args[i], LOOSEST if closed_in else _needed(op, i, binding, args[i], style), style)
        if style.latex and notation[: token.start()].endswith(("^", "√")):
            filling = f"{{{filling}}}"
        out.append(f" {filling}" if out and _runs_on(out[-1], filling) else filling)
    text = "".join(out)
    return re.sub(r"\\sqrt\\left\((.*)\\right\)$", r"\\sqrt{\1}", text) if style.latex else text, binding


def _needed(op: Op, i: int, binding: int, arg: Fragment, style: Style) -> int:
    """How tightly an argument must bind to stand in its place without brackets."""
    if op.binding is None:
        return TIGHTEST
    if op.binding == SUM:
        signed = arg[0].startswith(style.minus)
        return SUM if i == 0 else QUOTIENT if signed or op.name == "sub" else SUM
    if op.binding == SIGNED:
        return QUOTIENT
    if binding < COMPARED:
        return binding + (op.name == "logical_not")
    return min(binding + (op.binding != MATRICES or i > 0), TIGHTEST)


def _binding_of(notation: str) -> int:
    """How tightly a notation binds that the table does not name: as its outermost sign, tightest without one."""
    outside = notation
    while (inner := re.sub(r"\([^()]*\)|\|[^|]*\||⌊[^⌊⌋]*⌋|⌈[^⌈⌉]*⌉", "", outside)) != outside:
        outside = inner
    if re.search(r" [-−+] ", outside):
        return SUM
    if outside[:1] in ("-", "−", "Σ", "∏", "∀", "∃"):
        return SIGNED
    if outside[:1] == "√":
        return POWER
    if re.search(r"[/∗⋆←]|\} ", outside) or re.search(r"\bmod\b", outside):
        return QUOTIENT
    return SIGNED if re.search(r"\S \{", outside) else TIGHTEST


def _runs_on(before: str, after: str) -> bool:
    """Whether a command of LaTeX would swallow the letter that follows it."""
    return re.search(r"\\[A-Za-z]+$", before) is not None and after[:1].isalpha()


def _sign(text: str, bars: int) -> str:
    """A fragment of a notation in LaTeX; a word is the name of a function."""
    if text == "|":
        return r"\left|" if bars % 2 else r"\right|"
    if text in SIGNS:
        return SIGNS[text]
    if text[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻":
        return f"^{{{text.translate(DIGITS)}}}"
    if text[0] in "₀₁₂₃₄₅₆₇₈₉":
        return f"_{{{text.translate(DIGITS)}}}"
    if text.isascii() and text.isalpha():
        return f"\\{text}" if text in FUNCTIONS else rf"\operatorname{{{text}}}"
    return rf"\operatorname{{{text}}}" if text[0].isalpha() else text
