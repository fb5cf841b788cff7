"""The simplifier: expressions as ratios of polynomials in letters, and back.

A letter is whatever the algebra does not look into: a name, or an operation that no law is about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from tinygrad_wtf.explanation.algebra import Frozen, Ratio, TooLargeError, factored
from tinygrad_wtf.explanation.definition import defined
from tinygrad_wtf.explanation.simplify.choices import BOUNDED
from tinygrad_wtf.explanation.simplify.laws import LAWS
from tinygrad_wtf.explanation.simplify.writing import expression
from tinygrad_wtf.explanation.symbol import Symbol, constant, stretched

Shape = tuple[int, ...]


class Simplifier:
    """Makes expressions short, and remembers the sums it met, so that they are found again as factors.

    Parameters
    ----------
    between_0_and_1 : iterable of str
        Names of tensors that are never 0 and never 1, such as what comes out of a sigmoid.
    known : iterable of (Symbol, Symbol)
        Expressions, and the names that what they compute has already.
    """

    def __init__(self, between_0_and_1: Iterable[str] = (), known: Iterable[tuple[Symbol, Symbol]] = ()) -> None:
        self.inner = frozenset(between_0_and_1)
        self.notes: dict[str, None] = {}
        self.meaning: dict[str, Symbol] = {}
        self.sums: dict[Frozen, None] = {}
        self.ratios: dict[int, tuple[Symbol, Ratio]] = {}
        self.same: dict[str, Ratio] = {}  # letters that turned out to be made of others
        self.names = {self.key(what): name for what, name in known}

    def __call__(self, s: Symbol) -> Symbol:
        """The same, made short; its shape may be one that stretches to what it was."""
        return self.symbol(self.ratio(s))

    def ratio(self, s: Symbol) -> Ratio:
        """The expression as the algebra sees it."""
        if id(s) not in self.ratios:
            try:
                found = self._read(s)
            except TooLargeError:
                found = self.opaque(s)
            self.ratios[id(s)] = (s, found)
        return self.ratios[id(s)][1]

    def symbol(self, r: Ratio) -> Symbol:
        """The ratio as an expression."""
        return expression(self, r)

    def remember(self, s: Symbol, like: Symbol) -> Symbol:
        """Have `s` read as `like` was."""
        self.ratios[id(s)] = (s, self.ratio(like))
        return s

    def key(self, s: Symbol) -> str:
        """What a letter is called: equal expressions have equal keys."""
        if s.op is None:
            return s.name if s.name is not None else self._constant_key(s.value)
        settings = ", ".join(f"{name}={value}" for name, value in s.params.items())
        return f"{s.op.name}({', '.join(map(self.key, s.args))}; {settings})"

    @staticmethod
    def _constant_key(value: Any) -> str:
        array = np.asarray(value)
        return repr(array.item()) if array.size == 1 else f"array {id(value)}"

    def letter(self, s: Symbol) -> Ratio:
        """A symbol that the algebra does not look into."""
        key = self.key(s)
        if key in self.same:
            return self.same[key]
        if key in self.names:
            s = self.names[key]
            if s.is_constant:
                return self.number(s)
            key = self.key(s)
        self.meaning.setdefault(key, s)
        return Ratio.letter(key)

    def alone(self, r: Ratio) -> Symbol | None:
        """What the ratio stands for, if it is a single letter."""
        parts = self.factored(r)
        if parts is None or parts.number != 1 or parts.sums or list(parts.letters.values()) != [1]:
            return None
        return self.meaning[next(iter(parts.letters))]

    def factored(self, r: Ratio) -> Any:
        """The ratio as a product; None of 0."""
        return factored(r, self.sums) if r.above else None

    def natural_shape(self, r: Ratio) -> Shape:
        """The shape that its letters broadcast to."""
        return np.broadcast_shapes(*(self.meaning[letter].shape for letter in r.letters))

    def remember_sums(self, *ratios: Ratio) -> None:
        """Remember the sums among factors."""
        for r in ratios:
            parts = self.factored(r)
            for one in () if parts is None else parts.sums:
                self.sums.setdefault(one)

    def _read(self, s: Symbol) -> Ratio:
        if s.op is None:
            return self.letter(s) if s.name is not None else self.number(s)
        law = LAWS.get(s.op.name)
        if law is not None:
            return law(self, s)
        definition = defined(s.op, s.args)
        if definition is not None:
            if s.op.name.startswith("binary_cross_entropy_slope"):
                self.notes[BOUNDED.format("log ≥ −100, a (1 − a) ≥ 10⁻¹²")] = None
            return self.ratio(definition)
        return self.opaque(s)

    def number(self, s: Symbol) -> Ratio:
        """A constant, exact; one that is no single number is a letter."""
        array = np.asarray(s.value)
        if not array.size or array.dtype.kind not in "biuf" or np.any(array != array.flat[0]):
            return self.letter(s)
        value = array.flat[0].item()
        if not math.isfinite(value):
            return self.letter(constant(value))
        return Ratio.number(Fraction(repr(value)) if isinstance(value, float) else Fraction(int(value)))

    def opaque(self, s: Symbol) -> Ratio:
        """An operation that no law is about, on arguments made short."""
        assert s.op is not None
        args = [self.whole(a) if a.ndim else self.symbol(self.ratio(a)) for a in s.args]
        if s.op.partials:
            args = [self.symbol(self.ratio(a)) for a in s.args]
        made = s.op(*(a.value if a.is_constant and not a.ndim else a for a in args), **s.params)
        if not isinstance(made, Symbol):  # of numbers alone
            return self.number(constant(made))
        return self.letter(made)

    def whole(self, s: Symbol) -> Symbol:
        """The expression made short, in the shape that it had."""
        if s.op is None or s.dtype.kind != "f":
            return s
        return stretched(self(s), s.shape)

    def substituted(self, r: Ratio, law: Callable[[Symbol], Ratio]) -> Ratio:
        """The ratio with something else for each letter; sums below the line and known ones keep their form."""
        new = {letter: law(self.meaning[letter]) for letter in r.letters}
        parts = self.factored(r)

        def of_sum(one: Frozen) -> Ratio:
            total = Ratio.number(0)
            for monomial, coefficient in one:
                term = Ratio.number(coefficient)
                for letter, power in monomial:
                    term = term * new[letter].power(power)
                total = total + term
            return total

        result = Ratio.number(parts.number)
        for letter, power in parts.letters.items():
            result = result * new[letter].power(power)
        for one, power in parts.sums.items():
            turned = of_sum(one)
            self.remember_sums(turned)
            result = result * turned.power(power)
        return result
