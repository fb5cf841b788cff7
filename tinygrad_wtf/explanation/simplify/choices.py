"""Laws of choices: bounds that only keep a computation finite, and conditions that are settled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_wtf.explanation.algebra import Ratio
from tinygrad_wtf.explanation.symbol import Symbol

if TYPE_CHECKING:
    from tinygrad_wtf.explanation.simplify.simplifier import Simplifier

TINY, LOWEST = 1e-6, -50  # numbers this small, or logarithms this low, only keep a computation finite
COMPARISONS = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}  # with the sides exchanged
BOUNDED = "Away from the bounds that keep it finite ({}) the loss is what is read here."


def bounded(simplify: Simplifier, s: Symbol, low: Symbol | None, high: Symbol | None) -> Ratio:
    """A value between bounds that only keep a computation finite."""
    bounds = [b for b in (low, high) if b is not None]
    values = [simplify.ratio(b).value for b in bounds]
    if any(v is None or not (0 < v <= TINY or v <= LOWEST or 1 - TINY <= v < 1) for v in values):
        return simplify.opaque(s)
    simplify.notes[BOUNDED.format(", ".join(str(b) for b in bounds))] = None
    return simplify.ratio(s.args[0])


def maximum(simplify: Simplifier, s: Symbol) -> Ratio:
    """The greater of a value and a bound below."""
    return bounded(simplify, s, s.args[1], None)


def minimum(simplify: Simplifier, s: Symbol) -> Ratio:
    """The smaller of a value and a bound above."""
    return bounded(simplify, s, None, s.args[1])


def clamp(simplify: Simplifier, s: Symbol) -> Ratio:
    """A value between two bounds."""
    return bounded(simplify, s, s.args[1], s.args[2])


def where(simplify: Simplifier, s: Symbol) -> Ratio:
    """A choice that is settled; else, where one of the two is 0, the other times the condition."""
    condition, yes, no = s.args
    holds = settled(simplify, condition)
    if holds is not None:
        return simplify.ratio(yes if holds else no)
    left, right = simplify.ratio(yes), simplify.ratio(no)
    if left == right:
        return left
    if not right.above:
        return left * simplify.ratio(condition)
    if not left.above:
        return right * (Ratio.number(1) - simplify.ratio(condition))
    return simplify.opaque(s)


def logical_not(simplify: Simplifier, s: Symbol) -> Ratio:
    """As numbers, true is 1 and false is 0."""
    return Ratio.number(1) - simplify.ratio(s.args[0])


def settled(simplify: Simplifier, condition: Symbol) -> bool | None:
    """Whether a condition holds away from bounds; None where it is a real question."""
    if condition.is_constant:
        value = np.asarray(condition.value)
        return bool(value.flat[0]) if value.size and np.all(value == value.flat[0]) else None
    if condition.op is None:
        return None
    if condition.op.name == "logical_not":
        holds = settled(simplify, condition.args[0])
        return None if holds is None else not holds
    if condition.op.name in ("logical_and", "logical_or"):
        found = [settled(simplify, a) for a in condition.args]
        decisive = condition.op.name == "logical_or"
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    if condition.op.name not in COMPARISONS:
        return None
    return compared(simplify, condition)


def compared(simplify: Simplifier, condition: Symbol) -> bool | None:
    """Whether a comparison holds away from bounds."""
    assert condition.op is not None
    sign = condition.op.name
    edge = condition.args[1].value if condition.args[1].is_constant else 0
    if np.ndim(edge) == 0 and math.isinf(edge):  # nothing that is computed without overflow gets there
        return (sign in ("lt", "le", "ne")) is (edge > 0) or sign == "ne"
    left, right = map(simplify.ratio, condition.args)
    if left.value is not None:
        left, right, sign = right, left, COMPARISONS[sign]
    bound = right.value
    if bound is None or left.value is not None:
        return None
    parts = simplify.factored(left)
    if parts is not None and parts.number < 0:
        left, bound, sign = -left, -bound, COMPARISONS[sign]
    what = simplify.alone(left)
    inside = what is not None and (
        what.name in simplify.inner or (what.op is not None and "probability" in what.op.traits)
    )
    if 0 < bound <= TINY or bound <= LOWEST or (bound <= 0 and inside):
        above = True
    elif 1 - TINY <= bound < 1 or (bound >= 1 and inside):
        above = False
    else:
        return None
    simplify.notes.setdefault(BOUNDED.format(str(condition.args[1])), None) if not inside else None
    return {"gt": above, "ge": above, "lt": not above, "le": not above, "eq": False, "ne": True}[sign]
