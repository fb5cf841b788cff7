"""Laws of what works entry by entry: school algebra, sigmoid, exponentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_wtf.explanation.algebra import Ratio
from tinygrad_wtf.explanation.symbol import Symbol, row

if TYPE_CHECKING:
    from tinygrad_wtf.explanation.simplify.simplifier import Simplifier

NEGLIGIBLE = 1e-6**1.3  # a constant below it only keeps a computation finite
LARGEST_POWER = 6


def add(simplify: Simplifier, s: Symbol) -> Ratio:
    """A sum; a term that only keeps a logarithm finite is left out."""
    left, right = map(simplify.ratio, s.args)
    for a, b in ((left, right), (right, left)):
        if a.value is not None and 0 < abs(a.value) < NEGLIGIBLE and b.value is None:
            simplify.notes[f"{float(a.value):g}, added to keep logarithms finite, is left out."] = None
            return b
    return left + right


def sub(simplify: Simplifier, s: Symbol) -> Ratio:
    """A difference."""
    return simplify.ratio(s.args[0]) - simplify.ratio(s.args[1])


def mul(simplify: Simplifier, s: Symbol) -> Ratio:
    """A product; the sums among its factors are remembered."""
    left, right = map(simplify.ratio, s.args)
    simplify.remember_sums(left, right)
    return left * right


def div(simplify: Simplifier, s: Symbol) -> Ratio:
    """A quotient, by the sums that were met before where it is one of them."""
    left, right = map(simplify.ratio, s.args)
    if not right.above:
        return simplify.opaque(s)
    simplify.remember_sums(left, right)
    return left * right.inverse(simplify.sums)


def neg(simplify: Simplifier, s: Symbol) -> Ratio:
    """The same with the other sign."""
    return -simplify.ratio(s.args[0])


def power(simplify: Simplifier, s: Symbol) -> Ratio:
    """A whole power, multiplied out; any other is a letter."""
    base, exponent = map(simplify.ratio, s.args)
    n = exponent.value
    if n is None or n.denominator != 1 or abs(n) > LARGEST_POWER or not base.above:
        return simplify.opaque(s)
    simplify.remember_sums(base)
    return base.power(int(n))


def cast(simplify: Simplifier, s: Symbol) -> Ratio:
    """The same numbers in another dtype."""
    return simplify.ratio(s.args[0])


def sigmoid(simplify: Simplifier, s: Symbol) -> Ratio:
    """σ(−z) = 1 − σ(z)."""
    argument = simplify.ratio(s.args[0])
    parts = simplify.factored(argument)
    if parts is not None and parts.number < 0:
        return Ratio.number(1) - simplify.letter(row("sigmoid")(simplify.symbol(-argument)))
    return simplify.opaque(s)


def exp(simplify: Simplifier, s: Symbol) -> Ratio:
    """The inverse of the logarithm."""
    argument = simplify.ratio(s.args[0])
    if not argument.above:
        return Ratio.number(1)
    what = simplify.alone(argument)
    if what is not None and what.op is not None and what.op.name == "log":
        return simplify.ratio(what.args[0])
    if what is not None and what.op is not None and what.op.name == "log_softmax":
        return simplify.letter(row("softmax")(*what.args, **what.params))
    return simplify.opaque(s)
