"""Broadcasting and its transpose: stretching an array and summing it back are each other's derivative.

Every elementwise rule leans on that pair: where an argument was stretched, its gradient is summed.
"""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from tinygrad_wtf._sums import _stretched, _sum_to
from tinygrad_wtf.core.op import Op, Value

Shape = tuple[int, ...]


sum_to = Op(
    "sum_to",
    "Σ {}",
    _sum_to,
    (lambda g, y, x, shape: broadcast_to(g, x.shape),),
    shape=lambda x, shape: shape,
    traits="no_activation",
)
_broadcast = Op(
    "broadcast_to",
    "broadcast({})",
    _stretched,
    (lambda g, y, x, shape: unbroadcast(g, x.shape),),
    takes="anything",
    sign="stretch",
    hint=lambda a: "A size can be stretched only from 1; compare the shapes from their last axis",
    shape=lambda x, shape: shape,
    traits="rearranging",
)


def broadcast_to(x: Value, shape: Shape) -> Value:
    """Stretch `x` to `shape`, without a step when it has it already."""
    if x.shape == shape:
        return x
    made: Value = _stretched(x, shape) if x.__class__ is ndarray else _broadcast(x, shape=shape)
    return made


def unbroadcast(g: Any, shape: Shape) -> Any:
    """Sum `g` over the axes along which an argument of this shape was stretched."""
    if g.shape == shape:
        return g
    return _sum_to(g, shape) if g.__class__ is ndarray else sum_to(g, shape=shape)  # in a rule of plain arrays, at once
