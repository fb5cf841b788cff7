"""The table of laws: how each row is read that the algebra knows; any other is a letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tinygrad_wtf.explanation.algebra import Ratio
from tinygrad_wtf.explanation.simplify import arrays, choices, elementwise
from tinygrad_wtf.explanation.symbol import Symbol

if TYPE_CHECKING:
    from tinygrad_wtf.explanation.simplify.simplifier import Simplifier

LAWS: dict[str, Callable[[Simplifier, Symbol], Ratio]] = {
    "add": elementwise.add,
    "sub": elementwise.sub,
    "mul": elementwise.mul,
    "div": elementwise.div,
    "neg": elementwise.neg,
    "pow": elementwise.power,
    "cast": elementwise.cast,
    "constant": elementwise.cast,
    "sigmoid": elementwise.sigmoid,
    "exp": elementwise.exp,
    "maximum": choices.maximum,
    "clamp_min": choices.maximum,
    "minimum": choices.minimum,
    "clamp_max": choices.minimum,
    "clamp": choices.clamp,
    "where": choices.where,
    "logical_not": choices.logical_not,
    "add_into_zeros": arrays.add_into_zeros,
    "broadcast_to": arrays.broadcast_to,
    "reshape": arrays.reshape,
    "permute": arrays.permute,
    "matmul": arrays.matmul,
    "sum": arrays.sum_,
    "sum_to": arrays.sum_,
}
