"""Formulas made numbers again, in two ways: from the expression, and from what was printed.

Neither knows a derivative. The first runs each operation's forward function on arrays; the second reads the text as a
reader would, with NumPy's functions behind the signs.
"""

import re

import numpy as np

from tinygrad_wtf.core.op import Op


def evaluate(symbol, values):
    """The expression on these arrays, by name."""
    if symbol.op is None:
        return symbol.value if symbol.name is None else values[symbol.name]
    with np.errstate(all="ignore"):
        return symbol.op.forward(*(evaluate(a, values) for a in symbol.args), **symbol.params)


# ---------------------------------------------------------------- printed text

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
COMPARISONS = {
    "=": np.equal, "≠": np.not_equal, "<": np.less, "≤": np.less_equal, ">": np.greater, "≥": np.greater_equal,
}  # fmt: skip
TOKEN = re.compile(
    r"\s*(\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|log₂|log₁₀|[A-Za-zȳα-ωσ][A-Za-z0-9_]*′*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|[₀₁₂₃₄₅₆₇₈₉,]+|.)",
    re.DOTALL,
)
BRACKETS = {"(": (")", np.asarray), "|": ("|", np.abs), "⌊": ("⌋", np.floor), "⌈": ("⌉", np.ceil)}
ENDS = {"", ")", ",", "|", "⌋", "⌉", "+", "−", "∧", "∨", "mod", *COMPARISONS}


