"""What a row means in terms of others, read from its notation.

A notation such as ``-({1} log {0} + (1 - {1}) log(1 - {0}))`` is a formula: here it becomes an expression, so that the
algebra may look into rows that are computed as one.
"""

from __future__ import annotations

import re
from typing import Any

from tinygrad_wtf.core.op import Op
from tinygrad_wtf.explanation.symbol import Symbol, constant

TOKEN = re.compile(r"\s*(\{\d*\}|\d+(?:\.\d+)?|[A-Za-z_σ][A-Za-z0-9_]*|[²³]|[-−+/^()|√,]|.)")


def defined(op: Op, args: tuple[Symbol, ...]) -> Symbol | None:
    """The operation on these arguments in other rows' terms; None where its notation is only its name."""
    if not op.partials or re.fullmatch(r"[^\W\d]\w*\((\{\}(, )?)+\)", op.notation):
        return None
    try:
        found = _Reader(op.notation, args).all()
    except _NotAFormulaError:
        return None
    return None if found.op is op else found


class _NotAFormulaError(ValueError):
    pass


class _Reader:
    """A reader of notations: sums of products of powers of functions, brackets and places."""

    def __init__(self, notation: str, args: tuple[Symbol, ...]) -> None:
        self.tokens: list[str] = [t for t in TOKEN.findall(notation) if t.strip()]
        self.args = args
        self.place = 0
        self.at = 0

    def all(self) -> Symbol:
        found = self.sum()
        if self.at < len(self.tokens):
            raise _NotAFormulaError
        return found

    @property
    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def taken(self, *signs: str) -> str:
        if self.next in signs:
            self.at += 1
            return self.tokens[self.at - 1]
        return ""

    def sum(self) -> Symbol:
        negative = self.taken("-", "−")
        total: Any = self.product()
        total = -total if negative else total
        while sign := self.taken("+", "-", "−"):
            term = self.product()
            total = total + term if sign == "+" else total - term
        return total if isinstance(total, Symbol) else constant(total)

    def product(self) -> Any:
        value = self.factor()
        while True:
            if self.taken("/"):
                value = value / self.factor()
            elif self.next and self.next not in "+-−),|":
                value = value * self.factor()
            else:
                return value

    def factor(self) -> Any:
        value = self.atom()
        while sign := self.taken("²", "³", "^"):
            value = value ** (self.atom() if sign == "^" else 2 if sign == "²" else 3)
        return value

    def atom(self) -> Any:
        token = self.next
        self.at += 1
        if token.startswith("{"):
            i = int(token[1:-1]) if len(token) > 2 else self.place
            self.place += 1
            return self.args[i]
        if token[:1].isdecimal():
            return float(token) if "." in token else int(token)
        if token == "(":
            found = self.sum()
            if not self.taken(")"):
                raise _NotAFormulaError
            return found
        row = self._row(token)
        argument = self.atom()
        return row(argument)

    @staticmethod
    def _row(word: str) -> Op:
        for row in Op.table.values():
            if len(row.partials) == 1 and row.notation in (f"{word}({{}})", f"{word}{{}}"):
                return row
        raise _NotAFormulaError
