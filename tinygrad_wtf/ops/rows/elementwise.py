"""Elementwise rows, made of partial derivatives: the wrapper multiplies by the cotangent and sums stretched axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from tinygrad_wtf.core.op import Op, Rule
from tinygrad_wtf.core.unbroadcast import Shape, unbroadcast

FEW = 4096  # entries for which new memory costs less than asking whose it is


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
