"""Sums of products of letters, and quotients of such sums: the school algebra with which derivations get short.

A polynomial is a dict from products of letters to exact fractions; a ratio is a polynomial over a product of factors,
equal factors cancelled. What a letter stands for is not known here: it is a string.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

Monomial = tuple[tuple[str, int], ...]  # letters with their powers, sorted
Polynomial = dict[Monomial, Fraction]
Frozen = tuple[tuple[Monomial, Fraction], ...]
MOST_TERMS = 150  # of a polynomial; beyond that multiplying out explains nothing
ONE: Monomial = ()


class TooLargeError(ArithmeticError):
    """Multiplying out would give more terms than anybody reads."""


def order(monomial: Monomial) -> tuple[int, Monomial]:
    """Products of fewer letters come first."""
    return sum(power for _, power in monomial), monomial


def frozen(p: Polynomial) -> Frozen:
    """The polynomial as something that a dict can look up."""
    return tuple(sorted(p.items(), key=lambda term: order(term[0])))


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two products."""
    powers = dict(a)
    for letter, power in b:
        powers[letter] = powers.get(letter, 0) + power
    return tuple(sorted(powers.items()))


def without(a: Monomial, b: Monomial) -> Monomial | None:
    """The quotient of two products; None if it is not one."""
    powers = dict(a)
    for letter, power in b:
        powers[letter] = powers.get(letter, 0) - power
        if powers[letter] < 0:
            return None
    return tuple(sorted((letter, power) for letter, power in powers.items() if power))


def added(p: Polynomial, q: Polynomial, scale: Fraction = Fraction(1)) -> Polynomial:
    """``p + scale q``."""
    total = dict(p)
    for monomial, coefficient in q.items():
        total[monomial] = total.get(monomial, Fraction(0)) + scale * coefficient
        if not total[monomial]:
            del total[monomial]
    return total


def multiplied(p: Polynomial, q: Polynomial) -> Polynomial:
    """``p q``, multiplied out."""
    if len(p) * len(q) > MOST_TERMS:
        raise TooLargeError
    total: Polynomial = {}
    for a, x in p.items():
        total = added(total, {times(a, b): x * y for b, y in q.items()})
    return total


def divided(p: Polynomial, q: Polynomial) -> Polynomial | None:
    """``p / q`` where it goes evenly; None elsewhere."""
    lead = max(q, key=_lexicographic)
    quotient: Polynomial = {}
    rest = p
    for _ in range(MOST_TERMS):
        if not rest:
            return quotient
        top = max(rest, key=_lexicographic)
        monomial = without(top, lead)
        if monomial is None:
            return None
        step = {monomial: rest[top] / q[lead]}
        quotient = added(quotient, step)
        rest = added(rest, multiplied(step, q), Fraction(-1))
    return None


class _Lexicographic(tuple[tuple[str, int], ...]):
    """An order of products that multiplication keeps."""

    __slots__ = ()

    def __lt__(self, other: tuple[tuple[str, int], ...]) -> bool:
        mine, theirs = dict(self), dict(other)
        for letter in sorted({*mine, *theirs}):
            if mine.get(letter, 0) != theirs.get(letter, 0):
                return mine.get(letter, 0) < theirs.get(letter, 0)
        return False

    def __gt__(self, other: tuple[tuple[str, int], ...]) -> bool:
        return _Lexicographic(other) < self


def _lexicographic(monomial: Monomial) -> _Lexicographic:
    return _Lexicographic(monomial)


def content(p: Polynomial) -> tuple[Fraction, Monomial]:
    """What all terms share: a number, its sign that of the first term, and letters."""
    shared = dict(next(iter(p)))
    for monomial in p:
        powers = dict(monomial)
        shared = {letter: min(n, powers[letter]) for letter, n in shared.items() if letter in powers}
    number = Fraction(gcd(*(c.numerator for c in p.values())), lcm(*(c.denominator for c in p.values())))
    first = p[min(p, key=order)]
    return (number if first > 0 else -number), tuple(sorted(shared.items()))


@dataclass(frozen=True)
class Factored:
    """``number · Π letter^power · Π (sum)^power``, with negative powers below the line."""

    number: Fraction
    letters: dict[str, int]
    sums: dict[Frozen, int]


