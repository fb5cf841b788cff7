"""A ratio back as an expression: numbers and scalars in front, products of matrices first, sums last."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_wtf.explanation.algebra import ONE, Frozen, Monomial, Ratio
from tinygrad_wtf.explanation.symbol import Symbol, constant, row, stretched

if TYPE_CHECKING:
    from tinygrad_wtf.explanation.simplify.simplifier import Simplifier

Shape = tuple[int, ...]
LARGEST_DENOMINATOR, LONGEST_DECIMAL = 1000, 5


def expression(simplify: Simplifier, r: Ratio) -> Symbol:
    """The ratio as an expression: numbers and scalars in front, products of matrices first, sums last."""
    if not r.above:
        return constant(0)
    r = _recognised(simplify, r)
    parts = simplify.factored(r)
    if _better_apart(simplify, parts):
        return _total(simplify, r.above, r.below)
    number = parts.number
    above: list[tuple[Symbol, int]] = []
    below: list[tuple[Symbol, int]] = []
    for letter, power in parts.letters.items():
        (above if power > 0 else below).append((simplify.meaning[letter], abs(power)))
    for one, power in parts.sums.items():
        if number < 0 and power % 2 and any(c < 0 for _, c in one):  # −(y − a) is a − y
            number, one = -number, tuple((monomial, -c) for monomial, c in one)
        (above if power > 0 else below).append((_total(simplify, one), abs(power)))
    over, beneath = _number_symbols(abs(number))
    front = _product([over, *_powers(above, scalar=True)])
    under = _product([beneath, *_powers(below, scalar=True)])
    if front is None and under is not None:
        front = constant(1)
    scalar = front if under is None or front is None else front / under
    top, bottom = _product(_powers(above, scalar=False)), _product(_powers(below, scalar=False))
    if top is None and bottom is not None:
        top, scalar = (scalar, None) if scalar is not None and under is None else (constant(1), scalar)
    body = top if bottom is None or top is None else top / bottom
    found = scalar if body is None else body if scalar is None else scalar * body
    if found is None:
        return constant(1 if number > 0 else -1)
    if number > 0:
        return found
    return constant(-found.value) if found.is_constant else -found


def _recognised(simplify: Simplifier, r: Ratio) -> Ratio:
    """The quotients ``exp u / Σ exp u`` and ``1 / (1 + exp u)`` as what they are called."""
    for factor, _ in r.below:
        letters = [letter for monomial, _ in factor for letter, _ in monomial]
        if len(letters) != 1:
            continue
        what = simplify.meaning[letters[0]]
        if what.op is None:
            continue
        if len(factor) == 1 and what.op.name == "sum" and what.params["keepdim"]:
            inner = what.args[0]
            if inner.op is not None and inner.op.name == "exp" and simplify.key(inner) in r.letters:
                share = _softmax(simplify, inner.args[0], what.params["dim"]) * Ratio.letter(letters[0])
                return _recognised(simplify, _with(simplify, r, simplify.key(inner), share))
        elif what.op.name == "exp" and dict(factor) == {ONE: 1, ((letters[0], 1),): 1}:
            s = simplify.ratio(row("sigmoid")(-what.args[0]))
            return _recognised(simplify, _with(simplify, r, letters[0], s.inverse(simplify.sums) - Ratio.number(1)))
    return r


def _with(simplify: Simplifier, r: Ratio, old: str, new: Ratio) -> Ratio:
    simplify.same[old] = new
    simplify.ratios.clear()
    return simplify.substituted(r, lambda s: new if simplify.key(s) == old else Ratio.letter(simplify.key(s)))


def _softmax(simplify: Simplifier, x: Symbol, dim: Shape) -> Ratio:
    """Of softmax, without what is added to all entries alike."""
    r = simplify.ratio(x)
    if not r.below:
        terms = []
        for monomial, coefficient in r.above:
            natural = np.broadcast_shapes(*(simplify.meaning[letter].shape for letter, _ in monomial))
            padded = (1,) * (x.ndim - len(natural)) + natural
            if any(padded[axis] != 1 for axis in dim):
                terms.append((monomial, coefficient))
        if terms:
            r = Ratio(tuple(terms))
    return simplify.letter(row("softmax")(stretched(expression(simplify, r), x.shape), dim=dim))


def _better_apart(simplify: Simplifier, parts: Any) -> bool:
    """Whether a sum over a scalar is shorter term by term: where the scalar cancels in some term."""
    sums = list(parts.sums.items())
    if len(sums) != 1 or sums[0][1] != 1:
        return False
    below = [letter for letter, power in parts.letters.items() if power < 0]
    if any(power > 0 for power in parts.letters.values()):
        return False
    return any(letter in below for monomial, _ in sums[0][0] for letter, _ in monomial)


def _total(simplify: Simplifier, one: Frozen, below: tuple[tuple[Frozen, int], ...] = ()) -> Symbol:
    terms = sorted(one, key=lambda term: (term[1] < 0, sum(n for _, n in term[0]), _rank(simplify, term[0])))
    total: Symbol | None = None
    for monomial, coefficient in terms:
        term = expression(simplify, Ratio(((monomial, abs(coefficient)),)) * Ratio(((ONE, Fraction(1)),), below))
        if total is None:
            total = term if coefficient > 0 else -term
        else:
            total = total + term if coefficient > 0 else total - term
    assert total is not None
    return total


def _rank(simplify: Simplifier, monomial: Monomial) -> list[Any]:
    return [_natural_order(simplify.meaning[letter]) for letter, _ in monomial]


def _number_symbols(n: Fraction) -> tuple[Symbol | None, Symbol | None]:
    """What is above the line and below it; None for 1. An unwieldy fraction is written as a decimal number."""
    decimal = repr(float(n))
    if n.denominator > LARGEST_DENOMINATOR or (n.denominator > 1 and len(decimal) <= LONGEST_DECIMAL):
        return constant(float(n)), None
    return (None if n.numerator == 1 else constant(n.numerator)), (
        None if n.denominator == 1 else constant(n.denominator)
    )


def _natural_order(s: Symbol) -> tuple[int, list[tuple[int, str]]]:
    """Products of matrices and gradients first, then other tensors by name, then what is made of them."""
    text = str(s)
    if s.op is not None:
        kind = 0 if s.op.name == "matmul" else 1 if s.op.name in ("permute", "sum") else 3
    else:
        kind = 1 if text.startswith("d") else 2
    return kind, [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


def _powers(factors: list[tuple[Symbol, int]], *, scalar: bool) -> list[Symbol | None]:
    chosen = sorted(
        ((s, n) for s, n in factors if (s.shape == ()) is scalar),
        key=lambda f: (f[0].op is not None and f[0].op.name in ("add", "sub"), _natural_order(f[0])),
    )
    return [s if n == 1 else s**n for s, n in chosen]


def _product(factors: Iterable[Symbol | None]) -> Symbol | None:
    total: Symbol | None = None
    for factor in factors:
        if factor is not None:
            total = factor if total is None else total * factor
    return total
