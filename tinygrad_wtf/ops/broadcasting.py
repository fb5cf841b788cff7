"""Broadcasting and its transpose, and what is made of them: elementwise rows.

Stretching an array and summing it back are each other's derivative; every elementwise row leans on that pair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf.core.op import Op, Rule, Value
from tinygrad_wtf.ops.sums import add_rows, add_up

Shape = tuple[int, ...]
FEW = 4096  # entries for which new memory costs less than asking whose it is


def _sum_to(x: Any, shape: Shape) -> Any:
    new = x.ndim - len(shape)
    over = [axis for axis, size in enumerate(x.shape) if axis < new or size != shape[axis - new]]
    if over == [0] and x.ndim == 2 and x.shape[1] > 1 and x.dtype.char in "fd":
        total = add_rows(x)
        return total if total.shape == shape else total.reshape(shape)
    return add_up(x, tuple(over), keepdims=True).reshape(shape)


def _stretched(x: Any, shape: Shape) -> Any:
    if x.size != 1 or 0 in shape or x.ndim > len(shape):
        return np.broadcast_to(x, shape)
    # The cotangent of a total, as a rule: made by hand in a tenth of the time.
    view = np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
    view.flags.writeable = False
    return view


sum_to = Op("sum_to", "Σ {}", _sum_to, (lambda g, y, x, shape: broadcast_to(g, x.shape),))
_broadcast = Op(
    "broadcast_to",
    "broadcast({})",
    _stretched,
    (lambda g, y, x, shape: unbroadcast(g, x.shape),),
    takes="anything",
    sign="stretch",
    hint=lambda a: "A size can be stretched only from 1; compare the shapes from their last axis",
)


def broadcast_to(x: Value, shape: Shape) -> Value:
    """Stretch `x` to `shape`, without a step when it has it already."""
    if x.shape == shape:
        return x
    return _stretched(x, shape) if x.__class__ is ndarray else _broadcast(x, shape=shape)


def unbroadcast(g: Any, shape: Shape) -> Any:
    """Sum `g` over the axes along which an argument of this shape was stretched."""
    if g.shape == shape:
        return g
    return _sum_to(g, shape) if g.__class__ is ndarray else sum_to(g, shape=shape)  # in a rule of plain arrays, at once


def times(g: Any, partial: Any) -> Any:
    """Multiply upstream by local derivative; a local derivative of 1 or -1 costs no product."""
    if type(partial) is not int:
        return g * partial
    return g if partial == 1 else -g if partial == -1 else g * partial


def _is_scratch(local: Any, g: Any, y: Any, args: tuple[Any, ...]) -> bool:
    """Whether a local derivative is an array of the rule's own, to be written over: large products cost their memory.

    What an operation computes is new memory, unless it passes an argument on or shows a view of it.
    """
    return (
        local.base is None
        and g.__class__ is ndarray
        and local.shape == g.shape
        and local.dtype is g.dtype
        and local is not y
        and all(local is not a for a in args)
    )


def _broadcast_hint(*shapes: Shape) -> str:
    described = " and ".join(str(s) for s in shapes)
    advice = f"Sizes of {described} must be equal or 1, compared from the last axis"
    for a in shapes:
        for b in shapes:
            if len(a) == 1 and len(b) == 2 and a[0] == b[0] != b[1]:
                return f"{advice}; did you mean .reshape(-1, 1) on the {a} argument?"
    return advice


def elementwise(name: str, notation: str, forward: Callable[..., Any], *partials: Rule | None, **settings: Any) -> Op:
    """Make a row from partial derivatives ``rule(y, *args, **params)``, one for each argument."""

    def vjp(i: int, partial: Rule) -> Rule:
        def rule(g: Any, y: Any, *args: Any, **params: Any) -> Any:
            local = partial(y, *args, **params)
            large = local.__class__ is ndarray and local.size > FEW
            product = np.multiply(g, local, local) if large and _is_scratch(local, g, y, args) else times(g, local)
            return unbroadcast(product, args[i].shape)

        return rule

    return Op(
        name,
        notation,
        forward,
        tuple(partial and vjp(i, partial) for i, partial in enumerate(partials)),
        partials=partials,
        hint=_broadcast_hint,
        **settings,
    )