class Text:
    """Numbers from a printed formula.

    A product without a sign is one of matrices where both are matrices; `samples` is the axis of a Σ without an index.
    """

    def __init__(self, text, values, samples=None):
        found = list(TOKEN.finditer(text))
        self.tokens = [t[1] for t in found if t[1].strip()]
        starts = [t.start() for t in found if t[1].strip()]
        # a fraction written without blanks, such as 1/m, is one number
        self.tight = {
            i for i, (t, at) in enumerate(zip(self.tokens, starts, strict=True)) if t == "/" and text[at] == "/"
        }
        self.values, self.samples, self.at = values, samples, 0

    def number(self):
        with np.errstate(all="ignore"):
            found = self.disjunction()
        assert self.at == len(self.tokens), f"{self.tokens[self.at :]} is left of {self.tokens}"
        return found

    @property
    def next(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def taken(self, *signs):
        if self.next in signs:
            self.at += 1
            return self.tokens[self.at - 1]
        return ""

    def disjunction(self):
        found = self.conjunction()
        while self.taken("∨"):
            found = np.logical_or(found, self.conjunction())
        return found

    def conjunction(self):
        found = self.comparison()
        while self.taken("∧"):
            found = np.logical_and(found, self.comparison())
        return found

    def comparison(self):
        if self.taken("¬"):
            return np.logical_not(self.comparison())
        found = self.sum()
        while sign := self.taken(*COMPARISONS):
            found = COMPARISONS[sign](found, self.sum())
        return found

    def sum(self):
        found = self.remainder()
        while sign := self.taken("+", "−"):
            term = self.remainder()
            found = found + term if sign == "+" else found - term
        return found

    def remainder(self):
        found = self.signed()
        while self.taken("mod"):
            found = np.remainder(found, self.signed())
        return found

    def signed(self):
        if self.taken("−"):
            return -self.signed()
        return self.entrywise()

    def entrywise(self):
        found = self.juxtaposed()
        while self.taken("∘"):
            found = found * self.juxtaposed()
        if self.taken("/"):
            found = found / self.juxtaposed()
        return found

    def juxtaposed(self):
        if self.next == "Σ":
            return self.total()
        found = self.power()
        while self.next not in ENDS | {"∘", "/"}:
            self.taken("·")
            right = self.total() if self.next == "Σ" else self.power()
            found = found @ right if np.ndim(found) == np.ndim(right) == 2 else found * right
        return found

    def total(self):
        self.taken("Σ")
        axes = self.samples
        if self.next and self.next[0] in "₀₁₂₃₄₅₆₇₈₉":
            axes = tuple(int(n) for n in self.taken(self.next).translate(SUBSCRIPTS).split(","))
        x = self.signed() if self.next == "−" else self.entrywise()
        return np.sum(x, axis=axes)

    def power(self):
        if self.taken("√"):
            return np.sqrt(self.power())
        found = self.closed()
        while self.next:
            if self.taken("ᵀ"):
                found = found.T
            elif self.taken("^"):
                found = found ** self.closed()
            elif self.next[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻":
                found = found ** float(self.taken(self.next).translate(SUPERSCRIPTS))
            elif self.next == "/" and self.at in self.tight:
                self.taken("/")
                found = found / self.closed()
            else:
                return found
        return found

    def closed(self):
        token = self.taken(self.next)
        if token[0].isdecimal():
            mantissa, _, exponent = token.partition("·10")
            return float(mantissa) * 10.0 ** float(exponent.translate(SUPERSCRIPTS) or 0)
        if token == "∞":
            return np.inf
        for opening, closing, function in (
            ("(", ")", None),
            ("|", "|", np.abs),
            ("⌊", "⌋", np.floor),
            ("⌈", "⌉", np.ceil),
        ):
            if token == opening:
                found = self.disjunction()
                assert self.taken(closing) == closing, self.tokens
                return found if function is None else function(found)
        if token in self.values:
            value = self.values[token]
            return value.T if self.taken("ᵀ") else value
        return self.function(token)

    def function(self, name):
        if name in ("nan", "true", "false"):
            return {"nan": np.nan, "true": True, "false": False}[name]
        if self.taken("("):
            args = [self.disjunction()]
            while self.taken(","):
                args.append(self.disjunction())
            assert self.taken(")"), self.tokens
        else:
            args = [self.power()]
        return known(name)(*args)


def known(name):
    """The function of this name: a row's own forward."""
    if name == "σ":
        return lambda x: 1 / (1 + np.exp(-np.asarray(x)))
    if name in ("max", "min"):
        return np.maximum if name == "max" else np.minimum
    name, primes = name.rstrip("′"), name.count("′")
    if name in ("sinc", "digamma", "i0", "i0e"):
        unwritten = {"order": primes}
    else:
        unwritten = {"beta": 1, "threshold": np.inf} if name == "softplus" else {}
    for row in Op.table.values():
        if re.fullmatch(rf"{re.escape(name)}\((\{{\}}(, )?)+\)", row.notation):
            return lambda *args, row=row: row.forward(*map(np.asarray, args), **unwritten)
    raise KeyError(name)


COMMANDS = {
    r"\left": "", r"\right": "", r"\sigma": "σ", r"\circ": "∘", r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\land": "∧",
    r"\lor": "∨", r"\lnot": "¬", r"\sum": "Σ", r"\top": "ᵀ", r"\infty": "∞", r"\cdot": "·", r"\lfloor": "⌊",
    r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉", "-": "−", "'": "′",
}  # fmt: skip


def from_latex(latex):
    """The same formula as it is printed in Unicode, with brackets for LaTeX's braces."""
    text = re.sub(r"\\(?:operatorname|mathrm)\{([^{}]*)\}", r"\1", latex)
    for _ in range(20):  # from the inside outwards
        text = re.sub(r"\^\{\\top\}", "ᵀ", text)
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1) / (\2))", text)
        text = re.sub(r"\\sqrt\{([^{}]*)\}", r"(√(\1))", text)
        text = re.sub(r"\\log_\{(\d+)\}", lambda m: "log" + m[1].translate(LOWERED), text)
        text = re.sub(r"\\sum_\{([\d,]*)\}", lambda m: "Σ" + m[1].translate(LOWERED), text)
        text = re.sub(r"_\{(\w*)\}", r"\1", text)
        text = re.sub(r"(\d) \\cdot 10\^\{-?(\d+)\}", r"(\1 10^(−\2))", text)
        text = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", text)
    text = re.sub(r"\\(exp|log|sin|cos|tan|sinh|cosh|tanh|max|min)\b", r"\1", text)
    for command, sign in sorted(COMMANDS.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(command, sign)
    assert "\\" not in text, text
    return text