@dataclass(frozen=True)
class Ratio:
    """A polynomial over a product of factors, each a polynomial without content."""

    above: Frozen
    below: tuple[tuple[Frozen, int], ...] = ()

    @staticmethod
    def number(value: Fraction | int) -> Ratio:
        """A number."""
        return Ratio(((ONE, Fraction(value)),) if value else ())

    @staticmethod
    def letter(name: str) -> Ratio:
        """A letter."""
        return Ratio(((((name, 1),), Fraction(1)),))

    @property
    def value(self) -> Fraction | None:
        """The number that it is, if it is one."""
        if self.below or len(self.above) > 1 or (self.above and self.above[0][0]):
            return None
        return self.above[0][1] if self.above else Fraction(0)

    @property
    def letters(self) -> frozenset[str]:
        """All letters that occur."""
        sums = [self.above, *(factor for factor, _ in self.below)]
        return frozenset(letter for p in sums for monomial, _ in p for letter, _ in monomial)

    def __add__(self, other: Ratio) -> Ratio:
        mine, theirs = dict(self.below), dict(other.below)
        below = {factor: max(mine.get(factor, 0), theirs.get(factor, 0)) for factor in {**mine, **theirs}}
        left, right = (
            _raised(dict(r.above), ((factor, n - own.get(factor, 0)) for factor, n in below.items()))
            for r, own in ((self, mine), (other, theirs))
        )
        return _reduced(added(left, right), below)

    def __mul__(self, other: Ratio) -> Ratio:
        below = dict(self.below)
        for factor, power in other.below:
            below[factor] = below.get(factor, 0) + power
        left, right = dict(self.above), dict(other.above)
        return _reduced(left, below, right)

    def __neg__(self) -> Ratio:
        return Ratio(tuple((monomial, -coefficient) for monomial, coefficient in self.above), self.below)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + -other

    def inverse(self, known: Iterable[Frozen] = ()) -> Ratio:
        """One over it; what is below the line is taken apart into the known sums where it can be."""
        parts = factored(Ratio(self.above), known)
        below = {((((letter, 1),), Fraction(1)),): power for letter, power in parts.letters.items()} | parts.sums
        above = _raised({ONE: 1 / parts.number}, self.below)
        return _reduced(above, below)

    def __truediv__(self, other: Ratio) -> Ratio:
        return self * other.inverse()

    def power(self, n: int) -> Ratio:
        """Itself, so many times."""
        base, result = (self if n >= 0 else self.inverse()), Ratio.number(1)
        for _ in range(abs(n)):
            result = result * base
        return result


def _raised(p: Polynomial, factors: Iterable[tuple[Frozen, int]]) -> Polynomial:
    for factor, power in factors:
        for _ in range(power):
            p = multiplied(p, dict(factor))
    return p


def _reduced(p: Polynomial, below: dict[Frozen, int], q: Polynomial | None = None) -> Ratio:
    """``p q`` over the product of the factors, with each factor that goes evenly cancelled."""
    left: dict[Frozen, int] = {}
    parts = [p] if q is None else [p, q]
    for factor, power in below.items():
        for i, part in enumerate(parts):
            while power and (quotient := divided(part, dict(factor))) is not None:
                parts[i] = part = quotient
                power -= 1
        if power:
            left[factor] = power
    total = parts[0] if q is None else multiplied(parts[0], parts[1])
    if not total:
        return Ratio(())
    if q is not None and left:
        return _reduced(total, left)
    return Ratio(frozen(total), tuple(sorted(left.items())))


def factored(r: Ratio, known: Iterable[Frozen] = ()) -> Factored:
    """The ratio as a product: the number, the letters, the sums that were met before, and what is left."""
    p = dict(r.above)
    number, shared = content(p)
    letters = dict(shared)
    p = {monomial: c / number for monomial, c in p.items()}
    p = {rest: c for monomial, c in p.items() if (rest := without(monomial, shared)) is not None}
    sums: dict[Frozen, int] = {}
    for factor in known:
        while len(p) > 1 and frozen(p) != factor and (quotient := divided(p, dict(factor))) is not None:
            p = quotient
            sums[factor] = sums.get(factor, 0) + 1
    if len(p) > 1:
        sums[frozen(p)] = sums.get(frozen(p), 0) + 1
    else:
        ((monomial, c),) = p.items()
        number *= c
        for letter, power in monomial:
            letters[letter] = letters.get(letter, 0) + power
    for factor, power in r.below:
        if len(factor) == 1:
            ((letter, _),) = factor[0][0]
            letters[letter] = letters.get(letter, 0) - power
        else:
            sums[factor] = sums.get(factor, 0) - power
    return Factored(number, letters, sums)
